import { describe, expect, it } from "vitest";
import { poolOf } from "../testing/pool-of.ts";
import { oracle, promptLength, randomMix, shuffledRows, singles, taskMeans, zeroRouter } from "./baselines.ts";
import { argmax, predictorContender } from "./contender.ts";
import { createMeasure, everyRow } from "./measure.ts";
import { createYardstick } from "./yardstick.ts";

/** Four prompts; the dear model is right on all, the cheap one on half, a third one is dominated. */
const pool = poolOf(
  ["cheap", "dominated", "dear"],
  [
    { quality: [1, 0, 1], cost: [1, 2, 5], task: "easy" },
    { quality: [1, 0, 1], cost: [1, 2, 5], task: "easy" },
    { quality: [0, 1, 1], cost: [1, 2, 5], task: "hard" },
    { quality: [0, 0, 1], cost: [1, 2, 5], task: "hard", text: "a much longer prompt than the others are" },
  ],
);
const yardstick = createYardstick(pool);
const rows = everyRow(pool);

describe("createYardstick", () => {
  it("takes best, cheapest and what a USD is worth from the training means", () => {
    // By hand: means 0.5, 0.25, 1 and costs 1, 2, 5; (1 - 0.5) / (5 - 1) = 0.125.
    expect(yardstick).toMatchObject({ best: 2, cheapest: 0, weak: 0, strong: 2, qualityPerUsd: 0.125 });
    expect([...yardstick.meanCost!]).toEqual([1, 2, 5]);
  });

  it("puts the worst model against the best where the best is also the cheapest", () => {
    const odd = createYardstick(poolOf(["good", "bad"], [{ quality: [1, 0], cost: [1, 9] }]));
    expect(odd).toMatchObject({ best: 0, cheapest: 0, weak: 1, strong: 0 });
  });
});

describe("createMeasure", () => {
  it("gives the Zero router the mean height of the line between cheapest and best", () => {
    const found = createMeasure(pool, zeroRouter(pool, yardstick), yardstick)(rows);
    expect(found.aiq).toBeCloseTo(0.75, 6); // by hand: from 0.5 to 1
    expect(found.cost95).toBeCloseTo((1 + 0.9 * 4) / 5, 6); // 0.95 lies 0.9 of the way from 0.5 to 1
    expect(found.area).toBeCloseTo(0.75, 6);
    expect(found.qnc).toBeCloseTo(1, 6);
    expect(found.apgr).toBeUndefined();
  });

  it("gives perfect predictions the oracle's frontier", () => {
    const perfect = createMeasure(
      pool,
      predictorContender("perfect", "router", pool.observed, yardstick),
      yardstick,
    )(rows);
    const best = createMeasure(pool, oracle(pool, yardstick), yardstick)(rows);
    expect(perfect.aiq).toBe(best.aiq);
    // By hand: quality 1 at cost (1 + 1 + 2 + 5) / 4 = 2.25, 0.75 at 1.25 (one prompt to the second model), 0.5 at 1.
    const area = 0.25 * ((0.5 + 0.75) / 2) + 1 * ((0.75 + 1) / 2) + (5 - 2.25) * 1;
    expect(best.aiq).toBeCloseTo(area / 4, 6);
    expect(best.apgr!).toBeGreaterThan(0.5);
    expect(best.quality).toBe(1);
    expect(best.cost_usd).toBeCloseTo(2.25, 6);
  });

  it("leaves no regret to the choice that maximises quality - cost, and the difference to any other", () => {
    // By hand, a USD worth 0.125: always dear nets 1 - 0.625 = 0.375. Hindsight: .875, .875, .75, .375 -> 0.71875.
    const [, , dear] = singles(pool);
    const found = createMeasure(pool, dear!, yardstick)(rows);
    expect(found.regret).toBeCloseTo(0.71875 - 0.375, 6);
    expect(found.pgr).toBe(1);
    expect(found.aiq).toBeUndefined();
  });

  it("leaves metrics of cost out where costs are unknown", () => {
    const unpriced = poolOf(["a", "b"], [{ quality: [1, 0] }, { quality: [0, 1] }, { quality: [0, 1] }]);
    const stick = createYardstick(unpriced);
    const found = createMeasure(
      unpriced,
      predictorContender("p", "router", unpriced.observed, stick, argmax(unpriced.observed, 2)),
      stick,
    )(everyRow(unpriced));
    expect(Object.keys(found)).toEqual(expect.arrayContaining(["apgr", "cpt80", "quality", "regret"]));
    expect(found.aiq).toBeUndefined();
    expect(found.cost_usd).toBeUndefined();
  });

  it("says nothing of a pair whose strong model is not better on the rows drawn", () => {
    const measure = createMeasure(pool, promptLength(pool), yardstick);
    expect(measure(Int32Array.of(0, 1)).apgr).toBeUndefined();
    expect(measure(rows).apgr).toBeDefined();
  });
});

describe("baselines", () => {
  it("repeat with the seed", () => {
    expect(randomMix(pool, yardstick, 3).gain).toEqual(randomMix(pool, yardstick, 3).gain);
    expect(shuffledRows(pool.observed, 3, 5)).toEqual(shuffledRows(pool.observed, 3, 5));
  });

  it("shuffle whole rows, so that each model keeps its mean", () => {
    const dealt = shuffledRows(pool.observed, 3, 5);
    const sum = (values: Float32Array) =>
      [0, 1, 2].map((model) => values.reduce((total, value, cell) => total + (cell % 3 === model ? value : 0), 0));
    expect(sum(dealt)).toEqual(sum(pool.observed));
  });

  it("draw a task's means to the model's overall mean by 20 rows", () => {
    const means = taskMeans(pool, pool);
    expect(means[0]).toBeCloseTo((2 + 20 * 0.5) / 22, 6); // cheap on easy, by hand
    expect(means[2 * 3 + 1]).toBeCloseTo((1 + 20 * 0.25) / 22, 6); // dominated on hard
  });
});
