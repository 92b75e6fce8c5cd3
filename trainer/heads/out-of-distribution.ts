import { FEATURE_COUNT } from "../../engine/features.ts";
import { cholesky, invertLower, openBlas } from "../blas.ts";
import { CONSTANT_BELOW } from "../design/block.ts";
import { moments } from "../design/cheap-block.ts";
import type { TrainingRows } from "../estimator.ts";
import { blockFactors } from "../learn/scale-columns.ts";
import type { GraphBuilder } from "../onnx/graph.ts";

/** Distance of prompts to the train rows. */
export interface OutOfDistributionHead {
  /** @param cheap [count x features] raw cheap features of the same rows */
  predict(x: Float32Array, cheap: Float32Array, count: number): Promise<Float32Array>;
  /** [batch] */
  toOnnx(graph: GraphBuilder, x: string, features: string): string;
}

/** Variance added to each column, so that directions that training hardly used do not explode. */
const FLOOR = 0.1;
/** Components of n-grams and encoder vary less than cheap features, and say more of what a prompt is about. */
const SCALE = { cheap: 1, ngrams: 3, encoder: 3 } as const;
/** What a feature that never varied in training counts when it moves by one: a few of them make a prompt foreign. */
const CONSTANT_WEIGHT = 8;
const CONSTANT_LIMIT = 10;

/**
 * Mahalanobis distance on the design matrix. Cheap features that were constant in training are 0 there and would go
 * unseen (tools, images, other scripts), so their moves are added.
 */
export async function fitOutOfDistribution(rows: TrainingRows, cheap: Float32Array): Promise<OutOfDistributionHead> {
  const { x, count, dimensions } = rows;
  const features = FEATURE_COUNT;
  const all = Int32Array.from({ length: count }, (_, i) => i);
  const centre = Float32Array.from(moments(x, dimensions, all).mean);
  const factor = blockFactors(rows, SCALE);
  const centred = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) centred[i] = (x[i]! - centre[i % dimensions]!) * factor[i % dimensions]!;
  const blas = await openBlas();
  const covariance = await blas.crossProduct(centred, centred, count, dimensions, dimensions);
  for (let i = 0; i < covariance.length; i++) covariance[i]! /= Math.max(1, count);
  for (let j = 0; j < dimensions; j++) covariance[j * dimensions + j]! += FLOOR;
  const inverse = invertLower(cholesky(covariance, dimensions), dimensions);
  const whiten = new Float32Array(dimensions * dimensions);
  for (let i = 0; i < dimensions; i++) {
    for (let j = 0; j <= i; j++) whiten[j * dimensions + i] = inverse[i * dimensions + j]! * factor[j]!;
  }
  const raw = moments(cheap, features, all);
  const usual = Float32Array.from(raw.mean);
  const weight = Float32Array.from(raw.deviation, (value) => (value > CONSTANT_BELOW ? 0 : CONSTANT_WEIGHT));

  return {
    async predict(rows, rawCheap, n) {
      const away = new Float32Array(rows.length);
      for (let i = 0; i < rows.length; i++) away[i] = rows[i]! - centre[i % dimensions]!;
      const moved = await blas.multiply(away, whiten, n, dimensions, dimensions);
      const out = new Float32Array(n);
      for (let row = 0; row < n; row++) {
        let squared = 0;
        for (let j = 0; j < dimensions; j++) squared += moved[row * dimensions + j]! ** 2;
        for (let j = 0; j < features; j++) {
          const move = (rawCheap[row * features + j]! - usual[j]!) * weight[j]!;
          squared += Math.max(-CONSTANT_LIMIT, Math.min(CONSTANT_LIMIT, move)) ** 2;
        }
        out[row] = Math.sqrt(squared);
      }
      return out;
    },
    toOnnx(graph, input, featureInput) {
      const rowSum = { axes: { ints: [1] }, keepdims: { int: 0 } };
      const away = graph.op("Sub", [input, graph.constant("ood_centre", centre, [dimensions])]);
      const moved = graph.op("MatMul", [away, graph.constant("ood_whiten", whiten, [dimensions, dimensions])]);
      const change = graph.op("Mul", [
        graph.op("Sub", [featureInput, graph.constant("ood_usual", usual, [features])]),
        graph.constant("ood_weight", weight, [features]),
      ]);
      const cut = graph.op("Clip", [
        change,
        graph.constant("ood_low", Float32Array.of(-CONSTANT_LIMIT), []),
        graph.constant("ood_high", Float32Array.of(CONSTANT_LIMIT), []),
      ]);
      const squared = graph.op("Add", [
        graph.op("ReduceSumSquare", [moved], rowSum),
        graph.op("ReduceSumSquare", [cut], rowSum),
      ]);
      return graph.op("Sqrt", [squared]);
    },
  };
}
