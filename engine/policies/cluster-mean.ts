import { z } from "zod";
import { definePolicy, type RouteCalibration } from "../policy.ts";
import { seenOrExpected } from "./_observed-means.ts";
import { decideByFacts, type Estimator, readyTarget, withoutCalibration } from "./_target.ts";

const REASONS = { met: "cluster_mean", unmet: "cluster_mean" } as const;
/** A cluster's mean counts like so many further rows at the candidate's overall mean. */
const PRIOR_ROWS = 20;

/**
 * Quality of a candidate = its mean over each task's calibration rows, weighted by the request's task probabilities; then
 * least cost for a target, as `quality-target` does it. Coarse, and hard to beat where tasks are known.
 */
export default definePolicy({
  name: "cluster-mean",
  options: z.strictObject({ quality: z.number().positive().max(2).default(0.95) }),
  ready({ quality }, calibration) {
    if (calibration === null || calibration.incumbent === -1 || calibration.tasks === 0)
      return withoutCalibration(quality);
    return readyTarget(quality, calibration, clusterMeans(calibration), REASONS);
  },
  restore: ({ quality }, facts) =>
    facts.perRequest === 1 ? withoutCalibration(quality) : decideByFacts(facts, REASONS),
});

function clusterMeans(calibration: RouteCalibration): Estimator {
  const { rows, candidateIds, task, tasks } = calibration;
  const width = candidateIds.length;
  const value = seenOrExpected(calibration);
  const overall = new Float64Array(width);
  for (let cell = 0; cell < value.length; cell++) overall[cell % width]! += value[cell]! / rows;

  const sums = new Float64Array(tasks * width);
  const weights = new Float64Array(tasks);
  for (let row = 0; row < rows; row++) {
    for (let t = 0; t < tasks; t++) {
      const weight = task[row * tasks + t]!;
      weights[t]! += weight;
      for (let c = 0; c < width; c++) sums[t * width + c]! += weight * value[row * width + c]!;
    }
  }
  const means = sums.map((sum, i) => {
    const prior = PRIOR_ROWS * overall[i % width]!;
    return (sum + prior) / (weights[Math.floor(i / width)]! + PRIOR_ROWS);
  });

  const expect = (probabilities: Float32Array, from: number, candidate: number): number => {
    let sum = 0;
    let total = 0;
    for (let t = 0; t < tasks; t++) {
      sum += probabilities[from + t]! * means[t * width + candidate]!;
      total += probabilities[from + t]!;
    }
    return total > 0 ? sum / total : overall[candidate]!;
  };
  return {
    rows: Float64Array.from(value, (_, cell) => expect(task, Math.floor(cell / width) * tasks, cell % width)),
    estimate({ scored, task: probabilities }, candidates, out) {
      for (let i = 0; i < scored.length; i++) {
        const c = candidates[i]!;
        out[i] = c === -1 || probabilities.length !== tasks ? scored[i]!.quality : expect(probabilities, 0, c);
      }
    },
  };
}
