import { describe, expect, it } from "vitest";
import { calibrationFunction } from "../../engine/calibration.ts";
import { seededRng } from "../../engine/rng.ts";
import { Calibration } from "../../engine/schema/manifest.ts";
import { ece } from "../metrics/ece.ts";
import { chooseCalibration, chooseCalibrations } from "./choose.ts";
import { fitIsotonic } from "./isotonic.ts";
import { fitTemperature } from "./temperature.ts";
import { thresholdFor } from "./threshold.ts";

describe("fitTemperature", () => {
  it("finds the slope and intercept that labels were drawn with", () => {
    const { score, quality } = drawn(20_000, (z) => 0.6 * z + 0.4);
    const { slope, intercept } = fitTemperature(score, quality);
    expect(slope).toBeCloseTo(0.6, 1);
    expect(intercept).toBeCloseTo(0.4, 1);
  });

  it("solves a soft case exactly", () => {
    // by hand: logits -1 and 1, labels sigmoid(0) and sigmoid(2): slope 1, intercept 1
    const p = (z: number) => 1 / (1 + Math.exp(-z));
    const { slope, intercept } = fitTemperature([p(-1), p(1)], [p(0), p(2)], { priorRows: 0 });
    expect(slope).toBeCloseTo(1, 6);
    expect(intercept).toBeCloseTo(1, 6);
  });

  it("stays at its prior without labels and keeps the order of scores whatever the labels", () => {
    const prior = { slope: 0.7, intercept: -0.2 };
    expect(fitTemperature([0.5], [Number.NaN], { prior })).toEqual({ kind: "temperature", ...prior });
    expect(fitTemperature([0.1, 0.9, 0.2, 0.8], [1, 0, 1, 0]).slope).toBeGreaterThan(0);
    expect(fitTemperature([0, 1, 0, 1], [0, 1, 0, 1]).slope).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});

describe("fitIsotonic", () => {
  it("pools what falls", () => {
    // by hand: .2 -> 0, then .4 and .6 fall (1, 0) and pool to .5 at x .5, then .8 -> 1
    const { x, y } = fitIsotonic([0.2, 0.4, 0.6, 0.8], [0, 1, 0, 1]);
    [0.2, 0.5, 0.8].forEach((value, i) => {
      expect(x[i]).toBeCloseTo(value, 12);
    });
    expect(y).toEqual([0, 0.5, 1]);
  });

  it("gives the engine a valid monotone calibration for anything", () => {
    const rng = seededRng(1);
    for (let trial = 0; trial < 50; trial++) {
      const count = Math.floor(rng.next() * 200);
      const score = Array.from({ length: count }, () => Math.round(rng.next() * 20) / 20);
      const quality = score.map(() => (rng.next() < 0.2 ? Number.NaN : rng.next()));
      const fitted = fitIsotonic(score, quality);
      expect(Calibration.safeParse(fitted).success).toBe(true);
      for (let i = 1; i < fitted.x.length; i++) {
        expect(fitted.x[i]!).toBeGreaterThan(fitted.x[i - 1]!);
        expect(fitted.y[i]!).toBeGreaterThanOrEqual(fitted.y[i - 1]!);
      }
    }
  });
});

describe("chooseCalibration", () => {
  it("keeps a good score raw", () => {
    const { score, quality } = drawn(3000, (z) => z);
    expect(chooseCalibration(score, quality)).toEqual({ kind: "none" });
  });

  it("takes temperature for an over-confident score", () => {
    const { score, quality } = drawn(3000, (z) => z / 2.5);
    const chosen = chooseCalibration(score, quality);
    expect(chosen.kind).toBe("temperature");
    const apply = calibrationFunction(chosen);
    const fresh = drawn(3000, (z) => z / 2.5, 99);
    expect(ece(Float32Array.from(fresh.score, apply), fresh.quality)).toBeLessThan(ece(fresh.score, fresh.quality));
  });

  it("takes isotonic only for a bend that no slope makes, and only with the rows for it", () => {
    const bend = (z: number) => (z > 0 ? 0.2 : -1.5) + 0 * z;
    const many = drawn(6000, bend);
    expect(chooseCalibration(many.score, many.quality).kind).toBe("isotonic");
    const few = drawn(1000, bend);
    expect(chooseCalibration(few.score, few.quality).kind).not.toBe("isotonic");
  });

  it("fits nothing on few labels alone, and moves the pool's temperature by what they say", () => {
    const { score, quality } = drawn(100, (z) => z / 3);
    expect(chooseCalibration(score, quality)).toEqual({ kind: "none" });
    const pool = { kind: "temperature", slope: 0.8, intercept: 0.1 } as const;
    const moved = chooseCalibration(score, quality, { pool });
    expect(moved).toMatchObject({ kind: "temperature" });
    const slope = moved.kind === "temperature" ? moved.slope : Number.NaN;
    expect(slope).toBeLessThan(0.8);
    expect(slope).toBeGreaterThan(1 / 3);
  });

  it("calibrates each model of a pool and shrinks the one with few labels to the others", () => {
    const models = 3;
    const parts = [0, 1, 2].map((seed) => drawn(1500, (z) => z / 2.5, seed));
    const score = new Float32Array(1500 * models);
    const quality = new Float32Array(1500 * models);
    for (let i = 0; i < 1500; i++) {
      parts.forEach((part, model) => {
        score[i * models + model] = part.score[i]!;
        quality[i * models + model] = model === 2 && i >= 50 ? Number.NaN : part.quality[i]!;
      });
    }
    const chosen = chooseCalibrations(score, quality, models);
    expect(chosen.map(({ kind }) => kind)).toEqual(["temperature", "temperature", "temperature"]);
    expect(chooseCalibrations(score, quality, models)).toEqual(chosen);
  });
});

describe("thresholdFor", () => {
  it("meets the wanted rate as nearly as ties allow", () => {
    expect(thresholdFor([0.1, 0.2, 0.3, 0.4], 0.5)).toEqual({ threshold: 0.3, strongRate: 0.5 });
    expect(thresholdFor([0.1, 0.5, 0.5, 0.5], 0.3)).toEqual({ threshold: Number.POSITIVE_INFINITY, strongRate: 0 });
    expect(thresholdFor([0.1, 0.5, 0.5, 0.5], 0.5)).toEqual({ threshold: 0.5, strongRate: 0.75 });
    expect(thresholdFor([0.1, 0.2], 1)).toEqual({ threshold: 0.1, strongRate: 1 });
  });

  it("refuses rates that are no shares", () => {
    expect(() => thresholdFor([0.1], 50)).toThrow(expect.objectContaining({ code: "bad_option" }));
  });
});

/** Scores with logits spread evenly over [-3, 3], labels drawn with the logit that `truth` makes of them. */
function drawn(count: number, truth: (logit: number) => number, seed = 7) {
  const rng = seededRng(seed);
  const p = (z: number) => 1 / (1 + Math.exp(-z));
  const logits = Array.from({ length: count }, () => 6 * rng.next() - 3);
  return {
    score: Float32Array.from(logits, p),
    quality: Float32Array.from(logits, (z) => (rng.next() < p(truth(z)) ? 1 : 0)),
  };
}
