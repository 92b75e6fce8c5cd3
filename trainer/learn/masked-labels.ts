import type { TrainingRows } from "../estimator.ts";

/** Known labels with their weights; both 0 where a label is unknown. */
export function labelsOf(rows: TrainingRows): { readonly y: Float32Array; readonly weight: Float32Array } {
  const y = rows.quality.map((value) => (Number.isNaN(value) ? 0 : value));
  const weight = rows.quality.map((value, i) => (Number.isNaN(value) ? 0 : (rows.weight?.[i] ?? 1)));
  return { y, weight };
}
