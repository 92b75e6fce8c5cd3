import { usdFromNano } from "../../engine/cost.ts";
import type { UsageAnswer, UsageRow } from "../log/log-store.ts";
import type { Counters } from "./counters.ts";

/** Sums as they are shown. Money in USD; null where no request of the row has a known cost. */
export function sumsBody(sums: Counters) {
  return {
    requests: sums.requests,
    errors: sums.errors,
    input_tokens: sums.inputTokens,
    cached_tokens: sums.cacheReadTokens,
    cache_write_tokens: sums.cacheWriteTokens,
    output_tokens: sums.outputTokens,
    reasoning_tokens: sums.reasoningTokens,
    cost_usd: sums.requests > 0 && sums.unpriced === sums.requests ? null : usdFromNano(sums.costNanoUsd),
    saved_usd: usdFromNano(sums.savedNanoUsd),
    /** Their cost is not in `cost_usd`. */
    unpriced_requests: sums.unpriced,
    estimated_requests: sums.estimated,
    cache_hits: sums.cacheHits,
    mean_duration_ms: mean(sums.durationMs, sums.requests),
    mean_first_token_ms: mean(sums.firstTokenMs, sums.streamed),
  };
}

export function rowBody({ bucketMs, group, counters }: UsageRow) {
  return {
    ...(bucketMs === null ? {} : { bucket: new Date(bucketMs).toISOString() }),
    ...group,
    ...sumsBody(counters),
  };
}

export function usageBody({ fromMs, toMs, rows, total, isTruncated }: UsageAnswer) {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    rows: rows.map(rowBody),
    total: sumsBody(total),
    truncated: isTruncated,
  };
}

function mean(sum: number, count: number): number | null {
  return count === 0 ? null : Math.round((sum / count) * 10) / 10;
}
