import { type Rng, shuffle } from "../../engine/rng.ts";
import type { TrainingRows } from "../estimator.ts";

/** Fold of each row, 0..count-1, whole groups, sizes as even as the groups allow. */
export function groupedFolds(group: Int32Array, count: number, rng: Rng): Int32Array {
  const sizes = new Map<number, number>();
  for (const id of group) sizes.set(id, (sizes.get(id) ?? 0) + 1);
  const ids = shuffle(
    [...sizes.keys()].sort((a, b) => a - b),
    rng,
  );
  const filled = new Float64Array(count);
  const foldOf = new Map<number, number>();
  for (const id of ids) {
    const smallest = filled.indexOf(Math.min(...filled));
    foldOf.set(id, smallest);
    filled[smallest]! += sizes.get(id)!;
  }
  return group.map((id) => foldOf.get(id)!);
}

/** The given rows of a training set. */
export function pickRows(rows: TrainingRows, picked: Int32Array): TrainingRows {
  const { dimensions, modelCount } = rows;
  return {
    ...rows,
    count: picked.length,
    x: gatherRows(rows.x, dimensions, picked),
    quality: gatherRows(rows.quality, modelCount, picked),
    weight: rows.weight && gatherRows(rows.weight, modelCount, picked),
    task: picked.map((row) => rows.task[row]!),
    group: picked.map((row) => rows.group[row]!),
  };
}

export function gatherRows(values: Float32Array, columns: number, picked: Int32Array): Float32Array {
  const out = new Float32Array(picked.length * columns);
  picked.forEach((row, i) => {
    out.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return out;
}

/** A grouped split of a training set in rows to fit on and rows to choose by. */
export function validationSplit(
  rows: TrainingRows,
  rng: Rng,
  folds = 5,
): { readonly fit: Int32Array; readonly validation: Int32Array } {
  const fold = groupedFolds(rows.group, folds, rng);
  const all = Int32Array.from(fold.keys());
  return { fit: all.filter((row) => fold[row] !== 0), validation: all.filter((row) => fold[row] === 0) };
}
