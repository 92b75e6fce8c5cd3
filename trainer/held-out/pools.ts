import type { QualityTable } from "../../datasets/quality-table.ts";
import { completePools } from "../complete-pools.ts";
import { meanCost, pickCells } from "../learn/training-rows.ts";

/** Rows that the same models answered: only within one can models be compared. */
export interface Pool {
  /** Sources of the rows, joined by `+`. */
  readonly name: string;
  /** Positions in the list of rows that was given. */
  readonly rows: Int32Array;
  /** Positions in the list of models that was given. */
  readonly models: Int32Array;
  /** [models of the pool] mean cost on the train rows; when a cost is unknown, rank by mean quality over models - 1. */
  readonly meanCost: Float64Array;
  readonly isPriced: boolean;
}

const MIN_ROWS = 40;
const MOST_POOLS = 12;

/** The largest pools of some rows, two models or more each. Columns are those of the table. */
export function poolsOf(table: QualityTable, rows: Int32Array, columns: Int32Array, trainRows: Int32Array): Pool[] {
  const observed = pickCells(table.quality, table.models.length, rows, columns);
  return completePools(observed, rows.length, columns.length)
    .filter((pool) => pool.rows.length >= MIN_ROWS)
    .slice(0, MOST_POOLS)
    .map((pool) => {
      const models = Int32Array.from(pool.columns);
      const width = table.models.length;
      const own = trainRows.filter((row) =>
        pool.columns.every((m) => !Number.isNaN(table.quality[row * width + columns[m]!]!)),
      );
      const costs = meanCost(
        table,
        own,
        Int32Array.from(models, (m) => columns[m]!),
      );
      const priced = costs?.every((cost) => cost > 0) ? costs : null;
      return {
        name: [...new Set(pool.rows.map((at) => table.prompts[rows[at]!]!.source))].sort().join("+"),
        rows: Int32Array.from(pool.rows),
        models,
        meanCost: priced ? Float64Array.from(priced) : rankCost(table, own, models, columns),
        isPriced: priced !== null,
      };
    });
}

function rankCost(table: QualityTable, rows: Int32Array, models: Int32Array, columns: Int32Array): Float64Array {
  const width = table.models.length;
  const means = Array.from(models, (m) => {
    let sum = 0;
    for (const row of rows) sum += table.quality[row * width + columns[m]!]!;
    return sum;
  });
  const order = [...means.keys()].sort((a, b) => means[a]! - means[b]!);
  const out = new Float64Array(models.length);
  order.forEach((m, rank) => {
    out[m] = rank / Math.max(1, models.length - 1);
  });
  return out;
}
