import { describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { poolOf } from "../testing/pool-of.ts";
import { zeroRouter } from "./baselines.ts";
import { compare, type Trial } from "./compare.ts";
import { predictorContender } from "./contender.ts";
import { createYardstick } from "./yardstick.ts";

const rng = seededRng(7);
const pool = poolOf(
  ["cheap", "dear"],
  Array.from({ length: 300 }, (_, row) => {
    const isHard = rng.next() < 0.5;
    return { quality: [isHard ? 0 : 1, rng.next() < 0.9 ? 1 : 0], cost: [1, 10], group: row % 200 };
  }),
);
const yardstick = createYardstick(pool);
const informed = pool.observed;
const blind = new Float32Array(pool.observed.length).fill(0.5);
const trial: Trial = {
  pool,
  yardstick,
  contenders: [
    predictorContender("informed", "router", informed, yardstick),
    predictorContender("twin", "router", informed, yardstick),
    predictorContender("blind", "baseline", blind, yardstick),
    zeroRouter(pool, yardstick),
  ],
};
const options = {
  headline: "aiq",
  subjects: ["informed"],
  baselines: ["twin", "blind", "zero"],
  resamples: 60,
  seed: 1,
};

describe("compare", () => {
  it("calls a twin not distinguishable and a blind rival worse", () => {
    const [informedReport] = compare([trial], options);
    expect(informedReport!.vs.twin).toMatchObject({ difference: 0, low: 0, high: 0, distinguishable: false });
    expect(informedReport!.vs.zero!.distinguishable).toBe(true);
    expect(informedReport!.vs.zero!.low).toBeGreaterThan(0);
  });

  it("holds each value inside its interval and repeats it with the seed", () => {
    const first = compare([trial], options);
    for (const { metrics } of first)
      for (const { value, low, high } of Object.values(metrics))
        expect([low <= value, value <= high]).toEqual([true, true]);
    expect(compare([trial], options)).toEqual(first);
  });

  it("takes the mean over splits and keeps each split's value", () => {
    const twice = compare([trial, trial], options);
    const once = compare([trial], options);
    expect(twice[0]!.perTrial).toHaveLength(2);
    expect(twice[0]!.metrics.aiq!.value).toBeCloseTo(once[0]!.metrics.aiq!.value, 12);
    // Two independent draws of the same split: the interval of their mean is narrower.
    const width = ({ metrics }: (typeof once)[number]) => metrics.aiq!.high - metrics.aiq!.low;
    expect(width(twice[0]!)).toBeLessThan(width(once[0]!) * 1.1);
  });
});
