import { describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import type { TrainingRows } from "../estimator.ts";
import { modelMeans } from "./_model-means.ts";
import constant from "./constant.ts";
import length from "./length.ts";
import taskMean from "./task-mean.ts";
import zero from "./zero.ts";

const NONE = Number.NaN;
const context = () => ({ rng: seededRng(1), progress: () => {} });

describe("constant and zero", () => {
  it("give each model the weighted mean of its known labels, and the mean over models to one without any", async () => {
    // by hand: model 0 has 1, 0, 1 with weights 1, 1, 2; model 1 has 0; model 2 nothing
    const rows = table(3, [1, 0, NONE, 0, NONE, NONE, 1, NONE, NONE]);
    const weight = Float32Array.of(1, 1, 1, 1, 1, 1, 2, 1, 1);
    expect([...modelMeans({ ...rows, weight })]).toEqual([0.75, 0, 0.375]);
    for (const plugin of [constant, zero]) {
      const { score } = (await plugin.fit({ ...rows, weight }, {}, context())).predict(new Float32Array(4), 2);
      expect([...score]).toEqual([0.75, 0, 0.375, 0.75, 0, 0.375]);
    }
  });
});

describe("length", () => {
  it("finds which way length points for each model, in the column that it is told", async () => {
    const rng = seededRng(2);
    const count = 2000;
    const x = Float32Array.from({ length: count * 2 }, () => 4 * rng.next() - 2);
    const quality = Float32Array.from({ length: count * 2 }, (_, at) => {
      const slope = at % 2 === 0 ? -1 : 0.5;
      return rng.next() < 1 / (1 + Math.exp(-slope * x[at - (at % 2) + 1]!)) ? 1 : 0;
    });
    const rows = { ...table(2, [...quality]), x, dimensions: 2 };
    const fitted = await length.fit(rows, { ...length.defaults, column: 1 }, context());
    const { score } = fitted.predict(Float32Array.of(0, 2, 0, -2), 2);
    // sigmoid(-2), sigmoid(1), sigmoid(2), sigmoid(-1), within sampling error
    [0.119, 0.731, 0.881, 0.269].forEach((expected, i) => {
      expect(Math.abs(score[i]! - expected)).toBeLessThan(0.04);
    });
  });

  it("refuses a column that the design does not have", async () => {
    await expect(length.fit(table(1, [1]), { ...length.defaults, column: 7 }, context())).rejects.toMatchObject({
      code: "bad_option",
    });
  });
});

describe("task-mean", () => {
  it("gives a prompt whose task is plain that task's mean, shrunk", async () => {
    const rng = seededRng(3);
    const task = Int32Array.from({ length: 600 }, (_, i) => i % 2);
    const x = Float32Array.from({ length: 1200 }, (_, at) =>
      at % 2 === 0 ? (task[at / 2] === 0 ? -2 : 2) : rng.next() - 0.5,
    );
    // model 0 is right on task 0, model 1 on task 1
    const quality = Array.from({ length: 1200 }, (_, at) => (at % 2 === task[Math.floor(at / 2)] ? 1 : 0));
    const rows = { ...table(2, quality), x, dimensions: 2, task, taskCount: 2 };
    const { score } = (await taskMean.fit(rows, taskMean.defaults, context())).predict(Float32Array.of(-2, 0, 2, 0), 2);
    expect(score[0]! - score[1]!).toBeGreaterThan(0.8);
    expect(score[3]! - score[2]!).toBeGreaterThan(0.8);
  });
});

function table(models: number, quality: readonly number[]): TrainingRows {
  const count = quality.length / models;
  return {
    count,
    dimensions: 2,
    modelCount: models,
    x: new Float32Array(count * 2),
    quality: Float32Array.from(quality),
    weight: null,
    task: new Int32Array(count).fill(-1),
    taskCount: 0,
    group: Int32Array.from({ length: count }, (_, i) => i),
  };
}
