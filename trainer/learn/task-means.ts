import type { TrainingRows } from "../estimator.ts";
import { twoWay } from "./label-rotation.ts";

export interface TaskMeans {
  /** [tasks x models] in [0, 1]: expected quality of a model on a task. */
  readonly mean: Float32Array;
  /** [count] how much easier a row is than its task, as its known labels say; 0 for a single label. */
  readonly rowEase: Float32Array;
  /**
   * [models] expected quality on a task not met before. Tasks are what it is drawn from, so each counts, whatever its
   * rows: a mean over rows would take the largest task's order of models for everyone's.
   */
  readonly elsewhere: Float32Array;
}

/**
 * Mean of each model on each task, shrunk: the task's ease towards the mean over tasks, what a model adds on a task
 * towards nothing, each by `shrinkage` rows of prior. Also defined for a model that never met the task.
 */
export async function taskMeans(rows: TrainingRows, shrinkage: number): Promise<TaskMeans> {
  const { count, modelCount, quality, task } = rows;
  const taskCount = Math.max(1, rows.taskCount);
  const { effect, ease } = await twoWay(rows);
  const easeOf = new Float64Array(taskCount);
  const seen = new Float64Array(taskCount);
  for (let i = 0; i < count; i++) {
    if (task[i]! < 0 || Number.isNaN(ease[i]!)) continue;
    easeOf[task[i]!]! += ease[i]!;
    seen[task[i]!]!++;
  }
  const overall = mean(ease);
  for (let t = 0; t < taskCount; t++) easeOf[t] = (easeOf[t]! + shrinkage * overall) / (seen[t]! + shrinkage);

  const sum = new Float64Array(taskCount * modelCount);
  const known = new Float64Array(taskCount * modelCount);
  for (let i = 0; i < count; i++) {
    const t = task[i]!;
    if (t < 0) continue;
    for (let m = 0; m < modelCount; m++) {
      const value = quality[i * modelCount + m]!;
      if (Number.isNaN(value)) continue;
      const weight = rows.weight?.[i * modelCount + m] ?? 1;
      sum[t * modelCount + m]! += weight * (value - effect[m]! - easeOf[t]!);
      known[t * modelCount + m]! += weight;
    }
  }
  const means = new Float32Array(taskCount * modelCount);
  for (let t = 0; t < taskCount; t++) {
    for (let m = 0; m < modelCount; m++) {
      const at = t * modelCount + m;
      means[at] = Math.max(0, Math.min(1, effect[m]! + easeOf[t]! + sum[at]! / (known[at]! + shrinkage)));
    }
  }
  const elsewhere = effect.map((value, m) => {
    let difference = 0;
    let weight = 0;
    for (let at = m; at < sum.length; at += modelCount) {
      difference += sum[at]! / (known[at]! + shrinkage);
      weight += known[at]! / (known[at]! + shrinkage);
    }
    return Math.max(0, Math.min(1, value + overall + (weight > 0 ? difference / weight : 0)));
  });
  return { mean: means, rowEase: rowEase(rows, means), elsewhere };
}

function rowEase(rows: TrainingRows, means: Float32Array): Float32Array {
  const { count, modelCount, quality, task } = rows;
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    if (task[i]! < 0) continue;
    let sum = 0;
    let known = 0;
    for (let m = 0; m < modelCount; m++) {
      const value = quality[i * modelCount + m]!;
      if (Number.isNaN(value)) continue;
      sum += value - means[task[i]! * modelCount + m]!;
      known++;
    }
    out[i] = known >= 2 ? sum / known : 0;
  }
  return out;
}

function mean(values: Float32Array): number {
  let sum = 0;
  let known = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    known++;
  }
  return known > 0 ? sum / known : 0;
}
