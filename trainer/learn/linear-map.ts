import { affine } from "../blas.ts";
import type { GraphBuilder } from "../onnx/graph.ts";
import type { LinearMap } from "./masked-ridge.ts";

export function applyLinear(map: LinearMap, x: Float32Array, count: number): Float32Array {
  return affine(x, count, map.dimensions, map.weights, map.bias, map.outputs);
}

/** x [batch x dimensions] -> [batch x outputs] */
export function linearToOnnx(graph: GraphBuilder, name: string, map: LinearMap, x: string): string {
  const weights = graph.constant(`${name}_weights`, map.weights, [map.dimensions, map.outputs]);
  return graph.op("Gemm", [x, weights, graph.constant(`${name}_bias`, map.bias, [map.outputs])]);
}

/** Rows turned into probabilities, in place. */
export function softmaxRows(values: Float32Array, count: number, columns: number): Float32Array {
  for (let row = 0; row < count; row++) {
    const at = row * columns;
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < columns; j++) largest = Math.max(largest, values[at + j]!);
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += Math.exp(values[at + j]! - largest);
    for (let j = 0; j < columns; j++) values[at + j] = Math.exp(values[at + j]! - largest) / sum;
  }
  return values;
}
