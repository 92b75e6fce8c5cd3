import type { ReadyPolicy, RouteCalibration, ScoredCandidate } from "../../engine/policy.ts";
import { seededRng } from "../../engine/rng.ts";
import type { Pool } from "../pool.ts";

/** What a choice of models would have brought, prompt by prompt. */
export interface Replay {
  readonly quality: Float32Array;
  /** USD; null when the pool knows no costs. */
  readonly costUsd: Float32Array | null;
}

/** What a policy knows of a pool's rows before a model answers. Matrices are row-major, one line a row. */
export interface Forecast {
  /** [rows x models] calibrated expected quality in [0, 1]. */
  readonly quality: Float32Array;
  /** [rows x models] standard deviation between ensemble members; null when the predictor has none. */
  readonly spread: Float32Array | null;
  /** [rows x models] expected cost in USD; null when nothing is known of costs. */
  readonly costUsd: Float32Array | null;
  /** [rows] 0..1; null when the predictor has none. */
  readonly complexity: Float32Array | null;
  /** [rows x tasks] task probabilities. */
  readonly task: Float32Array;
  readonly tasks: number;
  /** [rows] estimated input tokens; null when unknown. */
  readonly inputTokens: Float32Array | null;
}

const LOWER_BOUND_DEVIATIONS = 1.64;
const NANO_PER_USD = 1e9;

/** Looks up the recorded outcome of each choice. `chosen` holds a column of the pool for each row. */
export function replay(pool: Pool, chosen: Int32Array): Replay {
  return {
    quality: lookUp(pool.observed, chosen, pool.models.length),
    costUsd: pool.cost === null ? null : lookUp(pool.cost, chosen, pool.models.length),
  };
}

/** Asks a policy for every row, in the pool's order, as a route with all of the pool's models would. */
export function replayPolicy(
  policy: ReadyPolicy,
  pool: Pool,
  forecast: Forecast,
  options: { readonly incumbent: number; readonly seed: number },
): Int32Array {
  const rng = seededRng(options.seed);
  const width = pool.models.length;
  const chosen = new Int32Array(pool.count);
  for (let row = 0; row < pool.count; row++) {
    const scored = pool.models.map((candidateId, model): ScoredCandidate => {
      const cell = row * width + model;
      const quality = forecast.quality[cell]!;
      const low = quality - LOWER_BOUND_DEVIATIONS * (forecast.spread?.[cell] ?? 0);
      return {
        candidateId,
        quality,
        qualityLow: Math.min(1, Math.max(0, low)),
        costNanoUsd: nanoUsd(forecast.costUsd, cell),
      };
    });
    const choice = policy.decide({
      scored,
      incumbent: options.incumbent,
      qualityFloor: null,
      inputTokens: Math.round(forecast.inputTokens?.[row] ?? 0),
      complexity: forecast.complexity?.[row] ?? 0,
      task: forecast.task.subarray(row * forecast.tasks, (row + 1) * forecast.tasks),
      rng,
      nowMs: row,
    });
    chosen[row] = choice.chosen === -1 ? options.incumbent : choice.chosen;
    policy.settle?.(nanoUsd(pool.cost, row * width + chosen[row]!), row);
  }
  return chosen;
}

/** Held-out rows as a policy sees them when a route is made ready; `rows` picks among the pool's, repeats allowed. */
export function routeCalibration(
  pool: Pool,
  forecast: Forecast,
  incumbent: number,
  rows: Int32Array = Int32Array.from({ length: pool.count }, (_, row) => row),
): RouteCalibration {
  const width = pool.models.length;
  const costUsd = forecast.costUsd ?? new Float32Array(pool.count * width);
  const inputTokens = forecast.inputTokens ?? new Float32Array(pool.count);
  return {
    rows: rows.length,
    candidateIds: pool.models,
    incumbent,
    quality: pickRows(forecast.quality, width, rows),
    costNanoUsd: pickRows(costUsd, width, rows).map((usd) => usd * NANO_PER_USD),
    observed: pickRows(pool.observed, width, rows),
    inputTokens: Uint32Array.from(pickRows(inputTokens, 1, rows), Math.round),
    task: pickRows(forecast.task, forecast.tasks, rows),
    tasks: forecast.tasks,
  };
}

function pickRows(matrix: Float32Array, width: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    out.set(matrix.subarray(row * width, (row + 1) * width), at * width);
  }
  return out;
}

function lookUp(matrix: Float32Array, chosen: Int32Array, width: number): Float32Array {
  const out = new Float32Array(chosen.length);
  for (let row = 0; row < chosen.length; row++) out[row] = matrix[row * width + chosen[row]!]!;
  return out;
}

function nanoUsd(usd: Float32Array | null, cell: number): number {
  return usd === null ? 0 : usd[cell]! * NANO_PER_USD;
}
