export interface NoiseCeiling {
  /** Mean over prompts of the highest observed label: the usual oracle. */
  readonly oracle: number;
  /** What that oracle would be if the predictions were true and every label one independent draw. */
  readonly oracleOfDraws: number;
  /** What choosing by those true probabilities would really get. No router can do better, if they are true. */
  readonly attainable: number;
  /** oracleOfDraws - attainable: the part of an oracle's lead that is luck of single draws. */
  readonly luck: number;
  /** Luck as a share of the oracle's lead over the router, in [0, 1]; null when there is no lead. */
  readonly noiseShare: number | null;
}

/**
 * How much of the gap between a router and the oracle is sampling noise: one draw a label lets the oracle pick winners
 * by luck. Takes calibrated predictions for the truth and labels as independent draws given the prompt. Real predictions
 * are less sharp than the truth, so this errs towards calling too much noise; with two draws a label measure it directly
 * by `replicateOracle`.
 *
 * @param predicted     [n x models] calibrated quality in [0, 1]
 * @param observed      [n x models] labels, NaN where unknown (that model then takes no part in the prompt)
 * @param routerQuality mean observed quality of the router on these prompts
 * @source              routing gap and label noise, arXiv:2607.03436; product form for Bernoulli draws
 */
export function noiseCeiling(
  predicted: Float32Array,
  observed: Float32Array,
  models: number,
  routerQuality: number,
): NoiseCeiling {
  let oracle = 0;
  let oracleOfDraws = 0;
  let attainable = 0;
  let counted = 0;
  for (let base = 0; base < observed.length; base += models) {
    let best = Number.NEGATIVE_INFINITY;
    let allFail = 1;
    let likeliest = 0;
    for (let at = base; at < base + models; at++) {
      if (Number.isNaN(observed[at])) continue;
      best = Math.max(best, observed[at]!);
      allFail *= 1 - predicted[at]!;
      likeliest = Math.max(likeliest, predicted[at]!);
    }
    if (best === Number.NEGATIVE_INFINITY) continue;
    counted++;
    oracle += best;
    oracleOfDraws += 1 - allFail;
    attainable += likeliest;
  }
  const luck = (oracleOfDraws - attainable) / counted;
  const lead = oracle / counted - routerQuality;
  return {
    oracle: oracle / counted,
    oracleOfDraws: oracleOfDraws / counted,
    attainable: attainable / counted,
    luck,
    noiseShare: lead > 0 ? Math.min(1, luck / lead) : null,
  };
}

/**
 * An oracle without luck, from two independent draws of every label: choose by the first, score by the second.
 *
 * @param first  [n x models] one draw of each label, no NaN
 * @param second [n x models] another
 * @returns      mean quality; at most the true oracle's in expectation
 */
export function replicateOracle(first: Float32Array, second: Float32Array, models: number): number {
  let sum = 0;
  for (let base = 0; base < first.length; base += models) {
    let best = base;
    for (let at = base + 1; at < base + models; at++) if (first[at]! > first[best]!) best = at;
    // Equal winners share the prize, or the first column would win every tie.
    let ties = 0;
    let prize = 0;
    for (let at = base; at < base + models; at++) {
      if (first[at] !== first[best]) continue;
      ties++;
      prize += second[at]!;
    }
    sum += prize / ties;
  }
  return (sum * models) / first.length;
}
