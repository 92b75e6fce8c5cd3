import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { FEATURE_COUNT, FEATURE_NAMES } from "../../engine/features.ts";
import { createGraph } from "../onnx/graph.ts";
import { priorGate } from "./prior-gate.ts";

const LENGTH = FEATURE_NAMES.indexOf("log_characters");
const gate = priorGate({
  mean: Float32Array.of(0.4, 0.8),
  calibrations: [{ kind: "none" }, { kind: "temperature", slope: 2, intercept: 0 }],
  near: 10,
  far: 20,
  length: { mean: 5, deviation: 1 },
});

/** Three prompts of usual length with score 0.1 and 0.2, at the given distances. */
function gated(distances: number[], characters = 5) {
  const count = distances.length;
  const score = Float32Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? 0.1 : 0.2));
  const spread = new Float32Array(count * 2).fill(0.01);
  const cheap = new Float32Array(count * FEATURE_COUNT);
  for (let i = 0; i < count; i++) cheap[i * FEATURE_COUNT + LENGTH] = characters;
  const distance = Float32Array.from(distances);
  return { score, spread, cheap, distance, count };
}

it("leaves near prompts alone and gives far ones the prior, as calibration will turn it into the mean", () => {
  const { score, spread, distance, cheap } = gated([5, 15, 25]);
  gate.apply(score, spread, distance, cheap);
  expect(score[0]).toBeCloseTo(0.1, 6);
  expect(score[2]).toBeCloseTo((0.1 + 0.4) / 2, 5); // half way: trust 0.5
  expect(score[4]).toBeCloseTo(0.4, 5);
  // sigmoid(2 logit(s)) = 0.8 at logit(s) = ln(4) / 2, s = 2/3.
  expect(score[5]).toBeCloseTo(2 / 3, 5);
  expect(spread[0]).toBeCloseTo(0.01, 6);
  expect(spread[4]).toBeGreaterThan(0.1);
});

it("far from training, longer prompts lean to the abler model by a hair", () => {
  const [short, long] = [gated([99], 4), gated([99], 7)];
  gate.apply(short.score, short.spread, short.distance, short.cheap);
  gate.apply(long.score, long.spread, long.distance, long.cheap);
  const lead = ({ score }: { score: Float32Array }) => score[1]! - score[0]!;
  expect(lead(long)).toBeGreaterThan(lead(short));
  expect(lead(long) - lead(short)).toBeLessThan(0.01);
});

it("says the same through ONNX", async () => {
  const { score, spread, distance, cheap, count } = gated([5, 12, 19.5, 40], 6);
  const graph = createGraph("gate");
  const out = gate.toOnnx(graph, {
    score: graph.input("score", "float", ["batch", 2]),
    spread: graph.input("spread", "float", ["batch", 2]),
    distance: graph.input("distance", "float", ["batch"]),
    features: graph.input("features", "float", ["batch", FEATURE_COUNT]),
  });
  graph.output(out.score, "gated", "float", ["batch", 2]);
  graph.output(out.spread, "wide", "float", ["batch", 2]);
  const session = await InferenceSession.create(graph.bytes());
  const got = await session.run({
    score: new Tensor("float32", Float32Array.from(score), [count, 2]),
    spread: new Tensor("float32", Float32Array.from(spread), [count, 2]),
    distance: new Tensor("float32", distance, [count]),
    features: new Tensor("float32", cheap, [count, FEATURE_COUNT]),
  });
  gate.apply(score, spread, distance, cheap);
  for (let i = 0; i < score.length; i++) {
    expect((got["gated"]!.data as Float32Array)[i]).toBeCloseTo(score[i]!, 5);
    expect((got["wide"]!.data as Float32Array)[i]).toBeCloseTo(spread[i]!, 5);
  }
});
