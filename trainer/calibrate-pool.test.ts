import { expect, it } from "vitest";
import { calibrationFunction } from "../engine/calibration.ts";
import { seededRng } from "../engine/rng.ts";
import { anchorPool, calibratePool } from "./calibrate-pool.ts";
import { easeHead } from "./heads/ease.ts";

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
  const [first, second] = calibratePool(score, quality, 2).calibrations;
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
  const [first, second] = calibratePool(score, quality, 2).calibrations;
  if (first?.kind !== "temperature" || second?.kind !== "temperature") throw new Error("not fitted");
  expect(Math.abs(second.intercept - first.intercept)).toBeLessThan(0.15);
});

it("leaves scores as they are with too few labels", () => {
  expect(calibratePool(Float32Array.of(0.2, 0.7), Float32Array.of(0, 1), 2)).toEqual({
    ease: null,
    calibrations: [{ kind: "none" }, { kind: "none" }],
  });
});

/** Three models, of ability 0.3 apart; easy prompts are easier for all of them than their scores say. */
function timid(count: number) {
  const rng = seededRng(5);
  const score = new Float32Array(count * 3);
  const quality = new Float32Array(count * 3);
  for (let row = 0; row < count; row++) {
    const ease = rng.next() * 3 - 1.5;
    for (let m = 0; m < 3; m++) {
      const logit = ease + 0.3 * m;
      score[row * 3 + m] = 1 / (1 + Math.exp(-logit));
      quality[row * 3 + m] = rng.next() < 1 / (1 + Math.exp(-logit - Math.max(0, 2 * ease))) ? 1 : 0;
    }
  }
  return { score, quality };
}

it("moves all models of an easy prompt alike, and leaves what tells them apart", () => {
  const { score, quality } = timid(10_000);
  const { ease, calibrations } = calibratePool(score, quality, 3);
  const eased = Float32Array.from(score);
  easeHead(ease!, 3).apply(eased);
  const apply = calibrations.map(calibrationFunction);
  const gap = (values: Float32Array) => {
    let rest = 0;
    let rows = 0;
    for (let at = 0; at < values.length; at++) {
      if (score[at - (at % 3)]! < 0.7) continue;
      rest += quality[at]! - apply[at % 3]!(values[at]!);
      rows++;
    }
    return rest / rows;
  };
  expect(Math.abs(gap(eased))).toBeLessThan(0.02); // standard error .004
  const slopes = calibrations.map((calibration) => (calibration.kind === "temperature" ? calibration.slope : 0));
  expect(slopes[0]).toBeGreaterThan(0.8);
  expect(slopes[0]).toBeLessThan(1.2);
  const logit = (value: number) => Math.log(value / (1 - value));
  expect(logit(eased[2]!) - logit(eased[0]!)).toBeCloseTo(logit(score[2]!) - logit(score[0]!), 4);
});

it("lays no curve over a pair, whose mean is half of each", () => {
  const { score, quality } = underConfident(2000);
  expect(calibratePool(score, quality, 2).ease).toBeNull();
});

it("lays none where most models have no label", () => {
  const { score, quality } = timid(2000);
  const sparse = quality.map((value, at) => (at % 3 === Math.floor(at / 3) % 3 ? value : Number.NaN));
  expect(calibratePool(score, quality, 3).ease).not.toBeNull();
  expect(calibratePool(score, sparse, 3).ease).toBeNull();
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
