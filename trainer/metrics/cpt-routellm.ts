import type { CallCurve } from "./call-curve.ts";
import { type Anchors, gapOf } from "./pgr.ts";

/**
 * CPT as RouteLLM prints it: `np.interp(target, quality, rate)`, also where quality is not rising and the answer is
 * then an accident of numpy's search. For tables beside theirs only; `cpt` is the number to trust.
 *
 * @param curve the 11 points of `routellmCurve`
 * @param share in [0, 1]
 * @returns     in [0, 1]
 * @throws      TrainError `flat_gap` when strong does not exceed weak
 * @source      lm-sys/RouteLLM, routellm/evals/evaluate.py `pct_call_metric`
 */
export function cptRoutellm(curve: CallCurve, anchors: Anchors, share: number): number {
  return numpyInterp(
    anchors.weak + share * gapOf(anchors),
    curve.map(([, quality]) => quality),
    curve.map(([rate]) => rate),
  );
}

/**
 * numpy.interp for one x, the search included, so that a falling `xs` gives what numpy gives.
 *
 * @source numpy/core/src/multiarray/compiled_base.c, `binary_search_with_guess` with its first guess of 0
 */
export function numpyInterp(x: number, xs: readonly number[], ys: readonly number[]): number {
  const last = xs.length - 1;
  const at = numpySearch(x, xs);
  if (at < 0) return ys[0]!;
  if (at >= last) return ys[last]!;
  if (xs[at] === x) return ys[at]!;
  return ys[at]! + ((ys[at + 1]! - ys[at]!) / (xs[at + 1]! - xs[at]!)) * (x - xs[at]!);
}

function numpySearch(x: number, xs: readonly number[]): number {
  const count = xs.length;
  if (x > xs[count - 1]!) return count;
  if (x < xs[0]!) return -1;
  if (count <= 4) {
    let i = 1;
    while (i < count && x >= xs[i]!) i++;
    return i - 1;
  }
  const guess = 1;
  let low = 0;
  let high = count;
  if (x < xs[guess]!) return guess - 1;
  if (x < xs[guess + 1]!) return guess;
  if (x < xs[guess + 2]!) return guess + 1;
  low = guess + 2;
  if (guess < count - CACHE_LINE - 1 && x < xs[guess + CACHE_LINE]!) high = guess + CACHE_LINE;
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    if (x >= xs[middle]!) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** numpy's LIKELY_IN_CACHE_SIZE. */
const CACHE_LINE = 8;
