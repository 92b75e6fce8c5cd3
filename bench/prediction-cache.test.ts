import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import type { QualityTable } from "../datasets/quality-table.ts";
import type { FitRequest, FitResult } from "./fit-predict.ts";
import { createPredictionCache } from "./prediction-cache.ts";
import { poolOf } from "./testing/pool-of.ts";

const { prompts, observed } = poolOf(["a", "b"], [{ quality: [0, 1] }, { quality: [1, 0] }]);
const request: FitRequest = {
  table: { prompts, models: ["a", "b"], quality: observed, lineage: [] } as unknown as QualityTable, // what keys are made of
  train: Int32Array.of(0),
  calibration: Int32Array.of(1),
  predict: [Int32Array.of(1)],
  options: { tier: "fast", estimator: "ridge", seed: 1 },
};
const result: FitResult = {
  estimator: "ridge",
  outOfDistributionAbove: 2.5,
  predictions: [
    {
      count: 1,
      models: ["a", "b"],
      score: Float32Array.of(0.25, 0.5),
      quality: Float32Array.of(0.3, Number.NaN),
      spread: Float32Array.of(0, 0.1),
      outputTokens: Float32Array.of(10, 20),
      complexity: Float32Array.of(0.4),
      outOfDistribution: Float32Array.of(1.5),
      task: Float32Array.of(1, 0, 0),
    },
  ],
};

it("reads back what was written, and nothing for another seed, row or label", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "weir-cache-"));
  const cache = createPredictionCache(folder);
  const key = await cache.keyOf(request);
  expect(await cache.read(key)).toBeNull();
  await cache.write(key, result);
  expect(await cache.read(key)).toEqual(result);
  expect(await readdir(folder)).toEqual([`${key}.predictions`]);
  const others = [
    { ...request, options: { ...request.options, seed: 2 } },
    { ...request, predict: [Int32Array.of(0)] },
    { ...request, table: { ...request.table, quality: Float32Array.of(1, 1, 1, 0) } },
  ];
  for (const other of others) expect(await cache.keyOf(other)).not.toBe(key);
  await rm(folder, { recursive: true });
});
