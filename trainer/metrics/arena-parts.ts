import { costOf, type Outcomes, oracle } from "./oracle.ts";

/** RouterArena's parts, all relative to the router's own pool. */
export interface ArenaParts {
  readonly accuracy: number;
  readonly usdPerThousand: number;
  /** Share of solvable prompts sent to the cheapest model that solves them. */
  readonly optimalSelection: number;
  /** Mean over solvable prompts of the cheapest solving model's cost / the chosen model's cost, at most 1. */
  readonly optimalCost: number;
  /** Accuracy / the accuracy that the pool can reach. */
  readonly optimalAccuracy: number;
}

/**
 * How near a router's choices come to its pool's best, as RouterArena counts it. A prompt is solvable when some model's
 * quality is above 0; "solves" means the highest quality seen for the prompt.
 *
 * @param chosen [n] model index, -1 to leave a prompt out; a prompt whose chosen label is unknown is left out
 * @source       arXiv:2510.00202, section 4; RouteWorks/RouterArena
 */
export function arenaParts(outcomes: Outcomes, chosen: ArrayLike<number>): ArenaParts {
  const best = oracle(outcomes);
  const { observed, models } = outcomes;
  const sum = { quality: 0, cost: 0, reachable: 0, selected: 0, costShare: 0 };
  let counted = 0;
  let solvable = 0;
  for (let row = 0; row < chosen.length; row++) {
    const model = chosen[row]!;
    if (model < 0 || Number.isNaN(observed[row * models + model])) continue;
    const bestModel = best.chosen[row]!;
    const reachable = observed[row * models + bestModel]!;
    const cost = costOf(outcomes, row, model);
    counted++;
    sum.quality += observed[row * models + model]!;
    sum.cost += cost;
    sum.reachable += reachable;
    if (reachable <= 0) continue;
    solvable++;
    if (model === bestModel) sum.selected++;
    const bestCost = costOf(outcomes, row, bestModel);
    sum.costShare += cost > 0 ? Math.min(1, bestCost / cost) : 1;
  }
  return {
    accuracy: sum.quality / counted,
    usdPerThousand: (1000 * sum.cost) / counted,
    optimalSelection: sum.selected / solvable,
    optimalCost: sum.costShare / solvable,
    optimalAccuracy: sum.quality / sum.reachable,
  };
}

/** Share of prompts whose choice is the same before and after a perturbation; RouterArena's robustness. */
export function sameChoiceRate(before: ArrayLike<number>, after: ArrayLike<number>): number {
  let same = 0;
  for (let i = 0; i < before.length; i++) if (before[i] === after[i]) same++;
  return same / before.length;
}
