import { z } from "zod";
import { definePolicy, type RouteCalibration } from "../policy.ts";
import { seenOrExpected, thinned } from "./_observed-means.ts";
import { decideByFacts, type Estimator, readyTarget, withoutCalibration } from "./_target.ts";

const REASONS = { met: "nearest_neighbours", unmet: "nearest_neighbours" } as const;
/** Distances to more rows would take longer than the scoring. */
const MOST_ROWS = 800;

/**
 * Quality of a candidate = its mean over the calibration rows that the scorer sees most like the request: near in the
 * qualities that it expects of the route's candidates and in task probabilities. Then least cost for a target, as
 * `quality-target` does it.
 */
export default definePolicy({
  name: "knn",
  options: z.strictObject({
    quality: z.number().positive().max(2).default(0.95),
    neighbours: z.number().int().positive().max(400).default(40),
  }),
  examples: [{}, { neighbours: 1 }],
  ready({ quality, neighbours }, calibration) {
    if (calibration === null || calibration.incumbent === -1) return withoutCalibration(quality);
    const rows = thinned(calibration, MOST_ROWS);
    return readyTarget(quality, rows, nearestRows(rows, neighbours), REASONS);
  },
  restore: ({ quality }, facts) =>
    facts.perRequest === 1 ? withoutCalibration(quality) : decideByFacts(facts, REASONS),
});

function nearestRows(calibration: RouteCalibration, neighbours: number): Estimator {
  const { rows, candidateIds, quality, task, tasks } = calibration;
  const width = candidateIds.length;
  const value = seenOrExpected(calibration);
  const distances = new Float64Array(rows);
  const everyone = Int32Array.from({ length: width }, (_, c) => c);

  /** Rows nearest to a point, by the columns that are known of it; `except` leaves a row out. */
  const nearest = (
    known: Int32Array,
    point: ArrayLike<number>,
    probabilities: Float32Array,
    except: number,
  ): Int32Array => {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let i = 0; i < known.length; i++) {
        if (known[i] === -1) continue;
        const difference = quality[row * width + known[i]!]! - point[i]!;
        sum += difference * difference;
      }
      for (let t = 0; t < probabilities.length; t++) {
        const difference = task[row * tasks + t]! - probabilities[t]!;
        sum += difference * difference;
      }
      distances[row] = row === except ? Number.POSITIVE_INFINITY : sum;
    }
    return smallest(distances, Math.min(neighbours, Math.max(1, rows - 1)));
  };
  const meanOver = (near: Int32Array, candidate: number): number => {
    let sum = 0;
    for (const row of near) sum += value[row * width + candidate]!;
    return sum / near.length;
  };

  const estimates = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const point = quality.subarray(row * width, (row + 1) * width);
    const near = nearest(everyone, point, task.subarray(row * tasks, (row + 1) * tasks), row);
    for (let c = 0; c < width; c++) estimates[row * width + c] = meanOver(near, c);
  }
  return {
    rows: estimates,
    estimate({ scored, task: probabilities }, candidates, out) {
      for (let i = 0; i < scored.length; i++) out[i] = scored[i]!.quality;
      const near = nearest(candidates, out, probabilities.length === tasks ? probabilities : new Float32Array(0), -1);
      for (let i = 0; i < scored.length; i++) if (candidates[i] !== -1) out[i] = meanOver(near, candidates[i]!);
    },
  };
}

/** Indices of the k smallest values; of equals the first. */
function smallest(values: Float64Array, k: number): Int32Array {
  const kept = new Int32Array(k);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (count === k && value >= values[kept[k - 1]!]!) continue;
    let at = count < k ? count++ : k - 1;
    for (; at > 0 && values[kept[at - 1]!]! > value; at--) kept[at] = kept[at - 1]!;
    kept[at] = i;
  }
  return kept;
}
