import { type Rng, seededRng } from "../engine/rng.ts";
import { brier } from "../trainer/metrics/brier.ts";
import { ece } from "../trainer/metrics/ece.ts";
import { equalMassBins } from "../trainer/metrics/equal-mass-bins.ts";
import { interval } from "./policy/compare.ts";
import type { Pool } from "./pool.ts";
import { drawGroups, groupMembers } from "./resample.ts";
import type { CalibrationReport } from "./result.ts";

const DIAGRAM_BINS = 10;

/** ECE (15 equal-mass bins, noise taken away) with its interval, Brier score and reliability bins of each model. */
export function reportCalibration(
  pool: Pool,
  predicted: Float32Array,
  options: { readonly resamples: number; readonly seed: number },
): CalibrationReport[] {
  const width = pool.models.length;
  const members = groupMembers(pool.group, pool.groupCount);
  return pool.models.map((model, index) => {
    const column = (matrix: Float32Array) =>
      Float32Array.from({ length: pool.count }, (_, row) => matrix[row * width + index]!);
    const [p, y] = [column(predicted), column(pool.observed)];
    const range = eceRange(p, y, members, options.resamples, seededRng(options.seed));
    return {
      model,
      ece: range.value,
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

/** Resampled rows repeat, which adds error of its own; the drawn values are moved down by that before they are read. */
function eceRange(p: Float32Array, y: Float32Array, members: readonly Int32Array[], resamples: number, rng: Rng) {
  const value = ece(p, y, { debiased: true });
  const drawn = Array.from({ length: resamples }, () => {
    const rows = drawGroups(members, rng);
    const pick = (column: Float32Array) => Float32Array.from(rows, (row) => column[row]!);
    return ece(pick(p), pick(y), { debiased: true });
  });
  const excess = drawn.reduce((sum, each) => sum + each, 0) / Math.max(1, drawn.length) - value;
  return interval(
    value,
    drawn.map((each) => Math.max(0, each - Math.max(0, excess))),
  );
}
