import { expect, it } from "vitest";
import { nextNormal, seededRng } from "../../engine/rng.ts";
import { applyLinear } from "./linear-map.ts";
import { ridgeProblem } from "./masked-ridge.ts";

it("finds a line from points on it, with a free intercept", async () => {
  const x = Float32Array.of(0, 1, 2, 3);
  const problem = await ridgeProblem(x, 4, 1, Float32Array.of(1, 3, 5, 7), 1);
  const map = problem.solve(1e-6);
  expect(map.weights[0]).toBeCloseTo(2, 4);
  expect(map.bias[0]).toBeCloseTo(1, 4);
});

it("shrinks the slope as the closed form says", async () => {
  // Centred x = (-1, 1), y = (-1, 1): slope = 2 / (2 + penalty) by hand.
  const problem = await ridgeProblem(Float32Array.of(-1, 1), 2, 1, Float32Array.of(-1, 1), 1);
  expect(problem.solve(2).weights[0]).toBeCloseTo(0.5, 6);
});

it("fits each target on its own known rows, whatever the others lack", async () => {
  const rng = seededRng(1);
  const [count, dimensions] = [200, 3];
  const x = Float32Array.from({ length: count * dimensions }, () => nextNormal(rng));
  const targets = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    targets[i * 2] = x[i * 3]! + 0.5;
    targets[i * 2 + 1] = i < 120 ? Number.NaN : 2 * x[i * 3 + 1]!;
  }
  const map = (await ridgeProblem(x, count, dimensions, targets, 2)).solve(Float64Array.of(1e-3, 1e-3));
  const fitted = applyLinear(map, x, count);
  for (let i = 0; i < count; i++) {
    expect(fitted[i * 2]).toBeCloseTo(x[i * 3]! + 0.5, 3);
    expect(fitted[i * 2 + 1]).toBeCloseTo(2 * x[i * 3 + 1]!, 3);
  }
});

it("gives a target without any value zeros", async () => {
  const problem = await ridgeProblem(Float32Array.of(1, 2), 2, 1, Float32Array.of(Number.NaN, Number.NaN), 1);
  expect(Array.from(problem.solve(1).weights)).toEqual([0]);
});

it("a row of weight 2 counts like two rows", async () => {
  const twice = await ridgeProblem(Float32Array.of(0, 1, 1), 3, 1, Float32Array.of(0, 1, 3), 1);
  const weighed = await ridgeProblem(
    Float32Array.of(0, 1, 1),
    3,
    1,
    Float32Array.of(0, 1, 3),
    1,
    Float32Array.of(1, 1, 1),
  );
  expect(weighed.solve(0.5).weights[0]).toBeCloseTo(twice.solve(0.5).weights[0]!, 6);
  const doubled = await ridgeProblem(Float32Array.of(0, 0, 1), 3, 1, Float32Array.of(0, 0, 1), 1);
  const heavy = await ridgeProblem(Float32Array.of(0, 1), 2, 1, Float32Array.of(0, 1), 1, Float32Array.of(2, 1));
  expect(heavy.solve(0.5).weights[0]).toBeCloseTo(doubled.solve(0.5).weights[0]!, 6);
});
