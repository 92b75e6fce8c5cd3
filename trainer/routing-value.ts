import { type CompletePool, completePools } from "./complete-pools.ts";
import { hull, hullMean } from "./metrics/hull.ts";

/** Predictions beside what was observed. Matrices are [count x models], row-major. */
export interface RoutingRows {
  readonly count: number;
  readonly models: number;
  readonly score: Float32Array;
  /** NaN where unknown. */
  readonly quality: Float32Array;
  /** [models] mean cost, NaN where unknown; null when unknown for all. */
  readonly meanCostUsd: Float32Array | null;
}

/** A pool with fewer rows tells nothing. */
const MIN_ROWS = 30;
const RATES = 50;
const LAMBDAS = 40;

/**
 * What a score is worth to a router; the measure by which penalties, weights and estimators are chosen (log loss would
 * reward telling hard prompts from easy ones, which all models share). Rows are taken apart by the set of models that
 * answered them. A pool with costs counts by AIQ (mean height of the cost-quality hull of argmax score - lambda cost),
 * one of two models, or without costs, by the area under quality against the rate of calls to the better half.
 * Higher is better; only comparable on the same rows.
 */
export function routingValue(rows: RoutingRows): number {
  let sum = 0;
  let total = 0;
  for (const pool of completePools(rows.quality, rows.count, rows.models)) {
    if (pool.rows.length < MIN_ROWS || pool.columns.length < 2) continue;
    const priced = pool.columns.length > 2 && pool.columns.every((m) => Number.isFinite(rows.meanCostUsd?.[m]));
    sum += pool.rows.length * (priced ? hullValue(rows, pool) : gainValue(rows, pool));
    total += pool.rows.length;
  }
  return total > 0 ? sum / total : -meanSquaredError(rows);
}

function hullValue({ models, score, quality, meanCostUsd }: RoutingRows, pool: CompletePool): number {
  const costs = pool.columns.map((m) => meanCostUsd![m]!);
  const means = pool.columns.map((m) => meanOf(pool.rows, (row) => quality[row * models + m]!));
  const best = means.indexOf(Math.max(...means));
  const points = pool.columns.map((_, k) => ({ cost: costs[k]!, quality: means[k]! }));
  const low = Math.min(...costs);
  const high = Math.max(costs[best]!, low * (1 + 1e-9));
  for (let step = 0; step <= LAMBDAS; step++) {
    const lambda = step === 0 ? 0 : (10 ** (-3 + (5 * step) / LAMBDAS) * 0.1) / (high - low);
    let cost = 0;
    let got = 0;
    for (const row of pool.rows) {
      let chosen = 0;
      let most = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < pool.columns.length; k++) {
        const value = score[row * models + pool.columns[k]!]! - lambda * costs[k]!;
        if (value > most) {
          most = value;
          chosen = k;
        }
      }
      cost += costs[chosen]!;
      got += quality[row * models + pool.columns[chosen]!]!;
    }
    points.push({ cost: cost / pool.rows.length, quality: got / pool.rows.length });
  }
  return hullMean(hull(points), low, high);
}

/** Best and worst half of the pool by mean; rows go to the best of the strong half in order of its predicted gain. */
function gainValue({ models, score, quality }: RoutingRows, pool: CompletePool): number {
  const ranked = pool.columns
    .map((m) => ({ m, mean: meanOf(pool.rows, (row) => quality[row * models + m]!) }))
    .sort((a, b) => a.mean - b.mean || a.m - b.m);
  const half = Math.ceil(ranked.length / 2);
  const weak = ranked.slice(0, half).map(({ m }) => m);
  const strong = ranked.slice(half).map(({ m }) => m);
  const bestOf = (row: number, side: number[]) =>
    side.reduce((best, m) => (score[row * models + m]! > score[row * models + best]! ? m : best), side[0]!);
  const routed = pool.rows.map((row) => {
    const [low, high] = [bestOf(row, weak), bestOf(row, strong)];
    return {
      gain: score[row * models + high]! - score[row * models + low]!,
      weak: quality[row * models + low]!,
      strong: quality[row * models + high]!,
    };
  });
  routed.sort((a, b) => b.gain - a.gain);
  const total = routed.reduce((sum, { weak }) => sum + weak, 0);
  let area = 0;
  let gained = 0;
  let next = 0;
  for (let step = 0; step <= RATES; step++) {
    const until = Math.round((step * routed.length) / RATES);
    for (; next < until; next++) gained += routed[next]!.strong - routed[next]!.weak;
    area += (total + gained) / routed.length;
  }
  return area / (RATES + 1);
}

function meanSquaredError({ score, quality }: RoutingRows): number {
  let sum = 0;
  let known = 0;
  for (let i = 0; i < quality.length; i++) {
    if (Number.isNaN(quality[i]!)) continue;
    sum += (score[i]! - quality[i]!) ** 2;
    known++;
  }
  return known > 0 ? sum / known : 0;
}

function meanOf(rows: readonly number[], value: (row: number) => number): number {
  let sum = 0;
  for (const row of rows) sum += value(row);
  return sum / rows.length;
}
