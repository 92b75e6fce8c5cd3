import type { TrainingRows } from "../estimator.ts";

/** Sums over rows that are taken together. */
export interface LabelSums {
  /** [bins x models] sum of weight x label, and of weight, over known labels. */
  readonly sum: Float32Array;
  readonly mass: Float32Array;
}

/**
 * Adds up labels by bin (a cluster, or one of several equal rows); bin -1 leaves a row out. Weights are scaled to a mean
 * of 1, so that a prior counted in rows keeps its meaning under propensity weights.
 */
export function labelSums(rows: TrainingRows, bin: Int32Array, bins: number): LabelSums {
  const { quality, weight, modelCount } = rows;
  const scale = meanWeight(rows);
  const sum = new Float64Array(bins * modelCount);
  const mass = new Float64Array(bins * modelCount);
  for (let at = 0; at < quality.length; at++) {
    const into = bin[Math.floor(at / modelCount)]!;
    if (into < 0 || Number.isNaN(quality[at]!)) continue;
    const share = weight === null ? 1 : weight[at]! / scale;
    sum[into * modelCount + (at % modelCount)]! += share * quality[at]!;
    mass[into * modelCount + (at % modelCount)]! += share;
  }
  return { sum: Float32Array.from(sum), mass: Float32Array.from(mass) };
}

function meanWeight({ quality, weight }: TrainingRows): number {
  if (weight === null) return 1;
  let total = 0;
  let known = 0;
  for (let at = 0; at < quality.length; at++) {
    if (Number.isNaN(quality[at]!)) continue;
    total += weight[at]!;
    known++;
  }
  return total > 0 ? total / known : 1;
}
