/** Outcomes, [n x models] row-major; NaN quality where unknown. */
export interface Outcomes {
  readonly observed: Float32Array;
  /** USD a prompt; [models] when the same for every prompt, or [n x models]. */
  readonly cost: ArrayLike<number>;
  readonly models: number;
}

export interface OracleChoice {
  /** [n] the cheapest model among those of highest observed quality (the first of equals); -1 without any label. */
  readonly chosen: Int32Array;
  /** Mean quality and cost over the prompts that have a label. */
  readonly quality: number;
  readonly cost: number;
}

/**
 * The best choice in hindsight: for each prompt the cheapest model among those with the highest observed quality. An
 * upper bound that label noise inflates, see `noiseCeiling`. A prompt that no model answers well goes to the cheapest
 * model and pays for it (RouterBench's code counts such a prompt as free, which flatters its oracle).
 *
 * @source Hu et al. 2024, RouterBench, arXiv:2403.12031
 */
export function oracle(outcomes: Outcomes): OracleChoice {
  const { observed, models } = outcomes;
  const count = observed.length / models;
  const chosen = new Int32Array(count).fill(-1);
  let quality = 0;
  let cost = 0;
  let labelled = 0;
  for (let row = 0; row < count; row++) {
    let best = -1;
    for (let model = 0; model < models; model++) {
      const value = observed[row * models + model]!;
      if (Number.isNaN(value)) continue;
      const held = best < 0 ? Number.NEGATIVE_INFINITY : observed[row * models + best]!;
      const isCheaper = value === held && costOf(outcomes, row, model) < costOf(outcomes, row, best);
      if (value > held || isCheaper) best = model;
    }
    if (best < 0) continue;
    chosen[row] = best;
    labelled++;
    quality += observed[row * models + best]!;
    cost += costOf(outcomes, row, best);
  }
  return { chosen, quality: quality / labelled, cost: cost / labelled };
}

/** Cost of one prompt with one model, whichever form the costs have. */
export function costOf({ cost, models }: Outcomes, row: number, model: number): number {
  return cost.length === models ? cost[model]! : cost[row * models + model]!;
}
