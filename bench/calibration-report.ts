import { seededRng } from "../engine/rng.ts";
import { brier } from "../trainer/metrics/brier.ts";
import { ece, eceInterval } from "../trainer/metrics/ece.ts";
import { equalMassBins } from "../trainer/metrics/equal-mass-bins.ts";
import type { Pool } from "./pool.ts";
import type { CalibrationReport } from "./result.ts";

const DIAGRAM_BINS = 10;

/** ECE (15 equal-mass bins, noise taken away) with its interval, Brier score and reliability bins of each model. */
export function reportCalibration(
  pool: Pool,
  predicted: Float32Array,
  options: { resamples: number; seed: number },
): CalibrationReport[] {
  const width = pool.models.length;
  return pool.models.map((model, index) => {
    const column = (matrix: Float32Array) =>
      Float32Array.from({ length: pool.count }, (_, row) => matrix[row * width + index]!);
    const [p, y] = [column(predicted), column(pool.observed)];
    const range = eceInterval(p, y, seededRng(options.seed), {
      group: pool.group,
      resamples: options.resamples,
      debiased: true,
    });
    return {
      model,
      ece: ece(p, y, { debiased: true }),
      ece_low: range.low,
      ece_high: range.high,
      ece_plain: ece(p, y),
      brier: brier(p, y).brier,
      n: pool.count,
      bins: equalMassBins(p, y, DIAGRAM_BINS).map(({ predicted: at, observed, count }) => ({
        predicted: at,
        observed,
        count,
      })),
    };
  });
}
