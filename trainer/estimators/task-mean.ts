import { affine } from "../blas.ts";
import { defineEstimator, type FittedEstimator } from "../estimator.ts";
import { applyLinear, linearToOnnx, softmaxRows } from "../learn/linear-map.ts";
import type { LinearMap } from "../learn/masked-ridge.ts";
import { scaleColumns, unitDeviation, unscaleMap } from "../learn/scale-columns.ts";
import { fitSoftmax, SOFTMAX_DEFAULTS, type SoftmaxOptions } from "../learn/softmax.ts";
import { taskMeans } from "../learn/task-means.ts";
import { modelMeans, noSpread } from "./_model-means.ts";
import { fittedConstant } from "./constant.ts";

export interface TaskMeanOptions {
  /** Rows of prior that pull a task's mean of a model towards what task and model alone predict. */
  readonly shrinkage: number;
  readonly classifier: SoftmaxOptions;
  /** Steps that the classifier takes at least: a few epochs over few rows would leave it where it began. */
  readonly leastSteps: number;
}

/** Mean quality of each model on each task, weighted by how likely the prompt is of that task. */
export default defineEstimator<TaskMeanOptions>({
  name: "task-mean",
  defaults: { shrinkage: 20, classifier: { ...SOFTMAX_DEFAULTS, learningRate: 1e-2 }, leastSteps: 400 },
  async fit(rows, { shrinkage, classifier, leastSteps }, context) {
    const isTaskKnown = rows.taskCount > 0 && rows.task.some((task) => task >= 0);
    if (!isTaskKnown) return fittedConstant(modelMeans(rows));
    const factor = unitDeviation(rows);
    const scaled = scaleColumns(rows.x, rows.dimensions, factor);
    const steps = Math.max(1, Math.floor(rows.count / classifier.batch));
    const epochs = Math.max(classifier.epochs, Math.ceil(leastSteps / steps));
    const map = await fitSoftmax(scaled, rows.task, rows.dimensions, rows.taskCount, context.rng, {
      ...classifier,
      epochs,
    });
    context.progress(0.8, 0);
    const { mean } = await taskMeans(rows, shrinkage);
    context.progress(1, 0);
    return fittedTaskMean(unscaleMap(map, factor), withPrior(mean, modelMeans(rows), rows.quality), rows.modelCount);
  },
});

/** A model without any label has no effect of its own: it takes the mean over models. */
function withPrior(mean: Float32Array, means: Float32Array, quality: Float32Array): Float32Array {
  const models = means.length;
  const isKnown = Array.from({ length: models }, (_, m) =>
    quality.some((value, at) => at % models === m && !Number.isNaN(value)),
  );
  return mean.map((value, at) => (isKnown[at % models] ? value : means[at % models]!));
}

function fittedTaskMean(classifier: LinearMap, mean: Float32Array, models: number): FittedEstimator {
  const tasks = classifier.outputs;
  return {
    predict(x, count) {
      const share = softmaxRows(applyLinear(classifier, x, count), count, tasks);
      const score = affine(share, count, tasks, mean, null, models);
      for (let i = 0; i < score.length; i++) score[i] = Math.min(1, Math.max(0, score[i]!));
      return { score, spread: new Float32Array(score.length) };
    },
    toOnnx(graph, x) {
      const share = graph.op("Softmax", [linearToOnnx(graph, "task", classifier, x)], { axis: { int: 1 } });
      const raw = graph.op("MatMul", [share, graph.constant("task_means", mean, [tasks, models])]);
      const bound = (name: string, value: number) => graph.constant(name, Float32Array.of(value), []);
      const score = graph.op("Clip", [raw, bound("zero", 0), bound("one", 1)]);
      return { score, spread: noSpread(graph, score) };
    },
  };
}
