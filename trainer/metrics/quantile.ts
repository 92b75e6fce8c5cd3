/**
 * Quantile of sorted numbers by linear interpolation between order statistics.
 *
 * @param sorted [n] rising, n >= 1
 * @param share  in [0, 1]; 0.5 is the median
 * @source       numpy.quantile, method "linear" (Hyndman & Fan 1996, type 7)
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
