import { describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { auc } from "./auc.ts";
import { brier } from "./brier.ts";
import { ece, eceInterval } from "./ece.ts";
import { equalMassBins } from "./equal-mass-bins.ts";

describe("brier", () => {
  it("splits into reliability, resolution and uncertainty", () => {
    // by hand: predictions .2 and .6, labels 0 0 1 and 1 0 1; means 1/3 and 2/3
    const parts = brier([0.2, 0.2, 0.2, 0.6, 0.6, 0.6], [0, 0, 1, 1, 0, 1]);
    expect(parts.brier).toBeCloseTo((0.04 * 2 + 0.64 + 0.16 * 2 + 0.36) / 6, 12);
    expect(parts.reliability).toBeCloseTo(((0.2 - 1 / 3) ** 2 + (0.6 - 2 / 3) ** 2) / 2, 12);
    expect(parts.resolution).toBeCloseTo(1 / 36, 12);
    expect(parts.uncertainty).toBeCloseTo(0.25, 12);
    expect(parts.within).toBeCloseTo(0, 12);
  });

  it("always sums up, soft labels included, and leaves unknown labels out", () => {
    const rng = seededRng(4);
    const predicted = Array.from({ length: 300 }, () => rng.next());
    const observed = predicted.map((_, i) => (i % 7 === 0 ? Number.NaN : rng.next()));
    const { brier: score, reliability, resolution, uncertainty, within, rows } = brier(predicted, observed);
    expect(reliability - resolution + uncertainty + within).toBeCloseTo(score, 12);
    expect(rows).toBe(257);
  });
});

describe("equalMassBins", () => {
  it("never parts equal predictions and fills bins evenly", () => {
    const bins = equalMassBins([0.1, 0.1, 0.1, 0.4, 0.5, 0.6], [0, 0, 1, 1, 1, 0], 3);
    expect(bins.map((bin) => bin.count)).toEqual([3, 2, 1]);
    expect(equalMassBins(new Float32Array(100).fill(0.5), new Float32Array(100), 15)).toHaveLength(1);
  });
});

describe("ece", () => {
  it("is the mean distance of bins from the diagonal", () => {
    // by hand: |.2 - 1/3| and |.6 - 2/3|, three rows each
    expect(ece([0.2, 0.2, 0.2, 0.6, 0.6, 0.6], [0, 0, 1, 1, 0, 1])).toBeCloseTo(0.1, 12);
  });

  it("falls to near zero for true probabilities once debiased, and keeps a real error", () => {
    const sums = { plain: 0, debiased: 0, shifted: 0 };
    for (let seed = 0; seed < 40; seed++) {
      const rng = seededRng(seed);
      const truth = Array.from({ length: 1000 }, () => 0.1 + 0.8 * rng.next());
      const labels = truth.map((p) => (rng.next() < p ? 1 : 0));
      const shifted = truth.map((p) => p + 0.1);
      sums.plain += ece(truth, labels) / 40;
      sums.debiased += ece(truth, labels, { debiased: true }) / 40;
      sums.shifted += ece(shifted, labels, { debiased: true }) / 40;
    }
    // the floor of the plain estimate is about 0.3 sqrt(15 / 1000) = .037
    expect(sums.plain).toBeGreaterThan(0.035);
    expect(sums.debiased).toBeLessThan(0.015);
    expect(sums.shifted).toBeGreaterThan(0.09);
    expect(sums.shifted).toBeLessThan(0.105);
  });

  it("carries an interval around the estimate, the same for the same seed", () => {
    const rng = seededRng(8);
    const truth = Array.from({ length: 800 }, () => rng.next());
    const labels = truth.map((p) => (rng.next() < p ** 2 ? 1 : 0));
    const interval = eceInterval(truth, labels, seededRng(1));
    expect(interval.low).toBeLessThan(interval.value);
    expect(interval.high).toBeGreaterThan(interval.value);
    expect(eceInterval(truth, labels, seededRng(1))).toEqual(interval);
  });
});

describe("auc", () => {
  it.each([
    { name: "perfect order", score: [0.1, 0.2, 0.8, 0.9], observed: [0, 0, 1, 1], expected: 1 },
    { name: "reversed order", score: [0.9, 0.8, 0.2, 0.1], observed: [0, 0, 1, 1], expected: 0 },
    { name: "all tied", score: [1, 1, 1, 1], observed: [0, 1, 0, 1], expected: 0.5 },
    { name: "one pair of four wrong", score: [0.1, 0.5, 0.4, 0.9], observed: [0, 0, 1, 1], expected: 0.75 },
    { name: "unknown label left out", score: [0.1, 0.5, 0.9], observed: [0, Number.NaN, 1], expected: 1 },
  ])("$name gives $expected", ({ score, observed, expected }) => {
    expect(auc(score, observed)).toBeCloseTo(expected, 12);
  });

  it("is NaN with one class only", () => {
    expect(auc([0.1, 0.2], [1, 1])).toBeNaN();
  });

  it("takes a soft label for its share of good and bad rows", () => {
    // by hand: row 1 (y .5) against row 0 (bad) wins .5, row 2 (good) against row 0 wins 1, against row 1 wins .5
    // pairs: good 0 .5 1 times bad 1 .5 0, without self pairs: 1.5 x 1.5 - .25 = 2
    expect(auc([1, 2, 3], [0, 0.5, 1])).toBeCloseTo(1, 12);
    expect(auc([3, 2, 1], [0, 0.5, 1])).toBeCloseTo(0, 12);
  });
});
