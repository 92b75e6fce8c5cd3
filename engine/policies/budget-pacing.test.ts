import { describe, expect, it } from "vitest";
import { nextNormal, type Rng, seededRng } from "../rng.ts";
import { POOL } from "../testing/policy-inputs.ts";
import budgetPacing from "./budget-pacing.ts";

const DAY_MS = 86_400_000;
const DEAREST = 4_000_000 * Math.exp(0.5 * 4);

/** A day of requests at even times, each settled at a cost near its estimate; spending after each. */
function day(
  budgetUsd: number,
  requests: number,
  rng: Rng,
  ready = budgetPacing.ready({ budgetUsd, period: "1d" }, null),
) {
  const spent: number[] = [];
  let total = 0;
  let quality = 0;
  for (let i = 0; i < requests; i++) {
    const nowMs = 20_000 * DAY_MS + Math.floor(((i + rng.next()) * DAY_MS) / requests);
    const length = Math.exp(0.5 * Math.max(-4, Math.min(4, nextNormal(rng))));
    const difficulty = 0.15 * nextNormal(rng);
    const scored = POOL.map((c) => {
      const own = Math.min(1, Math.max(0, c.quality + difficulty + 0.1 * nextNormal(rng)));
      return { candidateId: c.candidateId, quality: own, qualityLow: own, costNanoUsd: c.costNanoUsd * length };
    });
    const { chosen } = ready.decide({
      scored,
      incumbent: 2,
      qualityFloor: null,
      inputTokens: 100,
      complexity: 0.5,
      task: new Float32Array(0),
      rng,
      nowMs,
    });
    total += scored[chosen]!.costNanoUsd;
    quality += scored[chosen]!.quality / requests;
    ready.settle!(scored[chosen]!.costNanoUsd, nowMs);
    spent.push(total);
  }
  return { spent, total, quality };
}

describe("a budget between all cheap and all best", () => {
  it.each([0.3, 1, 3])(
    "of %f USD for 2,000 requests is spent, evenly, and not exceeded by more than a request",
    (usd) => {
      for (const seed of [1, 2, 3]) {
        const { spent, total } = day(usd, 2000, seededRng(seed));
        expect(total).toBeLessThanOrEqual(usd * 1e9 + DEAREST);
        expect(total).toBeGreaterThan(usd * 1e9 * 0.85);
        expect(spent[999]! / total).toBeGreaterThan(0.35);
        expect(spent[999]! / total).toBeLessThan(0.65);
      }
    },
  );

  it("buys more quality the greater it is", () => {
    const qualities = [0.3, 1, 3].map((usd) => day(usd, 2000, seededRng(4)).quality);
    expect(qualities).toEqual([...qualities].sort((a, b) => a - b));
  });
});

it("spends freely when the budget is ample and falls to the cheapest when it is none", () => {
  expect(day(1000, 300, seededRng(1)).quality).toBeGreaterThan(0.78);
  // the cheapest candidate's mean quality is 0.6, clipped to [0, 1]
  expect(day(1e-6, 300, seededRng(1)).quality).toBeCloseTo(0.6, 1);
});

it("begins each period with nothing spent", () => {
  const ready = budgetPacing.ready({ budgetUsd: 1, period: "1d" }, null);
  ready.settle!(900_000_000, 20_000 * DAY_MS + 1000);
  expect(ready.facts.spentNanoUsd).toBe(900_000_000);
  ready.settle!(5, 20_001 * DAY_MS + 1000);
  expect(ready.facts).toMatchObject({ spentNanoUsd: 5, periodStartMs: 20_001 * DAY_MS });
});
