import { createHash } from "node:crypto";

/** Predicts the outcome of a row it was not fitted on. */
export type Predict = (row: number) => number;

/** [rows] fold of each row in 0..folds-1, by hash of its cluster: a session is never split over folds. */
export function foldsOf(cluster: ArrayLike<number | string>, folds: number): Uint8Array {
  const known = new Map<number | string, number>();
  return Uint8Array.from(cluster, (key) => {
    const fold = known.get(key) ?? createHash("sha256").update(`${key}`).digest().readUInt32BE(0) % folds;
    known.set(key, fold);
    return fold;
  });
}

/**
 * Predictions of every row by a fit on the other folds alone, so that no row's own outcome speaks for it.
 *
 * @source Chernozhukov et al. 2018, double machine learning
 */
export function crossFit(fold: Uint8Array, folds: number, learn: (rows: Int32Array) => Predict): Float64Array {
  const predicted = new Float64Array(fold.length);
  const rows = new Int32Array(fold.length).map((_, row) => row);
  const rowsOf = (isWanted: (fold: number) => boolean) => rows.filter((row) => isWanted(fold[row]!));
  for (let held = 0; held < folds; held++) {
    const predict = learn(rowsOf((of) => of !== held));
    for (const row of rowsOf((of) => of === held)) predicted[row] = predict(row);
  }
  return predicted;
}
