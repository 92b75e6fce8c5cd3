import type { QualityTable } from "../datasets/quality-table.ts";
import type { RouterOptions, RouterPredictions } from "../trainer/fit-router.ts";
import { createPredictionCache } from "./prediction-cache.ts";

/** Rows to learn from, rows to predict, and how. */
export interface FitRequest {
  readonly table: QualityTable;
  readonly train: Int32Array;
  readonly calibration: Int32Array;
  /** Sets of rows, each of the table. */
  readonly predict: readonly Int32Array[];
  readonly options: RouterOptions;
}

/** What a fitted router says of each set of rows. */
export interface FitResult {
  readonly predictions: readonly RouterPredictions[];
  /** Distance above which a prompt is far from what was learned from. */
  readonly outOfDistributionAbove: number;
  /** Estimator that was fitted: the one asked for, or the one that "auto" chose. */
  readonly estimator: string;
}

export type FitPredict = (request: FitRequest) => Promise<FitResult>;

/** Fits once and predicts each set of rows. With a cache folder, what was predicted before by the same code is read back. */
export function createFitPredict({
  cacheFolder,
  log,
}: {
  cacheFolder: string | null;
  log(line: string): void;
}): FitPredict {
  const cache = cacheFolder === null ? null : createPredictionCache(cacheFolder);
  return async (request) => {
    const key = await cache?.keyOf(request);
    const known = key === undefined ? null : await cache!.read(key);
    if (known) return known;
    const started = performance.now();
    const { fitRouter } = await import("../trainer/fit-router.ts");
    const { table, train, calibration, predict, options } = request;
    const fitted = await fitRouter(table, { train, calibration }, options);
    const predictions: RouterPredictions[] = [];
    for (const rows of predict) predictions.push(await fitted.predict(table, rows));
    const result = {
      predictions,
      outOfDistributionAbove: fitted.outOfDistributionAbove,
      estimator: fitted.choice.name,
    };
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    log(
      `  fitted ${fitted.choice.name} on ${train.length} rows, predicted ${predict.reduce((sum, rows) => sum + rows.length, 0)} (${seconds} s)`,
    );
    if (key !== undefined) await cache!.write(key, result);
    return result;
  };
}
