import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { createGraph } from "../onnx/graph.ts";
import { farLevel, priorGate } from "./prior-gate.ts";

const gate = priorGate({
  mean: Float32Array.of(0.4, 0.8),
  calibrations: [{ kind: "none" }, { kind: "temperature", slope: 2, intercept: 0 }],
  near: 10,
  far: 20,
});

/** Prompts with score 0.1 and 0.2, at the given distances. */
function gated(distances: number[]) {
  const count = distances.length;
  const score = Float32Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? 0.1 : 0.2));
  const spread = new Float32Array(count * 2).fill(0.01);
  const distance = Float32Array.from(distances);
  return { score, spread, distance, count };
}

it("leaves near prompts alone and gives far ones the prior, as calibration will turn it into the mean", () => {
  const { score, spread, distance } = gated([5, 15, 25]);
  gate.apply(score, spread, distance);
  expect(score[0]).toBeCloseTo(0.1, 6);
  expect(score[2]).toBeCloseTo((0.1 + 0.4) / 2, 5); // half way: trust 0.5
  expect(score[4]).toBeCloseTo(0.4, 5);
  // sigmoid(2 logit(s)) = 0.8 at logit(s) = ln(4) / 2, s = 2/3.
  expect(score[5]).toBeCloseTo(2 / 3, 5);
  expect(spread[0]).toBeCloseTo(0.01, 6);
  expect(spread[4]).toBeGreaterThan(0.1);
});

it("tells far prompts apart by nothing, so that none goes elsewhere than the next", () => {
  const { score, spread, distance } = gated([20, 25, 400]);
  score.set([0.9, 0.1, 0.3, 0.7, 0, 1]);
  gate.apply(score, spread, distance);
  expect(score.slice(2, 4)).toEqual(score.slice(0, 2));
  expect(score.slice(4, 6)).toEqual(score.slice(0, 2));
});

it("says the same through ONNX", async () => {
  const { score, spread, distance, count } = gated([5, 12, 19.5, 40]);
  const graph = createGraph("gate");
  const out = gate.toOnnx(graph, {
    score: graph.input("score", "float", ["batch", 2]),
    spread: graph.input("spread", "float", ["batch", 2]),
    distance: graph.input("distance", "float", ["batch"]),
  });
  graph.output(out.score, "gated", "float", ["batch", 2]);
  graph.output(out.spread, "wide", "float", ["batch", 2]);
  const session = await InferenceSession.create(graph.bytes());
  const got = await session.run({
    score: new Tensor("float32", Float32Array.from(score), [count, 2]),
    spread: new Tensor("float32", Float32Array.from(spread), [count, 2]),
    distance: new Tensor("float32", distance, [count]),
  });
  gate.apply(score, spread, distance);
  for (let i = 0; i < score.length; i++) {
    expect((got["gated"]!.data as Float32Array)[i]).toBeCloseTo(score[i]!, 5);
    expect((got["wide"]!.data as Float32Array)[i]).toBeCloseTo(spread[i]!, 5);
  }
});

it("says how much harder than the prior far prompts are, for all models alike", () => {
  const mean = Float32Array.of(0.6, 0.8);
  const far = { near: 10, far: 20 };
  const rows = 60;
  const quality = Float32Array.from({ length: rows * 2 }, (_, i) => (i % 2 === 0 ? 0.2 : Number.NaN));
  const all = farLevel(mean, { ...far, quality, distance: new Float32Array(rows).fill(25) });
  expect(all).toBeCloseTo((-0.4 * 60) / 80, 5); // 20 rows of prior
  expect(farLevel(mean, { ...far, quality, distance: new Float32Array(rows).fill(10) })).toBe(0);
  const half = farLevel(mean, { ...far, quality, distance: new Float32Array(rows).fill(15) });
  expect(half).toBeCloseTo((-0.4 * 30) / 50, 5);
});
