import { expect, it } from "vitest";
import { makeCalibration } from "../testing/policy-inputs.ts";
import { fitShrinkage, shrink } from "./_shrinkage.ts";

const rows = 4000;

it("believes differences that prove true and not those that are noise", () => {
  // by hand: the slope of truth on prediction is signal^2 / (signal^2 + noise^2), task effects aside
  const exact = fitShrinkage(makeCalibration({ rows, signal: 0.15, noise: 0 })).factor;
  const noisy = fitShrinkage(makeCalibration({ rows, signal: 0.1, noise: 0.2 })).factor;
  const nothing = fitShrinkage(makeCalibration({ rows, signal: 0, noise: 0.3 })).factor;
  expect(exact).toBeGreaterThan(0.85);
  expect(noisy).toBeGreaterThan(0.1);
  expect(noisy).toBeLessThan(0.5);
  expect(nothing).toBeLessThan(0.1);
});

it("believes less when labels are few, and says so when there are none", () => {
  const meanFactor = (rows: number) =>
    Array.from({ length: 30 }, (_, seed) => fitShrinkage(makeCalibration({ rows, seed })).factor / 30).reduce(
      (sum, factor) => sum + factor,
    );
  expect(meanFactor(60)).toBeLessThan(meanFactor(1000) - 0.05);
  expect(fitShrinkage(makeCalibration({ rows, observedRate: 0 }))).toMatchObject({ factor: 0.5, labels: 0 });
});

it("corrects a candidate that is predicted too good", () => {
  const honest = makeCalibration({ rows });
  const quality = honest.quality.map((value, cell) => (cell % 3 === 0 ? value + 0.2 : value));
  const { observed, predicted } = fitShrinkage({ ...honest, quality });
  const mended = fitShrinkage(honest);
  expect(predicted[0]! - mended.predicted[0]!).toBeCloseTo((0.2 * 2) / 3, 2);
  expect(observed[0]!).toBeCloseTo(mended.observed[0]!, 1);
});

it("keeps the difference between two candidates whoever else is there", () => {
  const fitted = fitShrinkage(makeCalibration({ rows: 500 }));
  const all = new Float64Array(3);
  const some = new Float64Array(2);
  shrink(fitted, [0.3, 0.9, 0.5], [0, 1, 2], all);
  shrink(fitted, [0.3, 0.5], [0, 2], some);
  expect(some[1]! - some[0]!).toBeCloseTo(all[2]! - all[0]!, 12);
});

it("leaves the mean of a row as it was, and a candidate that it does not know", () => {
  const fitted = fitShrinkage(makeCalibration({ rows: 500 }));
  const out = new Float64Array(4);
  shrink(fitted, [0.3, 0.9, 0.6, 0.77], [0, 1, 2, -1], out);
  expect(out[0]! + out[1]! + out[2]!).toBeCloseTo(1.8, 12);
  expect(out[3]).toBe(0.77);
});
