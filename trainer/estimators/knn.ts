import { type Rng, shuffle } from "../../engine/rng.ts";
import { openBlas } from "../blas.ts";
import { defineEstimator, type FittedEstimator, type TrainingRows } from "../estimator.ts";
import { pickRows, validationSplit } from "../learn/folds.ts";
import type { GraphBuilder } from "../onnx/graph.ts";
import { routingValue } from "../routing-value.ts";
import { labelSums } from "./_label-sums.ts";
import { modelMeans, noSpread } from "./_model-means.ts";
import { fittedConstant } from "./constant.ts";

/** Cosine looks at directions, euclid at places. */
export type Metric = "cosine" | "euclid";

export interface KnnOptions {
  /** Numbers of neighbours and metrics to choose from, by routing value on held-out groups. */
  readonly neighbours: readonly number[];
  readonly metrics: readonly Metric[];
  /** Prompts that are kept at most, a random sample of the rest: they travel in the artifact. */
  readonly maxRows: number;
  /** Neighbours of prior at each model's mean. */
  readonly priorNeighbours: number;
}

/**
 * Mean quality over the nearest training prompts, weighted by 1 - (distance / distance of the last neighbour)^2: weights
 * fall to 0 at the edge, so that who is the last neighbour does not matter and the graph says what this file says.
 *
 * @source RouterBench's kNN, arXiv:2403.12031; weights by Epanechnikov with adaptive bandwidth
 */
export default defineEstimator<KnnOptions>({
  name: "knn",
  defaults: { neighbours: [20, 40, 80, 100, 160], metrics: ["cosine", "euclid"], maxRows: 4000, priorNeighbours: 2 },
  async fit(rows, options, context) {
    const labelled = labelledRows(rows);
    if (labelled.length === 0) return fittedConstant(modelMeans(rows));
    const known = pickRows(rows, labelled);
    const { neighbours, metric } = await choose(known, options, context.rng);
    context.progress(0.9, 0);
    const memory = memorise(known, metric, options, neighbours, context.rng);
    context.progress(1, 0);
    return fittedKnn(memory);
  },
});

/** What is kept of the training rows. */
interface Memory {
  readonly metric: Metric;
  /** Factor on x for euclid, so that lengths are about 1. */
  readonly scale: number;
  readonly neighbours: number;
  readonly dimensions: number;
  readonly models: number;
  readonly count: number;
  /** [count x dimensions] scaled or of unit length, no two equal. */
  readonly points: Float32Array;
  /** [count] squared length */
  readonly squares: Float32Array;
  /** [count x models] sums of labels and of weights of the equal prompts that a point stands for. */
  readonly sum: Float32Array;
  readonly mass: Float32Array;
  readonly means: Float32Array;
  readonly prior: number;
}

/** Squared distance below which points count as equally near; lengths are about 1. */
const NEAR = 1e-3;
/** Share of an even weight that is added to the sum of weights, for neighbours all equally far. */
const EVEN = 1e-3;
const LEAST_LENGTH = 1e-6;
/** Held-out prompts that a choice of neighbours looks at. */
const MAX_VALIDATION = 1000;

async function choose(
  rows: TrainingRows,
  options: KnnOptions,
  rng: Rng,
): Promise<{ readonly neighbours: number; readonly metric: Metric }> {
  const fallback = { neighbours: options.neighbours[0]!, metric: options.metrics[0]! };
  if (options.neighbours.length * options.metrics.length < 2) return fallback;
  const { fit, validation } = validationSplit(rows, rng);
  if (fit.length < 50 || validation.length < 20) return fallback;
  const held = pickRows(rows, validation.subarray(0, MAX_VALIDATION));
  let best = { ...fallback, value: Number.NEGATIVE_INFINITY };
  for (const metric of options.metrics) {
    const memory = memorise(pickRows(rows, fit), metric, options, options.neighbours[0]!, rng);
    const near = await nearnessByBlas(memory, held);
    for (const neighbours of options.neighbours) {
      const score = vote({ ...memory, neighbours: Math.min(neighbours, memory.count) }, near, held.x, held.count);
      const value = routingValue({
        count: held.count,
        models: rows.modelCount,
        score,
        quality: held.quality,
        meanCostUsd: rows.meanCostUsd ?? null,
      });
      if (value > best.value) best = { neighbours, metric, value };
    }
  }
  return best;
}

function memorise(rows: TrainingRows, metric: Metric, options: KnnOptions, neighbours: number, rng: Rng): Memory {
  const { dimensions, modelCount } = rows;
  const picked = sample(rows.count, options.maxRows, rng);
  const kept = picked.length === rows.count ? rows : pickRows(rows, picked);
  const scale = metric === "euclid" ? 1 / Math.max(LEAST_LENGTH, rootMeanSquareLength(kept)) : 1;
  const placed = place(kept.x, kept.count, dimensions, metric, scale);
  const { bin, firsts } = equalRows(placed, kept.count, dimensions);
  const points = new Float32Array(firsts.length * dimensions);
  firsts.forEach((row, i) => {
    points.set(placed.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions);
  });
  return {
    metric,
    scale,
    neighbours: Math.min(neighbours, firsts.length),
    dimensions,
    models: modelCount,
    count: firsts.length,
    points,
    squares: squaredLengths(points, firsts.length, dimensions),
    ...labelSums(kept, bin, firsts.length),
    means: modelMeans(rows),
    prior: options.priorNeighbours,
  };
}

function fittedKnn(memory: Memory): FittedEstimator {
  return {
    predict(x, count) {
      const score = vote(memory, nearness(memory, x, count), x, count);
      return { score, spread: new Float32Array(score.length) };
    },
    toOnnx: (graph, x) => knnToOnnx(graph, memory, x),
  };
}

/** [count x memory.count] 2 z.p - |p|^2: squared distance is |z|^2 less this. */
type Nearness = Float32Array | ((row: number, out: Float64Array) => void);

async function nearnessByBlas(memory: Memory, rows: TrainingRows): Promise<Nearness> {
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

function nearness(memory: Memory, x: Float32Array, count: number): Nearness {
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
function vote(memory: Memory, near: Nearness, x: Float32Array, count: number): Float32Array {
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

function knnToOnnx(graph: GraphBuilder, memory: Memory, x: string): { score: string; spread: string } {
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

/** Rows of unit length, or scaled. */
function place(x: Float32Array, count: number, dimensions: number, metric: Metric, scale: number): Float32Array {
  if (metric === "euclid") return x.map((value) => value * scale);
  const out = new Float32Array(x.length);
  const squares = squaredLengths(x, count, dimensions);
  for (let at = 0; at < x.length; at++) {
    out[at] = x[at]! / Math.max(LEAST_LENGTH, Math.sqrt(squares[Math.floor(at / dimensions)]!));
  }
  return out;
}

function squaredLengths(x: Float32Array, count: number, dimensions: number): Float32Array {
  const out = new Float32Array(count);
  for (let row = 0, at = 0; row < count; row++) {
    let sum = 0;
    for (let j = 0; j < dimensions; j++, at++) sum += x[at]! * x[at]!;
    out[row] = sum;
  }
  return out;
}

function rootMeanSquareLength(rows: TrainingRows): number {
  return Math.sqrt(rows.x.reduce((sum, value) => sum + value * value, 0) / Math.max(1, rows.count));
}

/** Which rows are equal to the last bit: bin of each row, and the first row of each bin. */
function equalRows(
  x: Float32Array,
  count: number,
  dimensions: number,
): { readonly bin: Int32Array; readonly firsts: readonly number[] } {
  const bytes = Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  const seen = new Map<string, number>();
  const firsts: number[] = [];
  const bin = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const key = bytes.toString("latin1", row * dimensions * 4, (row + 1) * dimensions * 4);
    const known = seen.get(key);
    if (known !== undefined) {
      bin[row] = known;
      continue;
    }
    bin[row] = firsts.length;
    seen.set(key, firsts.length);
    firsts.push(row);
  }
  return { bin, firsts };
}

function labelledRows({ count, modelCount, quality }: TrainingRows): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row).filter((row) =>
    quality.subarray(row * modelCount, (row + 1) * modelCount).some((label) => !Number.isNaN(label)),
  );
}

/** At most so many row indices, in rising order. */
function sample(count: number, most: number, rng: Rng): Int32Array {
  const all = Int32Array.from({ length: count }, (_, row) => row);
  return count <= most ? all : shuffle(all, rng).slice(0, most).sort();
}
