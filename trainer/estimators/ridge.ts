import { defineEstimator, type FittedEstimator, type TrainingRows } from "../estimator.ts";
import { pickRows, validationSplit } from "../learn/folds.ts";
import { type RotatedLabels, rotateLabels } from "../learn/label-rotation.ts";
import { applyLinear, linearToOnnx } from "../learn/linear-map.ts";
import type { LinearMap } from "../learn/masked-ridge.ts";
import { routingValue } from "../routing-value.ts";

export interface RidgeOptions {
  /** Penalties tried for what all models share, per 1,000 rows. */
  readonly sharedPenalties: readonly number[];
  /** Penalties tried for what tells models apart, per 1,000 rows. */
  readonly differencePenalties: readonly number[];
}

/** Ridge in the rotated label space: ease of the prompt shrunk weakly, differences between models hard. */
export default defineEstimator<RidgeOptions>({
  name: "ridge",
  defaults: { sharedPenalties: [3, 30, 300], differencePenalties: [3, 10, 30, 100, 300, 1000, 3000] },
  async fit(rows, options, context) {
    const chosen = await choosePenalties(rows, options, context.rng);
    context.progress(0.6, -chosen.value);
    const labels = await rotateLabels(rows);
    context.progress(1, -chosen.value);
    return fittedLinear(combined(labels, rows, chosen.shared, chosen.difference));
  },
});

interface Penalties {
  readonly shared: number;
  readonly difference: number;
  readonly value: number;
}

/** Penalties by squared error for the shared part and by routing value for the differences, on held-out groups. */
async function choosePenalties(
  rows: TrainingRows,
  options: RidgeOptions,
  rng: Parameters<typeof validationSplit>[1],
): Promise<Penalties> {
  const { fit, validation } = validationSplit(rows, rng);
  const fallback = { shared: options.sharedPenalties[0]!, difference: options.differencePenalties.at(-1)!, value: 0 };
  if (fit.length < 20 || validation.length < 10) return fallback;
  const fitRows = pickRows(rows, fit);
  const held = pickRows(rows, validation);
  const labels = await rotateLabels(fitRows);
  const score = (shared: number, difference: number) =>
    applyLinear(combined(labels, fitRows, shared, difference), held.x, held.count);
  const middle = options.differencePenalties[Math.floor(options.differencePenalties.length / 2)]!;
  const shared = leastBy(options.sharedPenalties, (penalty) => squaredError(score(penalty, middle), held.quality));
  const value = (difference: number) =>
    routingValue({
      count: held.count,
      models: held.modelCount,
      score: score(shared, difference),
      quality: held.quality,
      meanCostUsd: rows.meanCostUsd ?? null,
    });
  const difference = leastBy(options.differencePenalties, (penalty) => -value(penalty));
  return { shared, difference, value: value(difference) };
}

function combined(labels: RotatedLabels, rows: TrainingRows, shared: number, difference: number): LinearMap {
  const perThousand = rows.count / 1000;
  const common = labels.shared.solve(shared * perThousand);
  const apart = labels.differences.solve(difference * perThousand);
  const models = rows.modelCount;
  return {
    dimensions: rows.dimensions,
    outputs: models,
    weights: apart.weights.map((value, i) => value + common.weights[Math.floor(i / models)]!),
    bias: apart.bias.map((value, m) => value + common.bias[0]! + labels.effect[m]!),
  };
}

/** A linear map cut to [0, 1]. */
export function fittedLinear(map: LinearMap): FittedEstimator {
  return {
    predict(x, count) {
      const score = applyLinear(map, x, count);
      for (let i = 0; i < score.length; i++) score[i] = Math.max(0, Math.min(1, score[i]!));
      return { score, spread: new Float32Array(score.length) };
    },
    toOnnx(graph, x) {
      const raw = linearToOnnx(graph, "ridge", map, x);
      const score = graph.op("Clip", [
        raw,
        graph.constant("zero", Float32Array.of(0), []),
        graph.constant("one", Float32Array.of(1), []),
      ]);
      const spread = graph.op("Mul", [score, graph.constant("nought", Float32Array.of(0), [1])]);
      return { score, spread };
    },
  };
}

function squaredError(score: Float32Array, quality: Float32Array): number {
  let sum = 0;
  let known = 0;
  for (let i = 0; i < score.length; i++) {
    if (Number.isNaN(quality[i]!)) continue;
    sum += (Math.max(0, Math.min(1, score[i]!)) - quality[i]!) ** 2;
    known++;
  }
  return sum / Math.max(1, known);
}

function leastBy(values: readonly number[], cost: (value: number) => number): number {
  const costs = values.map(cost);
  return values[costs.indexOf(Math.min(...costs))]!;
}
