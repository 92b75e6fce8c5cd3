import { oneSidedFactor, sequenceFactor } from "../observation/estimators/asymptotic-sequence.ts";
import type { Estimate } from "../observation/estimators/estimate.ts";

/** Sessions of both arms in the order in which they were drawn, as columns. */
export interface SessionColumns {
  /** [n] whole days, not falling. */
  readonly day: Int32Array;
  readonly isHoldout: Uint8Array;
  /** [n] chance of the holdout when the session was drawn. */
  readonly holdoutShare: Float64Array;
  /** [n] nano-USD foretold for the incumbent before any decision. */
  readonly expected: Float64Array;
  /** [n] nano-USD of all requests of the session. */
  readonly cost: Float64Array;
}

export interface SavingOptions {
  readonly confidence: number;
  /** Sessions at which the bounds are narrowest. */
  readonly tuned: number;
}

export interface VerifiedSaving {
  /** Nano-USD saved on the treated sessions, with an interval that may be looked at every day. */
  readonly saved: Estimate;
  /** One-sided bound: the saving is above it at all times at once with the wanted confidence; null with too few holdout sessions. */
  readonly lowerBound: number | null;
  /** Of the saving at this look alone; Infinity with too few holdout sessions. */
  readonly standardError: number;
  /** Nano-USD that the treated sessions cost. */
  readonly treatedCost: number;
  readonly treated: number;
  readonly holdout: number;
}

/** Holdout sessions below which no bound is stated: its spread is not known yet. */
export const LEAST_HOLDOUT = 100;

/**
 * What routing saved on the treated sessions, by intention to treat: the costs of all sessions count in the arm that was drawn,
 * routed or not. With g the cost foretold for the incumbent and h the chance of the holdout,
 *
 *   saved = sum over treated of (g - cost) + sum over holdout of (1 - h) / h (cost - g).
 *
 * Its error is the sum of (incumbent's cost - g) x lot, with lot (1 - h) / h or -1 and mean 0: unbiased for any router, any g made
 * before the lot, any drift of prices and traffic. A good g makes it narrow.
 *
 * @source control variates (CUPED) of Deng et al. 2013 with a predictable coefficient; the bounds are normal-mixture
 *         confidence sequences, arXiv:2103.06476
 */
export function verifySaving(sessions: SessionColumns, { confidence, tuned }: SavingOptions): VerifiedSaving {
  const { isHoldout, holdoutShare, cost } = sessions;
  const foretold = foretell(sessions);
  const n = cost.length;
  let [saved, variance, treatedCost, holdout] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const share = holdoutShare[i]!;
    const residual = cost[i]! - foretold[i]!;
    if (isHoldout[i] === 1) {
      const weight = (1 - share) / share;
      saved += weight * residual;
      variance += (weight / share) * residual * residual;
      holdout++;
    } else {
      saved -= residual;
      treatedCost += cost[i]!;
    }
  }
  const error = holdout < LEAST_HOLDOUT ? Number.POSITIVE_INFINITY : Math.sqrt(variance);
  const half = error * sequenceFactor(n, 1 - confidence, tuned);
  return {
    saved: { value: saved, low: saved - half, high: saved + half, method: "holdout_control_variate_sequence", n },
    lowerBound: Number.isFinite(error) ? saved - error * oneSidedFactor(n, 1 - confidence, tuned) : null,
    standardError: error,
    treatedCost,
    treated: n - holdout,
    holdout,
  };
}

/** Holdout sessions that the belief "costs what was foretold" weighs as much as. */
const PRIOR = 20;
/** Weight that a day keeps until the next: prices and habits change. */
const KEPT_A_DAY = 0.95;

/**
 * Incumbent's cost of each session: a straight line through the holdout sessions of earlier days, newer ones weighing more.
 * It never looks at the session's own day, so the lots of that day say nothing about it.
 */
function foretell({ day, isHoldout, expected, cost }: SessionColumns): Float64Array {
  const foretold = new Float64Array(cost.length);
  const sums = { weight: 0, x: 0, y: 0, xx: 0, xy: 0 };
  let line = { level: 0, slope: 1 };
  let from = 0;
  for (let start = 0; start < cost.length; start = from) {
    while (from < cost.length && day[from] === day[start]) {
      foretold[from] = Math.max(0, line.level + line.slope * expected[from]!);
      from++;
    }
    for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] *= KEPT_A_DAY;
    for (let i = start; i < from; i++) {
      if (isHoldout[i] === 0) continue;
      const [x, y] = [expected[i]!, cost[i]!];
      sums.weight++;
      sums.x += x;
      sums.y += y;
      sums.xx += x * x;
      sums.xy += x * y;
    }
    line = lineThrough(sums);
  }
  return foretold;
}

/** Least squares, drawn towards slope 1 and level 0 by a few sessions' worth. */
function lineThrough(sums: { weight: number; x: number; y: number; xx: number; xy: number }): {
  level: number;
  slope: number;
} {
  const { weight, x, y, xx, xy } = sums;
  if (weight === 0) return { level: 0, slope: 1 };
  const spread = xx - (x * x) / weight;
  const pull = (PRIOR * xx) / weight;
  const slope = spread + pull === 0 ? 1 : (xy - (x * y) / weight + pull) / (spread + pull);
  return { slope, level: ((y - slope * x) / weight) * (weight / (weight + PRIOR)) };
}
