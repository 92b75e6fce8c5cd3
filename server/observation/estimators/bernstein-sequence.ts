import type { Range } from "./empirical-bernstein.ts";
import type { Estimate } from "./estimate.ts";

/**
 * Confidence sequence for a mean of bounded values: valid at every sample size at once, however often and for whatever
 * reason one looks. Values in the order in which they came; `low` and `high` are the best bounds so far.
 *
 * @source Waudby-Smith & Ramdas, arXiv:2010.09686, theorem 2 (predictable plug-in empirical Bernstein)
 */
export function bernsteinSequence(values: Float64Array, range: Range, confidence: number): Estimate {
  const width = range.high - range.low;
  const log = Math.log(2 / (1 - confidence));
  let [weights, weighted, penalty] = [0, 0, 0];
  let [sum, squares] = [0.5, 0.25];
  let [low, high] = [0, 1];
  let centre = 0.5;
  for (let t = 1; t <= values.length; t++) {
    const x = (values[t - 1]! - range.low) / width;
    const meanBefore = sum / t;
    const bet = Math.min(0.5, Math.sqrt((2 * log) / ((squares / t) * t * Math.log(1 + t))));
    weights += bet;
    weighted += bet * x;
    penalty += 4 * (x - meanBefore) ** 2 * ((-Math.log1p(-bet) - bet) / 4);
    sum += x;
    squares += (x - sum / (t + 1)) ** 2;
    centre = weighted / weights;
    const half = (log + penalty) / weights;
    low = Math.max(low, centre - half);
    high = Math.min(high, centre + half);
  }
  return {
    value: range.low + width * centre,
    low: range.low + width * low,
    high: range.low + width * high,
    method: "bernstein_sequence",
    n: values.length,
  };
}
