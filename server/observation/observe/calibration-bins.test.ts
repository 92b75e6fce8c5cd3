import { describe, expect, it } from "vitest";
import { seededRng } from "../../../engine/rng.ts";
import { observedWorld } from "../testing/observed-world.ts";
import { calibrationBins } from "./calibration-bins.ts";
import { figuresOf } from "./figures.ts";
import { observedColumns } from "./observed-columns.ts";

const OPTIONS = { confidence: 0.95, maxQualityLoss: 0.05, thresholds: null, goldShare: 0, prices: [], isFinal: true };
const WORLD = { requests: 12_000, rate: 0.25 };

/** Promised differences from -0.4 to 0, as they come true. */
const honest = (lot: number) => ({ promised: -0.4 * lot, loss: 0.4 * lot });

describe("calibration of what a router promises", () => {
  it("covers what came true in every bin of a router that keeps its promises, for nearly every lot of traffic", () => {
    const options = { confidence: 0.95, bands: "simultaneous", rng: seededRng(1), tuned: 5_000 } as const;
    let covered = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const columns = observedColumns(observedWorld({ requests: 6_000, rate: 0.25, promiseOf: honest, seed }), 0);
      const bins = calibrationBins(columns, options);
      expect(bins.length).toBeGreaterThan(4);
      covered += Number(bins.every(({ promised, realised }) => isIn(promised, realised)));
    }
    // The seeds are fixed; of 20 at 95 % each, fewer than 17 would be covered once in 60 times.
    expect(covered).toBeGreaterThanOrEqual(17);
  });

  it("leaves out the promise, and covers the truth, where a router loses three times what it says", () => {
    const promiseOf = (lot: number) => ({ promised: -0.2 * lot, loss: 0.6 * lot });
    const { calibration } = figuresOf(observedWorld({ ...WORLD, promiseOf }), OPTIONS);
    const worst = calibration[0]!;
    expect(isIn(worst.promised, worst.realised)).toBe(false);
    expect(isIn(3 * worst.promised, worst.realised)).toBe(true);
  });

  it("cuts requests that move into parts that are all of them, each once, from the lowest promise to the highest", () => {
    const data = observedWorld({ ...WORLD, promiseOf: honest });
    const { calibration } = figuresOf(data, OPTIONS);
    const moving = data.rows.filter(({ chosen, incumbent }) => chosen !== incumbent);
    expect(calibration.reduce((sum, { requests }) => sum + requests, 0)).toBe(moving.length);
    expect(calibration.map(({ promised }) => promised)).toEqual(
      calibration.map(({ promised }) => promised).sort((a, b) => a - b),
    );
    for (const { from, to, promised } of calibration) expect(from <= promised && promised <= to).toBe(true);
  });

  it("keeps equal promises together, and makes fewer bins of fewer audits", () => {
    const promiseOf = (lot: number) => (lot < 0.9 ? { promised: -0.1, loss: 0.1 } : { promised: 0, loss: 0 });
    const two = figuresOf(observedWorld({ ...WORLD, promiseOf }), OPTIONS).calibration;
    expect(two.map(({ from, to }) => [from, to])).toEqual([
      [-0.1, -0.1],
      [0, 0],
    ]);
    const few = figuresOf(observedWorld({ requests: 1_000, rate: 0.2, promiseOf: honest }), OPTIONS).calibration;
    expect(few).toHaveLength(1);
  });

  it("states no interval where a bin has too few audits, and no bin where nothing was audited", () => {
    const [bin] = figuresOf(observedWorld({ requests: 300, rate: 0.1, promiseOf: honest }), OPTIONS).calibration;
    expect(bin!.realised).toMatchObject({ method: "no_audit_bound", low: -1, high: 1 });
    expect(figuresOf({ rows: [], audits: [], counts: [] }, OPTIONS).calibration).toEqual([]);
  });
});

function isIn(value: number, { low, high }: { readonly low: number; readonly high: number }): boolean {
  return low <= value && value <= high;
}
