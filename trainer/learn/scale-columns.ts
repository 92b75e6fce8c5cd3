import { moments } from "../design/cheap-block.ts";
import type { TrainingRows } from "../estimator.ts";
import type { LinearMap } from "./masked-ridge.ts";

/** x times a factor a column. */
export function scaleColumns(x: Float32Array, dimensions: number, factor: ArrayLike<number>): Float32Array {
  const out = new Float32Array(x.length);
  for (let i = 0; i < x.length; i += dimensions) {
    for (let j = 0; j < dimensions; j++) out[i + j] = x[i + j]! * factor[j]!;
  }
  return out;
}

/** A map fitted on scaled columns, made to read the unscaled ones. */
export function unscaleMap(map: LinearMap, factor: ArrayLike<number>): LinearMap {
  const weights = map.weights.map((value, i) => value * factor[Math.floor(i / map.outputs)]!);
  return { ...map, weights };
}

/** Factors that give each column deviation 1; 0 for constant ones. */
export function unitDeviation(rows: TrainingRows): Float64Array {
  const all = Int32Array.from({ length: rows.count }, (_, i) => i);
  return moments(rows.x, rows.dimensions, all).deviation.map((value) => (value > 1e-6 ? 1 / value : 0));
}

/** One factor for each stretch of columns; columns of unnamed stretches keep theirs. */
export function blockFactors(
  rows: Pick<TrainingRows, "dimensions" | "blocks">,
  factors: Readonly<Record<string, number>>,
): Float64Array {
  const out = new Float64Array(rows.dimensions).fill(1);
  for (const { name, from, to } of rows.blocks ?? []) out.fill(factors[name] ?? 1, from, to);
  return out;
}
