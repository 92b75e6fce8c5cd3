import { expect, it } from "vitest";
import { calibrationFunction } from "./calibration.ts";
import { seededRng } from "./rng.ts";
import type { Calibration } from "./schema/manifest.ts";

it("leaves a score alone when there is nothing to apply, but keeps it in [0, 1]", () => {
  const apply = calibrationFunction({ kind: "none" });
  expect([apply(0.3), apply(1.2), apply(-0.1)]).toEqual([0.3, 1, 0]);
});

it("applies slope and intercept in the logit", () => {
  const apply = calibrationFunction({ kind: "temperature", slope: 0.5, intercept: 0.2 });
  // by hand: logit(0.8) = ln 4 = 1.386294; x 0.5 + 0.2 = 0.893147; sigmoid = 0.709539
  expect(apply(0.8)).toBeCloseTo(0.709539, 6);
  expect(apply(0)).toBeGreaterThan(0);
  expect(apply(1)).toBeLessThan(1);
});

it("interpolates between knots and is flat outside them", () => {
  const apply = calibrationFunction({ kind: "isotonic", x: [0.2, 0.4, 0.8], y: [0.1, 0.5, 0.6] });
  expect(apply(0.1)).toBeCloseTo(0.1, 12);
  expect(apply(0.3)).toBeCloseTo(0.3, 12);
  expect(apply(0.4)).toBeCloseTo(0.5, 12);
  expect(apply(0.6)).toBeCloseTo(0.55, 12);
  expect(apply(0.9)).toBeCloseTo(0.6, 12);
});

it.each<Calibration>([
  { kind: "none" },
  { kind: "temperature", slope: 2.5, intercept: -1 },
  { kind: "isotonic", x: [0, 0.5, 0.5, 1], y: [0, 0.2, 0.7, 1] },
])("never falls when the score rises, and stays in [0, 1]: $kind", (calibration) => {
  const apply = calibrationFunction(calibration);
  const rng = seededRng(4);
  for (let i = 0; i < 500; i++) {
    const score = rng.next();
    const higher = score + (1 - score) * rng.next();
    expect(apply(higher)).toBeGreaterThanOrEqual(apply(score) - 1e-12);
    expect(apply(score)).toBeGreaterThanOrEqual(0);
    expect(apply(higher)).toBeLessThanOrEqual(1);
  }
});
