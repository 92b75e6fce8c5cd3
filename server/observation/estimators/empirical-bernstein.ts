import { sampleVariance } from "simple-statistics";
import { type Estimate, sumOf } from "./estimate.ts";

/** Where every value lies; known before the data. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * Interval for the mean of independent bounded values, at any sample size and without a normal approximation; for one
 * look at a sample whose size was fixed before.
 *
 * @source Maurer & Pontil 2009, theorem 4, both sides
 */
export function empiricalBernstein(values: Float64Array, range: Range, confidence: number): Estimate {
  const n = values.length;
  const mean = sumOf(values) / n;
  const log = Math.log(4 / (1 - confidence));
  const width = range.high - range.low;
  const half =
    n < 2
      ? Number.POSITIVE_INFINITY
      : Math.sqrt((2 * sampleVariance(Array.from(values)) * log) / n) + (7 * width * log) / (3 * (n - 1));
  return {
    value: mean,
    low: Math.max(range.low, mean - half),
    high: Math.min(range.high, mean + half),
    method: "empirical_bernstein",
    n,
  };
}
