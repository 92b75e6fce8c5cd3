import type { QualityTable } from "../quality-table.ts";

export interface OracleSummary {
  /** Mean over prompts of the best quality in the pool. */
  readonly quality: number;
  /** Mean of the least cost that reaches it; null when the pool has no costs. */
  readonly costUsd: number | null;
  readonly pool: number;
}

/** A model belongs to the pool when it is priced on so many of the prompts. */
export const POOL_COVERAGE = 0.98;

/**
 * The best choice in hindsight. The pool is every model with cost on at least 98 % of the prompts, or, where nothing is
 * priced, with a label on so many; where no model is, all of them.
 */
export function summariseOracle(table: QualityTable): OracleSummary {
  const width = table.models.length;
  const priced = table.costUsd === null ? [] : coveredBy(table.costUsd, table);
  const labelled = coveredBy(table.quality, table);
  const pool = priced.length > 0 ? priced : labelled.length > 0 ? labelled : table.models.map((_, column) => column);
  const costs = priced.length > 0 ? table.costUsd : null;
  let quality = 0;
  let cost = 0;
  let prompts = 0;
  for (let row = 0; row < table.prompts.length; row++) {
    let best = Number.NEGATIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    for (const column of pool) {
      const at = row * width + column;
      const own = table.quality[at]!;
      const price = costs?.[at] ?? 0;
      if (Number.isNaN(own) || Number.isNaN(price) || own < best) continue;
      least = own > best ? price : Math.min(least, price);
      best = own;
    }
    if (best === Number.NEGATIVE_INFINITY) continue;
    prompts++;
    quality += best;
    cost += least;
  }
  return { quality: quality / prompts, costUsd: costs === null ? null : cost / prompts, pool: pool.length };
}

function coveredBy(values: Float32Array, table: QualityTable): number[] {
  const width = table.models.length;
  const counts = new Int32Array(width);
  for (let at = 0; at < values.length; at++) if (!Number.isNaN(values[at]!)) counts[at % width]!++;
  const needed = POOL_COVERAGE * table.prompts.length;
  return table.models.flatMap((_, column) => (counts[column]! >= needed ? [column] : []));
}
