import type { PromptRow, QualityTable } from "../datasets/quality-table.ts";
import { BenchError } from "./errors.ts";

/** Rows of a table that every model of a pool answered, as dense matrices [count x models]. */
export interface Pool {
  readonly models: readonly string[];
  /** Row numbers in the table. */
  readonly rows: Int32Array;
  readonly count: number;
  readonly prompts: readonly PromptRow[];
  readonly observed: Float32Array;
  /** USD; null when the source knows no costs. A single unknown cost is filled with the model's mean. */
  readonly cost: Float32Array | null;
  /** [count] index of the row's group among the pool's groups. */
  readonly group: Int32Array;
  readonly groupCount: number;
}

const WELL_COVERED = 0.98;

/**
 * Models that answered at least 98 % of the rows and, where the source knows costs at all, are priced on as many.
 *
 * @throws BenchError `no_rows`, `one_model`
 */
export function coveredModels(table: QualityTable, rows: Int32Array): string[] {
  if (rows.length === 0) throw new BenchError("no_rows", "no prompts to evaluate: check --source and --split");
  const columns = table.models.length;
  const coverage = (matrix: Float32Array | null, model: number) =>
    matrix === null ? 0 : rows.reduce((n, row) => n + (Number.isNaN(matrix[row * columns + model]!) ? 0 : 1), 0);
  const covered = table.models.map((_, model) => coverage(table.quality, model) >= WELL_COVERED * rows.length);
  const priced = table.models.map((_, model) => coverage(table.costUsd, model) >= WELL_COVERED * rows.length);
  const isPricedSource = priced.filter((isPriced, model) => isPriced && covered[model]).length >= 2;
  const chosen = table.models.filter((_, model) => covered[model] && (!isPricedSource || priced[model]));
  if (chosen.length < 2) {
    throw new BenchError(
      "one_model",
      `a choice needs two models that answered the same prompts, found ${chosen.length}; name a pool with --models or one source with --source`,
    );
  }
  return chosen;
}

/**
 * The rows that all of `models` answered.
 *
 * @throws BenchError `unknown_model`, `one_model`, `no_rows`
 */
export function selectPool(table: QualityTable, rows: Int32Array, models: readonly string[]): Pool {
  if (models.length < 2) throw new BenchError("one_model", "a choice needs at least two models");
  const columns = models.map((model) => {
    const column = table.models.indexOf(model);
    if (column === -1)
      throw new BenchError("unknown_model", `no outcomes of model ${model} in the data`, { place: model });
    return column;
  });
  const complete = rows.filter((row) =>
    columns.every((column) => !Number.isNaN(table.quality[row * table.models.length + column]!)),
  );
  if (complete.length === 0) {
    throw new BenchError("no_rows", `no prompt was answered by all of ${models.length} models: ${models.join(", ")}`);
  }
  const { group, groupCount } = indexGroups(complete.length, (row) => table.prompts[complete[row]!]!.group);
  return {
    models,
    rows: complete,
    count: complete.length,
    prompts: Array.from(complete, (row) => table.prompts[row]!),
    observed: gather(table.quality, table.models.length, complete, columns),
    cost:
      table.costUsd === null
        ? null
        : filled(gather(table.costUsd, table.models.length, complete, columns), models.length),
    group,
    groupCount,
  };
}

/** Mean of each column of a [count x columns] matrix, NaN left out. */
export function columnMeans(matrix: Float32Array, columns: number): Float64Array {
  const sum = new Float64Array(columns);
  const count = new Float64Array(columns);
  for (let cell = 0; cell < matrix.length; cell++) {
    if (Number.isNaN(matrix[cell]!)) continue;
    sum[cell % columns]! += matrix[cell]!;
    count[cell % columns]!++;
  }
  return sum.map((total, column) => total / count[column]!);
}

function gather(matrix: Float32Array, width: number, rows: Int32Array, columns: readonly number[]): Float32Array {
  const out = new Float32Array(rows.length * columns.length);
  let cell = 0;
  for (const row of rows) for (const column of columns) out[cell++] = matrix[row * width + column]!;
  return out;
}

function filled(cost: Float32Array, models: number): Float32Array | null {
  const means = columnMeans(cost, models);
  if (means.some(Number.isNaN)) return null;
  return cost.map((value, cell) => (Number.isNaN(value) ? means[cell % models]! : value));
}

function indexGroups(count: number, groupOf: (row: number) => string): { group: Int32Array; groupCount: number } {
  const index = new Map<string, number>();
  const group = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const key = groupOf(row);
    let at = index.get(key);
    if (at === undefined) {
      at = index.size;
      index.set(key, at);
    }
    group[row] = at;
  }
  return { group, groupCount: index.size };
}
