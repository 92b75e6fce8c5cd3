import { costOf, type Outcomes } from "./oracle.ts";

/**
 * Mean utility that a policy loses against the best choice in hindsight, utility being quality - lambda x cost.
 *
 * @param chosen [n] model index; prompts with -1 or an unknown label for the chosen model are left out
 * @param lambda quality per USD, >= 0; 0 counts quality alone
 * @returns      >= 0; NaN when no prompt counts
 * @source       Causal LLM routing, arXiv:2505.16037
 */
export function regret(outcomes: Outcomes, chosen: ArrayLike<number>, lambda = 0): number {
  const { observed, models } = outcomes;
  let lost = 0;
  let counted = 0;
  for (let row = 0; row < chosen.length; row++) {
    const model = chosen[row]!;
    if (model < 0 || Number.isNaN(observed[row * models + model])) continue;
    let best = Number.NEGATIVE_INFINITY;
    for (let other = 0; other < models; other++) {
      const value = observed[row * models + other]! - lambda * costOf(outcomes, row, other);
      if (value > best) best = value;
    }
    lost += best - (observed[row * models + model]! - lambda * costOf(outcomes, row, model));
    counted++;
  }
  return lost / counted;
}
