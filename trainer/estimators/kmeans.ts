import type { Rng } from "../../engine/rng.ts";
import { affine, openBlas } from "../blas.ts";
import { defineEstimator, type FittedEstimator, type TrainingRows } from "../estimator.ts";
import { pickRows, validationSplit } from "../learn/folds.ts";
import { applyLinear, linearToOnnx, softmaxRows } from "../learn/linear-map.ts";
import type { LinearMap } from "../learn/masked-ridge.ts";
import { blockFactors, scaleColumns, unscaleMap } from "../learn/scale-columns.ts";
import { routingValue } from "../routing-value.ts";
import { labelSums } from "./_label-sums.ts";
import { modelMeans, noSpread } from "./_model-means.ts";

export interface KmeansOptions {
  /** Numbers of clusters to choose from by routing value on held-out groups; those with under ten rows each are out. */
  readonly clusters: readonly number[];
  /** How soft prompts belong to clusters, in within-cluster variances, chosen likewise; near 0 is the nearest alone. */
  readonly softness: readonly number[];
  /** Rows of prior that pull a cluster's mean of a model to the model's mean. */
  readonly shrinkage: number;
  readonly rounds: number;
  /** Weight of each stretch of columns in distances. */
  readonly scale: Readonly<Record<"cheap" | "ngrams" | "encoder", number>>;
}

/**
 * Mean quality of each model in each cluster of prompts, shrunk; a prompt takes the means of the clusters near it.
 *
 * @source Avengers, arXiv:2505.19797; UniRoute's cluster router, arXiv:2502.08773
 */
export default defineEstimator<KmeansOptions>({
  name: "kmeans",
  defaults: {
    clusters: [8, 16, 32, 64],
    softness: [1, 4, 16],
    shrinkage: 20,
    rounds: 15,
    scale: { cheap: 1, ngrams: 1, encoder: 1 },
  },
  async fit(rows, options, context) {
    const factor = blockFactors(rows, options.scale);
    const x = scaleColumns(rows.x, rows.dimensions, factor);
    const scaled = { ...rows, x };
    const { clusters, softness } = await choose(scaled, options, context.rng);
    context.progress(0.8, 0);
    const centres = await findCentres(scaled, clusters, options.rounds, context.rng);
    const means = clusterMeans(scaled, centres, options.shrinkage);
    context.progress(1, 0);
    return fittedClusters(unscaleMap(assignment(centres, softness), factor), means, rows.modelCount);
  },
});

interface Centres {
  readonly count: number;
  readonly dimensions: number;
  /** [count x dimensions] */
  readonly points: Float32Array;
  /** [rows] nearest centre of each row. */
  readonly nearest: Int32Array;
  /** Mean squared distance to the nearest centre, a dimension. */
  readonly variance: number;
}

async function choose(
  rows: TrainingRows,
  options: KmeansOptions,
  rng: Rng,
): Promise<{ readonly clusters: number; readonly softness: number }> {
  const possible = options.clusters.filter((clusters) => clusters * 10 <= rows.count);
  if (possible.length === 0) possible.push(Math.max(1, Math.floor(rows.count / 10)));
  const fallback = { clusters: possible[0]!, softness: options.softness[0]! };
  const { fit, validation } = validationSplit(rows, rng);
  if (fit.length < 50 || validation.length < 20) return fallback;
  const train = pickRows(rows, fit);
  const held = pickRows(rows, validation);
  let best = { ...fallback, value: Number.NEGATIVE_INFINITY };
  for (const clusters of possible) {
    const centres = await findCentres(train, clusters, options.rounds, rng);
    const means = clusterMeans(train, centres, options.shrinkage);
    for (const softness of options.softness) {
      const fitted = fittedClusters(assignment(centres, softness), means, rows.modelCount);
      const value = routingValue({
        count: held.count,
        models: rows.modelCount,
        score: fitted.predict(held.x, held.count).score,
        quality: held.quality,
        meanCostUsd: rows.meanCostUsd ?? null,
      });
      if (value > best.value) best = { clusters, softness, value };
    }
  }
  return best;
}

/** Lloyd's rounds from a k-means++ start. */
async function findCentres(rows: TrainingRows, wanted: number, rounds: number, rng: Rng): Promise<Centres> {
  const { count, dimensions, x } = rows;
  const clusters = Math.max(1, Math.min(wanted, count));
  const points = firstCentres(rows, clusters, rng);
  const nearest = new Int32Array(count).fill(-1);
  const squares = new Float64Array(count);
  for (let row = 0, at = 0; row < count; row++) {
    for (let j = 0; j < dimensions; j++, at++) squares[row]! += x[at]! * x[at]!;
  }
  const blas = await openBlas();
  let within = 0;
  for (let round = 0; round < rounds; round++) {
    const map = assignmentMap(points, clusters, dimensions, 0.5);
    const near = await blas.multiply(x, map.weights, count, dimensions, clusters);
    let moved = 0;
    within = 0;
    for (let row = 0; row < count; row++) {
      let best = 0;
      let most = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < clusters; k++) {
        const value = near[row * clusters + k]! + map.bias[k]!;
        if (value > most) {
          most = value;
          best = k;
        }
      }
      if (nearest[row] !== best) moved++;
      nearest[row] = best;
      within += Math.max(0, squares[row]! - most);
    }
    if (moved === 0) break;
    moveCentres(rows, nearest, points, clusters);
  }
  return { count: clusters, dimensions, points, nearest, variance: within / Math.max(1, count * dimensions) };
}

/** A centre without rows stays where it was. */
function moveCentres(rows: TrainingRows, nearest: Int32Array, points: Float32Array, clusters: number): void {
  const { dimensions, x } = rows;
  const sums = new Float64Array(clusters * dimensions);
  const sizes = new Float64Array(clusters);
  nearest.forEach((k, row) => {
    sizes[k]!++;
    for (let j = 0; j < dimensions; j++) sums[k * dimensions + j]! += x[row * dimensions + j]!;
  });
  for (let at = 0; at < sums.length; at++) {
    const size = sizes[Math.floor(at / dimensions)]!;
    if (size > 0) points[at] = sums[at]! / size;
  }
}

/** Rows that a start looks at. */
const START_ROWS = 3000;

/** k-means++: each next centre is a row drawn by its squared distance to those before. */
function firstCentres({ count, dimensions, x }: TrainingRows, clusters: number, rng: Rng): Float32Array {
  const candidates = Math.max(clusters, Math.min(count, START_ROWS));
  const rowOf = (i: number) => Math.floor((i * count) / candidates);
  const distance = new Float64Array(candidates).fill(Number.POSITIVE_INFINITY);
  const points = new Float32Array(clusters * dimensions);
  let chosen = Math.floor(rng.next() * candidates);
  for (let k = 0; k < clusters; k++) {
    const from = rowOf(chosen) * dimensions;
    points.set(x.subarray(from, from + dimensions), k * dimensions);
    let total = 0;
    for (let i = 0; i < candidates; i++) {
      let sum = 0;
      for (let j = 0, at = rowOf(i) * dimensions; j < dimensions; j++, at++) sum += (x[at]! - x[from + j]!) ** 2;
      distance[i] = Math.min(distance[i]!, sum);
      total += distance[i]!;
    }
    let left = rng.next() * total;
    chosen = 0;
    while (chosen < candidates - 1 && left >= distance[chosen]!) left -= distance[chosen++]!;
  }
  return points;
}

/** [clusters x models] */
function clusterMeans(rows: TrainingRows, centres: Centres, shrinkage: number): Float32Array {
  const { sum, mass } = labelSums(rows, centres.nearest, centres.count);
  const means = modelMeans(rows);
  return sum.map((total, at) => (total + shrinkage * means[at % rows.modelCount]!) / (mass[at]! + shrinkage));
}

/** Logits whose softmax shares a prompt out: minus half the squared distance in units of softness x variance. */
function assignment(centres: Centres, softness: number): LinearMap {
  const unit = Math.max(1e-3, softness * centres.variance);
  return assignmentMap(centres.points, centres.count, centres.dimensions, unit);
}

function assignmentMap(points: Float32Array, clusters: number, dimensions: number, unit: number): LinearMap {
  const weights = new Float32Array(dimensions * clusters);
  const bias = new Float32Array(clusters);
  for (let k = 0; k < clusters; k++) {
    let square = 0;
    for (let j = 0; j < dimensions; j++) {
      const value = points[k * dimensions + j]!;
      weights[j * clusters + k] = value / unit;
      square += value * value;
    }
    bias[k] = -square / (2 * unit);
  }
  return { dimensions, outputs: clusters, weights, bias };
}

function fittedClusters(map: LinearMap, means: Float32Array, models: number): FittedEstimator {
  const clusters = map.outputs;
  return {
    predict(x, count) {
      const share = softmaxRows(applyLinear(map, x, count), count, clusters);
      const score = affine(share, count, clusters, means, null, models);
      for (let i = 0; i < score.length; i++) score[i] = Math.min(1, Math.max(0, score[i]!));
      return { score, spread: new Float32Array(score.length) };
    },
    toOnnx(graph, x) {
      const share = graph.op("Softmax", [linearToOnnx(graph, "cluster", map, x)], { axis: { int: 1 } });
      const raw = graph.op("MatMul", [share, graph.constant("cluster_means", means, [clusters, models])]);
      const bound = (name: string, value: number) => graph.constant(name, Float32Array.of(value), []);
      const score = graph.op("Clip", [raw, bound("zero", 0), bound("one", 1)]);
      return { score, spread: noSpread(graph, score) };
    },
  };
}
