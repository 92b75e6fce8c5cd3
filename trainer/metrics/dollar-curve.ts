import { TrainError } from "../errors.ts";
import { byFallingGain, type CallCurve, checkCalls } from "./call-curve.ts";

/** Observed cost of each prompt's answer, in one unit, [n] each. */
export interface PairCosts {
  readonly weak: ArrayLike<number>;
  readonly strong: ArrayLike<number>;
}

/**
 * The call curve with dollars on its axis: the rate is the share of the way from all-weak cost to all-strong cost. Its
 * APGR is 0.5 for random mixing too, and falls when a router sends the long (dear) prompts to the strong model.
 *
 * @param gain   [n] as in `callCurve`
 * @param weak   [n] observed quality of the weak model
 * @param strong [n] observed quality of the strong model
 * @returns      from (0, mean of weak) to (1, mean of strong); the rate may step back where weak cost more
 * @throws       TrainError `flat_gap` when strong does not cost more than weak in all; `bad_data` as `callCurve`
 */
export function dollarCurve(
  gain: ArrayLike<number>,
  weak: ArrayLike<number>,
  strong: ArrayLike<number>,
  costs: PairCosts,
): CallCurve {
  checkCalls(gain, weak, strong, costs.weak, costs.strong);
  const count = gain.length;
  let quality = 0;
  let extra = 0;
  for (let i = 0; i < count; i++) {
    quality += weak[i]!;
    extra += costs.strong[i]! - costs.weak[i]!;
  }
  if (!(extra > 0)) throw new TrainError("flat_gap", "the strong model must cost more than the weak one in all");
  const order = byFallingGain(gain);
  const curve: [number, number][] = [[0, quality / count]];
  let spent = 0;
  for (let i = 0; i < count; i++) {
    const row = order[i]!;
    quality += strong[row]! - weak[row]!;
    spent += costs.strong[row]! - costs.weak[row]!;
    const isLastOfTie = i === count - 1 || gain[order[i + 1]!] !== gain[row];
    if (isLastOfTie) curve.push([spent / extra, quality / count]);
  }
  return curve;
}
