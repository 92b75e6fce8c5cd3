import { nextNormal, type Rng } from "../../engine/rng.ts";
import { TrainError } from "../errors.ts";
import { defineEstimator, type TrainingRows } from "../estimator.ts";
import { pickRows, validationSplit } from "../learn/folds.ts";
import { labelsOf } from "../learn/masked-labels.ts";
import { add, type Forest, fittedForest, leaves, type Tree, tiled } from "./_forest.ts";
import { modelMeans } from "./_model-means.ts";
import { binColumns, growTree } from "./_tree-grow.ts";

export interface GbdtOptions {
  readonly trees: number;
  readonly depth: number;
  /** 2 to 255 bins a column. */
  readonly bins: number;
  readonly learningRate: number;
  readonly leastLeafRows: number;
  /** Rows of prior in a leaf: for what all models share, and for what tells a model from the others. */
  readonly shrinkage: number;
  readonly differenceShrinkage: number;
  readonly rowShare: number;
  readonly columnShare: number;
  /** Directions of the gradients that a tree's structure is grown on. */
  readonly sketch: number;
  /** Trees without a better held-out loss before it stops. */
  readonly patience: number;
}

/** Boosted trees; each tree has one structure for all models and a value a model in each leaf. */
export default defineEstimator<GbdtOptions>({
  name: "gbdt",
  defaults: {
    trees: 200,
    depth: 3,
    bins: 64,
    learningRate: 0.08,
    leastLeafRows: 20,
    shrinkage: 10,
    differenceShrinkage: 60,
    rowShare: 0.8,
    columnShare: 0.25,
    sketch: 4,
    patience: 15,
  },
  async fit(rows, options, context) {
    if (!(options.bins >= 2 && options.bins <= 255)) {
      throw new TrainError("bad_option", `bins must be from 2 to 255, not ${options.bins}`);
    }
    const { fit, validation } = validationSplit(rows, context.rng);
    if (fit.length < 5 * options.leastLeafRows || validation.length < 20) {
      return fittedForest(boost(rows, null, { ...options, trees: 0 }, context.rng, () => {}));
    }
    const report = (from: number) => (done: number, loss: number) => context.progress(from + done / 2, loss);
    const tried = boost(pickRows(rows, fit), pickRows(rows, validation), options, context.rng, report(0));
    const trees = { ...options, trees: tried.trees.length };
    return fittedForest(boost(rows, null, trees, context.rng, report(0.5)));
  },
});

/** p (1 - p) below which a leaf's curvature is not taken to fall: sure rows would make values run away. */
const LEAST_CURVATURE = 0.02;
/** p (1 - p) of a middling row: turns rows of prior into curvature. */
const ROW_CURVATURE = 0.2;
/** Rounds between reports. */
const REPORT_EVERY = 5;

function boost(
  rows: TrainingRows,
  held: TrainingRows | null,
  options: GbdtOptions,
  rng: Rng,
  report: (done: number, loss: number) => void,
): Forest {
  const { count, dimensions, modelCount, x } = rows;
  const { y, weight } = labelsOf(rows);
  const scale = meanPositive(weight);
  const base = modelMeans(rows).map((mean) => {
    const inside = Math.min(0.99, Math.max(0.01, mean));
    return Math.log(inside / (1 - inside));
  });
  const columns = binColumns(x, count, dimensions, options.bins);
  const logit = tiled(base, count);
  const gradient = new Float32Array(count * modelCount);
  const curve = new Float32Array(count * modelCount);
  const heldLogit = held === null ? null : tiled(base, held.count);
  const trees: Tree[] = [];
  let best = { loss: held === null ? 0 : logLoss(heldLogit!, held), trees: 0 };
  for (let round = 0; round < options.trees; round++) {
    for (let at = 0; at < logit.length; at++) {
      const p = 1 / (1 + Math.exp(-logit[at]!));
      const mass = weight[at]! / scale;
      gradient[at] = mass * (p - y[at]!);
      curve[at] = mass * Math.max(LEAST_CURVATURE, p * (1 - p));
    }
    const picked = Int32Array.from({ length: count }, (_, row) => row).filter(() => rng.next() < options.rowShare);
    const width = Math.min(options.sketch, modelCount);
    const sketch = sketchOf(gradient, count, modelCount, width, rng);
    const shape = growTree(columns, picked, sketch, width, options, rng);
    const leaf = leaves(shape, x, count, dimensions);
    const value = leafValues(shape.leaves, leaf, picked, gradient, curve, modelCount, options);
    trees.push({ shape, value });
    add(logit, leaf, value, modelCount);
    if (held === null || heldLogit === null) {
      if (round % REPORT_EVERY === 0) report((round + 1) / options.trees, 0);
      continue;
    }
    add(heldLogit, leaves(shape, held.x, held.count, dimensions), value, modelCount);
    const loss = logLoss(heldLogit, held);
    if (loss < best.loss - 1e-6) best = { loss, trees: round + 1 };
    if (round % REPORT_EVERY === 0) report((round + 1) / options.trees, loss);
    if (round + 1 - best.trees >= options.patience) break;
  }
  return { base, trees: held === null ? trees : trees.slice(0, best.trees) };
}

/** [count x width] the mean gradient over models, then random mixtures of what each differs from it by. */
function sketchOf(gradient: Float32Array, count: number, models: number, width: number, rng: Rng): Float32Array {
  const mixture = Float32Array.from({ length: models * (width - 1) }, () => nextNormal(rng) / Math.sqrt(width - 1));
  const out = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    const from = row * models;
    let sum = 0;
    for (let model = 0; model < models; model++) sum += gradient[from + model]!;
    out[row * width] = sum / Math.sqrt(models);
    for (let model = 0; model < models; model++) {
      const apart = gradient[from + model]! - sum / models;
      for (let s = 1; s < width; s++) out[row * width + s]! += mixture[model * (width - 1) + s - 1]! * apart;
    }
  }
  return out;
}

/** [leaves x models] one Newton step a leaf: first what all models share, then each model's own, shrunk harder. */
function leafValues(
  leafCount: number,
  leaf: Int32Array,
  rows: Int32Array,
  gradient: Float32Array,
  curve: Float32Array,
  models: number,
  { shrinkage, differenceShrinkage, learningRate }: GbdtOptions,
): Float32Array {
  const slope = new Float64Array(leafCount * models);
  const bend = new Float64Array(leafCount * models);
  for (const row of rows) {
    const into = leaf[row]! * models;
    for (let model = 0, at = row * models; model < models; model++, at++) {
      slope[into + model]! += gradient[at]!;
      bend[into + model]! += curve[at]!;
    }
  }
  const value = new Float32Array(leafCount * models);
  for (let from = 0; from < value.length; from += models) {
    let slopes = 0;
    let bends = 0;
    for (let at = from; at < from + models; at++) {
      slopes += slope[at]!;
      bends += bend[at]!;
    }
    const shared = -slopes / (bends + shrinkage * ROW_CURVATURE);
    for (let at = from; at < from + models; at++) {
      const own = -(slope[at]! + bend[at]! * shared) / (bend[at]! + differenceShrinkage * ROW_CURVATURE);
      value[at] = learningRate * (shared + (models > 1 ? own : 0));
    }
  }
  return value;
}

function logLoss(logit: Float32Array, rows: TrainingRows): number {
  const { y, weight } = labelsOf(rows);
  let sum = 0;
  let mass = 0;
  for (let at = 0; at < logit.length; at++) {
    if (weight[at] === 0) continue;
    const z = logit[at]!;
    sum += weight[at]! * (Math.max(0, z) - y[at]! * z + Math.log1p(Math.exp(-Math.abs(z))));
    mass += weight[at]!;
  }
  return mass > 0 ? sum / mass : 0;
}

function meanPositive(weight: Float32Array): number {
  const positive = weight.filter((value) => value > 0);
  return positive.length === 0 ? 1 : positive.reduce((sum, value) => sum + value, 0) / positive.length;
}
