import { TrainError } from "../../trainer/errors.ts";
import { prepareAiq } from "../../trainer/metrics/aiq.ts";
import { apgr } from "../../trainer/metrics/apgr.ts";
import { arenaScore } from "../../trainer/metrics/arena-score.ts";
import { callCurve } from "../../trainer/metrics/call-curve.ts";
import { cpt } from "../../trainer/metrics/cpt.ts";
import { cptRoutellm } from "../../trainer/metrics/cpt-routellm.ts";
import { deferralArea } from "../../trainer/metrics/deferral-area.ts";
import { dollarCurve } from "../../trainer/metrics/dollar-curve.ts";
import { type CostPoint, hull, hullCost, hullMean } from "../../trainer/metrics/hull.ts";
import { sweepLambdas } from "../../trainer/metrics/lambda-sweep.ts";
import { pgr } from "../../trainer/metrics/pgr.ts";
import { qnc } from "../../trainer/metrics/qnc.ts";
import { regret } from "../../trainer/metrics/regret.ts";
import { routellmCurve } from "../../trainer/metrics/routellm-curve.ts";
import type { Pool } from "../pool.ts";
import { pickLines } from "../sub-trial.ts";
import type { Contender } from "./contender.ts";
import { replay } from "./replay.ts";
import type { Yardstick } from "./yardstick.ts";

/** Metric name -> value; a metric without meaning for this contender is absent. */
export type Measures = Readonly<Record<string, number>>;

type Part = (rows: Int32Array) => Measures;

const USD_PER_ARENA = 1000;
const NEAR_BEST = 0.95;

/**
 * Prepares a contender to be measured on any multiset of row positions, which is what resampling asks for: everything
 * that does not depend on the drawn rows is done once.
 */
export function createMeasure(pool: Pool, contender: Contender, yardstick: Yardstick): Part {
  const parts = [
    pairPart(pool, contender, yardstick),
    frontierPart(pool, contender, yardstick),
    operatingPart(pool, contender, yardstick),
  ];
  return (rows) => Object.assign({}, ...parts.map((part) => part(rows)));
}

/** The points (mean cost, mean quality) of a contender's knob with recorded costs; empty when it has none. */
export function frontierPoints(pool: Pool, contender: Contender, yardstick: Yardstick): CostPoint[] {
  return pool.cost === null || yardstick.meanCost === null ? [] : pointsOf(pool, contender, yardstick)(everyRow(pool));
}

export function everyRow(pool: Pool): Int32Array {
  return Int32Array.from({ length: pool.count }, (_, row) => row);
}

/** APGR and CPT of the pair: RouteLLM's 11 thresholds, the exact curve, and the curve in dollars. */
function pairPart(pool: Pool, { gain }: Contender, { weak, strong }: Yardstick): Part {
  if (gain === null) return () => ({});
  const quality = { weak: column(pool, pool.observed, weak), strong: column(pool, pool.observed, strong) };
  const cost =
    pool.cost === null ? null : { weak: column(pool, pool.cost, weak), strong: column(pool, pool.cost, strong) };
  return (rows) => {
    const gains = pick(gain, rows);
    const weakRows = pick(quality.weak, rows);
    const strongRows = pick(quality.strong, rows);
    const anchors = { weak: mean(weakRows), strong: mean(strongRows) };
    return withoutFlatGap(() => {
      const theirs = routellmCurve(gains, weakRows, strongRows);
      const exact = callCurve(gains, weakRows, strongRows);
      const measures: Record<string, number> = {
        apgr: apgr(theirs, anchors),
        cpt50: cpt(exact, anchors, 0.5) ?? 1,
        cpt80: cpt(exact, anchors, 0.8) ?? 1,
        cpt50_routellm: cptRoutellm(theirs, anchors, 0.5),
        cpt80_routellm: cptRoutellm(theirs, anchors, 0.8),
      };
      if (cost !== null) {
        const costs = { weak: pick(cost.weak, rows), strong: pick(cost.strong, rows) };
        Object.assign(
          measures,
          withoutFlatGap(() => ({ apgr_usd: apgr(dollarCurve(gains, weakRows, strongRows, costs), anchors) })),
        );
      }
      return measures;
    });
  };
}

/** AIQ and the cost of near-best quality at training-mean costs; deferral area and QNC at recorded costs. */
function frontierPart(pool: Pool, contender: Contender, yardstick: Yardstick): Part {
  const { meanCost, best, cheapest } = yardstick;
  if (meanCost === null || pool.cost === null || contender.knob.kind === "none") return () => ({});
  const listPoints =
    contender.knob.kind === "sweep"
      ? null
      : pointsOf({ ...pool, cost: spread(meanCost, pool.count) }, contender, yardstick);
  const prepared =
    contender.knob.kind === "sweep"
      ? prepareAiq({ score: contender.knob.score, observed: pool.observed, meanCost, models: yardstick.models, best })
      : null;
  const points = pointsOf(pool, contender, yardstick);
  const singles = pointsOf(
    pool,
    {
      ...contender,
      knob: { kind: "settings", choices: pool.models.map((_, model) => new Int32Array(pool.count).fill(model)) },
    },
    yardstick,
  );
  const bestQuality = column(pool, pool.observed, best);
  return (rows) => {
    const single = singles(rows);
    const dearest = Math.max(...single.map(({ cost }) => cost));
    const reached = points(rows);
    const listed = prepared?.at(rows);
    const corners = hull(listed?.points ?? listPoints!(rows));
    const near = hullCost(corners, NEAR_BEST * mean(pick(bestQuality, rows)));
    return {
      aiq: listed?.aiq ?? hullMean(corners, meanCost[cheapest]!, meanCost[best]!),
      ...present("cost95", near === null ? null : near / meanCost[best]!),
      area: deferralArea(reached, dearest),
      ...present("qnc", qnc(reached, single)),
    };
  };
}

/** What the stated operating point brings. */
function operatingPart(pool: Pool, { operating }: Contender, yardstick: Yardstick): Part {
  if (operating === null) return () => ({});
  const { models, qualityPerUsd } = yardstick;
  const [weak, strong] = [yardstick.weak, yardstick.strong].map((model) => column(pool, pool.observed, model));
  const { quality, costUsd } = replay(pool, operating);
  const cost = pool.cost ?? new Float32Array(pool.observed.length);
  return (rows) => {
    const measures: Record<string, number> = {
      quality: mean(pick(quality, rows)),
      regret: regret(
        { observed: pickLines(pool.observed, models, rows), cost: pickLines(cost, models, rows), models },
        pick(operating, rows),
        qualityPerUsd,
      ),
    };
    const anchors = { weak: mean(pick(weak!, rows)), strong: mean(pick(strong!, rows)) };
    Object.assign(
      measures,
      withoutFlatGap(() => ({ pgr: pgr(measures.quality!, anchors) })),
    );
    if (costUsd !== null) {
      measures.cost_usd = mean(pick(costUsd, rows));
      measures.arena = arenaScore(measures.quality!, USD_PER_ARENA * measures.cost_usd);
    }
    return measures;
  };
}

function pointsOf(pool: Pool, { knob }: Contender, yardstick: Yardstick): (rows: Int32Array) => CostPoint[] {
  if (knob.kind === "sweep") {
    const { meanCost, models, best } = yardstick;
    const sweep = sweepLambdas(
      { score: knob.score, observed: pool.observed, meanCost: meanCost!, models, cost: pool.cost },
      best,
    );
    return (rows) => sweep.points(rows);
  }
  const settings = knob.kind === "none" ? [] : knob.choices.map((chosen) => replay(pool, chosen));
  return (rows) =>
    settings.map(({ quality, costUsd }) => ({ cost: mean(pick(costUsd!, rows)), quality: mean(pick(quality, rows)) }));
}

/** A resample, or a pool, in which strong is not better (or not dearer) than weak has no gap to recover. */
function withoutFlatGap(measure: () => Measures): Measures {
  try {
    return measure();
  } catch (error) {
    if (error instanceof TrainError && error.code === "flat_gap") return {};
    throw error;
  }
}

function present(name: string, value: number | null): Measures {
  return value === null ? {} : { [name]: value };
}

function column(pool: Pool, matrix: Float32Array, model: number): Float32Array {
  const out = new Float32Array(pool.count);
  for (let row = 0; row < pool.count; row++) out[row] = matrix[row * pool.models.length + model]!;
  return out;
}

function spread(line: Float64Array, rows: number): Float32Array {
  return Float32Array.from({ length: rows * line.length }, (_, cell) => line[cell % line.length]!);
}

function pick(values: Float32Array | Int32Array, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at++) out[at] = values[rows[at]!]!;
  return out;
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}
