import { type Rng, shuffle } from "../../engine/rng.ts";
import type { TrainingRows } from "../estimator.ts";
import { pickRows } from "../learn/folds.ts";
import { labelSums } from "./_label-sums.ts";
import { modelMeans } from "./_model-means.ts";

/** Cosine looks at directions, euclid at places. */
export type Metric = "cosine" | "euclid";

/** What is kept of the training rows. */
export interface Memory {
  readonly metric: Metric;
  /** Factor on x for euclid, so that lengths are about 1. */
  readonly scale: number;
  readonly neighbours: number;
  readonly dimensions: number;
  readonly models: number;
  readonly count: number;
  /** [count x dimensions] scaled or of unit length, no two equal. */
  readonly points: Float32Array;
  /** [count] squared length */
  readonly squares: Float32Array;
  /** [count x models] sums of labels and of weights of the equal prompts that a point stands for. */
  readonly sum: Float32Array;
  readonly mass: Float32Array;
  readonly means: Float32Array;
  readonly prior: number;
}

export interface MemoryOptions {
  readonly metric: Metric;
  readonly neighbours: number;
  readonly maxRows: number;
  readonly priorNeighbours: number;
}

/** Lengths below this are taken for it. */
export const LEAST_LENGTH = 1e-6;

/** Keeps the prompts that answer later ones: a sample of the rows, equal ones as one point. */
export function memorise(rows: TrainingRows, options: MemoryOptions, rng: Rng): Memory {
  const { metric, neighbours } = options;
  const { dimensions, modelCount } = rows;
  const picked = sample(rows.count, options.maxRows, rng);
  const kept = picked.length === rows.count ? rows : pickRows(rows, picked);
  const scale = metric === "euclid" ? 1 / Math.max(LEAST_LENGTH, rootMeanSquareLength(kept)) : 1;
  const placed = place(kept.x, kept.count, dimensions, metric, scale);
  const { bin, firsts } = equalRows(placed, kept.count, dimensions);
  const points = new Float32Array(firsts.length * dimensions);
  firsts.forEach((row, i) => {
    points.set(placed.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions);
  });
  return {
    metric,
    scale,
    neighbours: Math.min(neighbours, firsts.length),
    dimensions,
    models: modelCount,
    count: firsts.length,
    points,
    squares: squaredLengths(points, firsts.length, dimensions),
    ...labelSums(kept, bin, firsts.length),
    means: modelMeans(rows),
    prior: options.priorNeighbours,
  };
}

/** Rows of unit length, or scaled. */
export function place(x: Float32Array, count: number, dimensions: number, metric: Metric, scale: number): Float32Array {
  if (metric === "euclid") return x.map((value) => value * scale);
  const out = new Float32Array(x.length);
  const squares = squaredLengths(x, count, dimensions);
  for (let at = 0; at < x.length; at++) {
    out[at] = x[at]! / Math.max(LEAST_LENGTH, Math.sqrt(squares[Math.floor(at / dimensions)]!));
  }
  return out;
}

export function squaredLengths(x: Float32Array, count: number, dimensions: number): Float32Array {
  const out = new Float32Array(count);
  for (let row = 0, at = 0; row < count; row++) {
    let sum = 0;
    for (let j = 0; j < dimensions; j++, at++) sum += x[at]! * x[at]!;
    out[row] = sum;
  }
  return out;
}

function rootMeanSquareLength(rows: TrainingRows): number {
  return Math.sqrt(rows.x.reduce((sum, value) => sum + value * value, 0) / Math.max(1, rows.count));
}

/** Which rows are equal to the last bit: bin of each row, and the first row of each bin. */
function equalRows(
  x: Float32Array,
  count: number,
  dimensions: number,
): { readonly bin: Int32Array; readonly firsts: readonly number[] } {
  const bytes = Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  const seen = new Map<string, number>();
  const firsts: number[] = [];
  const bin = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const key = bytes.toString("latin1", row * dimensions * 4, (row + 1) * dimensions * 4);
    const known = seen.get(key);
    if (known !== undefined) {
      bin[row] = known;
      continue;
    }
    bin[row] = firsts.length;
    seen.set(key, firsts.length);
    firsts.push(row);
  }
  return { bin, firsts };
}

/** At most so many row indices, in rising order. */
function sample(count: number, most: number, rng: Rng): Int32Array {
  const all = Int32Array.from({ length: count }, (_, row) => row);
  return count <= most ? all : shuffle(all, rng).slice(0, most).sort();
}
