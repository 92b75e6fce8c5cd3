import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import type { QualityTable } from "../../datasets/quality-table.ts";
import { conversationFromPrompt } from "../../engine/conversation.ts";
import { FEATURE_COUNT } from "../../engine/features.ts";
import { nextNormal, seededRng } from "../../engine/rng.ts";
import { createGraph } from "../onnx/graph.ts";
import { fitDesign } from "./design.ts";
import { rawFeatures } from "./raw-features.ts";

const WORDS = ["proof", "integral", "verdict", "plaintiff", "enzyme", "protein", "loop", "array", "sonnet", "rhyme"];
const ENCODED = 6;
const ngrams = { spec: { buckets: 256, maxTerms: 64, wordOrders: [1, 2], charOrders: [] }, rank: 4 };

function tableOf(prompts: string[]): QualityTable {
  return {
    prompts: prompts.map((prompt, i) => ({
      promptId: `${i}`,
      conversation: conversationFromPrompt(prompt),
      task: null,
      source: "test",
      split: null,
      group: `${i}`,
      extras: {},
    })),
    models: ["a"],
    quality: new Float32Array(prompts.length),
    costUsd: null,
    inputTokens: null,
    outputTokens: null,
    latencyMs: null,
    propensity: null,
    lineage: [],
  };
}

const rng = seededRng(4);
const prompts = Array.from({ length: 40 }, () =>
  Array.from({ length: 3 + Math.floor(rng.next() * 9) }, () => WORDS[Math.floor(rng.next() * WORDS.length)]!).join(" "),
);
const table = tableOf([...prompts, "", "1234 !!! ???"]);
const vectors = Float32Array.from({ length: 42 * ENCODED }, () => nextNormal(rng));
const encoder = { dimensions: ENCODED, encode: async () => vectors };
const trainRows = Int32Array.from({ length: 30 }, (_, i) => i);
const all = Int32Array.from({ length: 42 }, (_, i) => i);

it.each([
  { name: "down-weighted", mix: { kind: "weight", weight: 0.1 } as const },
  { name: "by principal components", mix: { kind: "pca", dimensions: 3 } as const },
])("the graph makes the same design matrix, encoder $name, empty prompts included", async ({ mix }) => {
  const design = await fitDesign(table, trainRows, { ngrams, encoder: { ...encoder, mix } }, { rng: seededRng(1) });
  const expected = await design.transform(table, all);
  expect(expected.every(Number.isFinite)).toBe(true);
  const raw = await rawFeatures(table, { ngrams: ngrams.spec, encoder });
  const graph = createGraph("design");
  const x = design.toOnnx(graph, {
    features: graph.input("features", "float", ["batch", FEATURE_COUNT]),
    ngramIds: graph.input("ids", "int32", ["batch", "terms"]),
    ngramWeights: graph.input("weights", "float", ["batch", "terms"]),
    embedding: graph.input("embedding", "float", ["batch", ENCODED]),
  });
  graph.output(x, "x", "float", ["batch", design.dimensions]);
  const session = await InferenceSession.create(graph.bytes());
  for (const row of all) {
    const terms = Math.max(1, raw.ngrams!.start[row + 1]! - raw.ngrams!.start[row]!);
    const ids = new Int32Array(terms);
    const weights = new Float32Array(terms);
    ids.set(raw.ngrams!.ids.subarray(raw.ngrams!.start[row]!, raw.ngrams!.start[row + 1]!));
    weights.set(raw.ngrams!.weights.subarray(raw.ngrams!.start[row]!, raw.ngrams!.start[row + 1]!));
    const got = await session.run({
      features: new Tensor("float32", raw.cheap.slice(row * FEATURE_COUNT, (row + 1) * FEATURE_COUNT), [
        1,
        FEATURE_COUNT,
      ]),
      ids: new Tensor("int32", ids, [1, terms]),
      weights: new Tensor("float32", weights, [1, terms]),
      embedding: new Tensor("float32", vectors.slice(row * ENCODED, (row + 1) * ENCODED), [1, ENCODED]),
    });
    (got["x"]!.data as Float32Array).forEach((value, j) => {
      expect(Math.abs(value - expected[row * design.dimensions + j]!)).toBeLessThan(1e-5);
    });
  }
});

it("learns from the train rows alone: other rows may be anything", async () => {
  const other = tableOf([...prompts.slice(0, 30), ...Array.from({ length: 12 }, () => "zebra ".repeat(300))]);
  const learn = (source: QualityTable) =>
    fitDesign(source, trainRows, { ngrams, encoder: null }, { rng: seededRng(1) });
  const [one, two] = [await learn(table), await learn(other)];
  expect(await two.transform(other, trainRows)).toEqual(await one.transform(table, trainRows));
});

it("gives a feature that is constant in training no weight, and cuts wild ones", async () => {
  const design = await fitDesign(table, trainRows, { ngrams: null, encoder: null }, { rng: seededRng(1) });
  const wild = tableOf(["{}[]".repeat(5000), "漢字".repeat(400)]);
  const x = await design.transform(wild, Int32Array.of(0, 1));
  expect(Math.max(...x.map(Math.abs))).toBeLessThanOrEqual(5);
});
