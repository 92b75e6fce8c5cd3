import { clusterSums, type Estimate, type MeanError } from "./estimate.ts";
import { normalInterval } from "./normal-interval.ts";

/** Audited rows alone. */
export interface WeightedRows {
  readonly outcome: Float64Array;
  /** [n] chance with which each row came into the audit, known by design, in (0, 1]. */
  readonly inclusion: Float64Array;
  readonly cluster?: ArrayLike<number | string>;
}

/**
 * Mean over all traffic from audited rows by inverse probability weights, normalised (Hajek); noisy, and free of any model.
 * Rows of one session may depend on one another.
 *
 * @source Hajek 1971; Sarndal, Swensson & Wretman 1992, 5.7
 */
export function hajek(rows: WeightedRows, confidence: number): Estimate {
  return normalInterval(hajekMean(rows), confidence, "ipw_normal");
}

export function hajekMean({ outcome, inclusion, cluster }: WeightedRows): MeanError {
  let weights = 0;
  let total = 0;
  for (let row = 0; row < outcome.length; row++) {
    weights += 1 / inclusion[row]!;
    total += outcome[row]! / inclusion[row]!;
  }
  const mean = total / weights;
  const sums = clusterSums(
    outcome.map((value, row) => (value - mean) / inclusion[row]!),
    cluster,
  );
  let squares = 0;
  for (const sum of sums) squares += sum * sum;
  const n = sums.length;
  return { mean, n, standardError: n < 2 ? Number.POSITIVE_INFINITY : Math.sqrt((squares * n) / (n - 1)) / weights };
}

/** How many equally weighted rows tell as much: (sum w)^2 / sum w^2. */
export function effectiveSampleSize(weights: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < weights.length; row++) {
    sum += weights[row]!;
    squares += weights[row]! ** 2;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}
