import { describe, expect, it } from "vitest";
import { nextNormal, seededRng } from "../../engine/rng.ts";
import type { TrainingRows } from "../estimator.ts";
import { memorise } from "./_neighbour-memory.ts";
import { binColumns, growTree, leafOf } from "./_tree-grow.ts";
import gbdt from "./gbdt.ts";
import kmeans from "./kmeans.ts";
import knn from "./knn.ts";
import matrixFactorisation from "./matrix-factorisation.ts";

const context = () => ({ rng: seededRng(1), progress: () => {} });

describe("knn", () => {
  it("keeps equal prompts as one point with all their labels, and no more prompts than it may", () => {
    const rows = islands(600);
    const twice = { ...rows, x: rows.x.map((_, at) => rows.x[at % 300]!) };
    const options = { metric: "euclid", neighbours: 20, maxRows: 1000, priorNeighbours: 2 } as const;
    const memory = memorise(twice, options, seededRng(1));
    expect(memory.count).toBe(150);
    expect(memory.mass.reduce((sum, mass) => sum + mass, 0)).toBe(1200);
    expect(memorise(rows, { ...options, maxRows: 100 }, seededRng(1)).count).toBe(100);
  });

  it("answers by the island that a prompt lies on, and by the means where few neighbours are near", async () => {
    const fitted = await knn.fit(islands(600), { ...knn.defaults, metrics: ["euclid"] }, context());
    const { score } = fitted.predict(Float32Array.of(-4, 0, 4, 0), 2);
    expect(score[0]!).toBeGreaterThan(0.85);
    expect(score[1]!).toBeLessThan(0.15);
    expect(score[2]!).toBeLessThan(0.15);
    expect(score[3]!).toBeGreaterThan(0.85);
  });
});

describe("kmeans", () => {
  it("finds the islands and gives each its means, shrunk", async () => {
    const fitted = await kmeans.fit(islands(600), { ...kmeans.defaults, clusters: [2], softness: [1] }, context());
    const { score } = fitted.predict(Float32Array.of(-4, 0, 4, 0), 2);
    // by hand: 300 rows an island, all right or all wrong, 20 rows of prior at .5: (300 + 10) / 320
    [310 / 320, 10 / 320, 10 / 320, 310 / 320].forEach((expected, i) => {
      expect(score[i]).toBeCloseTo(expected, 3);
    });
  });
});

describe("matrix-factorisation", () => {
  it("tells models apart whose skills point in different directions", async () => {
    const rng = seededRng(4);
    const count = 1500;
    const x = Float32Array.from({ length: count * 2 }, () => nextNormal(rng));
    const skill = [
      [2, 0],
      [0, 2],
      [-1.5, -1.5],
    ] as const;
    const quality = Float32Array.from({ length: count * 3 }, (_, at) => {
      const row = Math.floor(at / 3) * 2;
      const [a, b] = skill[at % 3]!;
      return rng.next() < 1 / (1 + Math.exp(-(a * x[row]! + b * x[row + 1]!))) ? 1 : 0;
    });
    const rows = { ...islands(count), x, quality, modelCount: 3 };
    const fitted = await matrixFactorisation.fit(rows, matrixFactorisation.defaults, context());
    const { score, spread } = fitted.predict(Float32Array.of(2, 0, 0, 2, -2, -2), 3);
    const chosen = [0, 1, 2].map((row) => {
      const part = [...score.subarray(row * 3, row * 3 + 3)];
      return part.indexOf(Math.max(...part));
    });
    expect(chosen).toEqual([0, 1, 2]);
    expect(spread.some((value) => value > 0)).toBe(true);
  });
});

describe("gbdt", () => {
  it("splits where the gradients change, by hand", () => {
    // one column 0..9, gradient -1 below 4 and 1 from there; the best single cut is after 3
    const x = Float32Array.from({ length: 10 }, (_, i) => i);
    const columns = binColumns(x, 10, 1, 16);
    const gradient = x.map((value) => (value < 4 ? -1 : 1));
    const options = { depth: 1, leastLeafRows: 1, shrinkage: 0, columnShare: 2 };
    const tree = growTree(columns, Int32Array.from(x), gradient, 1, options, seededRng(1));
    expect([...tree.threshold]).toEqual([3, 0, 0]);
    expect([3, 4].map((row) => leafOf(tree, x, row))).toEqual([0, 1]);
  });

  it("bins so that training and prediction fall on the same side of every cut", () => {
    const rng = seededRng(5);
    const x = Float32Array.from({ length: 500 }, () => Math.round(nextNormal(rng) * 20) / 7);
    const { bin, cuts } = binColumns(x, 500, 1, 32);
    cuts[0]!.forEach((cut, b) => {
      for (let row = 0; row < 500; row++) expect(bin[row]! <= b).toBe(x[row]! <= cut);
    });
  });

  it("learns an interaction that no linear map can", async () => {
    const rng = seededRng(6);
    const count = 2000;
    const x = Float32Array.from({ length: count * 2 }, () => nextNormal(rng));
    const quality = Float32Array.from({ length: count * 2 }, (_, at) => {
      const row = at - (at % 2);
      return x[row]! * x[row + 1]! > 0 === (at % 2 === 0) ? 1 : 0;
    });
    const fitted = await gbdt.fit({ ...islands(count), x, quality }, gbdt.defaults, context());
    const { score } = fitted.predict(Float32Array.of(1, 1, 1, -1, -1, -1, -1, 1), 4);
    const gaps = [0, 1, 2, 3].map((row) => score[row * 2]! - score[row * 2 + 1]!);
    gaps.forEach((gap, row) => {
      expect(row % 2 === 0 ? gap : -gap).toBeGreaterThan(0.5);
    });
  });

  it("refuses more bins than a byte holds", async () => {
    await expect(gbdt.fit(islands(10), { ...gbdt.defaults, bins: 300 }, context())).rejects.toMatchObject({
      code: "bad_option",
    });
  });
});

/** Two heaps of prompts at x = -4 and x = 4; model 0 is right on the first, model 1 on the second. */
function islands(count: number): TrainingRows {
  const rng = seededRng(9);
  const x = Float32Array.from({ length: count * 2 }, (_, at) =>
    at % 2 === 0 ? (at % 4 === 0 ? -4 : 4) + 0.3 * nextNormal(rng) : 0.3 * nextNormal(rng),
  );
  return {
    count,
    dimensions: 2,
    modelCount: 2,
    x,
    quality: Float32Array.from({ length: count * 2 }, (_, at) => (at % 2 === Math.floor(at / 2) % 2 ? 1 : 0)),
    weight: null,
    task: new Int32Array(count).fill(-1),
    taskCount: 0,
    group: Int32Array.from({ length: count }, (_, i) => i),
  };
}
