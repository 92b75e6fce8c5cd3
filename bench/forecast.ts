import type { QualityTable } from "../datasets/quality-table.ts";
import type { RouterPredictions } from "../trainer/fit-router.ts";
import { BenchError } from "./errors.ts";
import type { Forecast } from "./policy/replay.ts";
import type { Pool } from "./pool.ts";
import type { TokenPrice } from "./token-prices.ts";

/**
 * Predictions made for a pool's rows, seen through the pool's models.
 *
 * @param prices what tokens cost, to turn expected output tokens into an expected cost; null in unpriced pools
 */
export function forecastOf(
  predictions: RouterPredictions,
  pool: Pool,
  table: QualityTable,
  prices: readonly TokenPrice[] | null,
): Forecast {
  const columns = pool.models.map((model) => {
    const column = predictions.models.indexOf(model);
    if (column === -1)
      throw new BenchError("unknown_model", `the router does not know model ${model}`, { place: model });
    return column;
  });
  const width = predictions.models.length;
  const take = (matrix: Float32Array) => {
    const out = new Float32Array(pool.count * columns.length);
    for (let row = 0; row < pool.count; row++) {
      for (let at = 0; at < columns.length; at++) out[row * columns.length + at] = matrix[row * width + columns[at]!]!;
    }
    return out;
  };
  const outputTokens = take(predictions.outputTokens);
  return {
    quality: take(predictions.quality),
    spread: take(predictions.spread),
    costUsd: prices === null ? null : expectedCost(pool, table, prices, outputTokens),
    complexity: predictions.complexity,
    task: predictions.task,
    tasks: pool.count === 0 ? 0 : predictions.task.length / pool.count,
    inputTokens: inputTokensOf(pool, table),
  };
}

function expectedCost(
  pool: Pool,
  table: QualityTable,
  prices: readonly TokenPrice[],
  outputTokens: Float32Array,
): Float32Array {
  const width = pool.models.length;
  const columns = pool.models.map((model) => table.models.indexOf(model));
  return Float32Array.from({ length: pool.count * width }, (_, cell) => {
    const model = cell % width;
    const price = prices[model]!;
    if (price.kind === "mean") return price.usd;
    const row = pool.rows[(cell - model) / width]!;
    const input = table.inputTokens?.[row * table.models.length + columns[model]!] ?? Number.NaN;
    if (!Number.isFinite(input)) return price.meanUsd;
    return Math.max(0, price.base + price.input * input + price.output * outputTokens[cell]!);
  });
}

/** [rows] mean input tokens over the pool's models, 0 where unknown. */
function inputTokensOf(pool: Pool, table: QualityTable): Float32Array | null {
  const { inputTokens, models } = table;
  if (inputTokens === null) return null;
  const columns = pool.models.map((model) => models.indexOf(model));
  return Float32Array.from(pool.rows, (row) => {
    const known = columns.map((column) => inputTokens[row * models.length + column]!).filter(Number.isFinite);
    return known.length === 0 ? 0 : known.reduce((sum, tokens) => sum + tokens, 0) / known.length;
  });
}
