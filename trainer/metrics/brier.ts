import { equalMassBins } from "./equal-mass-bins.ts";

/** Brier score and its parts: brier = reliability - resolution + uncertainty + within. */
export interface Brier {
  readonly brier: number;
  /** Miscalibration of the bins, >= 0, lower is better. */
  readonly reliability: number;
  /** How far the bins' means lie apart, >= 0, higher is better. */
  readonly resolution: number;
  /** Variance of the labels: the score of always predicting their mean. */
  readonly uncertainty: number;
  /** What differs inside the bins; 0 when each bin holds one prediction. */
  readonly within: number;
  readonly rows: number;
}

/**
 * Mean squared error of predicted probabilities, with Murphy's decomposition over equal-mass bins.
 *
 * @param predicted [n] in [0, 1]
 * @param observed  [n] in [0, 1], soft labels allowed; rows with NaN are left out
 * @returns         NaN in every part without rows
 * @source          Brier 1950; Murphy 1973; Stephenson et al. 2008 for the part within bins
 */
export function brier(predicted: ArrayLike<number>, observed: ArrayLike<number>, bins = 15): Brier {
  let squares = 0;
  let sum = 0;
  let rows = 0;
  for (let i = 0; i < predicted.length; i++) {
    const label = observed[i]!;
    if (Number.isNaN(label)) continue;
    squares += (predicted[i]! - label) ** 2;
    sum += label;
    rows++;
  }
  const mean = sum / rows;
  let spread = 0;
  for (let i = 0; i < predicted.length; i++) {
    const label = observed[i]!;
    if (!Number.isNaN(label)) spread += (label - mean) ** 2;
  }
  let reliability = 0;
  let resolution = 0;
  for (const bin of equalMassBins(predicted, observed, bins)) {
    reliability += bin.count * (bin.predicted - bin.observed) ** 2;
    resolution += bin.count * (bin.observed - mean) ** 2;
  }
  const parts = {
    brier: squares / rows,
    reliability: reliability / rows,
    resolution: resolution / rows,
    uncertainty: spread / rows,
  };
  return { ...parts, within: parts.brier - parts.reliability + parts.resolution - parts.uncertainty, rows };
}
