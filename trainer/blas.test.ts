import { expect, it } from "vitest";
import { nextNormal, seededRng } from "../engine/rng.ts";
import { affine, cholesky, choleskySolve, invertLower, openBlas } from "./blas.ts";
import { TrainError } from "./errors.ts";

const rng = seededRng(7);
const random = (length: number) => Float32Array.from({ length }, () => nextNormal(rng));

it("multiplies as plain loops do, also over more rows than one chunk", async () => {
  const blas = await openBlas();
  const [a, b] = [random(3000 * 5), random(5 * 4)];
  const product = await blas.multiply(a, b, 3000, 5, 4);
  const plain = affine(a, 3000, 5, b, null, 4);
  const gap = product.reduce((most, value, i) => Math.max(most, Math.abs(value - plain[i]!)), 0);
  expect(gap).toBeLessThan(1e-5);
});

it("sums a cross product in float64 over chunks", async () => {
  const blas = await openBlas();
  // 5,000 rows of (1, 3): by hand 5,000 and 15,000.
  const ones = new Float32Array(5000).fill(1);
  const pairs = Float32Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 1 : 3));
  expect(Array.from(await blas.crossProduct(ones, pairs, 5000, 1, 2))).toEqual([5000, 15_000]);
});

it("solves normal equations and inverts the factor", () => {
  // By hand: [[4, 2], [2, 3]] x = [8, 7] has x = (1.25, 1.5).
  const factor = cholesky(Float64Array.of(4, 2, 2, 3), 2);
  const x = choleskySolve(factor, 2, Float64Array.of(8, 7), 1);
  expect(x[0]).toBeCloseTo(1.25, 12);
  expect(x[1]).toBeCloseTo(1.5, 12);
  const inverse = invertLower(factor, 2);
  expect(inverse[0]! * factor[0]!).toBeCloseTo(1, 12);
  expect(inverse[2]! * factor[0]! + inverse[3]! * factor[2]!).toBeCloseTo(0, 12);
});

it("refuses a matrix that is not positive definite, saying what helps", () => {
  expect(() => cholesky(Float64Array.of(1, 2, 2, 1), 2)).toThrow(TrainError);
  expect(() => cholesky(Float64Array.of(1, 2, 2, 1), 2)).toThrow(/raise the penalty/);
});
