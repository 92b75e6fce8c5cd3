import { expect, it } from "vitest";
import { nextNormal, seededRng } from "../../engine/rng.ts";
import type { TrainingRows } from "../estimator.ts";
import { twoWay } from "./label-rotation.ts";

it("does not take a model that was only asked hard questions for a weak one", async () => {
  // Column 0 of x says how easy a prompt is. Model 0 answers all; 1 only the hard ones, 2 only the easy ones; 1 is better than 2.
  const rng = seededRng(2);
  const count = 600;
  const x = new Float32Array(count * 2);
  const quality = new Float32Array(count * 3).fill(Number.NaN);
  for (let i = 0; i < count; i++) {
    const ease = i % 2 === 0 ? 1 : -1;
    x[i * 2] = ease;
    x[i * 2 + 1] = nextNormal(rng);
    quality[i * 3] = 0.5 + 0.3 * ease;
    if (ease < 0) quality[i * 3 + 1] = 0.5 + 0.3 * ease + 0.1;
    else quality[i * 3 + 2] = 0.5 + 0.3 * ease - 0.1;
  }
  const rows: TrainingRows = {
    count,
    dimensions: 2,
    modelCount: 3,
    x,
    quality,
    weight: null,
    task: new Int32Array(count).fill(-1),
    taskCount: 0,
    group: Int32Array.from({ length: count }, (_, i) => i),
  };
  const { effect } = await twoWay(rows);
  // Raw means say 0.3 for model 1 and 0.7 for model 2.
  expect(effect[1]! - effect[2]!).toBeGreaterThan(0.1);
  expect(effect[1]! - effect[0]!).toBeGreaterThan(0.04);
});

it("splits complete labels into effect, ease and rest that add up", async () => {
  const rows: TrainingRows = {
    count: 2,
    dimensions: 1,
    modelCount: 2,
    x: Float32Array.of(0, 1),
    quality: Float32Array.of(1, 0, 0.5, 0.5),
    weight: null,
    task: Int32Array.of(-1, -1),
    taskCount: 0,
    group: Int32Array.of(0, 1),
  };
  const { effect, ease, rest } = await twoWay(rows);
  // By hand: model means 0.75 and 0.25; rows are both 0 easier than that; rest +-0.25.
  expect(Array.from(effect)).toEqual([0.75, 0.25]);
  expect(Array.from(ease)).toEqual([0, 0]);
  expect(Array.from(rest)).toEqual([0.25, -0.25, -0.25, 0.25]);
});
