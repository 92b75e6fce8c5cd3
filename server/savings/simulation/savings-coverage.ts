import { seededRng } from "../../../engine/rng.ts";
import { verifySaving } from "../verified.ts";
import { firstSessions, type SavingsWorld, type SimulatedSavings, simulateSavings } from "./simulated-savings.ts";

export interface SavingsCoverage {
  readonly runs: number;
  /** Runs in which the lower bound was at or below the true cumulative saving on every day. */
  readonly boundHeld: number;
  /** The same for the two-sided interval. */
  readonly intervalHeld: number;
  /** Runs in which the fixed-day normal bound, looked at daily, held: what peeking does. */
  readonly peekedNormalHeld: number;
  /** Means over runs, as shares of the true saving. */
  readonly bound: number;
  readonly estimate: number;
  readonly repriced: number;
  /** Mean of holdout sessions less mean of routed ones, times routed sessions: the router picks who is compared. */
  readonly routedAgainstHoldout: number;
  /** Runs in which repricing claimed more than was saved. */
  readonly repricedOverstated: number;
  readonly trueSavingUsd: number;
}

const CONFIDENCE = 0.95;
const Z_ONE_SIDED = 1.6449;

/** How often the bounds on the cumulative saving hold when they are looked at every day, over simulated traffic of known saving. */
export function measureSavings(world: SavingsWorld, runs: number, seed: number): SavingsCoverage {
  const options = { confidence: CONFIDENCE, tuned: Math.round((world.days * world.sessionsADay) / 2) };
  const total = { bound: 0, interval: 0, normal: 0, boundShare: 0, share: 0, repriced: 0, between: 0, over: 0, usd: 0 };
  for (let run = 0; run < runs; run++) {
    const sessions = simulateSavings(world, seededRng(seed * 1_000_003 + run));
    let [boundHeld, intervalHeld, normalHeld] = [true, true, true];
    let truth = 0;
    let from = 0;
    let last = verifySaving(sessions, options);
    for (let day = 0; day < world.days; day++) {
      const until = (day + 1) * world.sessionsADay;
      for (; from < until; from++) truth += sessions.trueSaving[from]!;
      last = verifySaving(firstSessions(sessions, until), options);
      if (last.lowerBound === null) continue;
      if (last.lowerBound > truth) boundHeld = false;
      if (last.saved.low > truth || last.saved.high < truth) intervalHeld = false;
      if (last.saved.value - Z_ONE_SIDED * last.standardError > truth) normalHeld = false;
    }
    const repriced = sumWhere(sessions.repriced, () => true);
    total.bound += boundHeld ? 1 : 0;
    total.interval += intervalHeld ? 1 : 0;
    total.normal += normalHeld ? 1 : 0;
    total.boundShare += (last.lowerBound ?? 0) / truth / runs;
    total.share += last.saved.value / truth / runs;
    total.repriced += repriced / truth / runs;
    total.between += routedAgainstHoldout(sessions) / truth / runs;
    total.over += repriced > truth ? 1 : 0;
    total.usd += truth / 1e9 / runs;
  }
  return {
    runs,
    boundHeld: total.bound,
    intervalHeld: total.interval,
    peekedNormalHeld: total.normal,
    bound: total.boundShare,
    estimate: total.share,
    repriced: total.repriced,
    routedAgainstHoldout: total.between,
    repricedOverstated: total.over,
    trueSavingUsd: total.usd,
  };
}

function routedAgainstHoldout({ cost, isRouted, isHoldout }: SimulatedSavings): number {
  const count = (flags: Uint8Array) => flags.reduce((sum, flag) => sum + flag, 0);
  const [routed, held] = [count(isRouted), count(isHoldout)];
  const ofRouted = sumWhere(cost, (i) => isRouted[i] === 1) / routed;
  return routed * (sumWhere(cost, (i) => isHoldout[i] === 1) / held - ofRouted);
}

function sumWhere(values: Float64Array, isWanted: (index: number) => boolean): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (isWanted(i)) sum += values[i]!;
  return sum;
}
