import { describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { aiq, prepareAiq, zeroAiq } from "./aiq.ts";
import { deferralArea } from "./deferral-area.ts";
import { hull, hullCost, hullHeight, hullMean } from "./hull.ts";
import { qnc } from "./qnc.ts";
import { ROUTERBENCH_LAMBDAS, routerbenchAiq } from "./routerbench-aiq.ts";

describe("hull", () => {
  const points = [
    { cost: 1, quality: 0.5 },
    { cost: 2, quality: 0.55 },
    { cost: 3, quality: 0.9 },
    { cost: 4, quality: 0.8 },
  ];

  it("keeps the corners of the upper hull and never falls", () => {
    // by hand: (2, .55) lies under the segment (1, .5)-(3, .9), (4, .8) under the flat end
    expect(hull(points)).toEqual([points[0], points[2]]);
    expect(hullHeight(hull(points), 2)).toBeCloseTo(0.7, 12);
    expect(hullHeight(hull(points), 9)).toBe(0.9);
    expect(hullMean(hull(points), 1, 4)).toBeCloseTo((2 * 0.7 + 0.9) / 3, 12);
    expect(hullCost(hull(points), 0.7)).toBeCloseTo(2, 12);
    expect(hullCost(hull(points), 0.95)).toBeNull();
  });

  it("lies on or above every point, concave and rising, for random points", () => {
    const rng = seededRng(2);
    for (let trial = 0; trial < 50; trial++) {
      const cloud = Array.from({ length: 20 }, () => ({ cost: rng.next(), quality: Math.round(rng.next() * 8) / 8 }));
      const corners = hull(cloud);
      for (const { cost, quality } of cloud) expect(hullHeight(corners, cost)).toBeGreaterThanOrEqual(quality - 1e-12);
      for (let i = 2; i < corners.length; i++) {
        const slope = (a: number) =>
          (corners[a]!.quality - corners[a - 1]!.quality) / (corners[a]!.cost - corners[a - 1]!.cost);
        expect(slope(i)).toBeLessThan(slope(i - 1));
        expect(corners[i]!.quality).toBeGreaterThan(corners[i - 1]!.quality);
      }
    }
  });
});

describe("aiq", () => {
  it("equals a numpy computation of the study's sweep and hull", () => {
    // numpy 2.4: argmax score - lambda cost over [0, geomspace(1e-3, 1e3, 159)] / cost of best, and the cheapest model
    const { score, observed, meanCost } = fixedPool();
    const result = aiq({ score, observed, meanCost, models: 4 });
    expect(result.aiq).toBeCloseTo(0.6557379310343024, 6);
    expect(result.best).toMatchObject({ model: 3, cost: 3 });
    expect(result.best.quality).toBeCloseTo(0.88, 12);
    expect(result.points).toHaveLength(161);
    expect(zeroAiq({ observed, meanCost, models: 4 }).aiq).toBeCloseTo(0.7131034482758001, 6);
  });

  it("gives a router that sees the outcomes the oracle's start and cost shares below one", () => {
    const { observed, meanCost } = fixedPool();
    const result = aiq({ score: observed, observed, meanCost, models: 4 });
    expect(result.aiq).toBeGreaterThan(zeroAiq({ observed, meanCost, models: 4 }).aiq);
    expect(result.c95!).toBeLessThan(result.c98!);
    expect(result.c100!).toBeLessThan(1);
  });

  it("gives constant scores no more than the hull of single models", () => {
    const { observed, meanCost } = fixedPool();
    const means = [0.36, 0.6, 0.62, 0.88];
    const score = observed.map((_, at) => means[at % 4]!);
    expect(aiq({ score, observed, meanCost, models: 4 }).aiq).toBeCloseTo(
      zeroAiq({ observed, meanCost, models: 4 }).aiq,
      12,
    );
  });

  it("measures realised cost when it is given, over the models' realised range", () => {
    // by hand: two prompts; quality and cost of model 1 are 1 and 1, 3; model 0 is right on the first for 0.5
    const result = aiq({
      score: Float32Array.of(0.9, 0.95, 0.1, 0.9),
      observed: Float32Array.of(1, 1, 0, 1),
      meanCost: [0.5, 2],
      models: 2,
      cost: Float32Array.of(0.5, 1, 0.5, 3),
    });
    expect(result.range).toEqual({ low: 0.5, high: 2 });
    expect(result.points.at(-1)).toEqual({ cost: 0.5, quality: 0.5 });
    expect(result.points).toContainEqual({ cost: 1.75, quality: 1 });
    expect(result.c100).toBeCloseTo(1.75 / 2, 12);
  });

  it("leaves out prompts with an unknown label and says how many took part", () => {
    const { score, observed, meanCost } = fixedPool();
    const holed = observed.slice();
    holed[5] = Number.NaN;
    expect(aiq({ score, observed: holed, meanCost, models: 4 }).rows).toBe(49);
    expect(() => aiq({ score, observed: observed.map(() => Number.NaN), meanCost, models: 4 })).toThrow(
      expect.objectContaining({ code: "bad_data" }),
    );
  });

  it("gives a resample what the repeated rows would give", () => {
    const { score, observed, meanCost } = fixedPool();
    const draws = Int32Array.of(3, 3, 8, 20, 41, 41, 41, 7);
    const repeat = (matrix: Float32Array) =>
      Float32Array.from([...draws].flatMap((row) => [...matrix.subarray(row * 4, row * 4 + 4)]));
    const direct = aiq({ score: repeat(score), observed: repeat(observed), meanCost, models: 4, best: 3 });
    const resampled = prepareAiq({ score, observed, meanCost, models: 4, best: 3 }).at(draws);
    expect(resampled.aiq).toBeCloseTo(direct.aiq, 10);
    expect(resampled.c95).toBeCloseTo(direct.c95!, 10);
  });

  it("sweeps 10,000 prompts of 12 models in milliseconds, not minutes", () => {
    const rng = seededRng(3);
    const random = () => Float32Array.from({ length: 120_000 }, () => rng.next());
    const score = random();
    const observed = random();
    const meanCost = Array.from({ length: 12 }, (_, i) => 1.6 ** i);
    const before = process.cpuUsage();
    aiq({ score, observed, meanCost, models: 12 });
    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
  });
});

describe("routerbenchAiq", () => {
  it("divides by the largest cost and counts nothing below the cheapest point", () => {
    // by hand: rise from (1, .5) to (2, .7): area .6; flat to 4: 1.4; over 4
    const points = [
      { cost: 1, quality: 0.5 },
      { cost: 2, quality: 0.7 },
    ];
    expect(routerbenchAiq(points, 4)).toBeCloseTo(2 / 4, 12);
    expect(ROUTERBENCH_LAMBDAS).toHaveLength(32);
  });
});

describe("deferralArea and qnc", () => {
  const singles = [
    { cost: 1, quality: 0.4 },
    { cost: 10, quality: 0.8 },
  ];

  it("gives the line between two models the mean of their qualities", () => {
    expect(deferralArea(singles, 10)).toBeCloseTo(0.6, 12);
    // by hand: at relative cost 0.5 the line is 0.4 + 0.4 x 4 / 9
    expect(deferralArea(singles, 10, 0.5)).toBeCloseTo(0.4 + (0.4 * 2) / 9, 12);
  });

  it("finds the relative cost at which the best single model is matched", () => {
    expect(qnc(singles, singles)).toBe(1);
    expect(qnc([...singles, { cost: 4, quality: 0.8 }], singles)).toBeCloseTo(0.4, 12);
    expect(qnc([singles[0]!], singles)).toBeNull();
  });
});

/** 50 prompts x 4 models by a linear congruential generator, so that numpy can be given the very same. */
function fixedPool() {
  const score = Float32Array.from(generate(7, 200));
  const draw = generate(9, 200);
  const observed = Float32Array.from(draw, (u, at) => (u < 0.3 + 0.5 * score[at]! ? 1 : 0));
  generate(11, 50).forEach((u, row) => {
    if (u < 0.6) observed[row * 4 + 3] = 1;
  });
  generate(13, 50).forEach((u, row) => {
    if (u >= 0.6) observed[row * 4] = 0;
  });
  return { score, observed, meanCost: [0.1, 0.4, 1, 3] };
}

function generate(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 2 ** 31;
  });
}
