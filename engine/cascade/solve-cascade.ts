import { calledOf, type InformedRows, NOTHING_CALLED } from "./informed-rows.ts";
import type { CascadePlan } from "./plan.ts";
import {
  bestPlan,
  fitPlanChoice,
  kappaGrid,
  outcomesOf,
  type PlanChoice,
  type PlanOutcomes,
  planValues,
  type RelativeRows,
  rowStatistics,
} from "./plan-choice.ts";
import { statisticCount } from "./plan-statistics.ts";
import { replayPlan } from "./replay-plan.ts";

export interface CascadeOptions {
  /** Most calls of one request, 2 or 3. */
  readonly maxCalls: number;
  /** Structures offered beside the single models. */
  readonly structures: number;
  /** Trade-offs of the grid. */
  readonly steps: number;
}

/** What following the plans brings at one trade-off, judged on rows that the choice was not fitted on. */
export interface SolvedPoint {
  readonly kappa: number;
  readonly quality: number;
  /** In the unit of the rows' costs. */
  readonly cost: number;
}

/** Plans of a pool at the prices of its rows, and whether they were shown to pay. */
export interface SolvedCascade {
  readonly choice: PlanChoice;
  readonly points: readonly SolvedPoint[];
  /**
   * Net quality a request over the better of two routers that look at no answer, meaned over trade-offs, with its 95 %
   * lower bound. One takes the argmax of expected quality - lambda x cost, the other these plans without the structures.
   */
  readonly gain: number;
  readonly gainLow: number;
  readonly pays: boolean;
  /** [rows] what the gain is the mean of; empty where nothing could be shown. */
  readonly rowGains: Float64Array;
}

export const CASCADE_DEFAULTS: CascadeOptions = { maxCalls: 3, structures: 2, steps: 24 };

/** Trade-offs over which a gain is meaned. */
const COMPARED = 12;
const ONE_SIDED_95 = 1.645;
/** Fewer rows show nothing. */
const LEAST_ROWS = 100;

/**
 * Finds the structures worth offering, fits the choice among them and the single models, and tests on the other half of
 * the rows whether looking at answers pays at these prices. Where it does not, `pays` is false and nobody should follow
 * the plans.
 *
 * @param group [rows] rows of one group are never on both sides
 */
export function solveCascade(
  data: InformedRows,
  group: ArrayLike<number>,
  options: CascadeOptions = CASCADE_DEFAULTS,
): SolvedCascade {
  const { relative, reference } = relativeRows(data);
  const singles = Array.from({ length: data.models }, (_, model): CascadePlan => ({ first: [model], maxCalls: 1 }));
  const kappas = kappaGrid(options.steps);
  const compared = comparedKappas(relative, kappas);
  const structures = structuresOf(data, options.maxCalls)
    .map((plan) => ({ plan, worth: worthOf(relative, plan, compared) }))
    .sort((a, b) => b.worth - a.worth)
    .slice(0, options.structures)
    .map(({ plan }) => plan);
  const plans = [...singles, ...structures];
  const outcomes = outcomesOf(relative, plans, kappas);
  const choice = fitPlanChoice(relative, plans, kappas, outcomes);
  if (structures.length === 0 || data.rows < LEAST_ROWS) {
    return { choice, points: [], gain: 0, gainLow: 0, pays: false, rowGains: new Float64Array(0) };
  }
  const held = heldOutChoices(relative, group, plans, kappas, outcomes);
  const alone = outcomes.map((ofPlans) => ofPlans.slice(0, singles.length));
  const control = heldOutChoices(relative, group, singles, kappas, alone);
  const points = held.map(({ quality, cost }, k) => ({
    kappa: kappas[k]!,
    quality: mean(quality),
    cost: mean(cost.map((share, row) => share * reference[row]!)),
  }));
  const before = [compared.map((kappa) => preCall(relative, kappa)), compared.map((k) => control[kappas.indexOf(k)]!)];
  const after = compared.map((kappa) => held[kappas.indexOf(kappa)]!);
  const [least] = before
    .map((outcomes) => rowGainsOf(after, outcomes, compared, group.length))
    .map((rowGains) => ({ rowGains, ...meanGain(rowGains, group) }))
    .sort((a, b) => a.gainLow - b.gainLow);
  return { choice, points, ...least!, pays: least!.gainLow > 0 };
}

/** The gain of some rows, e.g. of one stratum, with its 95 % lower bound. */
export function meanGain(
  rowGains: Float64Array,
  group: ArrayLike<number>,
): { readonly gain: number; readonly gainLow: number } {
  const gain = mean(rowGains);
  return { gain, gainLow: gain - ONE_SIDED_95 * groupedError(rowGains, group) };
}

/** Costs as shares of each row's dearest model, so that one trade-off means the same for short and long prompts. */
export function relativeRows(data: InformedRows): { relative: RelativeRows; reference: Float64Array } {
  const { rows, models, cost } = data;
  const reference = new Float64Array(rows);
  const share = new Float32Array(cost.length);
  for (let row = 0; row < rows; row++) {
    const at = row * models;
    reference[row] = referenceCost(cost.subarray(at, at + models));
    for (let m = 0; m < models; m++) share[at + m] = reference[row] === 0 ? 0 : cost[at + m]! / reference[row]!;
  }
  return { relative: { ...data, cost: share }, reference };
}

/** What a request's trade-off is measured by: the cost of its dearest model. */
export function referenceCost(cost: ArrayLike<number>): number {
  let most = 0;
  for (let m = 0; m < cost.length; m++) most = Math.max(most, cost[m]!);
  return most;
}

/** Structures that the informed models can follow: one or two cheap calls first. */
function structuresOf({ quality, models }: InformedRows, maxCalls: number): CascadePlan[] {
  const most = Math.min(maxCalls, models);
  const found: CascadePlan[] = [];
  for (const bits of quality.keys()) {
    if (bits === NOTHING_CALLED) continue;
    const first = calledOf(bits);
    if (first.length < most) found.push({ first, maxCalls: most });
    if (first.length === 1 && most > 2) found.push({ first, maxCalls: 2 });
  }
  return found;
}

function worthOf(data: RelativeRows, plan: CascadePlan, kappas: readonly number[]): number {
  let sum = 0;
  for (const kappa of kappas) {
    const { quality, cost } = replayPlan(data, plan, kappa);
    for (let row = 0; row < data.rows; row++) sum += quality[row]! - kappa * cost[row]!;
  }
  return sum;
}

/** Trade-offs at which a pre-call router spends evenly rising shares of what it could. */
function comparedKappas(data: RelativeRows, kappas: readonly number[]): number[] {
  const spent = kappas.map((kappa) => mean(preCall(data, kappa).cost));
  const least = Math.min(...spent);
  const most = Math.max(...spent);
  const wanted = Array.from({ length: COMPARED }, (_, i) => least + ((most - least) * (i + 0.5)) / COMPARED);
  const nearest = wanted.map((cost) => {
    const distances = spent.map((value) => Math.abs(value - cost));
    return distances.indexOf(Math.min(...distances));
  });
  return [...new Set(nearest)].map((k) => kappas[k]!);
}

interface Outcome {
  readonly quality: Float32Array;
  readonly cost: Float32Array;
}

/** Argmax of expected quality - kappa x cost, what a router does that looks at no answer. */
function preCall(data: RelativeRows, kappa: number): Outcome {
  const { rows, models, cost, observed } = data;
  const expected = data.quality.get(NOTHING_CALLED)!;
  const out = { quality: new Float32Array(rows), cost: new Float32Array(rows) };
  for (let row = 0; row < rows; row++) {
    const at = row * models;
    let best = 0;
    for (let m = 1; m < models; m++) {
      if (expected[at + m]! - kappa * cost[at + m]! > expected[at + best]! - kappa * cost[at + best]!) best = m;
    }
    out.quality[row] = Number.isNaN(observed[at + best]!) ? expected[at + best]! : observed[at + best]!;
    out.cost[row] = cost[at + best]!;
  }
  return out;
}

/** By kappa: what the choice brings on each half of the groups when it is fitted on the other half. */
function heldOutChoices(
  data: RelativeRows,
  group: ArrayLike<number>,
  plans: readonly CascadePlan[],
  kappas: readonly number[],
  outcomes: PlanOutcomes,
): Outcome[] {
  const statistics = rowStatistics(data);
  const size = statisticCount(data.models);
  const found = kappas.map(
    (): Outcome => ({ quality: new Float32Array(data.rows), cost: new Float32Array(data.rows) }),
  );
  const all = Int32Array.from({ length: data.rows }, (_, row) => row);
  for (const half of [0, 1]) {
    const choice = fitPlanChoice(
      data,
      plans,
      kappas,
      outcomes,
      all.filter((row) => group[row]! % 2 !== half),
    );
    for (const row of all) {
      if (group[row]! % 2 !== half) continue;
      kappas.forEach((kappa, k) => {
        const { quality, cost } = outcomes[k]![bestPlan(planValues(choice, kappa, statistics, row * size))]!;
        found[k]!.quality[row] = quality[row]!;
        found[k]!.cost[row] = cost[row]!;
      });
    }
  }
  return found;
}

/** [rows] net quality gained, meaned over trade-offs. */
function rowGainsOf(
  after: readonly Outcome[],
  before: readonly Outcome[],
  kappas: readonly number[],
  rows: number,
): Float64Array {
  const gains = new Float64Array(rows);
  kappas.forEach((kappa, k) => {
    const [now, then] = [after[k]!, before[k]!];
    for (let row = 0; row < gains.length; row++) {
      const net = now.quality[row]! - then.quality[row]! - kappa * (now.cost[row]! - then.cost[row]!);
      gains[row]! += net / kappas.length;
    }
  });
  return gains;
}

/** Standard error of a mean over rows whose groups stand or fall together. */
function groupedError(values: Float64Array, group: ArrayLike<number>): number {
  const average = mean(values);
  const sums = new Map<number, number>();
  for (const [row, value] of values.entries()) sums.set(group[row]!, (sums.get(group[row]!) ?? 0) + value - average);
  let squares = 0;
  for (const sum of sums.values()) squares += sum * sum;
  return Math.sqrt(squares) / values.length;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / Math.max(1, values.length);
}
