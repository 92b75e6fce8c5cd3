/** RFC 3339 of a logged time: epoch seconds or milliseconds, a Date's text, or a timestamp without zone (read as UTC). */
export function toTimestamp(value: unknown): string | undefined {
  const ms = toMilliseconds(value);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** Epoch milliseconds; undefined when it is no time. */
export function toMilliseconds(value: unknown): number | undefined {
  if (typeof value === "number") {
    const ms = value < 1e11 ? value * 1000 : value;
    return Number.isFinite(ms) && ms >= 0 && ms < 8.64e15 ? ms : undefined;
  }
  if (typeof value !== "string" || value === "") return undefined;
  const text = /(?:[zZ]|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value.replace(" ", "T")}Z`;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
