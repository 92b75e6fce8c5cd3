import { defineEstimator, type FittedEstimator } from "../estimator.ts";
import { modelMeans, noSpread } from "./_model-means.ts";

/** Each model's mean, whatever the prompt: the baseline that everything else must beat. */
export default defineEstimator<Record<string, never>>({
  name: "constant",
  defaults: {},
  async fit(rows, _options, context) {
    context.progress(1, 0);
    return fittedConstant(modelMeans(rows));
  },
});

export function fittedConstant(means: Float32Array): FittedEstimator {
  const models = means.length;
  return {
    predict(_x, count) {
      const score = new Float32Array(count * models);
      for (let row = 0; row < count; row++) score.set(means, row * models);
      return { score, spread: new Float32Array(count * models) };
    },
    toOnnx(graph, x) {
      const index = (name: string, at: number) => graph.constant(name, BigInt64Array.of(BigInt(at)), [1]);
      const column = graph.op("Slice", [x, index("first", 0), index("second", 1), index("columns", 1)]);
      const nought = graph.op("Mul", [column, graph.constant("nought", Float32Array.of(0), [1])]);
      const score = graph.op("Add", [nought, graph.constant("model_means", means, [models])]);
      return { score, spread: noSpread(graph, score) };
    },
  };
}
