import type { Rng } from "../../engine/rng.ts";
import { bootstrap, type Interval } from "./bootstrap.ts";
import { equalMassBins } from "./equal-mass-bins.ts";

export interface EceOptions {
  /** Equal-mass bins, 15. */
  readonly bins?: number;
  /** Takes away what sampling noise alone would show; then 0 is reachable. */
  readonly debiased?: boolean;
}

/**
 * Expected calibration error over equal-mass bins: sum of n_b / N x |mean predicted - mean observed|. Sampling alone
 * makes it positive, about 0.3 x sqrt(bins / N) for a true model (.04 with 1,000 rows). `debiased` gives the root mean
 * squared gap with the labels' noise taken out of it, or the plain ECE where that is less: near 0 for a true model, and
 * for real errors no lower than the true ECE, which a root mean square never is.
 *
 * @param predicted [n] in [0, 1]
 * @param observed  [n] in [0, 1], soft labels allowed; rows with NaN are left out
 * @returns         in [0, 1]; NaN without rows
 * @source          Naeini et al. 2015; the unbiased squared gap of Kumar et al. 2019, arXiv:1909.10155, section 5
 */
export function ece(
  predicted: ArrayLike<number>,
  observed: ArrayLike<number>,
  { bins = 15, debiased = false }: EceOptions = {},
): number {
  let rows = 0;
  let error = 0;
  let squares = 0;
  let noise = 0;
  for (const bin of equalMassBins(predicted, observed, bins)) {
    const gap = Math.abs(bin.predicted - bin.observed);
    rows += bin.count;
    error += bin.count * gap;
    squares += bin.count * gap * gap;
    noise += (bin.count * bin.variance) / Math.max(1, bin.count - 1);
  }
  const plain = error / rows;
  return debiased ? Math.min(plain, Math.sqrt(Math.max(0, squares - noise) / rows)) : plain;
}

/**
 * ECE with a percentile bootstrap interval over groups of rows. A resample has ties and so a little more error than the
 * rows; the interval is of the plain estimate unless `debiased` is asked for.
 */
export function eceInterval(
  predicted: ArrayLike<number>,
  observed: ArrayLike<number>,
  rng: Rng,
  options: EceOptions & {
    readonly group?: ArrayLike<number>;
    readonly resamples?: number;
    readonly level?: number;
  } = {},
): Interval {
  const statistic = (rows: Int32Array) =>
    ece(
      Float64Array.from(rows, (row) => predicted[row]!),
      Float64Array.from(rows, (row) => observed[row]!),
      options,
    );
  return bootstrap(predicted.length, statistic, rng, { resamples: 200, ...options });
}
