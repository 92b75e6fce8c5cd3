import { DatasetError } from "./errors.ts";
import type { QualityTable } from "./quality-table.ts";

export interface TableSelection {
  /** Row indices, in the order wanted; all when absent. */
  readonly rows?: ArrayLike<number> | undefined;
  /** Model names, in the order wanted; all when absent. */
  readonly models?: readonly string[] | undefined;
  readonly sources?: readonly string[] | undefined;
  readonly tasks?: readonly string[] | undefined;
  /** Leave out models without a single label in the rows chosen. */
  readonly dropUnlabelled?: boolean | undefined;
}

/**
 * A part of a table, copied. The conditions are joined by "and".
 *
 * @throws DatasetError `model_unknown` or `source_unknown`, with what there is
 */
export function selectTable(table: QualityTable, selection: TableSelection): QualityTable {
  const rows = chooseRows(table, selection);
  const columns = chooseColumns(table, rows, selection);
  const take = (values: Float32Array): Float32Array => {
    const width = table.models.length;
    const out = new Float32Array(rows.length * columns.length);
    for (let row = 0; row < rows.length; row++) {
      const from = rows[row]! * width;
      for (let column = 0; column < columns.length; column++) {
        out[row * columns.length + column] = values[from + columns[column]!]!;
      }
    }
    return out;
  };
  const optional = (values: Float32Array | null): Float32Array | null => (values === null ? null : take(values));
  const prompts = Array.from(rows, (row) => table.prompts[row]!);
  const kept = new Set(prompts.map((prompt) => prompt.source));
  return {
    prompts,
    models: Array.from(columns, (column) => table.models[column]!),
    quality: take(table.quality),
    costUsd: optional(table.costUsd),
    inputTokens: optional(table.inputTokens),
    outputTokens: optional(table.outputTokens),
    latencyMs: optional(table.latencyMs),
    propensity: optional(table.propensity),
    lineage: selection.sources ? table.lineage.filter((entry) => kept.has(entry.source)) : table.lineage,
  };
}

function chooseRows(table: QualityTable, { rows, sources, tasks }: TableSelection): Int32Array {
  const known = new Set(table.prompts.map((prompt) => prompt.source));
  const unknown = sources?.filter((source) => !known.has(source)) ?? [];
  if (unknown.length > 0) {
    const message = `no prompt of source ${unknown.join(", ")}; there are ${[...known].join(", ")}`;
    throw new DatasetError("source_unknown", message);
  }
  const sourceSet = sources ? new Set(sources) : null;
  const taskSet = tasks ? new Set(tasks) : null;
  const all = rows ? Int32Array.from(rows) : Int32Array.from(table.prompts, (_, row) => row);
  return all.filter((row) => {
    const prompt = table.prompts[row];
    if (prompt === undefined) {
      throw new DatasetError("row_invalid", `row ${row} is not in the table of ${table.prompts.length} prompts`);
    }
    if (sourceSet && !sourceSet.has(prompt.source)) return false;
    return !taskSet || (prompt.task !== null && taskSet.has(prompt.task));
  });
}

function chooseColumns(table: QualityTable, rows: Int32Array, { models, dropUnlabelled }: TableSelection): Int32Array {
  const index = new Map(table.models.map((model, column) => [model, column]));
  const columns = Int32Array.from(models ?? table.models, (model) => {
    const column = index.get(model);
    if (column === undefined) {
      throw new DatasetError("model_unknown", `no model ${model}; there are ${table.models.join(", ")}`);
    }
    return column;
  });
  if (!dropUnlabelled) return columns;
  const width = table.models.length;
  return columns.filter((column) => rows.some((row) => !Number.isNaN(table.quality[row * width + column]!)));
}
