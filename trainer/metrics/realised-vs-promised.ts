export interface PromiseReport {
  /** Mean of |realised - promised|. */
  readonly meanGap: number;
  /** Mean of what was missing, surplus counted as 0. */
  readonly meanShortfall: number;
  /** Share of trials whose realised quality was below the promise by more than the tolerance. */
  readonly violationRate: number;
  /** The largest shortfall, 0 when none. */
  readonly worstShortfall: number;
  readonly trials: number;
}

/**
 * How well a promise of quality was kept over many resampled calibration sets.
 *
 * @param realised  [trials] quality reached on the test rows, one a calibration set
 * @param promised  the target, one for all or [trials]
 * @param tolerance shortfall that does not count as broken, >= 0
 * @source          research note: rarely reported elsewhere; violation frequency as in Learn-then-Test, arXiv:2110.01052
 */
export function realisedVsPromised(
  realised: ArrayLike<number>,
  promised: number | ArrayLike<number>,
  tolerance = 0,
): PromiseReport {
  const trials = realised.length;
  let gap = 0;
  let shortfall = 0;
  let broken = 0;
  let worst = 0;
  for (let i = 0; i < trials; i++) {
    const target = typeof promised === "number" ? promised : promised[i]!;
    const missing = Math.max(0, target - realised[i]!);
    gap += Math.abs(realised[i]! - target);
    shortfall += missing;
    worst = Math.max(worst, missing);
    if (missing > tolerance) broken++;
  }
  return {
    meanGap: gap / trials,
    meanShortfall: shortfall / trials,
    violationRate: broken / trials,
    worstShortfall: worst,
    trials,
  };
}
