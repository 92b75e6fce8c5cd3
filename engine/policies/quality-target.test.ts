import { expect, it } from "vitest";
import type { ReadyPolicy, RouteCalibration } from "../policy.ts";
import { seededRng } from "../rng.ts";
import { makeCalibration } from "../testing/policy-inputs.ts";
import cheapestAboveQuality from "./cheapest-above-quality.ts";
import clusterMean from "./cluster-mean.ts";
import knn from "./knn.ts";
import qualityTarget from "./quality-target.ts";

/** Mean observed quality and cost of a policy on rows that it has not seen. */
function realised(ready: ReadyPolicy, rows: RouteCalibration) {
  const width = rows.candidateIds.length;
  let quality = 0;
  let cost = 0;
  for (let row = 0; row < rows.rows; row++) {
    const scored = rows.candidateIds.map((candidateId, c) => {
      const cell = row * width + c;
      const own = rows.quality[cell]!;
      return { candidateId, quality: own, qualityLow: own, costNanoUsd: rows.costNanoUsd[cell]! };
    });
    const { chosen } = ready.decide({
      scored,
      incumbent: rows.incumbent,
      qualityFloor: null,
      inputTokens: rows.inputTokens[row]!,
      complexity: 0.5,
      task: rows.task.subarray(row * rows.tasks, (row + 1) * rows.tasks),
      rng: seededRng(row),
      nowMs: 0,
    });
    quality += rows.observed[row * width + chosen]! / rows.rows;
    cost += rows.costNanoUsd[row * width + chosen]! / rows.rows;
  }
  return { quality, cost };
}

const always = (rows: RouteCalibration, candidate: number) =>
  realised({ facts: {}, decide: () => ({ chosen: candidate, reason: "fixed", propensity: 1 }) }, rows);

const calibration = makeCalibration({ seed: 1, rows: 2000 });
const fresh = makeCalibration({ seed: 2, rows: 4000 });
const incumbent = always(fresh, 2);

it.each([0.85, 0.9, 0.95, 0.99])("keeps a target of %f on fresh prompts, within noise, for less", (target) => {
  const ready = qualityTarget.ready({ quality: target }, calibration);
  const { quality, cost } = realised(ready, fresh);
  // measured over 40 sets: deviation 0.0175 from solving on 1,000 rows, so 0.012 here, and 0.01 from 4,000 fresh ones
  expect(quality).toBeGreaterThan(target * incumbent.quality - 0.032);
  expect(cost).toBeLessThan(incumbent.cost);
  expect(ready.facts.isMet).toBe(1);
});

it("promises what it then keeps: over many calibration sets the promise is right on average", () => {
  let excess = 0;
  const sets = 30;
  for (let seed = 10; seed < 10 + sets; seed++) {
    const ready = qualityTarget.ready({ quality: 0.95 }, makeCalibration({ seed, rows: 500 }));
    excess += (realised(ready, fresh).quality - 0.95 * incumbent.quality) / sets;
  }
  expect(Math.abs(excess)).toBeLessThan(0.012);
});

it("spends less for a lower target", () => {
  const costs = [0.8, 0.9, 0.97].map((quality) => realised(qualityTarget.ready({ quality }, calibration), fresh).cost);
  expect(costs).toEqual([...costs].sort((a, b) => a - b));
});

it("gives more quality than the literal policy at equal cost", () => {
  const literal = realised(cheapestAboveQuality.ready({ quality: 0.72, by: "expected" }, null), fresh);
  let better = { quality: 0, cost: 0 };
  for (let quality = 0.8; quality < 1.05; quality += 0.005) {
    const solved = realised(qualityTarget.ready({ quality }, calibration), fresh);
    if (solved.cost <= literal.cost && solved.quality > better.quality) better = solved;
  }
  expect(better.quality).toBeGreaterThan(literal.quality);
});

it("never chooses a candidate that another beats in quality and cost, unless that pays", () => {
  const width = 3;
  const quality = calibration.quality.map((value, cell) => (cell % width === 1 ? value - 0.4 : value));
  const observed = calibration.observed.map((value, cell) => (cell % width === 1 && cell % 4 !== 0 ? 0 : value));
  const costNanoUsd = calibration.costNanoUsd.map((cost, cell) => (cell % width === 1 ? cost * 50 : cost));
  const ready = qualityTarget.ready({ quality: 0.95 }, { ...calibration, quality, observed, costNanoUsd });
  expect(ready.facts.candidatesKept).toBe(2);
});

it("says when a target is out of reach and then gives the best that there is", () => {
  const ready = qualityTarget.ready({ quality: 1.5 }, calibration);
  expect(ready.facts).toMatchObject({ isMet: 0, lambda: 0 });
  expect(realised(ready, fresh).quality).toBeGreaterThan(incumbent.quality - 0.01);
});

it.each([
  { name: "cluster-mean", plugin: clusterMean, options: { quality: 0.95 } },
  { name: "knn", plugin: knn, options: { quality: 0.95, neighbours: 40 } },
])("$name keeps the same promise with its own estimates", ({ plugin, options }) => {
  // The options of each are the plug-in's own.
  const ready = plugin.ready(options as never, calibration);
  const { quality, cost } = realised(ready, fresh);
  expect(quality).toBeGreaterThan(0.95 * incumbent.quality - 0.03);
  expect(cost).toBeLessThan(incumbent.cost);
});
