import { expect, it } from "vitest";
import { seededRng } from "../rng.ts";
import { solveTradeOff } from "./_trade-off.ts";

/** The rule itself, row by row. */
function choose(data: ReturnType<typeof rows>, lambda: number, allowed: readonly boolean[]) {
  let quality = 0;
  let cost = 0;
  for (let row = 0; row < data.rows; row++) {
    let best = -1;
    let bestNet = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < data.candidates; c++) {
      const cell = row * data.candidates + c;
      const net = data.estimate[cell]! - lambda * data.cost[cell]!;
      if (allowed[c]! && net > bestNet) {
        best = cell;
        bestNet = net;
      }
    }
    quality += data.value[best]! / data.rows;
    cost += data.cost[best]! / data.rows;
  }
  return { quality, cost };
}

function rows(seed: number, count: number, candidates: number) {
  const rng = seededRng(seed);
  const estimate = Float64Array.from({ length: count * candidates }, () => rng.next());
  const value = estimate.map((e) => (rng.next() < e ? 1 : 0));
  const cost = Float32Array.from(
    { length: count * candidates },
    (_, i) => ((i % candidates) + 1) * (0.5 + rng.next()) * 1e5,
  );
  return { rows: count, candidates, estimate, value, cost };
}

it("solves a case done by hand", () => {
  // Row 1: 1 more unit of cost buys 0.5, row 2: 0.1. A target of 0.7 needs only row 1 to be served well.
  const data = {
    rows: 2,
    candidates: 2,
    estimate: Float64Array.of(0.4, 0.9, 0.5, 0.6),
    value: Float64Array.of(0.4, 0.9, 0.5, 0.6),
    cost: Float32Array.of(1, 2, 1, 2),
  };
  const solved = solveTradeOff(data, [true, true], 0.7);
  expect(solved).toMatchObject({ isMet: true, cost: 1.5 });
  expect(solved.quality).toBeCloseTo(0.7, 12);
  expect(solved.lambda).toBeGreaterThan(0.1);
  expect(solved.lambda).toBeLessThan(0.5);
  expect(solveTradeOff(data, [true, true], 0.75)).toMatchObject({ isMet: true, cost: 2 });
  expect(solveTradeOff(data, [true, true], 0.1)).toMatchObject({ isMet: true, cost: 1 });
  expect(solveTradeOff(data, [true, true], 0.8)).toMatchObject({ isMet: false, lambda: 0, cost: 2 });
  expect(solveTradeOff(data, [true, false], 0.7)).toMatchObject({ isMet: false, cost: 1 });
});

it.each([1, 2, 3, 4, 5])("says of its lambda what the rule does with it, seed %i", (seed) => {
  const data = rows(seed, 300, 4);
  const allowed = [true, true, seed % 2 === 0, true];
  for (const target of [0.4, 0.5, 0.6, 0.65]) {
    const solved = solveTradeOff(data, allowed, target);
    const actual = choose(data, solved.lambda, allowed);
    // lambdas are told apart to 1 %
    expect(solved.cost / actual.cost).toBeCloseTo(1, 2);
    // smoothing may pool a corner with its neighbours
    expect(Math.abs(solved.quality - actual.quality)).toBeLessThan(0.03);
  }
});

it("spends no more for a lower target", () => {
  const data = rows(9, 400, 5);
  const costs = [0.3, 0.4, 0.5, 0.6, 0.7].map((target) => solveTradeOff(data, new Array(5).fill(true), target).cost);
  expect(costs).toEqual([...costs].sort((a, b) => a - b));
});
