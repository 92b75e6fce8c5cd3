import { expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { createSparseKernel } from "./sparse-kernel.ts";

const rows = {
  start: Float64Array.of(0, 2, 2, 3),
  ids: Int32Array.of(0, 3, 1),
  weights: Float32Array.of(2, -1, 0.5),
};

it("multiplies sparse rows with a dense matrix, empty rows included", () => {
  const dense = Float32Array.from({ length: 16 }, (_, i) => i);
  const got = createSparseKernel().times(rows, 3, dense, 4, 4);
  // By hand: row 0 = 2 x [0..3] - [12..15]; row 1 has no terms; row 2 = [4..7] / 2.
  expect(Array.from(got)).toEqual([-12, -11, -10, -9, 0, 0, 0, 0, 2, 2.5, 3, 3.5]);
});

it("multiplies the transpose, adding rows that share a term", () => {
  const dense = Float32Array.of(1, 2, 3, 4, 9, 9, 9, 9, 10, 20, 30, 40);
  const got = createSparseKernel().transposeTimes({ ...rows, ids: Int32Array.of(0, 3, 0) }, 3, dense, 4, 4);
  // By hand: column 0 = 2 x row 0 + row 2 / 2; column 3 = - row 0.
  expect(Array.from(got)).toEqual([7, 14, 21, 28, 0, 0, 0, 0, 0, 0, 0, 0, -1, -2, -3, -4]);
});

it("agrees with plain loops on random input", () => {
  const rng = seededRng(3);
  const count = 50;
  const start = Float64Array.from({ length: count + 1 }, (_, i) => i * 7);
  const ids = Int32Array.from({ length: count * 7 }, () => Math.floor(rng.next() * 30));
  const weights = Float32Array.from({ length: count * 7 }, () => rng.next() - 0.5);
  const dense = Float32Array.from({ length: 30 * 8 }, () => rng.next());
  const got = createSparseKernel().times({ start, ids, weights }, count, dense, 30, 8);
  for (let row = 0; row < count; row++) {
    for (let j = 0; j < 8; j++) {
      let sum = 0;
      for (let k = row * 7; k < row * 7 + 7; k++) sum += weights[k]! * dense[ids[k]! * 8 + j]!;
      expect(got[row * 8 + j]).toBeCloseTo(sum, 5);
    }
  }
});
