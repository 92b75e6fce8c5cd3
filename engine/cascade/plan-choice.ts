import { type InformedRows, NOTHING_CALLED } from "./informed-rows.ts";
import { type CascadePlan, isSingle } from "./plan.ts";
import { planStatistics, statisticCount } from "./plan-statistics.ts";
import { planValue, valueFitter } from "./plan-values.ts";
import { type PlanOutcome, replayPlan } from "./replay-plan.ts";

/** What plans are worth before any call, at every trade-off of a grid. */
export interface PlanChoice {
  readonly models: number;
  readonly plans: readonly CascadePlan[];
  /** Trade-offs, rising: quality that the reference cost of a request is worth. The first is 0. */
  readonly kappas: readonly number[];
  /** By kappa, then by plan. */
  readonly weights: readonly (readonly PlanWeights[])[];
}

/** Weights of the statistics whose sums are what a plan brings. */
export interface PlanWeights {
  readonly quality: Float64Array;
  /** As a share of the reference cost. */
  readonly cost: Float64Array;
}

/** What a plan is expected to bring one request. */
export interface PlanExpectation {
  readonly quality: number;
  /** As a share of the reference cost. */
  readonly cost: number;
}

/** Rows whose costs are shares of a request's reference cost, the cost of its dearest model. */
export type RelativeRows = InformedRows;

/** Differences that the rows do not show clearly are left out of the plans' values. */
const PENALTY = 300;
const LEAST_KAPPA = 10 ** -2.5;
const MOST_KAPPA = 10 ** 1.5;

/** 0 and `steps` trade-offs by equal ratios. */
export function kappaGrid(steps: number): number[] {
  const ratio = Math.log(MOST_KAPPA / LEAST_KAPPA);
  return [0, ...Array.from({ length: steps }, (_, i) => LEAST_KAPPA * Math.exp((ratio * i) / (steps - 1)))];
}

/** By kappa, then by plan: what following it over the rows brings. */
export type PlanOutcomes = readonly (readonly PlanOutcome[])[];

export function outcomesOf(data: RelativeRows, plans: readonly CascadePlan[], kappas: readonly number[]): PlanOutcomes {
  return kappas.map((kappa) => plans.map((plan) => replayPlan(data, plan, kappa)));
}

/**
 * Learns what each plan brings from following it over the rows at each trade-off.
 *
 * @param picked rows to learn from; all when absent
 */
export function fitPlanChoice(
  data: RelativeRows,
  plans: readonly CascadePlan[],
  kappas: readonly number[],
  outcomes: PlanOutcomes = outcomesOf(data, plans, kappas),
  picked?: Int32Array,
): PlanChoice {
  const rows = picked ?? Int32Array.from({ length: data.rows }, (_, row) => row);
  const fitter = valueFitter(data, PENALTY, rows);
  const fitted = ({ quality, cost }: PlanOutcome): PlanWeights => ({
    quality: fitter.fit(Float64Array.from(rows, (row) => quality[row]!)),
    cost: fitter.fit(Float64Array.from(rows, (row) => cost[row]!)),
  });
  // What one call brings is the same at every trade-off.
  const alone = plans.map((plan, p) => (isSingle(plan) && kappas.length > 0 ? fitted(outcomes[0]![p]!) : null));
  const weights = kappas.map((_, k) => plans.map((_, p) => alone[p] ?? fitted(outcomes[k]![p]!)));
  return { models: data.models, plans, kappas, weights };
}

/** The plan of most value at a trade-off; the first of equals. */
export function bestPlan(values: ArrayLike<number>, isAllowed: (plan: number) => boolean = () => true): number {
  let best = -1;
  for (let plan = 0; plan < values.length; plan++) {
    if (isAllowed(plan) && (best === -1 || values[plan]! > values[best]!)) best = plan;
  }
  return best;
}

/** [plans] value of each plan for one request, at the grid's trade-off nearest to `kappa`. */
export function planValues(choice: PlanChoice, kappa: number, statistics: Float64Array, from = 0): Float64Array {
  const at = nearest(choice.kappas, kappa);
  const tradeOff = choice.kappas[at]!;
  return Float64Array.from(
    choice.weights[at]!,
    ({ quality, cost }) => planValue(quality, statistics, from) - tradeOff * planValue(cost, statistics, from),
  );
}

/** What one plan is expected to bring a request, at the grid's trade-off nearest to `kappa`. */
export function planExpectation(
  choice: PlanChoice,
  plan: number,
  kappa: number,
  statistics: Float64Array,
): PlanExpectation {
  const { quality, cost } = choice.weights[nearest(choice.kappas, kappa)]![plan]!;
  return {
    quality: Math.min(1, Math.max(0, planValue(quality, statistics))),
    cost: Math.max(0, planValue(cost, statistics)),
  };
}

/** [rows x statistics] of what is expected before any call. */
export function rowStatistics({ rows, models, quality }: InformedRows): Float64Array {
  const size = statisticCount(models);
  const out = new Float64Array(rows * size);
  const expected = quality.get(NOTHING_CALLED)!;
  for (let row = 0; row < rows; row++) planStatistics(expected, row * models, models, out, row * size);
  return out;
}

/** By the ratio of the two; what is next to nothing is 0. */
function nearest(kappas: readonly number[], kappa: number): number {
  const floored = (value: number) => Math.log(Math.max(value, LEAST_KAPPA / 4));
  let best = 0;
  for (let i = 1; i < kappas.length; i++) {
    if (Math.abs(floored(kappas[i]!) - floored(kappa)) < Math.abs(floored(kappas[best]!) - floored(kappa))) best = i;
  }
  return best;
}
