import type { TrainingRows } from "../estimator.ts";
import { type LinearMap, ridgeProblem } from "./masked-ridge.ts";
import { blockFactors, scaleColumns, unscaleMap } from "./scale-columns.ts";

/** Two models are told apart by ridges within their tasks; a row with fewer labels says little of who is better than the rest. */
const LEAST_MODELS = 3;

/**
 * Ridge of what a first guess leaves of the differences between models, over the rows that three models or more answered:
 * what they share (an easy row, a hard one) is taken off, as no choice hangs on it. null when there are no such rows.
 *
 * @param guess   [count x models]
 * @param scale   weight of each stretch of columns
 * @param penalty a row
 */
export async function residualRidge(
  rows: TrainingRows,
  guess: Float32Array,
  scale: Readonly<Record<string, number>>,
  penalty: number,
): Promise<LinearMap | null> {
  const { count, dimensions, modelCount, quality } = rows;
  const rest = new Float32Array(count * modelCount).fill(Number.NaN);
  let used = 0;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    let known = 0;
    for (let at = i * modelCount; at < (i + 1) * modelCount; at++) {
      if (Number.isNaN(quality[at]!)) continue;
      sum += quality[at]! - guess[at]!;
      known++;
    }
    if (known < LEAST_MODELS) continue;
    used++;
    for (let at = i * modelCount; at < (i + 1) * modelCount; at++) {
      rest[at] = quality[at]! - guess[at]! - sum / known;
    }
  }
  if (used === 0) return null;
  const factor = blockFactors(rows, scale);
  const scaled = scaleColumns(rows.x, dimensions, factor);
  const problem = await ridgeProblem(scaled, count, dimensions, rest, modelCount, rows.weight);
  return unscaleMap(problem.solve(penalty * used), factor);
}
