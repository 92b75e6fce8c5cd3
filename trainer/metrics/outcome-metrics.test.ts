import { describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { arenaParts, sameChoiceRate } from "./arena-parts.ts";
import { arenaScore } from "./arena-score.ts";
import { noiseCeiling, replicateOracle } from "./noise-ceiling.ts";
import { oracle } from "./oracle.ts";
import { realisedVsPromised } from "./realised-vs-promised.ts";
import { regret } from "./regret.ts";

const NONE = Number.NaN;
// Three prompts, three models: only the dear ones right, all right, none right.
const outcomes = {
  observed: Float32Array.of(0, 1, 1, 1, 1, 1, 0, 0, 0),
  cost: [1, 2, 4],
  models: 3,
};

describe("oracle", () => {
  it("takes the cheapest of the best and pays for unsolvable prompts", () => {
    const best = oracle(outcomes);
    expect([...best.chosen]).toEqual([1, 0, 0]);
    expect(best.quality).toBeCloseTo(2 / 3, 12);
    expect(best.cost).toBeCloseTo(4 / 3, 12);
  });

  it("reads costs a prompt and skips prompts without a label", () => {
    const best = oracle({ observed: Float32Array.of(NONE, NONE, 1, 1), cost: [1, 1, 5, 2], models: 2 });
    expect([...best.chosen]).toEqual([-1, 1]);
    expect(best.cost).toBe(2);
  });
});

describe("regret", () => {
  it("is zero for the oracle and the lost utility for others", () => {
    expect(regret(outcomes, oracle(outcomes).chosen)).toBe(0);
    // by hand, lambda .1: always model 2 gives 1-.4, 1-.4, -.4 against .8, .9, -.1
    expect(regret(outcomes, [2, 2, 2], 0.1)).toBeCloseTo((0.2 + 0.3 + 0.3) / 3, 6);
  });

  it("is never below zero", () => {
    const rng = seededRng(3);
    const observed = Float32Array.from({ length: 400 }, () => rng.next());
    const chosen = Array.from({ length: 100 }, () => Math.floor(rng.next() * 4));
    for (const lambda of [0, 0.01, 1]) {
      expect(regret({ observed, cost: [1, 2, 3, 4], models: 4 }, chosen, lambda)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("arenaScore", () => {
  it("gives the study's example: accuracy .76 at $0.11 scores .754", () => {
    // ROUTING notes 1.4, computed from the formula with c_max = 200, c_min = 0.0044
    expect(arenaScore(0.76, 0.11)).toBeCloseTo(0.754, 3);
    expect(arenaScore(0.76, 0.055) - arenaScore(0.76, 0.11)).toBeCloseTo(0.006, 3);
  });

  it("is 0 without accuracy and holds the cost score to its bounds", () => {
    expect(arenaScore(0, 1)).toBe(0);
    expect(arenaScore(1, 0.0001)).toBeCloseTo(1, 12);
    expect(arenaScore(1, 1000)).toBe(0);
  });
});

describe("arenaParts", () => {
  it("compares the choices with the pool's own best", () => {
    // by hand: always model 1: right on both solvable prompts, optimal on the first; costs 2/2 and 1/2
    expect(arenaParts(outcomes, [1, 1, 1])).toEqual({
      accuracy: 2 / 3,
      usdPerThousand: 2000,
      optimalSelection: 0.5,
      optimalCost: 0.75,
      optimalAccuracy: 1,
    });
    expect(sameChoiceRate([1, 1, 2, 0], [1, 0, 2, 0])).toBe(0.75);
  });
});

describe("noiseCeiling", () => {
  it("calls an oracle over coin flips pure luck", () => {
    // by hand: two fair coins: the oracle of draws gets .75, no choice can get more than .5
    const rng = seededRng(9);
    const observed = Float32Array.from({ length: 8000 }, () => (rng.next() < 0.5 ? 1 : 0));
    const ceiling = noiseCeiling(new Float32Array(8000).fill(0.5), observed, 2, 0.5);
    expect(ceiling.oracleOfDraws).toBeCloseTo(0.75, 12);
    expect(ceiling.attainable).toBeCloseTo(0.5, 12);
    expect(ceiling.oracle).toBeCloseTo(0.75, 1);
    expect(ceiling.noiseShare!).toBeGreaterThan(0.9);
  });

  it("sees no noise in certain labels", () => {
    const sure = Float32Array.of(1, 0, 0, 1);
    expect(noiseCeiling(sure, sure, 2, 0.5)).toMatchObject({ luck: 0, noiseShare: 0 });
  });

  it("measures the attainable oracle from two draws", () => {
    const rng = seededRng(10);
    const flips = () => Float32Array.from({ length: 20_000 }, () => (rng.next() < 0.5 ? 1 : 0));
    expect(replicateOracle(flips(), flips(), 2)).toBeCloseTo(0.5, 1);
    // by hand: the first draw ties in prompt 0, so the prize is the mean of 1 and 0
    expect(replicateOracle(Float32Array.of(1, 1, 0, 1), Float32Array.of(1, 0, 0, 1), 2)).toBe(0.75);
  });
});

describe("realisedVsPromised", () => {
  it("counts how often and by how much a promise was broken", () => {
    const report = realisedVsPromised([0.9, 0.94, 0.97, 0.95], 0.95, 0.005);
    expect(report.violationRate).toBe(0.5);
    expect(report.meanGap).toBeCloseTo(0.02, 12);
    expect(report.meanShortfall).toBeCloseTo(0.015, 12);
    expect(report.worstShortfall).toBeCloseTo(0.05, 12);
  });
});
