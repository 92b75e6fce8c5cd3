import type { QualityTable } from "../../datasets/quality-table.ts";
import type { AnswerTable } from "../../datasets/read-answers.ts";
import { type Called, calledBits } from "../../engine/cascade/informed-rows.ts";
import { TrainError } from "../errors.ts";
import { fitRouter, type RouterOptions } from "../fit-router.ts";
import { pickCells } from "../learn/training-rows.ts";
import { type CascadeRows, cascadeRows } from "./cascade-rows.ts";
import { expectedOutOfFold } from "./expected-out-of-fold.ts";
import { LEAST_ROWS, type LearnedCascade, learnCascade, sharesOfDearest } from "./learn-cascade.ts";

/** A pool's cascade, and the rows that it was learned from. */
export interface FittedPool extends LearnedCascade {
  readonly models: readonly string[];
  /** Rows of the table, in order. */
  readonly tableRows: Int32Array;
  readonly rows: CascadeRows;
  /** [models] mean cost as a share of the dearest one's. */
  readonly costShares: readonly number[];
}

/**
 * Learns a pool from the prompts that every one of its models answered. What is expected before a call comes from a router
 * of the pool alone, out of fold, so that no row's own label is in it.
 *
 * @throws TrainError `too_few_rows`, or `bad_data` where costs are unknown
 */
export async function fitPool(
  table: QualityTable,
  answers: AnswerTable,
  rows: Int32Array,
  models: readonly string[],
  options: RouterOptions,
): Promise<FittedPool> {
  const columns = Int32Array.from(models, (model) => table.models.indexOf(model));
  const width = table.models.length;
  const complete = rows.filter((row) =>
    columns.every((column) => {
      const cell = row * width + column;
      return !Number.isNaN(table.quality[cell]!) && answers.answers[cell] != null;
    }),
  );
  if (complete.length < LEAST_ROWS) {
    throw new TrainError(
      "too_few_rows",
      `${complete.length} prompts were answered by all of ${models.join(", ")}; at least ${LEAST_ROWS} are needed`,
    );
  }
  const router = await fitRouter(
    table,
    { train: complete, calibration: new Int32Array(0) },
    { ...options, models: [...models] },
  );
  const { expected, fold } = await expectedOutOfFold(router, options.seed);
  const own = Int32Array.from(models, (model) => router.models.findIndex((fitted) => fitted.model === model));
  const everyRow = Int32Array.from(complete.keys());
  const learned = cascadeRows(
    models,
    pickCells(expected, models.length, everyRow, own),
    Array.from(complete).flatMap((row) => Array.from(columns, (column) => answers.answers[row * width + column]!)),
    pickCells(table.quality, width, complete, columns),
    router.training.group,
  );
  const costShares = sharesOf(table, complete, columns);
  return { models, tableRows: complete, rows: learned, costShares, ...(await learnCascade(learned, costShares, fold)) };
}

export function bitsOf(sets: readonly Called[]): number[] {
  return sets.map(calledBits);
}

function sharesOf(table: QualityTable, rows: Int32Array, columns: Int32Array): number[] {
  const means = Array.from(columns, (column) => {
    const known = Array.from(rows, (row) => table.costUsd?.[row * table.models.length + column] ?? Number.NaN);
    const finite = known.filter(Number.isFinite);
    return finite.reduce((sum, cost) => sum + cost, 0) / finite.length;
  });
  if (!means.every(Number.isFinite)) {
    throw new TrainError("bad_data", "a cascade is learned from answers whose costs are known");
  }
  return sharesOfDearest(means);
}
