import type { Rng } from "../../engine/rng.ts";
import { defineEstimator, type FittedEstimator, type TrainingRows } from "../estimator.ts";
import { pickRows, validationSplit } from "../learn/folds.ts";
import { routingValue } from "../routing-value.ts";
import { modelMeans } from "./_model-means.ts";
import { type Memory, type Metric, memorise } from "./_neighbour-memory.ts";
import { nearness, nearnessByBlas, vote, voteToOnnx } from "./_neighbour-vote.ts";
import { fittedConstant } from "./constant.ts";

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
    const memory = memorise(known, { ...options, neighbours, metric }, context.rng);
    context.progress(1, 0);
    return fittedKnn(memory);
  },
});

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
    const memory = memorise(pickRows(rows, fit), { ...options, neighbours: options.neighbours[0]!, metric }, rng);
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

function fittedKnn(memory: Memory): FittedEstimator {
  return {
    predict(x, count) {
      const score = vote(memory, nearness(memory, x, count), x, count);
      return { score, spread: new Float32Array(score.length) };
    },
    toOnnx: (graph, x) => voteToOnnx(graph, memory, x),
  };
}

function labelledRows({ count, modelCount, quality }: TrainingRows): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row).filter((row) =>
    quality.subarray(row * modelCount, (row + 1) * modelCount).some((label) => !Number.isNaN(label)),
  );
}
