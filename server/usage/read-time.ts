import { ApiError } from "../errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
const RFC_3339 = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
/** What a date of ours can be. */
const LAST_MS = Date.UTC(9999, 11, 31);

/**
 * A moment as people write it: RFC 3339 (a date alone begins at midnight UTC), or a time before now such as `7d`.
 *
 * @throws ApiError `invalid_request` naming the field
 */
export function readTime(text: string, field: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return nowMs - Number(count) * UNIT_MS[unit]!;
  // Without a zone a time is UTC, as everything here is.
  const isLocal = RFC_3339.test(text) && /:\d{2}(\.\d+)?$/.test(text) && !/[+-]\d{2}:\d{2}$/.test(text.slice(11));
  const ms = RFC_3339.test(text) ? Date.parse(isLocal ? `${text}Z` : text) : Number.NaN;
  if (Number.isFinite(ms) && ms >= 0 && ms <= LAST_MS) return ms;
  throw new ApiError("invalid_request", `${field}: a moment such as 2026-01-31T00:00:00Z, or a time such as 7d`, {
    place: field,
  });
}

/** @throws ApiError `invalid_request` when there is no time between the two */
export function readWindow(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  nowMs: number,
  defaultMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const toMs = to === undefined ? nowMs + 1 : readTime(to, "to", nowMs);
  const fromMs = from === undefined ? Math.max(0, toMs - defaultMs) : readTime(from, "from", nowMs);
  if (fromMs < toMs) return { fromMs, toMs };
  throw new ApiError("invalid_request", "from: must be before to", { place: "from" });
}
