import { DatasetError } from "./errors.ts";
import type { PromptRow, QualityTable } from "./quality-table.ts";

const MATRICES = ["quality", "costUsd", "inputTokens", "outputTokens", "latencyMs", "propensity"] as const;

/**
 * One table of several: prompts in order, models as the union in order of first occurrence. A prompt id that occurs in
 * two tables becomes one row.
 *
 * @throws DatasetError `empty_table` without tables, `duplicate_record` when two tables judge the same pair
 */
export function mergeTables(tables: readonly QualityTable[]): QualityTable {
  const [first, ...others] = tables;
  if (first === undefined) throw new DatasetError("empty_table", "there is no table to merge");
  if (others.length === 0) return first;
  const models = [...new Set(tables.flatMap((table) => table.models))];
  const columns = new Map(models.map((model, column) => [model, column]));
  const prompts: PromptRow[] = [];
  const rows = new Map<string, number>();
  const rowMaps = tables.map((table) =>
    Int32Array.from(table.prompts, (prompt) => {
      const known = rows.get(prompt.promptId);
      if (known !== undefined) return known;
      const row = prompts.push(prompt) - 1;
      rows.set(prompt.promptId, row);
      return row;
    }),
  );
  refuseOverlap(tables, rowMaps, prompts, columns);

  const matrix = (name: (typeof MATRICES)[number]): Float32Array | null => {
    if (tables.every((table) => table[name] === null)) return null;
    const out = new Float32Array(prompts.length * models.length).fill(Number.NaN);
    tables.forEach((table, index) => {
      const values = table[name];
      if (values !== null) scatter(values, table, rowMaps[index]!, columns, out);
    });
    return out;
  };
  return {
    prompts,
    models,
    quality: matrix("quality")!,
    costUsd: matrix("costUsd"),
    inputTokens: matrix("inputTokens"),
    outputTokens: matrix("outputTokens"),
    latencyMs: matrix("latencyMs"),
    propensity: matrix("propensity"),
    lineage: tables.flatMap((table) => table.lineage),
  };
}

function scatter(
  values: Float32Array,
  table: QualityTable,
  rowMap: Int32Array,
  columns: ReadonlyMap<string, number>,
  out: Float32Array,
): void {
  const width = table.models.length;
  const outWidth = columns.size;
  const columnMap = Int32Array.from(table.models, (model) => columns.get(model)!);
  for (let row = 0; row < rowMap.length; row++) {
    const base = rowMap[row]! * outWidth;
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column]!;
      if (!Number.isNaN(value)) out[base + columnMap[column]!] = value;
    }
  }
}

function refuseOverlap(
  tables: readonly QualityTable[],
  rowMaps: readonly Int32Array[],
  prompts: readonly PromptRow[],
  columns: ReadonlyMap<string, number>,
): void {
  const total = rowMaps.reduce((sum, map) => sum + map.length, 0);
  if (total === prompts.length) return;
  const seen = new Set<number>();
  tables.forEach((table, index) => {
    const width = table.models.length;
    for (let at = 0; at < table.quality.length; at++) {
      if (Number.isNaN(table.quality[at]!)) continue;
      const row = rowMaps[index]![Math.floor(at / width)]!;
      const key = row * columns.size + columns.get(table.models[at % width]!)!;
      if (seen.has(key)) {
        const pair = `${prompts[row]!.promptId}, ${table.models[at % width]}`;
        throw new DatasetError("duplicate_record", `two tables judge the same (prompt_id, model): ${pair}`);
      }
      seen.add(key);
    }
  });
}
