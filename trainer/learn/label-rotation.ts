import { cholesky, choleskySolve } from "../blas.ts";
import type { TrainingRows } from "../estimator.ts";
import { applyLinear } from "./linear-map.ts";
import { type RidgeProblem, ridgeProblem } from "./masked-ridge.ts";

/** Labels turned to what all models share and what tells them apart, so that each can be shrunk by its own penalty. */
export interface RotatedLabels {
  /** [count] how easy the row is: mean of its known labels less the models' effects. */
  readonly shared: RidgeProblem;
  /** [count x models] what is left of each label. */
  readonly differences: RidgeProblem;
  /** [models] mean of a model, comparable across models that answered different prompts. */
  readonly effect: Float32Array;
}

const ROUNDS = 4;
/** Penalty of the ease that x predicts, per 1,000 rows. */
const EASE_PENALTY = 30;
/** Labels that the predicted ease of a row weighs against its own. */
const EASE_PRIOR = 1;
/** Keeps a model without labels from making the equations singular: its effect is 0. */
const UNKNOWN_MODEL = 1e-6;

/**
 * quality = effect of the model + ease of the prompt + rest. The ease that x predicts stands in for prompts that other
 * models answered, so a model that was only asked hard questions is not taken for a weak one.
 */
export async function rotateLabels(rows: TrainingRows): Promise<RotatedLabels> {
  const { count, modelCount } = rows;
  const { effect, ease, rest } = await twoWay(rows);
  return {
    shared: await ridgeProblem(rows.x, count, rows.dimensions, ease, 1, rowWeights(rows)),
    differences: await ridgeProblem(rows.x, count, rows.dimensions, rest, modelCount, rows.weight),
    effect,
  };
}

/** quality = effect [models] + ease [count] + rest [count x models]; rest is NaN where the label is unknown. */
export interface TwoWay {
  readonly effect: Float32Array;
  readonly ease: Float32Array;
  readonly rest: Float32Array;
}

export async function twoWay(rows: TrainingRows): Promise<TwoWay> {
  const { count, modelCount, quality, dimensions } = rows;
  let predicted: Float32Array = new Float32Array(count);
  const effect = new Float32Array(modelCount);
  if (quality.some(Number.isNaN)) {
    effect.set(solveEffects(rows, predicted, EASE_PRIOR));
    for (let round = 1; round < ROUNDS; round++) {
      const problem = await ridgeProblem(rows.x, count, dimensions, rowEase(rows, effect, predicted, 0), 1);
      predicted = applyLinear(problem.solve((EASE_PENALTY * count) / 1000), rows.x, count);
      effect.set(solveEffects(rows, predicted, EASE_PRIOR));
    }
  } else effect.set(columnMeans(rows));
  const ease = rowEase(rows, effect, predicted, quality.some(Number.isNaN) ? EASE_PRIOR : 0);
  const rest = new Float32Array(count * modelCount);
  for (let i = 0; i < count; i++) {
    const known = knownLabels(rows, i);
    const base = known >= 2 ? rowMean(rows, effect, i) : predicted[i]!;
    for (let m = 0; m < modelCount; m++) rest[i * modelCount + m] = quality[i * modelCount + m]! - effect[m]! - base;
  }
  return { effect, ease, rest };
}

/**
 * Effects of the models given what x says of each row, the rows' own eases eliminated: comparisons within a row tell
 * most, `prior` labels' worth of the predicted ease ties rows together that share no model.
 */
function solveEffects(rows: TrainingRows, predicted: Float32Array, prior: number): Float32Array {
  const { count, modelCount, quality } = rows;
  const matrix = new Float64Array(modelCount * modelCount);
  const right = new Float64Array(modelCount);
  for (let m = 0; m < modelCount; m++) matrix[m * modelCount + m] = UNKNOWN_MODEL;
  for (let i = 0; i < count; i++) {
    const at = i * modelCount;
    const known: number[] = [];
    let total = prior;
    let sum = prior * predicted[i]!;
    for (let m = 0; m < modelCount; m++) {
      if (Number.isNaN(quality[at + m]!)) continue;
      known.push(m);
      total += weightOf(rows, at + m);
      sum += weightOf(rows, at + m) * quality[at + m]!;
    }
    for (const m of known) {
      const weight = weightOf(rows, at + m);
      matrix[m * modelCount + m]! += weight;
      right[m]! += weight * (quality[at + m]! - sum / total);
      for (const n of known) matrix[m * modelCount + n]! -= (weight * weightOf(rows, at + n)) / total;
    }
  }
  return Float32Array.from(choleskySolve(cholesky(matrix, modelCount), modelCount, right, 1));
}

function columnMeans(rows: TrainingRows): Float32Array {
  const { count, modelCount, quality } = rows;
  return Float32Array.from({ length: modelCount }, (_, m) => {
    let sum = 0;
    let total = 0;
    for (let at = m; at < count * modelCount; at += modelCount) {
      sum += weightOf(rows, at) * quality[at]!;
      total += weightOf(rows, at);
    }
    return sum / Math.max(1e-9, total);
  });
}

function weightOf(rows: TrainingRows, at: number): number {
  return rows.weight?.[at] ?? 1;
}

/** [count] mean of a row's known labels less the effects, `prior` labels' worth of the predicted ease beside them. */
function rowEase(rows: TrainingRows, effect: Float32Array, predicted: Float32Array, prior: number): Float32Array {
  return predicted.map((value, i) => {
    const known = knownLabels(rows, i);
    if (known === 0) return Number.NaN;
    return (known * rowMean(rows, effect, i) + prior * value) / (known + prior);
  });
}

function rowMean({ quality, modelCount }: TrainingRows, effect: Float32Array, row: number): number {
  let sum = 0;
  let known = 0;
  for (let m = 0; m < modelCount; m++) {
    const value = quality[row * modelCount + m]!;
    if (Number.isNaN(value)) continue;
    sum += value - effect[m]!;
    known++;
  }
  return known > 0 ? sum / known : Number.NaN;
}

function knownLabels({ quality, modelCount }: TrainingRows, row: number): number {
  let known = 0;
  for (let m = 0; m < modelCount; m++) if (!Number.isNaN(quality[row * modelCount + m]!)) known++;
  return known;
}

/** A row's ease is as sure as its labels are many; only propensity weights make rows differ much. */
function rowWeights(rows: TrainingRows): Float32Array | null {
  if (!rows.weight) return null;
  const out = new Float32Array(rows.count);
  for (let i = 0; i < rows.count; i++) {
    for (let m = 0; m < rows.modelCount; m++) {
      if (!Number.isNaN(rows.quality[i * rows.modelCount + m]!)) out[i]! += rows.weight[i * rows.modelCount + m]!;
    }
  }
  return out;
}
