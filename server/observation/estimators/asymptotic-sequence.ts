import type { Estimate, MeanError } from "./estimate.ts";

/**
 * Confidence sequence by a normal mixture: what a normal interval is to one look, this is to looking every day. Needs no
 * bounds; holds in the limit of large samples, so for `n` of some hundred on.
 *
 * @param tuned units at which it is narrowest; fix it before looking
 * @source      Robbins 1970; Waudby-Smith et al., arXiv:2103.06476, theorem 2.2; tuning by their appendix B.2
 */
export function asymptoticSequence({ mean, standardError, n }: MeanError, confidence: number, tuned: number): Estimate {
  const half = standardError * sequenceFactor(n, 1 - confidence, tuned);
  return { value: mean, low: mean - half, high: mean + half, method: "asymptotic_sequence", n };
}

/** How many standard errors to each side; a normal interval has 1.96 at 95 %. */
export function sequenceFactor(n: number, delta: number, tuned: number): number {
  const nr = n * mixtureVariance(delta, tuned) + 1;
  return Math.sqrt((2 * nr * Math.log(Math.sqrt(nr) / delta)) / (nr - 1));
}

/** The same for a bound on one side. */
export function oneSidedFactor(n: number, delta: number, tuned: number): number {
  const nr = n * mixtureVariance(2 * delta, tuned) + 1;
  return Math.sqrt((2 * nr * Math.log(1 + Math.sqrt(nr) / (2 * delta))) / (nr - 1));
}

/** Variance of the mixture that makes the sequence narrowest at `tuned` units. */
function mixtureVariance(delta: number, tuned: number): number {
  const log = -2 * Math.log(Math.min(delta, 0.9));
  return (log + Math.log(log + 1)) / tuned;
}
