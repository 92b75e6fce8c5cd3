import { clusterSums, type MeanError, sumOf } from "./estimate.ts";

/**
 * Saving as a share: 1 - mean(cost) / mean(baseline), with its standard error by the delta method, rows of one session together.
 *
 * @param cost     [n] cost or its influence (`influenceOf`)
 * @param baseline [n] what the incumbent costs
 */
export function savingShare(
  cost: Float64Array,
  baseline: Float64Array,
  cluster?: ArrayLike<number | string>,
): MeanError & { readonly residuals: Float64Array } {
  const total = sumOf(baseline);
  const share = 1 - sumOf(cost) / total;
  const residuals = clusterSums(
    cost.map((value, row) => ((1 - share) * baseline[row]! - value) / total),
    cluster,
  );
  const n = residuals.length;
  let squares = 0;
  for (const residual of residuals) squares += residual * residual;
  const standardError = n < 2 ? Number.POSITIVE_INFINITY : Math.sqrt((squares * n) / (n - 1));
  return { mean: share, standardError, n, residuals };
}
