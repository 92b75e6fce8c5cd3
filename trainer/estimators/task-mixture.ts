import { affine, cholesky, choleskySolve, invertLower, openBlas } from "../blas.ts";
import { defineEstimator, type FittedEstimator, type TrainingRows } from "../estimator.ts";
import { applyLinear, linearToOnnx, softmaxRows } from "../learn/linear-map.ts";
import type { LinearMap } from "../learn/masked-ridge.ts";
import { residualRidge } from "../learn/residual-ridge.ts";
import { blockFactors, scaleColumns, unitDeviation, unscaleMap } from "../learn/scale-columns.ts";
import { fitSoftmax, SOFTMAX_DEFAULTS, type SoftmaxOptions } from "../learn/softmax.ts";
import { type TaskMeans, taskMeans } from "../learn/task-means.ts";

export interface TaskMixtureOptions {
  /** Rows of prior that pull a task's mean of a model towards what task and model alone predict. */
  readonly shrinkage: number;
  /** Penalty of the ridge within each task. */
  readonly localPenalty: number;
  /** A task with fewer rows gets no ridge of its own. */
  readonly localMinRows: number;
  /** Weight of the ridges; null: 2 in tasks that two models answered, where they tell most, and 0 where more did. */
  readonly localWeight: number | null;
  /** Penalty, a row, of the ridge over all tasks on what the mixture leaves of the differences between models; null: none. */
  readonly residualPenalty: number | null;
  /** Weight of each stretch of columns in the ridges. */
  readonly localScale: Readonly<Record<"cheap" | "ngrams" | "encoder", number>>;
  readonly classifier: SoftmaxOptions;
}

/**
 * Mean quality of each model on each task, mixed by the predicted task, and a ridge on what is left: for two models one
 * within each large task, as far as leave-one-out predictions of it can be trusted, for more one over all tasks. What tells
 * models apart is mostly the task.
 */
export default defineEstimator<TaskMixtureOptions>({
  name: "task-mixture",
  defaults: {
    shrinkage: 20,
    localPenalty: 100,
    localMinRows: 60,
    localWeight: null,
    residualPenalty: 6,
    localScale: { cheap: 0.5, ngrams: 2, encoder: 2 },
    classifier: SOFTMAX_DEFAULTS,
  },
  async fit(rows, options, context) {
    const factor = unitDeviation(rows);
    const scaled = scaleColumns(rows.x, rows.dimensions, factor);
    const taskCount = Math.max(1, rows.taskCount);
    const classifier = unscaleMap(
      await fitSoftmax(scaled, rows.task, rows.dimensions, taskCount, context.rng, options.classifier),
      factor,
    );
    context.progress(0.6, 0);
    const means = await taskMeans(rows, options.shrinkage);
    const local = await localMaps(rows, means, options);
    const { residualPenalty, localScale } = options;
    const guess = mixed(classifier, means.mean, rows.x, rows.count, rows.modelCount).score;
    const rest = residualPenalty === null ? null : await residualRidge(rows, guess, localScale, residualPenalty);
    context.progress(1, 0);
    return fittedMixture(classifier, means.mean, { local, rest }, rows.modelCount);
  },
});

/** Ridges within tasks as one map: an output for each pair of task and model that has any weight, most have none. */
interface LocalMaps {
  /** [outputs] task and model of each output. */
  readonly task: Int32Array;
  readonly model: Int32Array;
  readonly map: LinearMap;
}

async function localMaps(rows: TrainingRows, means: TaskMeans, options: TaskMixtureOptions): Promise<LocalMaps | null> {
  const { dimensions, modelCount } = rows;
  const factor = blockFactors(rows, options.localScale);
  const blas = await openBlas();
  const kept: { task: number; weights: Float64Array; bias: Float64Array }[] = [];
  for (let task = 0; task < rows.taskCount; task++) {
    const members = Int32Array.from(rows.task.keys()).filter((row) => rows.task[row] === task);
    const weight = options.localWeight ?? (modelsAnswering(rows, members) === 2 ? PAIR_WEIGHT : 0);
    if (weight === 0 || members.length < options.localMinRows) continue;
    const centre = new Float64Array(dimensions);
    for (const row of members) {
      for (let j = 0; j < dimensions; j++) centre[j]! += rows.x[row * dimensions + j]! / members.length;
    }
    const x = new Float32Array(members.length * dimensions);
    const y = new Float32Array(members.length * modelCount);
    members.forEach((row, i) => {
      for (let j = 0; j < dimensions; j++) {
        x[i * dimensions + j] = (rows.x[row * dimensions + j]! - centre[j]!) * factor[j]!;
      }
      // Unknown labels count as the task's mean: they pull the ridge towards 0, as they should.
      for (let m = 0; m < modelCount; m++) {
        const rest = rows.quality[row * modelCount + m]! - means.mean[task * modelCount + m]! - means.rowEase[row]!;
        y[i * modelCount + m] = Number.isNaN(rest) ? 0 : rest;
      }
    });
    centreColumns(y, members.length, modelCount);
    const gram = await blas.crossProduct(x, x, members.length, dimensions, dimensions);
    for (let j = 0; j < dimensions; j++) gram[j * dimensions + j]! += options.localPenalty;
    const cross = await blas.crossProduct(x, y, members.length, dimensions, modelCount);
    const factorised = cholesky(gram, dimensions);
    const weights = choleskySolve(factorised, dimensions, cross, modelCount);
    const trust = await leaveOneOutTrust(x, y, weights, factorised, members.length, dimensions, modelCount);
    if (trust === 0) continue;
    for (let i = 0; i < weights.length; i++) weights[i]! *= trust * weight;
    const bias = new Float64Array(modelCount);
    for (let j = 0; j < dimensions; j++) {
      for (let m = 0; m < modelCount; m++) {
        weights[j * modelCount + m]! *= factor[j]!;
        bias[m]! -= centre[j]! * weights[j * modelCount + m]!;
      }
    }
    kept.push({ task, weights, bias });
  }
  const pairs = kept.flatMap((part) =>
    Array.from({ length: modelCount }, (_, model) => ({ part, model })).filter(({ model }) =>
      hasWeight(part.weights, model, modelCount),
    ),
  );
  if (pairs.length === 0) return null;
  const outputs = pairs.length;
  const weights = new Float32Array(dimensions * outputs);
  for (let j = 0; j < dimensions; j++) {
    pairs.forEach(({ part, model }, k) => {
      weights[j * outputs + k] = part.weights[j * modelCount + model]!;
    });
  }
  const bias = Float32Array.from(pairs, ({ part, model }) => part.bias[model]!);
  return {
    task: Int32Array.from(pairs, ({ part }) => part.task),
    model: Int32Array.from(pairs, ({ model }) => model),
    map: { dimensions, outputs, weights, bias },
  };
}

const PAIR_WEIGHT = 2;

function modelsAnswering({ quality, modelCount }: TrainingRows, members: Int32Array): number {
  let answering = 0;
  for (let m = 0; m < modelCount; m++) {
    if (members.some((row) => !Number.isNaN(quality[row * modelCount + m]!))) answering++;
  }
  return answering;
}

/** A model without labels on a task has a column of zeros there. */
function hasWeight(weights: Float64Array, model: number, modelCount: number): boolean {
  for (let at = model; at < weights.length; at += modelCount) if (weights[at] !== 0) return true;
  return false;
}

/** A slope must stand this many standard errors off 0 to be trusted at all. */
const LEAST_CERTAINTY = 1;

/**
 * How far a ridge's predictions hold on rows left out: slope of the targets on the leave-one-out predictions, in [0, 1],
 * shrunk by its own uncertainty over rows.
 *
 * @source leave-one-out residual of a linear smoother: residual / (1 - leverage)
 */
async function leaveOneOutTrust(
  x: Float32Array,
  y: Float32Array,
  weights: Float64Array,
  factor: Float64Array,
  count: number,
  dimensions: number,
  models: number,
): Promise<number> {
  const blas = await openBlas();
  const inverse = invertLower(factor, dimensions);
  const turned = new Float32Array(dimensions * dimensions);
  for (let i = 0; i < dimensions; i++) {
    for (let j = 0; j <= i; j++) turned[j * dimensions + i] = inverse[i * dimensions + j]!;
  }
  const whitened = await blas.multiply(x, turned, count, dimensions, dimensions);
  const fitted = await blas.multiply(x, Float32Array.from(weights), count, dimensions, models);
  const agreement = new Float64Array(count);
  const size = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let leverage = 1 / count;
    for (let j = 0; j < dimensions; j++) leverage += whitened[i * dimensions + j]! ** 2;
    for (let m = 0; m < models; m++) {
      const target = y[i * models + m]!;
      const left = target - (target - fitted[i * models + m]!) / (1 - Math.min(0.99, leverage));
      agreement[i]! += left * target;
      size[i]! += left * left;
    }
  }
  const total = Math.max(1e-9, sum(size));
  const slope = sum(agreement) / total;
  const error = Math.sqrt(agreement.reduce((all, value, i) => all + (value - slope * size[i]!) ** 2, 0)) / total;
  const certainty = slope / Math.max(1e-9, error);
  if (certainty <= LEAST_CERTAINTY) return 0;
  return Math.min(1, slope) * (1 - (LEAST_CERTAINTY / certainty) ** 2);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function centreColumns(values: Float32Array, count: number, columns: number): void {
  for (let m = 0; m < columns; m++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[i * columns + m]!;
    for (let i = 0; i < count; i++) values[i * columns + m]! -= sum / count;
  }
}

interface Corrections {
  readonly local: LocalMaps | null;
  /** An output a model. */
  readonly rest: LinearMap | null;
}

function mixed(classifier: LinearMap, mean: Float32Array, x: Float32Array, count: number, models: number) {
  const posterior = softmaxRows(applyLinear(classifier, x, count), count, classifier.outputs);
  return { posterior, score: affine(posterior, count, classifier.outputs, mean, null, models) };
}

function fittedMixture(
  classifier: LinearMap,
  mean: Float32Array,
  { local, rest }: Corrections,
  models: number,
): FittedEstimator {
  const tasks = classifier.outputs;
  return {
    predict(x, count) {
      const { posterior, score } = mixed(classifier, mean, x, count, models);
      if (local) {
        const { task, model, map } = local;
        const within = applyLinear(map, x, count);
        for (let i = 0; i < count; i++) {
          for (let k = 0; k < map.outputs; k++) {
            score[i * models + model[k]!]! += posterior[i * tasks + task[k]!]! * within[i * map.outputs + k]!;
          }
        }
      }
      const over = rest && applyLinear(rest, x, count);
      for (let i = 0; i < score.length; i++) {
        score[i] = Math.max(0, Math.min(1, score[i]! + (over ? over[i]! : 0)));
      }
      return { score, spread: new Float32Array(score.length) };
    },
    toOnnx(graph, x) {
      const posterior = graph.op("Softmax", [linearToOnnx(graph, "mixture_task", classifier, x)], { axis: { int: 1 } });
      let score = graph.op("MatMul", [posterior, graph.constant("mixture_mean", mean, [tasks, models])]);
      if (local) {
        const { task, model, map } = local;
        const share = graph.op("Gather", [posterior, graph.constant("local_task", task, [map.outputs])], {
          axis: { int: 1 },
        });
        const within = graph.op("Mul", [share, linearToOnnx(graph, "mixture_local", map, x)]);
        const toModel = new Float32Array(map.outputs * models);
        model.forEach((m, k) => {
          toModel[k * models + m] = 1;
        });
        const place = graph.constant("local_model", toModel, [map.outputs, models]);
        score = graph.op("Add", [score, graph.op("MatMul", [within, place])]);
      }
      if (rest) score = graph.op("Add", [score, linearToOnnx(graph, "mixture_rest", rest, x)]);
      score = graph.op("Clip", [
        score,
        graph.constant("zero", Float32Array.of(0), []),
        graph.constant("one", Float32Array.of(1), []),
      ]);
      return { score, spread: graph.op("Mul", [score, graph.constant("nought", Float32Array.of(0), [1])]) };
    },
  };
}
