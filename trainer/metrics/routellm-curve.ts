import { type CallCurve, checkCalls } from "./call-curve.ts";
import { quantile } from "./quantile.ts";

/**
 * RouteLLM's own curve: thresholds at the 11 edges of 10 equal-mass bins of the score, strong where score >= threshold
 * (> for the last, so that the point without strong calls exists). Points of equal rate become one by their mean, as
 * tied edges would otherwise be counted twice.
 *
 * @param gain   [n] the strong model's win rate, or any score that rises with it
 * @param weak   [n] observed quality of the weak model
 * @param strong [n] observed quality of the strong model
 * @param bins   10 in the paper; pass more for a finer curve
 * @throws       TrainError `bad_data` as `callCurve`
 * @source       lm-sys/RouteLLM, routellm/evals/benchmarks.py `evaluate` (pd.qcut there refuses tied edges; we do not)
 */
export function routellmCurve(
  gain: ArrayLike<number>,
  weak: ArrayLike<number>,
  strong: ArrayLike<number>,
  bins = 10,
): CallCurve {
  checkCalls(gain, weak, strong);
  const count = gain.length;
  const sorted = Float64Array.from(gain).sort();
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => quantile(sorted, Math.min(1, i * (1 / bins))));
  let weakSum = 0;
  // Row i is strong at edges 0 .. last edge <= gain, so collect each row at that edge and sum from the top.
  const calls = new Float64Array(bins + 1);
  const lift = new Float64Array(bins + 1);
  for (let i = 0; i < count; i++) {
    weakSum += weak[i]!;
    let edge = bins - 1;
    while (edge > 0 && gain[i]! < edges[edge]!) edge--;
    if (gain[i]! >= edges[edge]!) {
      calls[edge]! += 1;
      lift[edge]! += strong[i]! - weak[i]!;
    }
  }
  const byRate = new Map<number, { sum: number; times: number }>();
  let callSum = 0;
  let liftSum = 0;
  // The last edge is the maximum and asks for >, so nothing is strong there.
  for (let edge = bins; edge >= 0; edge--) {
    callSum += calls[edge]!;
    liftSum += lift[edge]!;
    const point = byRate.get(callSum) ?? { sum: 0, times: 0 };
    byRate.set(callSum, { sum: point.sum + (weakSum + liftSum) / count, times: point.times + 1 });
  }
  return [...byRate].map(([calls, { sum, times }]) => [calls / count, sum / times] as const);
}
