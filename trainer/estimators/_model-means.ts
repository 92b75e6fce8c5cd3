import type { TrainingRows } from "../estimator.ts";
import type { GraphBuilder } from "../onnx/graph.ts";

/** [models] weighted mean of each model's known labels; the mean over models where it has none, 0.5 without any label. */
export function modelMeans({ quality, weight, modelCount }: TrainingRows): Float32Array {
  const sum = new Float64Array(modelCount);
  const mass = new Float64Array(modelCount);
  for (let at = 0; at < quality.length; at++) {
    const label = quality[at]!;
    if (Number.isNaN(label)) continue;
    const share = weight === null ? 1 : weight[at]!;
    sum[at % modelCount]! += share * label;
    mass[at % modelCount]! += share;
  }
  const known = Array.from(sum, (total, model) => total / mass[model]!).filter((mean) => Number.isFinite(mean));
  const fallback = known.length > 0 ? known.reduce((total, mean) => total + mean, 0) / known.length : 0.5;
  return Float32Array.from(sum, (total, model) => (mass[model]! > 0 ? total / mass[model]! : fallback));
}

/** A spread of 0 in the shape of a score. */
export function noSpread(graph: GraphBuilder, score: string): string {
  return graph.op("Mul", [score, graph.constant("nought", Float32Array.of(0), [1])]);
}
