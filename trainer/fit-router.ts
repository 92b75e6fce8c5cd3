import type { QualityTable } from "../datasets/quality-table.ts";
import { calibrationFunction } from "../engine/calibration.ts";
import { FEATURE_COUNT, featureDigest } from "../engine/features.ts";
import type { Calibration, FeatureSpec } from "../engine/schema/manifest.ts";
import { anchorPool, calibratePool } from "./calibrate-pool.ts";
import type { EstimatorChoice } from "./choose-estimator.ts";
import type { EncoderMix } from "./design/encoder-block.ts";
import type { EncodeOptions } from "./design/raw-features.ts";
import { TrainError } from "./errors.ts";
import type { TrainingRows } from "./estimator.ts";
import { type FittedParts, fitParts, type PartsOptions } from "./fit-parts.ts";
import { type EaseHead, easeHead } from "./heads/ease.ts";
import { farLevel, priorGate } from "./heads/prior-gate.ts";
import { labelledRows, labelSummary, learnableColumns } from "./learn/learnable.ts";
import { pickCells } from "./learn/training-rows.ts";
import { NGRAMS_OF_TIER, type NgramOptions } from "./ngram-options.ts";
import { forward, type RouterParts } from "./router-parts.ts";

export interface RouterOptions {
  readonly tier: "fast" | "full";
  /** A plug-in's name, or "auto": by validation AIQ/APGR among those that suit the number of rows. */
  readonly estimator: string;
  readonly estimatorOptions?: Readonly<Record<string, unknown>>;
  /** Models to learn; all of the table by default. */
  readonly models?: readonly string[];
  readonly seed: number;
  /** null: cheap features alone. */
  readonly ngrams?: NgramOptions | null;
  /** Needed on the full tier. */
  readonly encoder?: RouterEncoder;
  /** Name under which a prompt's task is reported; null leaves it out. The task's own name by default. */
  readonly taskName?: (source: string, task: string) => string | null;
}

export interface RouterEncoder extends EncodeOptions {
  readonly name: string;
  readonly digest: string;
  readonly mix: EncoderMix;
}

export interface RouterContext {
  /** Stage, fraction done in [0, 1], loss where there is one. */
  readonly onProgress?: (stage: string, done: number, loss: number) => void;
}

/** Row indices of the table, which no two parts share. */
export interface RouterRows {
  readonly train: Int32Array;
  readonly calibration: Int32Array;
}

/** Row-major, M = models, T = tasks. NaN for a model without train labels. */
export interface RouterPredictions {
  readonly count: number;
  readonly models: readonly string[];
  /** [count x M] raw, as the graph gives it. */
  readonly score: Float32Array;
  /** [count x M] calibrated. */
  readonly quality: Float32Array;
  readonly spread: Float32Array;
  readonly outputTokens: Float32Array;
  /** [count] */
  readonly complexity: Float32Array;
  readonly outOfDistribution: Float32Array;
  /** [count x T] */
  readonly task: Float32Array;
}

/** A model of the pool that was learned. */
interface FittedModel {
  readonly model: string;
  readonly trainLabels: number;
  readonly meanQuality: number;
  readonly calibration: Calibration;
}

export interface FittedRouter {
  readonly options: RouterOptions;
  readonly features: FeatureSpec;
  /** Learned models, the columns of the graph. */
  readonly models: readonly FittedModel[];
  readonly tasks: readonly string[];
  readonly outOfDistributionAbove: number;
  readonly choice: Omit<EstimatorChoice, "fitted">;
  readonly parts: RouterParts;
  /** Rows of the table that were learned from at last. */
  readonly learned: Int32Array;
  /** What the estimator learned from, for controls on the same rows. */
  readonly training: TrainingRows;
  /**
   * Predictions for the models asked for in `options.models`, or all of the table it was fitted on. Calibration rows of
   * that table are predicted as they were before they were learned from, so that what is tuned on them holds elsewhere.
   */
  predict(table: QualityTable, rows: Int32Array): Promise<RouterPredictions>;
}

/** What is called out of distribution, and where nothing but the prior is left of a prediction. */
const OOD_QUANTILE = 0.99;
/** Distance up to which predictions stand as they are. */
const TRUSTED_QUANTILE = 0.97;
/** With fewer calibration rows the quantiles of distance are taken on the train rows. */
const MIN_GATE_ROWS = 200;
/** With this many train rows those held back for calibration would teach little more, and time is short. */
const REFIT_BELOW = 50_000;
/** Priors keep off 0 and 1. */
const LIMIT = 0.98;
const BATCH = 4096;
const MIN_ROWS = 20;

/**
 * Learns a router from the train rows, calibrates it on the calibration rows and sets the gate by them, then learns it
 * anew from both: calibration and gate stay as rows unseen have set them, and no label lies idle. Same table, rows and
 * options, same router.
 *
 * @throws TrainError `too_few_rows`, `bad_option`, `unknown_model`
 */
export async function fitRouter(
  table: QualityTable,
  rows: RouterRows,
  options: RouterOptions,
  context: RouterContext = {},
): Promise<FittedRouter> {
  const report = context.onProgress ?? (() => {});
  const wanted = options.models ?? table.models;
  const trained = labelledRows(table, rows.train, wanted);
  if (trained.length < MIN_ROWS) {
    throw new TrainError("too_few_rows", `${trained.length} labelled train prompts; at least ${MIN_ROWS} are needed`);
  }
  const columns = learnableColumns(table, trained, wanted);
  const partsOptions = partsOptionsOf(options, columns);
  const { ngrams, encoder } = partsOptions;
  const first = await fitParts(table, trained, partsOptions, report);

  // A prompt without labels may be of a kind that is not learned here: it calibrates nothing and says not how far is far.
  const held = labelledRows(table, rows.calibration, wanted);
  const seen = held.length === 0 ? null : await forward(first.parts, table, held);
  const heldQuality = pickCells(table.quality, table.models.length, held, columns);
  const { ease, calibrations: unseen } = calibratePool(seen?.score ?? new Float32Array(0), heldQuality, columns.length);
  const distance = seen && held.length >= MIN_GATE_ROWS ? seen.outOfDistribution : leftOut(await ownDistance(first));
  const near = quantile(distance, TRUSTED_QUANTILE);
  const outOfDistributionAbove = quantile(distance, OOD_QUANTILE);
  const far = Math.max(outOfDistributionAbove, near * 1.02);
  const level =
    held.length >= MIN_GATE_ROWS
      ? farLevel(first.prior, { quality: heldQuality, distance: seen!.outOfDistribution, near, far })
      : 0;
  const easing = ease && easeHead(ease, columns.length);
  const gated = ({ parts, prior }: FittedParts, calibrations: readonly Calibration[]): RouterParts => ({
    ...parts,
    ease: easing,
    gate: priorGate({ mean: moved(prior, level), calibrations, near, far }),
  });

  const more = trained.length < REFIT_BELOW ? held : new Int32Array(0);
  const learned = Int32Array.from([...trained, ...more]).sort();
  const last =
    more.length === 0
      ? first
      : await fitParts(
          table,
          learned,
          { ...partsOptions, estimator: first.choice.name, estimatorOptions: first.choice.options },
          report,
        );
  const { training } = last;
  const calibrations = last === first ? unseen : anchorPool(unseen, easedScore(last, easing), training.quality);
  const now = { parts: gated(last, calibrations), apply: calibrations.map(calibrationFunction) };
  const before = { parts: gated(first, unseen), apply: unseen.map(calibrationFunction) };
  const { tasks } = last.parts.task;
  const heldBack = new Set(held);
  const models = Array.from(columns, (column, m) => ({
    model: table.models[column]!,
    ...labelSummary(training.quality, columns.length, m),
    calibration: calibrations[m]!,
  }));
  const placeOf = wanted.map((model) => models.findIndex((fittedModel) => fittedModel.model === model));

  return {
    options,
    features: {
      digest: featureDigest(),
      count: FEATURE_COUNT,
      ngrams: ngrams === null || ngrams.rank === 0 ? null : ngrams.spec,
      encoder: encoder && { name: encoder.name, digest: encoder.digest, dimensions: encoder.dimensions },
    },
    models,
    tasks,
    outOfDistributionAbove,
    choice: { ...last.choice, tried: first.choice.tried },
    parts: now.parts,
    learned,
    training,
    async predict(source, picked) {
      const count = picked.length;
      const out = {
        count,
        models: [...wanted],
        score: new Float32Array(count * wanted.length).fill(Number.NaN),
        quality: new Float32Array(count * wanted.length).fill(Number.NaN),
        spread: new Float32Array(count * wanted.length).fill(Number.NaN),
        outputTokens: new Float32Array(count * wanted.length).fill(Number.NaN),
        complexity: new Float32Array(count),
        outOfDistribution: new Float32Array(count),
        task: new Float32Array(count * tasks.length),
      };
      const places = Int32Array.from(picked.keys());
      const isHeldBack = (place: number) => source === table && heldBack.has(picked[place]!);
      for (const [by, kept] of [
        [now, places.filter((place) => !isHeldBack(place))],
        [before, places.filter(isHeldBack)],
      ] as const) {
        const tasksAt = by.parts.task.tasks.map((name) => tasks.indexOf(name));
        for (let from = 0; from < kept.length; from += BATCH) {
          const batch = kept.subarray(from, from + BATCH);
          const got = await forward(
            by.parts,
            source,
            batch.map((place) => picked[place]!),
          );
          batch.forEach((to, i) => {
            out.complexity[to] = got.complexity[i]!;
            out.outOfDistribution[to] = got.outOfDistribution[i]!;
            tasksAt.forEach((at, t) => {
              out.task[to * tasks.length + at] = got.task[i * tasksAt.length + t]!;
            });
            placeOf.forEach((place, m) => {
              if (place === -1) return;
              const at = i * models.length + place;
              out.score[to * wanted.length + m] = got.score[at]!;
              out.quality[to * wanted.length + m] = by.apply[place]!(got.score[at]!);
              out.spread[to * wanted.length + m] = got.spread[at]!;
              out.outputTokens[to * wanted.length + m] = got.outputTokens[at]!;
            });
          });
        }
      }
      return out;
    },
  };
}

function partsOptionsOf(options: RouterOptions, columns: Int32Array): PartsOptions {
  if (options.tier === "full" && !options.encoder) {
    throw new TrainError("bad_option", "the full tier needs a text encoder");
  }
  return {
    columns,
    ngrams: options.ngrams === undefined ? NGRAMS_OF_TIER[options.tier] : options.ngrams,
    encoder: options.tier === "full" ? options.encoder! : null,
    estimator: options.estimator,
    estimatorOptions: options.estimatorOptions ?? {},
    seed: options.seed,
    taskName: options.taskName,
  };
}

/** What the estimator says of the rows it learned from, eased. */
function easedScore({ parts, training }: FittedParts, ease: EaseHead | null): Float32Array {
  const { score } = parts.estimator.predict(training.x, training.count);
  ease?.apply(score);
  return score;
}

/** All moved alike, as far as the least and the most of them can. */
function moved(prior: Float32Array, level: number): Float32Array {
  const most = LIMIT - prior.reduce((high, value) => Math.max(high, value), 0);
  const least = 1 - LIMIT - prior.reduce((low, value) => Math.min(low, value), 1);
  const by = Math.max(Math.min(0, least), Math.min(Math.max(0, most), level));
  return prior.map((value) => value + by);
}

function ownDistance({ parts, sights }: FittedParts): Promise<Float32Array> {
  return parts.outOfDistribution.predict(sights);
}

/** Distance of each train row to the others, as if it had been left out: in its own company a row looks near. */
function leftOut(distance: Float32Array): Float32Array {
  return distance.map((value) => value / Math.max(0.05, 1 - value ** 2 / distance.length));
}

function quantile(values: Float32Array, share: number): number {
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
