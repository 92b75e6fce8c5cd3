import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { createGraph } from "../onnx/graph.ts";
import { easeHead } from "./ease.ts";

const head = easeHead(
  {
    weight: -0.5,
    bends: [
      { at: 0.3, by: 1 },
      { at: 0.8, by: 4 },
    ],
  },
  2,
);

it("moves a prompt's scores by as many logits as the curve says of their mean", () => {
  const score = Float32Array.of(0.2, 0.4, 0.85, 0.95);
  head.apply(score);
  const logit = (value: number) => Math.log(value / (1 - value));
  const hard = -0.5 * 0.3;
  const easy = -0.5 * 0.9 + 1 * 0.6 + 4 * 0.1;
  expect(logit(score[0]!)).toBeCloseTo(logit(0.2) + hard, 5);
  expect(logit(score[1]!)).toBeCloseTo(logit(0.4) + hard, 5);
  expect(logit(score[2]!)).toBeCloseTo(logit(0.85) + easy, 5);
  expect(logit(score[3]!)).toBeCloseTo(logit(0.95) + easy, 5);
});

it("leaves certainty what it is", () => {
  const score = Float32Array.of(0, 1);
  head.apply(score);
  expect(Array.from(score)).toEqual([0, 1]);
});

it("says the same through ONNX", async () => {
  const score = Float32Array.of(0, 1, 0.2, 0.4, 0.5, 0.55, 0.85, 0.95, 1, 1);
  const graph = createGraph("ease");
  graph.output(head.toOnnx(graph, graph.input("score", "float", ["batch", 2])), "eased", "float", ["batch", 2]);
  const session = await InferenceSession.create(graph.bytes());
  const got = await session.run({ score: new Tensor("float32", Float32Array.from(score), [5, 2]) });
  head.apply(score);
  score.forEach((value, i) => {
    expect((got["eased"]!.data as Float32Array)[i]).toBeCloseTo(value, 6);
  });
});
