import { oneSidedFactor } from "../observation/estimators/asymptotic-sequence.ts";
import type { Estimate, MeanError } from "../observation/estimators/estimate.ts";
import { hajekMean } from "../observation/estimators/ipw.ts";

/** A blind verdict. */
export interface Verdict {
  readonly session: string;
  readonly isHoldout: boolean;
  /** Quality, or quality less the incumbent's where `isPaired`. */
  readonly score: number;
  readonly isPaired: boolean;
  readonly inclusion: number;
}

export interface QualityGate {
  /**
   * `failed`: a loss beyond the margin is shown. `not_shown`: neither that nor the contrary is, more verdicts decide;
   * `unmeasured`: too few to say anything. Only `held` is paid for.
   */
  readonly state: "held" | "failed" | "not_shown" | "unmeasured";
  /** Mean quality of routed traffic less that of the incumbent; `low` and `high` are one-sided bounds; null when unmeasured. */
  readonly difference: Estimate | null;
  readonly margin: number;
}

/** Sessions with a verdict below which nothing is said. */
const LEAST_SESSIONS = 100;

/**
 * Whether quality was kept within the margin: the lower bound of the difference, over all verdicts so far, is no lower, and
 * the month's own verdicts do not show the contrary. Pairs (incumbent asked in shadow) where there are enough, else the arms.
 */
export function checkQuality(
  verdicts: readonly Verdict[],
  ofMonth: readonly Verdict[],
  margin: number,
  { confidence, tuned }: { readonly confidence: number; readonly tuned: number },
): QualityGate {
  const difference = boundsOf(verdicts, confidence, tuned);
  if (difference === null) return { state: "unmeasured", difference, margin };
  const month = boundsOf(ofMonth, confidence, tuned);
  const isLost = difference.high < -margin || (month !== null && month.high < -margin);
  if (isLost) return { state: "failed", difference, margin };
  return { state: difference.low >= -margin ? "held" : "not_shown", difference, margin };
}

function boundsOf(verdicts: readonly Verdict[], confidence: number, tuned: number): Estimate | null {
  const pairs = verdicts.filter(({ isPaired }) => isPaired);
  const paired = meanOf(pairs);
  if (paired.n >= LEAST_SESSIONS) return bounded(paired, "paired_sequence", confidence, tuned);
  const [treated, held] = [false, true].map((isHoldout) =>
    meanOf(verdicts.filter((verdict) => !verdict.isPaired && verdict.isHoldout === isHoldout)),
  ) as [MeanError, MeanError]; // two arms in, two out
  if (treated.n < LEAST_SESSIONS || held.n < LEAST_SESSIONS) return null;
  const between = {
    mean: treated.mean - held.mean,
    standardError: Math.hypot(treated.standardError, held.standardError),
    n: treated.n + held.n,
  };
  return bounded(between, "arms_sequence", confidence, tuned);
}

function meanOf(verdicts: readonly Verdict[]): MeanError {
  return hajekMean({
    outcome: Float64Array.from(verdicts, ({ score }) => score),
    inclusion: Float64Array.from(verdicts, ({ inclusion }) => inclusion),
    cluster: verdicts.map(({ session }) => session),
  });
}

function bounded({ mean, standardError, n }: MeanError, method: string, confidence: number, tuned: number): Estimate {
  const delta = 1 - confidence;
  // Verdicts that are all alike do not show that none could differ: a share of -log(delta) / n goes unseen that often.
  const half = Math.max(standardError * oneSidedFactor(n, delta, tuned), -Math.log(delta) / n);
  return { value: mean, low: mean - half, high: mean + half, method, n };
}
