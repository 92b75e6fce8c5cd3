import { expect, it } from "vitest";
import type { TrainingRows } from "../estimator.ts";
import { taskMeans } from "./task-means.ts";

/** Two models, four tasks: the first model leads on the one large task, the second on three small ones. */
function rows(): TrainingRows {
  const sizes = [600, 60, 60, 60];
  const task = Int32Array.from(sizes.flatMap((size, t) => Array.from({ length: size }, () => t)));
  return {
    count: task.length,
    dimensions: 1,
    modelCount: 2,
    x: new Float32Array(task.length),
    quality: Float32Array.from([...task].flatMap((t) => (t === 0 ? [0.9, 0.5] : [0.4, 0.8]))),
    weight: null,
    task,
    taskCount: sizes.length,
    group: Int32Array.from(task.keys()),
  };
}

it("expects of a task not met before what the tasks say, not what the largest says", async () => {
  const { elsewhere } = await taskMeans(rows(), 20);
  expect(elsewhere[1]! - elsewhere[0]!).toBeGreaterThan(0.1);
});

it("gives each task its own mean, a small one drawn a little to the rest", async () => {
  const { mean } = await taskMeans(rows(), 20);
  expect(mean[0]! - mean[1]!).toBeCloseTo(0.4, 1);
  expect(mean[3]! - mean[2]!).toBeGreaterThan(0.2);
  expect(mean[3]! - mean[2]!).toBeLessThan(0.4);
});

it("has an expectation for a model without a label", async () => {
  const some = rows();
  const quality = some.quality.map((value, at) => (at % 2 === 1 ? Number.NaN : value));
  const { elsewhere } = await taskMeans({ ...some, quality }, 20);
  expect([...elsewhere].every((value) => value >= 0 && value <= 1)).toBe(true);
});
