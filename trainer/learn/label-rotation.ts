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
const ROUND_PENALTY = 300;

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
  const effect = new Float32Array(modelCount);
  const ease = new Float32Array(count);
  let predicted: Float32Array = new Float32Array(count);
  const complete = !quality.some(Number.isNaN);
  for (let round = 0; round < (complete ? 1 : ROUNDS); round++) {
    updateEffects(rows, predicted, effect);
    rowEase(rows, effect, ease);
    if (complete) break;
    const problem = await ridgeProblem(rows.x, count, dimensions, ease, 1);
    predicted = applyLinear(problem.solve(ROUND_PENALTY), rows.x, count);
  }
  const rest = new Float32Array(count * modelCount);
  for (let i = 0; i < count; i++) {
    let known = 0;
    for (let m = 0; m < modelCount; m++) if (!Number.isNaN(quality[i * modelCount + m]!)) known++;
    const base = known >= 2 ? ease[i]! : predicted[i]!;
    for (let m = 0; m < modelCount; m++) rest[i * modelCount + m] = quality[i * modelCount + m]! - effect[m]! - base;
  }
  return { effect, ease, rest };
}

function updateEffects(rows: TrainingRows, predicted: Float32Array, effect: Float32Array): void {
  const { count, modelCount, quality } = rows;
  for (let m = 0; m < modelCount; m++) {
    let sum = 0;
    let known = 0;
    for (let i = 0; i < count; i++) {
      const value = quality[i * modelCount + m]!;
      if (Number.isNaN(value)) continue;
      const weight = rows.weight?.[i * modelCount + m] ?? 1;
      sum += weight * (value - predicted[i]!);
      known += weight;
    }
    effect[m] = known > 0 ? sum / known : 0;
  }
}

/** NaN for rows without any label. */
function rowEase(rows: TrainingRows, effect: Float32Array, ease: Float32Array): void {
  const { count, modelCount, quality } = rows;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    let known = 0;
    for (let m = 0; m < modelCount; m++) {
      const value = quality[i * modelCount + m]!;
      if (Number.isNaN(value)) continue;
      const weight = rows.weight?.[i * modelCount + m] ?? 1;
      sum += weight * (value - effect[m]!);
      known += weight;
    }
    ease[i] = known > 0 ? sum / known : Number.NaN;
  }
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
