import { openBlas } from "../blas.ts";
import type { TrainingRows } from "../estimator.ts";
import type { GraphBuilder } from "../onnx/graph.ts";
import { noSpread } from "./_model-means.ts";
import { LEAST_LENGTH, type Memory, place, squaredLengths } from "./_neighbour-memory.ts";

/** Squared distance below which points count as equally near; lengths are about 1. */
const NEAR = 1e-3;
/** Share of an even weight that is added to the sum of weights, for neighbours all equally far. */
const EVEN = 1e-3;

/** [count x memory.count] 2 z.p - |p|^2: squared distance is |z|^2 less this. */
export type Nearness = Float32Array | ((row: number, out: Float64Array) => void);

export async function nearnessByBlas(memory: Memory, rows: TrainingRows): Promise<Nearness> {
  const { dimensions, count, points, squares, metric, scale } = memory;
  const placed = place(rows.x, rows.count, dimensions, metric, scale);
  const turned = new Float32Array(points.length);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < dimensions; j++) turned[j * count + i] = 2 * points[i * dimensions + j]!;
  }
  const blas = await openBlas();
  const near = await blas.multiply(placed, turned, rows.count, dimensions, count);
  for (let at = 0; at < near.length; at++) near[at]! -= squares[at % count]!;
  return near;
}

export function nearness(memory: Memory, x: Float32Array, count: number): Nearness {
  const { dimensions, points, squares, metric, scale } = memory;
  const placed = place(x, count, dimensions, metric, scale);
  return (row, out) => {
    const z = placed.subarray(row * dimensions, (row + 1) * dimensions);
    for (let i = 0, at = 0; i < memory.count; i++) {
      let even = 0;
      let odd = 0;
      let j = 0;
      for (; j + 1 < dimensions; j += 2, at += 2) {
        even += z[j]! * points[at]!;
        odd += z[j + 1]! * points[at + 1]!;
      }
      if (j < dimensions) even += z[j]! * points[at++]!;
      out[i] = 2 * (even + odd) - squares[i]!;
    }
  };
}

/** [count x models] weighted votes of each row's neighbours. */
export function vote(memory: Memory, near: Nearness, x: Float32Array, count: number): Float32Array {
  const { models, neighbours, sum, mass, means, prior, dimensions, metric, scale } = memory;
  const lengths = squaredLengths(place(x, count, dimensions, metric, scale), count, dimensions);
  const score = new Float32Array(count * models);
  const values = new Float64Array(memory.count);
  const top = new Float64Array(models);
  const below = new Float64Array(models);
  for (let row = 0; row < count; row++) {
    if (typeof near === "function") near(row, values);
    else values.set(near.subarray(row * memory.count, (row + 1) * memory.count));
    const last = Float64Array.from(values).sort()[memory.count - neighbours]!;
    const edge = Math.max(0, lengths[row]! - last) + NEAR;
    top.fill(0);
    below.fill(0);
    let total = 0;
    let taken = 0;
    for (let i = 0; i < memory.count && taken < neighbours; i++) {
      if (values[i]! < last) continue;
      taken++;
      const share = 1 - Math.max(0, lengths[row]! - values[i]!) / edge;
      total += share;
      for (let model = 0, at = i * models; model < models; model++, at++) {
        top[model]! += share * sum[at]!;
        below[model]! += share * mass[at]!;
      }
    }
    const unit = neighbours / (total + EVEN * neighbours);
    for (let model = 0; model < models; model++) {
      const value = (unit * top[model]! + prior * means[model]!) / (unit * below[model]! + prior);
      score[row * models + model] = Math.min(1, Math.max(0, value));
    }
  }
  return score;
}

export function voteToOnnx(graph: GraphBuilder, memory: Memory, x: string): { score: string; spread: string } {
  const { dimensions, models, count, neighbours, points, squares, metric } = memory;
  const number = (name: string, value: number) => graph.constant(name, Float32Array.of(value), [1]);
  const axis = graph.constant("neighbour_axis", BigInt64Array.of(1n), [1]);
  const squareSum = (value: string) =>
    graph.op("ReduceSumSquare", [value], { axes: { ints: [1] }, keepdims: { int: 1 } });
  const z =
    metric === "cosine"
      ? graph.op("Div", [x, graph.op("Max", [graph.op("Sqrt", [squareSum(x)]), number("least_length", LEAST_LENGTH)])])
      : graph.op("Mul", [x, number("knn_scale", memory.scale)]);
  const doubled = graph.constant(
    "knn_points",
    points.map((value) => 2 * value),
    [count, dimensions],
  );
  const negative = graph.constant(
    "knn_squares",
    squares.map((value) => -value),
    [count],
  );
  const near = graph.op("Gemm", [z, doubled, negative], { transB: { int: 1 } });
  const size = graph.constant("neighbours", BigInt64Array.of(BigInt(neighbours)), [1]);
  const [values, picked] = graph.node("TopK", [near, size], { axis: { int: 1 } }, { outputs: 2 }) as [string, string];
  const distance = graph.op("Max", [graph.op("Sub", [squareSum(z), values]), number("nearest", 0)]);
  const edge = graph.op("Add", [
    graph.op("ReduceMax", [distance], { axes: { ints: [1] }, keepdims: { int: 1 } }),
    number("near", NEAR),
  ]);
  const share = graph.op("Sub", [number("full_share", 1), graph.op("Div", [distance, edge])]);
  const total = graph.op("Add", [graph.op("ReduceSum", [share, axis]), number("even", EVEN * neighbours)]);
  const unit = graph.op("Mul", [graph.op("Div", [share, total]), number("unit", neighbours)]);
  const row = graph.op("Unsqueeze", [unit, axis]);
  const votes = (name: string, table: Float32Array) => {
    const gathered = graph.op("Gather", [graph.constant(name, table, [count, models]), picked], { axis: { int: 0 } });
    return graph.op("Squeeze", [graph.op("MatMul", [row, gathered]), axis]);
  };
  const prior = graph.constant(
    "knn_prior",
    memory.means.map((mean) => mean * memory.prior),
    [models],
  );
  const ratio = graph.op("Div", [
    graph.op("Add", [votes("knn_sum", memory.sum), prior]),
    graph.op("Add", [votes("knn_mass", memory.mass), number("knn_prior_mass", memory.prior)]),
  ]);
  const bound = (name: string, value: number) => graph.constant(name, Float32Array.of(value), []);
  const score = graph.op("Clip", [ratio, bound("zero", 0), bound("one", 1)]);
  return { score, spread: noSpread(graph, score) };
}
