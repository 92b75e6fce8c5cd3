import { expect, it } from "vitest";
import { completePools } from "./complete-pools.ts";
import { routingValue } from "./routing-value.ts";

const NO = Number.NaN;

it("cuts labels into complete pools and joins those that share most of their models", () => {
  // Rows 0-1: models 0 1 2; row 2: models 0 1; row 3: model 3 alone; rows 4-5: models 3 4.
  const quality = Float32Array.from([
    ...[1, 1, 1, NO, NO],
    ...[0, 1, 1, NO, NO],
    ...[1, 0, NO, NO, NO],
    ...[NO, NO, NO, 1, NO],
    ...[NO, NO, NO, 1, 0],
    ...[NO, NO, NO, 0, 1],
  ]);
  expect(completePools(quality, 6, 5)).toEqual([
    { rows: [0, 1, 2], columns: [0, 1] },
    { rows: [4, 5], columns: [3, 4] },
  ]);
});

/** Two models, the second right where the first is wrong; 60 rows. */
const quality = Float32Array.from({ length: 120 }, (_, i) => (Math.floor(i / 2) % 2 === i % 2 ? 1 : 0));

it("a score that knows which model is right is worth more than one that does not, whatever its level", () => {
  const rows = { count: 60, models: 2, quality, meanCostUsd: null };
  const constant = new Float32Array(120).fill(0.5);
  const knowing = quality.map((value) => 0.4 + 0.1 * value);
  const wrong = quality.map((value) => 0.4 - 0.1 * value);
  expect(routingValue({ ...rows, score: knowing })).toBeGreaterThan(routingValue({ ...rows, score: constant }) + 0.1);
  expect(routingValue({ ...rows, score: wrong })).toBeLessThan(routingValue({ ...rows, score: constant }));
});

it("is unmoved by what all models share: telling hard prompts from easy ones routes nothing", () => {
  const rows = { count: 60, models: 3, meanCostUsd: Float32Array.of(1, 2, 4) };
  const three = Float32Array.from({ length: 180 }, (_, i) => ((i * 7) % 11 < 5 + (i % 3) ? 1 : 0));
  const score = Float32Array.from({ length: 180 }, (_, i) => 0.4 + 0.05 * (i % 3));
  const shifted = score.map((value, i) => value + 0.01 * (Math.floor(i / 3) % 9));
  expect(routingValue({ ...rows, quality: three, score: shifted })).toBeCloseTo(
    routingValue({ ...rows, quality: three, score }),
    6,
  );
});
