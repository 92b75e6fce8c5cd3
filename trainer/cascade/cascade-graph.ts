import { ANSWER_FEATURE_COUNT } from "../../engine/answer/answer-features.ts";
import { ANSWER_PAIRS, INPUT_CLIP, MOST_ANSWERS, QUALITY_EDGE } from "../../engine/cascade/informed-scorer.ts";
import { createGraph } from "../onnx/graph.ts";
import type { FittedInformed } from "./cross-fit.ts";
import type { InformedModel } from "./informed.ts";

const F = ANSWER_FEATURE_COUNT;

/** A table of the graph: one row a set, a member or a pair, filled as pools come. */
interface Tables {
  readonly contextMean: Float32Array;
  readonly contextScale: Float32Array;
  readonly featureMean: Float32Array;
  readonly featureScale: Float32Array;
  readonly agreementMean: Float32Array;
  readonly agreementScale: Float32Array;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** One graph for the informed models of all pools: tables by set and by member, of which a request picks its rows. */
export function cascadeGraph(pools: readonly FittedInformed[], width: number): Uint8Array {
  const sets = pools.reduce((sum, { models }) => sum + models.length, 0);
  const members = pools.reduce((sum, pool) => sum + sizeOf(pool), 0);
  const depth = width + MOST_ANSWERS * F + ANSWER_PAIRS.length;
  const tables = fillTables(pools, width, sets, members, depth);

  const graph = createGraph("cascade");
  const set = graph.input("set", "int64", [1]);
  const who = graph.input("members", "int64", [MOST_ANSWERS]);
  const expected = graph.input("expected", "float", [1, width]);
  const answers = graph.input("answers", "float", [MOST_ANSWERS, F]);
  const agreement = graph.input("agreement", "float", [1, ANSWER_PAIRS.length]);
  const number = (value: number) => graph.constant("n", Float32Array.of(value), []);
  const shape = (...dimensions: number[]) =>
    graph.constant("shape", BigInt64Array.from(dimensions, BigInt), [dimensions.length]);
  const row = (name: string, data: Float32Array, dimensions: number[], index: string) =>
    graph.op("Gather", [graph.constant(name, data, dimensions), index], { axis: { int: 0 } });
  const scaled = (value: string, mean: string, scale: string) =>
    graph.op("Clip", [
      graph.op("Mul", [graph.op("Sub", [value, mean]), scale]),
      number(-INPUT_CLIP),
      number(INPUT_CLIP),
    ]);

  const inside = graph.op("Clip", [expected, number(QUALITY_EDGE), number(1 - QUALITY_EDGE)]);
  const odds = graph.op("Div", [inside, graph.op("Sub", [number(1), inside])]);
  const context = scaled(
    graph.op("Log", [odds]),
    row("context_mean", tables.contextMean, [sets, width], set),
    row("context_scale", tables.contextScale, [sets, width], set),
  );
  const isKnown = graph.op("Cast", [graph.op("Greater", [expected, number(0)])], { to: { int: 1 } });
  const features = scaled(
    answers,
    row("feature_mean", tables.featureMean, [members + 1, F], who),
    row("feature_scale", tables.featureScale, [members + 1, F], who),
  );
  const agreed = graph.op("Mul", [
    graph.op("Sub", [agreement, row("agreement_mean", tables.agreementMean, [sets, ANSWER_PAIRS.length], set)]),
    row("agreement_scale", tables.agreementScale, [sets, ANSWER_PAIRS.length], set),
  ]);
  const x = graph.op(
    "Concat",
    [graph.op("Mul", [context, isKnown]), graph.op("Reshape", [features, shape(1, MOST_ANSWERS * F)]), agreed],
    { axis: { int: 1 } },
  );
  const weights = graph.op("Reshape", [row("weights", tables.weights, [sets, depth, width], set), shape(depth, width)]);
  const logit = graph.op("Add", [graph.op("MatMul", [x, weights]), row("bias", tables.bias, [sets, width], set)]);
  graph.output(graph.op("Sigmoid", [logit]), "quality", "float", [1, width]);
  return graph.bytes();
}

function sizeOf({ models }: FittedInformed): number {
  return models[0]!.map.outputs;
}

function fillTables(
  pools: readonly FittedInformed[],
  width: number,
  sets: number,
  members: number,
  depth: number,
): Tables {
  const tables: Tables = {
    contextMean: new Float32Array(sets * width),
    contextScale: new Float32Array(sets * width),
    featureMean: new Float32Array((members + 1) * F),
    featureScale: new Float32Array((members + 1) * F),
    agreementMean: new Float32Array(sets * ANSWER_PAIRS.length),
    agreementScale: new Float32Array(sets * ANSWER_PAIRS.length),
    weights: new Float32Array(sets * depth * width),
    bias: new Float32Array(sets * width),
  };
  let set = 0;
  let member = 0;
  for (const pool of pools) {
    const size = sizeOf(pool);
    tables.featureMean.set(pool.scaling.features.mean, member * F);
    tables.featureScale.set(pool.scaling.features.scale, member * F);
    member += size;
    for (const model of pool.models) {
      tables.contextMean.set(pool.scaling.context.mean, set * width);
      tables.contextScale.set(pool.scaling.context.scale, set * width);
      fillPairs(tables, set, model, pool.scaling.agreement, size);
      fillWeights(tables, set, model, { width, depth, size });
      set++;
    }
  }
  return tables;
}

function fillPairs(tables: Tables, set: number, { called }: InformedModel, agreement: Float32Array, size: number) {
  ANSWER_PAIRS.forEach(([a, b], pair) => {
    if (called[a] === undefined || called[b] === undefined) return;
    tables.agreementMean[set * ANSWER_PAIRS.length + pair] = agreement[called[a] * size + called[b]]!;
    tables.agreementScale[set * ANSWER_PAIRS.length + pair] = 2;
  });
}

/** From the design's own order of inputs to the graph's, which has room for answers that this set does not have. */
function fillWeights(
  tables: Tables,
  set: number,
  { called, map }: InformedModel,
  { width, depth, size }: { readonly width: number; readonly depth: number; readonly size: number },
) {
  const put = (input: number, from: number) => {
    const to = (set * depth + input) * width;
    tables.weights.set(map.weights.subarray(from * size, (from + 1) * size), to);
  };
  for (let m = 0; m < size; m++) put(m, m);
  for (let f = 0; f < called.length * F; f++) put(width + f, size + f);
  const pairs = ANSWER_PAIRS.filter(([, b]) => b < called.length);
  for (const [at, pair] of pairs.entries()) {
    put(width + MOST_ANSWERS * F + ANSWER_PAIRS.indexOf(pair), size + called.length * F + at);
  }
  tables.bias.set(map.bias, set * width);
}
