import type { QualityTable } from "../../datasets/quality-table.ts";
import type { AnswerTable } from "../../datasets/read-answers.ts";
import type { InformedRows } from "../../engine/cascade/informed-rows.ts";
import { type SolvedCascade, solveCascade } from "../../engine/cascade/solve-cascade.ts";
import { type CascadeRows, cascadeRows } from "../../trainer/cascade/cascade-rows.ts";
import { calledSets, crossFitInformed, fitInformedModels, predictAll } from "../../trainer/cascade/cross-fit.ts";
import { expectedOutOfFold } from "../../trainer/cascade/expected-out-of-fold.ts";
import { fitRouter, type RouterOptions } from "../../trainer/fit-router.ts";
import { columnMeans, type Pool, selectPool } from "../pool.ts";
import { groupPosition, partition } from "../splits.ts";
import type { CascadeCase } from "./cases.ts";

/** One side of a split: what was recorded, and what a cascade expects at each stage. */
export interface CascadeSide {
  readonly pool: Pool;
  readonly rows: CascadeRows;
  readonly informed: InformedRows;
}

/** A case fitted on train rows and ready to be measured on test rows, neither of which the other has seen. */
export interface CascadeTrial {
  readonly models: readonly string[];
  /** [models] of the train rows, USD. */
  readonly meanCost: Float64Array;
  readonly meanQuality: Float64Array;
  readonly best: number;
  readonly cheapest: number;
  /** Predicted out of fold. */
  readonly train: CascadeSide;
  readonly test: CascadeSide;
  readonly solved: SolvedCascade;
}

/** "given": the split that the data came with; a number: three quarters to train by hash of group under that seed. */
export type CascadeSplit = "given" | number;

const TEST_FROM = 0.75;
/** Models at less than this share of the dearest one's cost may be asked first; whether that pays is found out. */
const CHEAP = 0.5;
const FOLD_SEED = 7;

export function splitRows(table: QualityTable, { isUsed }: CascadeCase, split: CascadeSplit) {
  return partition(table, (row) => {
    const prompt = table.prompts[row]!;
    if (isUsed !== undefined && !isUsed(prompt)) return null;
    const isTest = split === "given" ? prompt.split === "test" : groupPosition(prompt.group, split) >= TEST_FROM;
    return isTest ? "test" : "train";
  });
}

export async function runCascadeTrial(
  table: QualityTable,
  answers: AnswerTable,
  definition: CascadeCase,
  split: CascadeSplit,
  options: RouterOptions,
): Promise<CascadeTrial> {
  const { models } = definition;
  const sides = splitRows(table, definition, split);
  const train = selectPool(table, sides.train, models);
  const test = selectPool(table, sides.test, models);
  const router = await fitRouter(
    table,
    { train: train.rows, calibration: new Int32Array(0) },
    { ...options, models: [...models] },
  );
  const { expected, fold } = await expectedOutOfFold(router, FOLD_SEED);
  const order = models.map((model) => router.models.findIndex((fitted) => fitted.model === model));
  const trainRows = rowsOf(train, reordered(expected, order), answers, table);
  const predicted = await router.predict(table, test.rows);
  const testRows = rowsOf(test, predicted.quality, answers, table);

  const meanCost = columnMeans(train.cost!, models.length);
  const meanQuality = columnMeans(train.observed, models.length);
  const dearest = Math.max(...meanCost);
  const cheap = models.flatMap((_, m) => (meanCost[m]! < CHEAP * dearest ? [m] : []));
  const sets = calledSets(cheap);
  const fitted = await fitInformedModels(trainRows, sets);
  const informed = (rows: CascadeRows, quality: ReadonlyMap<number, Float32Array>): InformedRows => ({
    rows: rows.count,
    models: models.length,
    quality,
    observed: rows.observed,
    cost: Float32Array.from({ length: rows.count * models.length }, (_, cell) => meanCost[cell % models.length]!),
  });
  const trainInformed = informed(trainRows, await crossFitInformed(trainRows, sets, fold));
  return {
    models,
    meanCost,
    meanQuality,
    best: meanQuality.indexOf(Math.max(...meanQuality)),
    cheapest: meanCost.indexOf(Math.min(...meanCost)),
    train: { pool: train, rows: trainRows, informed: trainInformed },
    test: { pool: test, rows: testRows, informed: informed(testRows, predictAll(fitted, testRows)) },
    solved: solveCascade(trainInformed, trainRows.group),
  };
}

function rowsOf(pool: Pool, expected: Float32Array, { answers }: AnswerTable, table: QualityTable): CascadeRows {
  const columns = pool.models.map((model) => table.models.indexOf(model));
  const measures = Array.from(pool.rows).flatMap((row) =>
    columns.map((column) => answers[row * table.models.length + column] ?? null),
  );
  return cascadeRows(pool.models, expected, measures, pool.observed, pool.group);
}

function reordered(matrix: Float32Array, order: readonly number[]): Float32Array {
  const width = order.length;
  return Float32Array.from(matrix, (_, cell) => matrix[cell - (cell % width) + order[cell % width]!]!);
}
