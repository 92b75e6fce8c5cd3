import type { CascadePlan } from "../../engine/cascade/plan.ts";
import { bestPlan, fitPlanChoice, planValues, rowStatistics } from "../../engine/cascade/plan-choice.ts";
import { statisticCount } from "../../engine/cascade/plan-statistics.ts";
import { replayPlan } from "../../engine/cascade/replay-plan.ts";
import { relativeRows } from "../../engine/cascade/solve-cascade.ts";
import type { CascadeSide, CascadeTrial } from "./cascade-trial.ts";

/** What one setting brings on each row, every call paid. */
export interface Setting {
  readonly quality: Float32Array;
  /** USD as recorded. */
  readonly cost: Float32Array;
  /** [rows] bits of the models called; null where one model was called. */
  readonly called: Int32Array | null;
}

export type Side = "train" | "test";

/** A policy over a sweep of trade-offs. */
export interface Sweep {
  readonly name: string;
  readonly settings: readonly Setting[];
}

/** Finer than the engine's own grid, so that the hull is not short of points. */
export function sweepKappas(): number[] {
  return [0, ...Array.from({ length: 60 }, (_, i) => 10 ** (-2.5 + (4 * i) / 59))];
}

/** Argmax of expected quality - lambda x mean cost, before any call. */
export function preCallSweep(name: string, trial: CascadeTrial, side: Side, expected: Float32Array): Sweep {
  const { pool } = trial[side];
  const width = trial.models.length;
  const dearest = Math.max(...trial.meanCost);
  const settings = sweepKappas().map((kappa) => {
    const chosen = new Int32Array(pool.count);
    for (let row = 0; row < pool.count; row++) {
      const net = trial.models.map((_, m) => expected[row * width + m]! - (kappa * trial.meanCost[m]!) / dearest);
      chosen[row] = net.indexOf(Math.max(...net));
    }
    return settingOf(trial[side], chosen);
  });
  return { name, settings };
}

/** Plans chosen by their value, fitted on the train rows; on those, which it was fitted on, it flatters itself. */
export function planSweep(
  name: string,
  trial: CascadeTrial,
  side: Side,
  plans: readonly CascadePlan[],
  kappas: readonly number[] = sweepKappas(),
): Sweep {
  const choice = fitPlanChoice(relativeRows(trial.train.informed).relative, plans, kappas);
  const { pool, informed } = trial[side];
  const { relative } = relativeRows(informed);
  const statistics = rowStatistics(informed);
  const size = statisticCount(trial.models.length);
  const settings = kappas.map((kappa) => {
    const outcomes = plans.map((plan) => replayPlan(relative, plan, kappa, pool.cost!));
    const found = {
      quality: new Float32Array(pool.count),
      cost: new Float32Array(pool.count),
      called: new Int32Array(pool.count),
    };
    for (let row = 0; row < pool.count; row++) {
      const { quality, cost, called } = outcomes[bestPlan(planValues(choice, kappa, statistics, row * size))]!;
      found.quality[row] = quality[row]!;
      found.cost[row] = cost[row]!;
      found.called[row] = called[row]!;
    }
    return found;
  });
  return { name, settings };
}

/** Calls two models in parallel; equal final answers are taken, else a third model is asked. No label is used. */
export function labelFreeAgreement(
  trial: CascadeTrial,
  side: Side,
  pair: readonly [number, number],
  strong: number,
): Setting {
  const { pool, rows } = trial[side];
  const width = trial.models.length;
  const found = {
    quality: new Float32Array(pool.count),
    cost: new Float32Array(pool.count),
    called: new Int32Array(pool.count),
  };
  for (let row = 0; row < pool.count; row++) {
    const [a, b] = pair.map((model) => rows.answers[row * width + model]);
    const isAgreed = typeof a === "string" && a !== "" && a === b;
    const called = isAgreed ? pair : [...pair, strong];
    found.quality[row] = pool.observed[row * width + (isAgreed ? pair[0] : strong)]!;
    for (const model of called) {
      found.cost[row]! += pool.cost![row * width + model]!;
      found.called[row]! |= 1 << model;
    }
  }
  return found;
}

export function singlePlans(trial: CascadeTrial): CascadePlan[] {
  return trial.models.map((_, model) => ({ first: [model], maxCalls: 1 }));
}

export function singleSetting(trial: CascadeTrial, side: Side, model: number): Setting {
  return settingOf(trial[side], new Int32Array(trial[side].pool.count).fill(model));
}

function settingOf({ pool }: CascadeSide, chosen: Int32Array): Setting {
  const width = pool.models.length;
  const take = (matrix: Float32Array) => Float32Array.from(chosen, (model, row) => matrix[row * width + model]!);
  return { quality: take(pool.observed), cost: take(pool.cost!), called: null };
}
