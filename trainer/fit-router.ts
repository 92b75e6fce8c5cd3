import type { QualityTable } from "../datasets/quality-table.ts";
import { calibrationFunction } from "../engine/calibration.ts";
import { FEATURE_COUNT, FEATURE_NAMES, featureDigest } from "../engine/features.ts";
import { seededRng } from "../engine/rng.ts";
import type { Calibration, FeatureSpec } from "../engine/schema/manifest.ts";
import { calibratePool } from "./calibrate-pool.ts";
import { chooseEstimator, type EstimatorChoice } from "./choose-estimator.ts";
import { moments } from "./design/cheap-block.ts";
import { fitDesign } from "./design/design.ts";
import type { EncoderMix } from "./design/encoder-block.ts";
import { type EncodeOptions, rawFeatures } from "./design/raw-features.ts";
import { TrainError } from "./errors.ts";
import type { TrainingRows } from "./estimator.ts";
import { complexityHead } from "./heads/complexity.ts";
import { fitOutOfDistribution } from "./heads/out-of-distribution.ts";
import { fitOutputTokens } from "./heads/output-tokens.ts";
import { priorGate } from "./heads/prior-gate.ts";
import { fitTask } from "./heads/task.ts";
import { gatherRows } from "./learn/folds.ts";
import { twoWay } from "./learn/label-rotation.ts";
import { labelledRows, labelSummary, learnableColumns, taskNames } from "./learn/learnable.ts";
import { unitDeviation } from "./learn/scale-columns.ts";
import { pickCells, trainingRows } from "./learn/training-rows.ts";
import { NGRAMS_OF_TIER, type NgramOptions } from "./ngram-options.ts";
import { forward, type RawOutputs, type RouterParts } from "./router-parts.ts";

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
  /** What the estimator learned from, for controls on the same rows. */
  readonly training: TrainingRows;
  /** Predictions for the models asked for in `options.models`, or all of the table it was fitted on. */
  predict(table: QualityTable, rows: Int32Array): Promise<RouterPredictions>;
}

const OOD_QUANTILE = 0.99;
/** Distance up to which predictions stand as they are; beyond the far one only the prior does. */
const TRUSTED_QUANTILE = 0.97;
const FAR_QUANTILE = 0.995;
/** With fewer calibration rows the quantiles of distance are taken on the train rows. */
const MIN_GATE_ROWS = 200;
const BATCH = 4096;
const MIN_ROWS = 20;

/**
 * Learns a router from the train rows and calibrates it on the calibration rows: design -> estimator -> output tokens,
 * complexity, task and distance to training. Same table, rows and options, same router.
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
  const ngrams = options.ngrams === undefined ? NGRAMS_OF_TIER[options.tier] : options.ngrams;
  if (options.tier === "full" && !options.encoder) {
    throw new TrainError("bad_option", "the full tier needs a text encoder");
  }
  const encoder = options.tier === "full" ? options.encoder! : null;
  const rng = seededRng(options.seed);
  const design = await fitDesign(
    table,
    trained,
    { ngrams, encoder },
    { rng, onProgress: (done) => report("featurize", done, Number.NaN) },
  );
  const learned = await trainingRows(table, trained, columns, design, rng);
  const { fitted, ...choice } = await chooseEstimator(
    learned,
    options.estimator,
    options.estimatorOptions ?? {},
    options.seed,
    (done, loss) => report("fit", done, loss),
  );

  report("heads", 0, Number.NaN);
  const tokens = table.outputTokens
    ? pickCells(table.outputTokens, table.models.length, trained, columns)
    : new Float32Array(learned.quality.length).fill(Number.NaN);
  const outputTokens = await fitOutputTokens(learned.x, learned.count, design.dimensions, tokens, columns.length);
  const { effect, ease } = await twoWay(learned);
  const complexity = complexityHead(effect);
  const task = await fitTask(
    learned.x,
    design.dimensions,
    unitDeviation(learned),
    taskNames(table, trained, options.taskName),
    rng,
  );
  const rawTrain = await rawFeatures(table, { ngrams: null, encoder: null });
  const cheap = gatherRows(rawTrain.cheap, FEATURE_COUNT, trained);
  const ood = await fitOutOfDistribution(learned, cheap);
  report("heads", 1, Number.NaN);

  const open: RouterParts = {
    design,
    estimator: fitted,
    outputTokens,
    complexity,
    task,
    outOfDistribution: ood,
    gate: null,
  };
  const seen = rows.calibration.length === 0 ? null : await forward(open, table, rows.calibration);
  const calibrations = seen
    ? calibrate(table, rows.calibration, columns, seen)
    : Array.from(columns, () => ({ kind: "none" }) as const);
  const distance =
    seen && rows.calibration.length >= MIN_GATE_ROWS
      ? seen.outOfDistribution
      : leftOut(await ood.predict(learned.x, cheap, learned.count));
  const meanEase = ease.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0) / ease.length;
  const near = quantile(distance, TRUSTED_QUANTILE);
  const far = Math.max(quantile(distance, FAR_QUANTILE) * 1.05, near * 1.02);
  const parts: RouterParts = {
    ...open,
    gate: priorGate({
      mean: effect.map((value) => Math.max(0.02, Math.min(0.98, value + meanEase))),
      calibrations,
      near,
      far,
      length: lengthMoments(cheap),
    }),
  };
  const outOfDistributionAbove = quantile(distance, OOD_QUANTILE);
  const models = Array.from(columns, (column, m) => ({
    model: table.models[column]!,
    ...labelSummary(learned.quality, columns.length, m),
    calibration: calibrations[m]!,
  }));
  const apply = calibrations.map(calibrationFunction);
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
    tasks: task.tasks,
    outOfDistributionAbove,
    choice,
    parts,
    training: learned,
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
        task: new Float32Array(count * task.tasks.length),
      };
      for (let from = 0; from < count; from += BATCH) {
        const batch = picked.subarray(from, from + BATCH);
        const got = await forward(parts, source, batch);
        out.complexity.set(got.complexity, from);
        out.outOfDistribution.set(got.outOfDistribution, from);
        out.task.set(got.task, from * task.tasks.length);
        placeOf.forEach((place, m) => {
          if (place === -1) return;
          for (let i = 0; i < batch.length; i++) {
            const to = (from + i) * wanted.length + m;
            const at = i * models.length + place;
            out.score[to] = got.score[at]!;
            out.quality[to] = apply[place]!(got.score[at]!);
            out.spread[to] = got.spread[at]!;
            out.outputTokens[to] = got.outputTokens[at]!;
          }
        });
      }
      return out;
    },
  };
}

function calibrate(table: QualityTable, rows: Int32Array, columns: Int32Array, { score }: RawOutputs): Calibration[] {
  const quality = pickCells(table.quality, table.models.length, rows, columns);
  return calibratePool(score, quality, columns.length);
}

/** Distance of each train row to the others, as if it had been left out: in its own company a row looks near. */
function leftOut(distance: Float32Array): Float32Array {
  return distance.map((value) => value / Math.max(0.05, 1 - value ** 2 / distance.length));
}

function lengthMoments(cheap: Float32Array): { readonly mean: number; readonly deviation: number } {
  const all = Int32Array.from({ length: cheap.length / FEATURE_COUNT }, (_, i) => i);
  const { mean, deviation } = moments(cheap, FEATURE_COUNT, all);
  const at = FEATURE_NAMES.indexOf("log_characters");
  return { mean: mean[at]!, deviation: deviation[at]! };
}

function quantile(values: Float32Array, share: number): number {
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
