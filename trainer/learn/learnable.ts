import type { QualityTable } from "../../datasets/quality-table.ts";
import { TrainError } from "../errors.ts";

/** Rows that have a label of any wanted model. */
export function labelledRows(table: QualityTable, rows: Int32Array, wanted: readonly string[]): Int32Array {
  const width = table.models.length;
  const columns = wanted.map((model) => {
    const column = table.models.indexOf(model);
    if (column === -1) throw new TrainError("unknown_model", `the data has no outcomes of ${model}`);
    return column;
  });
  return rows.filter((row) => columns.some((column) => !Number.isNaN(table.quality[row * width + column]!)));
}

/** Columns of the wanted models that have train labels. */
export function learnableColumns(table: QualityTable, rows: Int32Array, wanted: readonly string[]): Int32Array {
  const width = table.models.length;
  const columns = wanted.map((model) => table.models.indexOf(model));
  const known = columns.filter((column) => rows.some((row) => !Number.isNaN(table.quality[row * width + column]!)));
  return Int32Array.from(known);
}

export function labelSummary(
  quality: Float32Array,
  width: number,
  m: number,
): { readonly trainLabels: number; readonly meanQuality: number } {
  let sum = 0;
  let known = 0;
  for (let at = m; at < quality.length; at += width) {
    if (Number.isNaN(quality[at]!)) continue;
    sum += quality[at]!;
    known++;
  }
  return { trainLabels: known, meanQuality: known > 0 ? Math.max(0, Math.min(1, sum / known)) : 0 };
}

export function taskNames(
  table: QualityTable,
  rows: Int32Array,
  name: ((source: string, task: string) => string | null) | undefined,
): (string | null)[] {
  return Array.from(rows, (row) => {
    const { task, source } = table.prompts[row]!;
    if (task === null) return null;
    return name ? name(source, task) : task;
  });
}
