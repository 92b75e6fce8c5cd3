/** A figure with its interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Which interval this is, e.g. `aipw_normal` or `asymptotic_sequence`. */
  readonly method: string;
  /** Units that the interval rests on: sessions where rows of one session belong together, else rows. */
  readonly n: number;
}

/** What an interval needs of a mean: its value, standard error and the units behind it. */
export interface MeanError {
  readonly mean: number;
  readonly standardError: number;
  readonly n: number;
}

/** Sums of values by cluster, in order of first appearance; every row alone when `cluster` is absent. */
export function clusterSums(values: Float64Array, cluster?: ArrayLike<number | string>): Float64Array {
  if (cluster === undefined) return values;
  const at = new Map<number | string, number>();
  const sums = new Float64Array(values.length);
  let [place, latest]: [number, number | string | null] = [0, null];
  for (let row = 0; row < values.length; row++) {
    const key = cluster[row]!;
    // Rows of one session mostly stand together.
    if (key !== latest) {
      place = at.get(key) ?? at.size;
      at.set(key, place);
      latest = key;
    }
    sums[place]! += values[row]!;
  }
  return sums.slice(0, at.size);
}

/**
 * Mean of rows with a standard error that lets rows of one cluster depend on one another in any way.
 *
 * @source Liang & Zeger 1986; arXiv:2411.00640 section 2.2 for evaluations
 */
export function clusteredMean(values: Float64Array, cluster?: ArrayLike<number | string>): MeanError {
  const mean = sumOf(values) / values.length;
  const residuals = clusterSums(
    values.map((value) => value - mean),
    cluster,
  );
  const n = residuals.length;
  let squares = 0;
  for (const residual of residuals) squares += residual * residual;
  const standardError = n < 2 ? Number.POSITIVE_INFINITY : Math.sqrt((squares * n) / (n - 1)) / values.length;
  return { mean, standardError, n };
}

export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
