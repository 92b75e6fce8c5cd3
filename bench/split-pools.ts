import type { QualityTable } from "../datasets/quality-table.ts";
import { type Pool, selectPool } from "./pool.ts";
import type { RowSplit } from "./splits.ts";

/** A pool on each side of a split. */
export type SplitPools = Readonly<Record<keyof RowSplit, Pool>>;

/** @throws BenchError `no_rows` when a side has no prompt that every model answered */
export function splitPools(table: QualityTable, split: RowSplit, models: readonly string[]): SplitPools {
  return {
    train: selectPool(table, split.train, models),
    calibration: selectPool(table, split.calibration, models),
    test: selectPool(table, split.test, models),
  };
}
