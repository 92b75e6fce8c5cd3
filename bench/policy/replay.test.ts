import { describe, expect, it } from "vitest";
import type { ReadyPolicy } from "../../engine/policy.ts";
import { poolOf } from "../testing/pool-of.ts";
import { type Forecast, replay, replayPolicy, routeCalibration } from "./replay.ts";

const pool = poolOf(
  ["cheap", "dear"],
  [
    { quality: [1, 1], cost: [1e-6, 1e-5] },
    { quality: [0, 1], cost: [2e-6, 3e-5] },
    { quality: [0.5, 0], cost: [3e-6, 2e-5] },
  ],
);
const forecast: Forecast = {
  quality: Float32Array.of(0.9, 0.95, 0.2, 0.8, 0.5, 0.6),
  spread: Float32Array.of(0.1, 0, 0, 0, 0, 0),
  costUsd: Float32Array.of(1e-6, 1e-5, 1e-6, 1e-5, 1e-6, 1e-5),
  complexity: Float32Array.of(0.1, 0.8, 0.5),
  task: Float32Array.of(1, 0, 0, 1, 1, 0),
  tasks: 2,
  inputTokens: Float32Array.of(10, 20, 30),
};

describe("replay", () => {
  it("looks up the recorded quality and cost of each choice", () => {
    const { quality, costUsd } = replay(pool, Int32Array.of(0, 1, 0));
    expect([...quality]).toEqual([1, 1, 0.5]);
    expect([...costUsd!]).toEqual([1e-6, 3e-5, 3e-6].map(Math.fround));
  });

  it("knows no cost where the pool knows none", () => {
    const unpriced = poolOf(["a", "b"], [{ quality: [1, 0] }]);
    expect(replay(unpriced, Int32Array.of(1)).costUsd).toBeNull();
  });
});

describe("replayPolicy", () => {
  it("shows the policy what serving would: candidates in order, lower bound, cost in nano-USD, task, tokens", () => {
    const seen: unknown[] = [];
    const policy: ReadyPolicy = {
      facts: {},
      decide(input) {
        seen.push(input);
        return { chosen: 0, reason: "fixed", propensity: 1 };
      },
    };
    replayPolicy(policy, pool, forecast, { incumbent: 1, seed: 1 });
    expect(seen).toHaveLength(3);
    expect(seen[0]).toMatchObject({ incumbent: 1, inputTokens: 10, task: Float32Array.of(1, 0) });
    const [first] = (seen[0] as { scored: { candidateId: string; qualityLow: number; costNanoUsd: number }[] }).scored;
    expect(first!.candidateId).toBe("cheap");
    expect(first!.qualityLow).toBeCloseTo(0.9 - 1.64 * 0.1, 6); // by hand
    expect(first!.costNanoUsd).toBeCloseTo(1000, 3); // 1e-6 USD
  });

  it("reads -1 as the incumbent and settles with the recorded cost", () => {
    const settled: number[] = [];
    const policy: ReadyPolicy = {
      facts: {},
      decide: () => ({ chosen: -1, reason: "incumbent", propensity: 1 }),
      settle: (costNanoUsd) => void settled.push(Math.round(costNanoUsd)),
    };
    expect([...replayPolicy(policy, pool, forecast, { incumbent: 1, seed: 1 })]).toEqual([1, 1, 1]);
    expect(settled).toEqual([10_000, 30_000, 20_000]);
  });
});

describe("routeCalibration", () => {
  it("repeats the rows that were drawn twice", () => {
    const calibration = routeCalibration(pool, forecast, 1, Int32Array.of(2, 2, 0));
    expect(calibration.rows).toBe(3);
    expect([...calibration.observed]).toEqual([0.5, 0, 0.5, 0, 1, 1]);
    expect([...calibration.inputTokens]).toEqual([30, 30, 10]);
    expect([...calibration.costNanoUsd].map(Math.round)).toEqual([1000, 10_000, 1000, 10_000, 1000, 10_000]);
  });
});
