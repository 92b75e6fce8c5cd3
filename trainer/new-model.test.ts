import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { seededRng } from "../engine/rng.ts";
import { fitNewModel } from "./new-model.ts";
import { createGraph } from "./onnx/graph.ts";

const MODELS = 3;

/** Pool scores that rise and fall together, and a new model that is right a little less often than model 1. */
function pool(count: number, seed: number) {
  const rng = seededRng(seed);
  const score = new Float32Array(count * MODELS);
  const quality = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const ease = rng.next() * 4 - 2;
    for (let m = 0; m < MODELS; m++)
      score[i * MODELS + m] = 1 / (1 + Math.exp(-(ease + 0.4 * (m - 1) + 0.2 * rng.next())));
    quality[i] = rng.next() < 1 / (1 + Math.exp(-(ease - 0.3))) ? 1 : 0;
  }
  return { score, quality };
}

const reference = pool(500, 1).score;

it("predicts a model from 50 labels better than its own mean does, and calls that shown good", () => {
  const { score, quality } = pool(50, 2);
  const added = fitNewModel({ reference, score, quality, models: MODELS, like: 1 });
  const fresh = pool(2000, 3);
  const predicted = added.predict(fresh.score, 2000).score;
  const error = (value: (i: number) => number) => fresh.quality.reduce((sum, y, i) => sum + (value(i) - y) ** 2, 0);
  expect(error((i) => predicted[i]!)).toBeLessThan(0.95 * error(() => added.meanQuality));
  expect(added.isShownGood).toBe(true);
});

it("without labels it resembles its relative, is unsure, and is not shown good", () => {
  const added = fitNewModel({
    reference,
    score: new Float32Array(0),
    quality: new Float32Array(0),
    models: MODELS,
    like: 2,
  });
  const fresh = pool(200, 4);
  const { score, spread } = added.predict(fresh.score, 200);
  const gap = score.reduce((sum, value, i) => sum + Math.abs(value - fresh.score[i * MODELS + 2]!), 0) / 200;
  expect(gap).toBeLessThan(0.05);
  expect(Math.min(...spread)).toBeGreaterThan(0.01);
  expect(added.isShownGood).toBe(false);
});

it("grows surer with labels", () => {
  const spreadAt = (labels: number) => {
    const { score, quality } = pool(labels, 5);
    const added = fitNewModel({ reference, score, quality, models: MODELS, like: 1 });
    return added.predict(reference, 500).spread.reduce((sum, value) => sum + value, 0);
  };
  expect(spreadAt(400)).toBeLessThan(spreadAt(25));
});

it("says the same through ONNX", async () => {
  const { score, quality } = pool(60, 6);
  const added = fitNewModel({ reference, score, quality, models: MODELS, like: 0 });
  const graph = createGraph("added");
  const names = added.toOnnx(graph, graph.input("score", "float", ["batch", MODELS]));
  graph.output(names.score, "own", "float", ["batch", 1]);
  graph.output(names.spread, "spread", "float", ["batch", 1]);
  const session = await InferenceSession.create(graph.bytes());
  const got = await session.run({ score: new Tensor("float32", score, [60, MODELS]) });
  const expected = added.predict(score, 60);
  for (let i = 0; i < 60; i++) {
    expect(Math.abs((got["own"]!.data as Float32Array)[i]! - expected.score[i]!)).toBeLessThan(1e-5);
    expect(Math.abs((got["spread"]!.data as Float32Array)[i]! - expected.spread[i]!)).toBeLessThan(1e-5);
  }
});

it("refuses a quality that is no quality", () => {
  const input = {
    reference,
    score: reference.slice(0, 3),
    quality: Float32Array.of(Number.NaN),
    models: MODELS,
    like: 0,
  };
  expect(() => fitNewModel(input)).toThrow(/must lie in \[0, 1\]/);
});
