import type { QualityTable } from "../datasets/quality-table.ts";
import { BenchError } from "./errors.ts";

const MATRICES = ["quality", "costUsd", "inputTokens", "outputTokens", "latencyMs", "propensity"] as const;

/**
 * A table over the same prompts with the given models' columns only, and outcomes of the given sources only: rows of
 * other sources stay as prompts with a task and without labels. The prompts are shared, so that features made for one
 * view serve all.
 *
 * @throws BenchError `unknown_model`
 */
export function viewPool(
  table: QualityTable,
  options: { readonly models: readonly string[]; readonly sources?: readonly string[] },
): QualityTable {
  const width = table.models.length;
  const columns = options.models.map((model) => {
    const column = table.models.indexOf(model);
    if (column === -1)
      throw new BenchError("unknown_model", `no outcomes of model ${model} in the data`, { place: model });
    return column;
  });
  const sources = options.sources === undefined ? null : new Set(options.sources);
  const take = (matrix: Float32Array | null): Float32Array | null => {
    if (matrix === null) return null;
    const out = new Float32Array(table.prompts.length * columns.length).fill(Number.NaN);
    table.prompts.forEach(({ source }, row) => {
      if (sources !== null && !sources.has(source)) return;
      columns.forEach((column, at) => {
        out[row * columns.length + at] = matrix[row * width + column]!;
      });
    });
    return out;
  };
  const views = Object.fromEntries(MATRICES.map((name) => [name, take(table[name])]));
  return { ...table, ...views, models: options.models } as QualityTable; // `take` keeps each matrix's kind
}
