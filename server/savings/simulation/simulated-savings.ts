import { nextNormal, type Rng } from "../../../engine/rng.ts";
import type { SessionColumns } from "../verified.ts";

export interface SavingsWorld {
  readonly days: number;
  readonly sessionsADay: number;
  readonly holdout: number;
  /** Incumbent's price over what it was in the beginning, by day. */
  priceOn(day: number): number;
  /** Routes only sessions that are cheap and easy anyway; else whatever is not hard. */
  readonly isAdversarial: boolean;
  /** Cost of the routed model's tokens over that of the incumbent's, at the beginning. */
  readonly priceRatio: number;
  /** How many more requests a routed session needs. */
  readonly followUps: number;
}

/** Beginning of the study: the incumbent's price is halved in the middle of the second month. */
export const PRICE_CUT: SavingsWorld = {
  days: 90,
  sessionsADay: 400,
  holdout: 0.05,
  priceOn: (day) => (day < 45 ? 1 : 0.5),
  isAdversarial: true,
  priceRatio: 0.1,
  followUps: 1.2,
};

export interface SimulatedSavings extends SessionColumns {
  /** [n] nano-USD that routing saved on the session: what the incumbent would have cost less what routing did; for treated sessions. */
  readonly trueSaving: Float64Array;
  readonly isRouted: Uint8Array;
  /** [n] what a dashboard claims: the routed session's own tokens at the incumbent's first price, warm, less its cost. */
  readonly repriced: Float64Array;
}

const USD = 1e9;
const CACHED_DISCOUNT = 0.5;

/**
 * Sessions of several requests on the incumbent, and what routing makes of them: other prices, longer answers, cold caches after a
 * switch, longer follow-ups, and a second call after some failures.
 */
export function simulateSavings(world: SavingsWorld, rng: Rng): SimulatedSavings {
  const n = world.days * world.sessionsADay;
  const out = {
    day: new Int32Array(n),
    isHoldout: new Uint8Array(n),
    holdoutShare: new Float64Array(n).fill(world.holdout),
    expected: new Float64Array(n),
    cost: new Float64Array(n),
    trueSaving: new Float64Array(n),
    isRouted: new Uint8Array(n),
    repriced: new Float64Array(n),
  };
  for (let i = 0; i < n; i++) {
    const day = Math.floor(i / world.sessionsADay);
    const price = world.priceOn(day);
    const size = Math.exp(0.9 * nextNormal(rng));
    const hardness = nextNormal(rng);
    const requests = 1 + Math.floor(-Math.log(1 - rng.next()) * (2 + Math.max(0, hardness)));
    const noise = Math.exp(0.5 * nextNormal(rng) - 0.125);
    const warm = 1 + (requests - 1) * CACHED_DISCOUNT;
    const onIncumbent = 0.002 * USD * price * size * warm * noise;
    const isRouted = world.isAdversarial ? hardness < 0 && size < 1.5 : hardness < 0.8;
    const longer = Math.exp(0.2 + 0.3 * nextNormal(rng));
    const retried = rng.next() < 0.06 ? onIncumbent : 0;
    const cold = 1 + (requests * world.followUps - 1) * 0.8;
    const routedCost = 0.002 * USD * world.priceRatio * size * cold * noise * longer;
    const onRouted = isRouted ? routedCost + retried : onIncumbent;
    const isHoldout = rng.next() < world.holdout;
    out.day[i] = day;
    out.isHoldout[i] = isHoldout ? 1 : 0;
    out.expected[i] = Math.round(0.005 * USD * size);
    out.cost[i] = isHoldout ? onIncumbent : onRouted;
    out.trueSaving[i] = isHoldout ? 0 : onIncumbent - onRouted;
    out.isRouted[i] = isRouted && !isHoldout ? 1 : 0;
    // Its own, more numerous and longer, requests at yesterday's price.
    out.repriced[i] = isRouted && !isHoldout ? routedCost / world.priceRatio - routedCost : 0;
  }
  return out;
}

/** The first sessions, as they stood on an earlier day. */
export function firstSessions(sessions: SessionColumns, count: number): SessionColumns {
  return {
    day: sessions.day.subarray(0, count),
    isHoldout: sessions.isHoldout.subarray(0, count),
    holdoutShare: sessions.holdoutShare.subarray(0, count),
    expected: sessions.expected.subarray(0, count),
    cost: sessions.cost.subarray(0, count),
  };
}
