import type { QualityTable } from "../../datasets/quality-table.ts";
import type { Rng } from "../../engine/rng.ts";
import type { Design } from "../design/design.ts";
import type { TrainingRows } from "../estimator.ts";
import { fitKmeans } from "./kmeans.ts";

/** A label that was collected with a tiny probability must not rule the fit. */
const MAX_WEIGHT = 20;

/** Rows and columns of a table as estimators take them. Where no task is known, clusters of the prompts stand in. */
export async function trainingRows(
  table: QualityTable,
  rows: Int32Array,
  columns: Int32Array,
  design: Design,
  rng: Rng,
): Promise<TrainingRows> {
  const x = await design.transform(table, rows);
  const { task, taskCount } = await tasksOf(table, rows, x, design.dimensions, rng);
  const group = groupIndex(table, rows);
  return {
    count: rows.length,
    dimensions: design.dimensions,
    modelCount: columns.length,
    x,
    quality: pickCells(table.quality, table.models.length, rows, columns),
    weight: weightsOf(table, rows, columns),
    task,
    taskCount,
    group,
    meanCostUsd: meanCost(table, rows, columns),
    blocks: design.blocks,
  };
}

/** [rows] group of each row, numbered in order of first occurrence. */
export function groupIndex(table: QualityTable, rows: Int32Array): Int32Array {
  const groups = new Map<string, number>();
  return rows.map((row) => {
    const name = table.prompts[row]!.group;
    if (!groups.has(name)) groups.set(name, groups.size);
    return groups.get(name)!;
  });
}

export function pickCells(values: Float32Array, width: number, rows: Int32Array, columns: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * columns.length);
  rows.forEach((row, i) => {
    columns.forEach((column, m) => {
      out[i * columns.length + m] = values[row * width + column]!;
    });
  });
  return out;
}

function weightsOf(table: QualityTable, rows: Int32Array, columns: Int32Array): Float32Array | null {
  if (!table.propensity) return null;
  const propensity = pickCells(table.propensity, table.models.length, rows, columns);
  if (propensity.every((value) => Number.isNaN(value) || value === 1)) return null;
  return propensity.map((value) => (Number.isNaN(value) ? 1 : Math.min(MAX_WEIGHT, 1 / value)));
}

/** [columns] mean cost over the rows, NaN where unknown; null when no cost is known. */
export function meanCost(table: QualityTable, rows: Int32Array, columns: Int32Array): Float32Array | null {
  if (!table.costUsd) return null;
  const width = table.models.length;
  return Float32Array.from(columns, (column) => {
    let sum = 0;
    let known = 0;
    for (const row of rows) {
      const cost = table.costUsd![row * width + column]!;
      if (Number.isNaN(cost)) continue;
      sum += cost;
      known++;
    }
    return known > 0 ? sum / known : Number.NaN;
  });
}

async function tasksOf(
  table: QualityTable,
  rows: Int32Array,
  x: Float32Array,
  dimensions: number,
  rng: Rng,
): Promise<{ readonly task: Int32Array; readonly taskCount: number }> {
  const names = Array.from(rows, (row) => fullTask(table, row));
  const known = [...new Set(names.filter((name) => name !== null))].sort();
  if (known.length >= 2) {
    const index = new Map(known.map((name, i) => [name, i]));
    return { task: Int32Array.from(names, (name) => (name === null ? -1 : index.get(name)!)), taskCount: known.length };
  }
  const clusters = Math.max(1, Math.min(24, Math.floor(rows.length / 100)));
  const task = await fitKmeans(x, rows.length, dimensions, clusters, rng);
  return { task, taskCount: clusters };
}

/** The same task name means another thing in another source. */
function fullTask(table: QualityTable, row: number): string | null {
  const { task, source } = table.prompts[row]!;
  return task === null ? null : `${source}|${task}`;
}
