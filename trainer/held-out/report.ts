import type { QualityTable } from "../../datasets/quality-table.ts";
import { seededRng } from "../../engine/rng.ts";
import type { FittedRouter, RouterPredictions } from "../fit-router.ts";
import { groupIndex, pickCells } from "../learn/training-rows.ts";
import { prepareAiq } from "../metrics/aiq.ts";
import { auc } from "../metrics/auc.ts";
import { type Difference, pairedBootstrap } from "../metrics/bootstrap.ts";
import { brier } from "../metrics/brier.ts";
import { ece } from "../metrics/ece.ts";
import { fitControls } from "./controls.ts";
import { type Pool, poolsOf } from "./pools.ts";

/** One pool of the held-out rows. Values are AIQ: mean height of the cost-quality hull. */
interface PoolReport {
  readonly pool: string;
  readonly rows: number;
  readonly models: readonly string[];
  /** false: costs are unknown and models stand at equal steps by mean quality. */
  readonly isPriced: boolean;
  readonly router: number;
  readonly controls: Readonly<Record<string, number>>;
  /** Best answer of each prompt, at whatever cost: no router reaches it. */
  readonly oracle: number;
  readonly bestSingle: { readonly model: string; readonly quality: number };
  /** Share of the best single model's cost that reaches 95 % of its quality; null when never. */
  readonly c95: number | null;
}

export interface HeldOutReport {
  readonly rows: number;
  readonly pools: readonly PoolReport[];
  /** Router less control over all pools, weighted by rows, with a paired interval over groups. */
  readonly versus: Readonly<Record<string, Difference>>;
  readonly calibration: readonly {
    readonly model: string;
    readonly labels: number;
    readonly ece: number;
    readonly brier: number;
    readonly auc: number;
  }[];
  /** Share of the held-out prompts beyond the distance threshold; about 0.01 where they are like training. */
  readonly outOfDistribution: number;
}

const RESAMPLES = 300;
const MIN_CALIBRATION_LABELS = 50;

/** Measures a fitted router on rows that nothing was fitted on, beside trivial rivals. */
export async function heldOutReport(
  table: QualityTable,
  router: FittedRouter,
  test: Int32Array,
): Promise<HeldOutReport> {
  const columns = Int32Array.from(router.models, ({ model }) => table.models.indexOf(model));
  const predicted = await router.predict(table, test);
  const wide = predicted.models.length;
  const own = Int32Array.from(router.models, ({ model }) => predicted.models.indexOf(model));
  const quality = pickCells(predicted.quality, wide, Int32Array.from(test.keys()), own);
  const observed = pickCells(table.quality, table.models.length, test, columns);
  const pools = poolsOf(table, test, columns, router.learned);
  const x = await router.parts.design.transform(table, test);
  const controls = await fitControls(router);
  const scores: Record<string, Float32Array> = { router: quality };
  for (const [name, control] of Object.entries(controls)) scores[name] = control(x, test.length);

  const measured = pools.map((pool) => measurePool(pool, scores, observed, router.models.length));
  const rng = seededRng(router.options.seed);
  const group = groupIndex(table, test);
  const versus: Record<string, Difference> = {};
  if (measured.length > 0) {
    for (const name of Object.keys(controls)) {
      versus[name] = pairedBootstrap(
        test.length,
        (draws) => overall(measured, "router", draws),
        (draws) => overall(measured, name, draws),
        rng,
        { group, resamples: RESAMPLES, level: 0.9 },
      );
    }
  }
  return {
    rows: test.length,
    pools: measured.map((pool) => pool.report(router.models.map(({ model }) => model))),
    versus,
    calibration: calibrationReport(router, quality, observed),
    outOfDistribution: outside(predicted, router.outOfDistributionAbove),
  };
}

interface MeasuredPool {
  /** AIQ of a rival over drawn rows (positions in the test rows); NaN when the draw has none of this pool. */
  at(name: string, draws: Int32Array): { readonly value: number; readonly rows: number };
  report(models: readonly string[]): PoolReport;
}

function measurePool(
  pool: Pool,
  scores: Readonly<Record<string, Float32Array>>,
  observed: Float32Array,
  models: number,
): MeasuredPool {
  const local = new Int32Array(observed.length / models).fill(-1);
  pool.rows.forEach((at, i) => {
    local[at] = i;
  });
  const inner = pickCells(observed, models, pool.rows, pool.models);
  const prepared = new Map(
    Object.entries(scores).map(([name, score]) => [
      name,
      prepareAiq({
        score: pickCells(score, models, pool.rows, pool.models),
        observed: inner,
        meanCost: pool.meanCost,
        models: pool.models.length,
      }),
    ]),
  );
  const all = Int32Array.from(pool.rows.keys());
  return {
    at(name, draws) {
      const mine = draws.map((row) => local[row]!).filter((row) => row >= 0);
      return { value: mine.length === 0 ? Number.NaN : prepared.get(name)!.at(mine).aiq, rows: mine.length };
    },
    report(names) {
      const result = prepared.get("router")!.at(all);
      const value = (name: string) => prepared.get(name)!.at(all).aiq;
      let best = 0;
      for (let row = 0; row < pool.rows.length; row++) {
        best += inner
          .subarray(row * pool.models.length, (row + 1) * pool.models.length)
          .reduce((a, b) => Math.max(a, b));
      }
      return {
        pool: pool.name,
        rows: pool.rows.length,
        models: Array.from(pool.models, (m) => names[m]!),
        isPriced: pool.isPriced,
        router: result.aiq,
        controls: Object.fromEntries(
          [...prepared.keys()].filter((name) => name !== "router").map((name) => [name, value(name)]),
        ),
        oracle: best / pool.rows.length,
        bestSingle: { model: names[pool.models[result.best.model]!]!, quality: result.best.quality },
        c95: result.c95,
      };
    },
  };
}

function overall(pools: readonly MeasuredPool[], name: string, draws: Int32Array): number {
  let sum = 0;
  let rows = 0;
  for (const pool of pools) {
    const part = pool.at(name, draws);
    if (part.rows === 0) continue;
    sum += part.value * part.rows;
    rows += part.rows;
  }
  return sum / rows;
}

function calibrationReport(
  router: FittedRouter,
  quality: Float32Array,
  observed: Float32Array,
): HeldOutReport["calibration"] {
  const width = router.models.length;
  return router.models.flatMap(({ model }, m) => {
    const predicted: number[] = [];
    const labels: number[] = [];
    for (let at = m; at < observed.length; at += width) {
      if (Number.isNaN(observed[at]!)) continue;
      predicted.push(quality[at]!);
      labels.push(observed[at]!);
    }
    if (labels.length < MIN_CALIBRATION_LABELS) return [];
    return [
      {
        model,
        labels: labels.length,
        ece: ece(predicted, labels),
        brier: brier(predicted, labels).brier,
        auc: auc(predicted, labels),
      },
    ];
  });
}

function outside(predicted: RouterPredictions, above: number): number {
  const far = predicted.outOfDistribution.filter((distance) => distance > above).length;
  return predicted.count === 0 ? 0 : far / predicted.count;
}
