/** Losses by a judge, some also by gold labels whose chance is known. */
export interface JudgedLosses {
  /** [n] by the judge, in [0, 1]. */
  readonly judged: Float64Array;
  readonly isLabelled: Uint8Array;
  /** [n] by the label, in [0, 1]; read where labelled. */
  readonly gold: Float64Array;
  /** Chance of a label, the same for all rows. */
  readonly goldInclusion: number;
}

/**
 * Judge's losses corrected by gold, J + B / rho (Y - J), moved into [0, 1] so that bounded tests apply; unbiased for the loss
 * that the labels would show, whatever the judge says.
 *
 * @returns losses in [0, 1] and what alpha becomes among them
 * @source  prediction-powered inference, arXiv:2301.09633
 */
export function correctedLosses(
  { judged, isLabelled, gold, goldInclusion }: JudgedLosses,
  alpha: number,
): { readonly losses: Float64Array; readonly alpha: number } {
  if (goldInclusion >= 1) return { losses: gold, alpha };
  // J - (1/rho) (Y - J) lies in [1 - 1/rho, 1/rho]: lowest at J = 1, Y = 0, highest at J = 0, Y = 1.
  const low = 1 - 1 / goldInclusion;
  const width = 2 / goldInclusion - 1;
  const scaled = (value: number) => Math.min(1, Math.max(0, (value - low) / width));
  return {
    losses: judged.map((loss, row) =>
      scaled(isLabelled[row] === 1 ? loss + (gold[row]! - loss) / goldInclusion : loss),
    ),
    alpha: scaled(alpha),
  };
}
