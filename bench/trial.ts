import type { QualityTable } from "../datasets/quality-table.ts";
import type { RouterOptions, RouterPredictions } from "../trainer/fit-router.ts";
import type { FitPredict } from "./fit-predict.ts";
import { forecastOf } from "./forecast.ts";
import { oracle, promptLength, randomMix, shuffledRows, taskMeans, zeroRouter } from "./policy/baselines.ts";
import type { Trial } from "./policy/compare.ts";
import { type Contender, predictorContender } from "./policy/contender.ts";
import type { Forecast } from "./policy/replay.ts";
import type { Yardstick } from "./policy/yardstick.ts";
import { type Pool, selectPool } from "./pool.ts";
import type { SplitPools } from "./split-pools.ts";
import type { RowSplit } from "./splits.ts";
import { fitTokenPrices } from "./token-prices.ts";

/** Learned baselines, each an estimator of the trainer. */
export const LEARNED_BASELINES = ["length", "knn", "kmeans"] as const;

export interface TrialRequest {
  readonly table: QualityTable;
  readonly pools: SplitPools;
  /** Rows our router learns from; they may hold prompts without labels, for their task alone. */
  readonly learn: Pick<RowSplit, "train" | "calibration">;
  readonly yardstick: Yardstick;
  readonly router: RouterOptions;
  readonly baselines: readonly string[];
  readonly fitPredict: FitPredict;
  readonly seed: number;
}

export interface RouterTrial extends Trial {
  /** Our router's forecasts of the test and the calibration rows. */
  readonly test: Forecast;
  readonly calibration: Forecast;
  /** [test rows] distance to the rows learned from. */
  readonly outOfDistribution: Float32Array;
  readonly outOfDistributionAbove: number;
  readonly estimator: string;
}

/**
 * Fits our router and the learned baselines on one split and lines them up with the untrained ones, on the test rows.
 * Learned baselines see the labelled rows alone, those held back for calibration too: they are swept, not calibrated.
 */
export async function runTrial(request: TrialRequest): Promise<RouterTrial> {
  const { table, pools, learn, yardstick, router, fitPredict } = request;
  const prices = fitTokenPrices(pools.train, table);
  const view = (predictions: RouterPredictions, pool: Pool) => forecastOf(predictions, pool, table, prices);
  const ours = await fitPredict({
    table,
    ...learn,
    predict: [pools.test.rows, pools.calibration.rows],
    options: router,
  });
  const test = view(ours.predictions[0]!, pools.test);
  const labelled = Int32Array.from([...pools.train.rows, ...pools.calibration.rows]).sort();
  const learned: Contender[] = [];
  for (const estimator of request.baselines) {
    const rows = { train: labelled, calibration: new Int32Array(0), predict: [pools.test.rows] };
    const found = await fitPredict({ table, ...rows, options: baselineOptions(router, estimator) });
    learned.push(predictorContender(estimator, "baseline", view(found.predictions[0]!, pools.test).quality, yardstick));
  }
  const seen = selectPool(table, labelled, pools.train.models);
  const shuffled = shuffledRows(test.quality, yardstick.models, request.seed);
  return {
    pool: pools.test,
    yardstick,
    test,
    calibration: view(ours.predictions[1]!, pools.calibration),
    outOfDistribution: ours.predictions[0]!.outOfDistribution,
    outOfDistributionAbove: ours.outOfDistributionAbove,
    estimator: ours.estimator,
    contenders: [
      predictorContender("weir", "router", test.quality, yardstick),
      ...learned,
      promptLength(pools.test),
      zeroRouter(pools.test, yardstick),
      randomMix(pools.test, yardstick, request.seed),
      predictorContender("shuffled", "baseline", shuffled, yardstick),
      predictorContender("true task", "reference", taskMeans(seen, pools.test), yardstick),
      oracle(pools.test, yardstick),
    ],
  };
}

/** Options of a learned baseline. Length looks at three cheap features, so its n-grams need not be made. */
export function baselineOptions(router: RouterOptions, estimator: string): RouterOptions {
  const { estimatorOptions: _, encoder: __, ...shared } = router;
  const options: RouterOptions = { ...shared, estimator, tier: "fast" };
  return estimator === "length" ? { ...options, ngrams: null } : options;
}

/** Test rows and predictions of several splits, end to end; a question's group stays one group across splits. */
export function pooledCalibration(trials: readonly RouterTrial[]): { pool: Pool; predicted: Float32Array } {
  const groups = new Map<string, number>();
  const indexOf = (group: string) => {
    const at = groups.get(group) ?? groups.size;
    groups.set(group, at);
    return at;
  };
  const prompts = trials.flatMap(({ pool }) => pool.prompts);
  return {
    pool: {
      models: trials[0]!.pool.models,
      rows: Int32Array.from(trials.flatMap(({ pool }) => Array.from(pool.rows))),
      count: prompts.length,
      prompts,
      observed: concatenated(trials.map(({ pool }) => pool.observed)),
      cost: null,
      group: Int32Array.from(prompts, ({ group }) => indexOf(group)),
      groupCount: groups.size,
    },
    predicted: concatenated(trials.map(({ test }) => test.quality)),
  };
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
