import type { TrainingRows } from "../estimator.ts";

/** Known labels with their weights; both 0 where a label is unknown. */
export function labelsOf(rows: TrainingRows): { readonly y: Float32Array; readonly weight: Float32Array } {
  const y = rows.quality.map((value) => (Number.isNaN(value) ? 0 : value));
  const weight = rows.quality.map((value, i) => (Number.isNaN(value) ? 0 : (rows.weight?.[i] ?? 1)));
  return { y, weight };
}

/** Logit of each model's weighted mean label; 0 for a model without any. */
export function meanLogits(y: Float32Array, weight: Float32Array, models: number): Float32Array {
  const sum = new Float64Array(models);
  const total = new Float64Array(models);
  for (let i = 0; i < y.length; i++) {
    sum[i % models]! += y[i]! * weight[i]!;
    total[i % models]! += weight[i]!;
  }
  return Float32Array.from(sum, (value, model) => {
    if (total[model] === 0) return 0;
    const mean = Math.min(0.999, Math.max(0.001, value / total[model]!));
    return Math.log(mean / (1 - mean));
  });
}
