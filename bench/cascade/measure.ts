import { seededRng } from "../../engine/rng.ts";
import { type CostPoint, hull, hullCost, hullMean } from "../../trainer/metrics/hull.ts";
import { interval } from "../policy/compare.ts";
import { drawGroups, groupMembers } from "../resample.ts";
import type { Estimate } from "../result.ts";
import type { CascadeTrial } from "./cascade-trial.ts";
import { type Setting, type Side, type Sweep, singleSetting } from "./contenders.ts";

/** Dollars on the axis, every call paid. */
export interface SweepMeasures {
  /** Mean height of the hull from the cheapest model's cost to the best single model's. */
  readonly aiq: number;
  /** AIQ as a share of the gap between those two models. */
  readonly apgrUsd: number;
  /** Share of the best single model's cost that buys 98 % and 100 % of its quality; NaN when never. */
  readonly c98: number;
  readonly c100: number;
}

type Rows = Int32Array | null;

/** @param rows positions, repeats allowed; null: all */
export function measureSweep(trial: CascadeTrial, { settings }: Sweep, side: Side, rows: Rows = null): SweepMeasures {
  const cheapest = pointOf(singleSetting(trial, side, trial.cheapest), rows);
  const best = pointOf(singleSetting(trial, side, trial.best), rows);
  const corners = hull([...settings.map((setting) => pointOf(setting, rows)), cheapest]);
  const aiq = hullMean(corners, cheapest.cost, best.cost);
  const share = (quality: number) => (hullCost(corners, quality * best.quality) ?? Number.NaN) / best.cost;
  return {
    aiq,
    apgrUsd:
      best.quality > cheapest.quality ? (aiq - cheapest.quality) / (best.quality - cheapest.quality) : Number.NaN,
    c98: share(0.98),
    c100: share(1),
  };
}

/** Paired difference of a metric over draws of question groups, meaned over trials. */
export function pairedDifference(
  trials: readonly CascadeTrial[],
  of: (trial: CascadeTrial, index: number, rows: Rows) => number,
  resamples: number,
): Estimate {
  const members = trials.map(({ test: { pool } }) => groupMembers(pool.group, pool.groupCount));
  const meaned = (rowsOf: (index: number) => Rows) => {
    let sum = 0;
    trials.forEach((trial, index) => {
      sum += of(trial, index, rowsOf(index)) / trials.length;
    });
    return sum;
  };
  const rng = seededRng(1);
  const value = meaned(() => null);
  const draws = Array.from({ length: resamples }, () => {
    const drawn = members.map((groups) => drawGroups(groups, rng));
    return meaned((index) => drawn[index]!);
  });
  return interval(value, draws);
}

export function pointOf({ quality, cost }: Setting, rows: Rows): CostPoint {
  return { quality: meanOf(quality, rows), cost: meanOf(cost, rows) };
}

export function meanOf(values: Float32Array, rows: Rows): number {
  let sum = 0;
  if (rows === null) for (let row = 0; row < values.length; row++) sum += values[row]!;
  else for (let at = 0; at < rows.length; at++) sum += values[rows[at]!]!;
  return sum / (rows ?? values).length;
}
