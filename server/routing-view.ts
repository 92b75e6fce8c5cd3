import type { LogEntry, LoggedDecision } from "./log/entry.ts";

/** Means over a route's decisions if every request had been traded off like this; predicted, not measured. */
export interface FrontierPoint {
  /** What a full point of quality is worth, nano-USD; the larger, the dearer the choices. */
  readonly nanoUsdPerQuality: number;
  readonly quality: number;
  /** 95 % interval of the mean difference to the incumbent's predicted quality. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number };
  /** Nano-USD a request. */
  readonly cost: number;
  /** Share of requests that leave the incumbent. */
  readonly movedShare: number;
}

export interface RoutingView {
  readonly requests: number;
  readonly frontier: readonly FrontierPoint[];
  /** How the decisions fell as they were made. */
  readonly current: Omit<FrontierPoint, "nanoUsdPerQuality"> | null;
  readonly incumbent: { readonly model: string; readonly quality: number; readonly cost: number } | null;
  /** Requests by predicted complexity, ten equal bins of [0, 1]. */
  readonly complexity: readonly number[];
  readonly tasks: readonly TaskShare[];
  readonly reasons: readonly { readonly reason: string; readonly requests: number }[];
}

export interface TaskShare {
  readonly task: string | null;
  readonly requests: number;
  /** Of the half of the requests that came first; their difference is what drift looks like. */
  readonly earlierShare: number;
  readonly laterShare: number;
  readonly quality: number;
  readonly cost: number;
}

const POINTS = 41;
const LEAST_NANO_USD = 1e3;
const MOST_NANO_USD = 1e12;
const BINS = 10;
const Z95 = 1.959963984540054;

/** @param entries newest first, of one route; those without a scored decision are left out */
export function routingView(entries: readonly LogEntry[]): RoutingView {
  const decisions = entries.flatMap(({ decision }) => (decision !== null && isScored(decision) ? [decision] : []));
  const incumbents = decisions.map((decision) => choiceAt(decision, decision.incumbent));
  const pointAt = (choose: (decision: LoggedDecision) => number) => {
    const chosen = decisions.map((decision) => choiceAt(decision, choose(decision)));
    return {
      quality: mean(chosen.map(({ quality }) => quality)),
      difference: pairedInterval(chosen.map(({ quality }, i) => quality - incumbents[i]!.quality)),
      cost: mean(chosen.map(({ cost }) => cost)),
      movedShare: mean(chosen.map(({ model }, i) => (model === incumbents[i]!.model ? 0 : 1))),
    };
  };
  const isEmpty = decisions.length === 0;
  return {
    requests: decisions.length,
    frontier: isEmpty ? [] : worths().map((worth) => ({ nanoUsdPerQuality: worth, ...pointAt(bestAt(worth)) })),
    current: isEmpty ? null : pointAt(({ chosen }) => chosen),
    incumbent: isEmpty
      ? null
      : {
          model: incumbents[0]!.model,
          quality: mean(incumbents.map(({ quality }) => quality)),
          cost: mean(incumbents.map(({ cost }) => cost)),
        },
    complexity: histogram(decisions.flatMap(({ complexity }) => (complexity === null ? [] : [complexity]))),
    tasks: taskShares(decisions),
    reasons: counted(decisions.map(({ reason }) => reason)).map(([reason, requests]) => ({ reason, requests })),
  };
}

/** The incumbent must be among the candidates, with a quality and a cost, or nothing can be compared. */
function isScored({ candidates, incumbent, chosen }: LoggedDecision): boolean {
  return [incumbent, chosen].every((i) => candidates[i]?.[1] != null && candidates[i]?.[3] != null);
}

function choiceAt({ candidates }: LoggedDecision, i: number) {
  const [model, quality, , cost] = candidates[i]!;
  // `isScored` and `bestAt` let only candidates with both through.
  return { model, quality: quality!, cost: cost! };
}

function bestAt(worth: number): (decision: LoggedDecision) => number {
  return ({ candidates, incumbent, isOutOfDistribution: isFar }) => {
    // No trade-off moves them: what the router does not know the incumbent serves.
    if (isFar) return incumbent;
    let best = incumbent;
    let most = Number.NEGATIVE_INFINITY;
    for (const [i, [, quality, , cost, , excluded]] of candidates.entries()) {
      if (quality === null || cost === null || excluded !== null) continue;
      const net = quality - cost / worth;
      if (net > most) {
        most = net;
        best = i;
      }
    }
    return best;
  };
}

function worths(): number[] {
  const ratio = (MOST_NANO_USD / LEAST_NANO_USD) ** (1 / (POINTS - 1));
  return Array.from({ length: POINTS }, (_, i) => LEAST_NANO_USD * ratio ** i);
}

function taskShares(decisions: readonly LoggedDecision[]): TaskShare[] {
  const half = Math.ceil(decisions.length / 2);
  return counted(decisions.map(({ task }) => task)).map(([task, requests]) => {
    const isIt = (decision: LoggedDecision) => decision.task === task;
    const chosen = decisions.filter(isIt).map((decision) => choiceAt(decision, decision.chosen));
    const later = decisions.slice(0, half);
    const earlier = decisions.slice(half);
    return {
      task,
      requests,
      earlierShare: earlier.length === 0 ? 0 : earlier.filter(isIt).length / earlier.length,
      laterShare: later.filter(isIt).length / later.length,
      quality: mean(chosen.map(({ quality }) => quality)),
      cost: mean(chosen.map(({ cost }) => cost)),
    };
  });
}

function counted<Value>(values: readonly Value[]): [Value, number][] {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function histogram(values: readonly number[]): number[] {
  const bins = new Array<number>(BINS).fill(0);
  for (const value of values) bins[Math.min(BINS - 1, Math.floor(value * BINS))]! += 1;
  return bins;
}

function pairedInterval(differences: readonly number[]) {
  const value = mean(differences);
  const n = differences.length;
  if (n < 2) return { value, low: value, high: value };
  const variance = differences.reduce((sum, one) => sum + (one - value) ** 2, 0) / (n - 1);
  const half = Z95 * Math.sqrt(variance / n);
  return { value, low: value - half, high: value + half };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
