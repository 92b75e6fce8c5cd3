import { expect, it } from "vitest";
import { calibrationFunction } from "../engine/calibration.ts";
import { seededRng } from "../engine/rng.ts";
import { anchorPool, calibratePool } from "./calibrate-pool.ts";

/** Two models whose scores are half as steep as the truth; the second is also 0.5 too high in logit. */
function underConfident(count: number) {
  const rng = seededRng(9);
  const score = new Float32Array(count * 2);
  const quality = new Float32Array(count * 2);
  for (let at = 0; at < score.length; at++) {
    const logit = rng.next() * 4 - 2;
    score[at] = 1 / (1 + Math.exp(-logit / 2));
    quality[at] = rng.next() < 1 / (1 + Math.exp(-(logit - (at % 2) * 0.5))) ? 1 : 0;
  }
  return { score, quality };
}

it("finds the slope that all models share and each model's own intercept", () => {
  const { score, quality } = underConfident(20_000);
  const [first, second] = calibratePool(score, quality, 2);
  // Truth: slope 2 on the score's logit; intercepts 0 and -0.5.
  expect(first).toMatchObject({ kind: "temperature" });
  if (first?.kind !== "temperature" || second?.kind !== "temperature") return;
  expect(first.slope).toBe(second.slope);
  expect(first.slope).toBeCloseTo(2, 0);
  expect(Math.abs(first.intercept)).toBeLessThan(0.12);
  expect(Math.abs(second.intercept + 0.5)).toBeLessThan(0.12);
  expect(calibrationFunction(first)(0.5)).toBeCloseTo(0.5, 1);
});

it("holds a model of few labels to the pool", () => {
  const { score, quality } = underConfident(2000);
  for (let i = 10; i < 2000; i++) quality[i * 2 + 1] = Number.NaN;
  const [first, second] = calibratePool(score, quality, 2);
  if (first?.kind !== "temperature" || second?.kind !== "temperature") throw new Error("not fitted");
  expect(Math.abs(second.intercept - first.intercept)).toBeLessThan(0.15);
});

it("leaves scores as they are with too few labels", () => {
  expect(calibratePool(Float32Array.of(0.2, 0.7), Float32Array.of(0, 1), 2)).toEqual([
    { kind: "none" },
    { kind: "none" },
  ]);
});

it("moves a model's mean to that of its labels and leaves the slope", () => {
  const { score, quality } = underConfident(20_000);
  const anchored = anchorPool([{ kind: "temperature", slope: 2, intercept: 0.7 }, { kind: "none" }], score, quality);
  expect(anchored[0]).toMatchObject({ kind: "temperature", slope: 2 });
  expect(anchored[1]).toEqual({ kind: "none" });
  const apply = calibrationFunction(anchored[0]!);
  const own = score.filter((_, at) => at % 2 === 0);
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(own.map(apply))).toBeCloseTo(mean(quality.filter((_, at) => at % 2 === 0)), 2);
});
