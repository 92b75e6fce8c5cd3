import type { DialectFault } from "../../dialect.ts";

/** Clients sleep as long as they are told, without bound: a longer wait is said, and the retry forbidden. */
const MOST_SLEEP_MS = 60_000;
const MOST_SAID_SECONDS = 3600;

/** `retry-after` in whole seconds and `x-should-retry`, which OpenAI's and Anthropic's clients obey first. */
export function retryHeaders({ retryAfterMs, shouldRetry }: DialectFault): Record<string, string> {
  const headers: Record<string, string> = {};
  if (retryAfterMs !== null) {
    headers["retry-after"] = String(Math.min(MOST_SAID_SECONDS, Math.max(1, Math.ceil(retryAfterMs / 1000))));
  }
  const obeyed = retryAfterMs !== null && retryAfterMs > MOST_SLEEP_MS ? false : shouldRetry;
  if (obeyed !== null) headers["x-should-retry"] = String(obeyed);
  return headers;
}
