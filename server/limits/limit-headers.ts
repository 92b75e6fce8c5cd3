import type { LimitState, Measure } from "./limiter.ts";

/** Tells a client how it stands, in the headers that its own library reads; of each measure the limit that is nearest. */
export function limitHeaders(format: string, states: readonly LimitState[], nowMs: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [measure, name] of NAMES) {
    const state = nearest(states, measure);
    if (state === null) continue;
    if (format === "anthropic-messages") {
      headers[`anthropic-ratelimit-${name}-limit`] = String(state.limit);
      headers[`anthropic-ratelimit-${name}-remaining`] = String(state.remaining);
      headers[`anthropic-ratelimit-${name}-reset`] = new Date(nowMs + state.resetsInMs).toISOString();
    } else {
      headers[`x-ratelimit-limit-${name}`] = String(state.limit);
      headers[`x-ratelimit-remaining-${name}`] = String(state.remaining);
      headers[`x-ratelimit-reset-${name}`] = duration(state.resetsInMs);
    }
  }
  return headers;
}

const NAMES: readonly (readonly [Measure, string])[] = [
  ["requests", "requests"],
  ["tokens", "tokens"],
  ["input_tokens", "input-tokens"],
  ["output_tokens", "output-tokens"],
];

function nearest(states: readonly LimitState[], measure: Measure): LimitState | null {
  let found: LimitState | null = null;
  for (const state of states) {
    if (state.measure === measure && (found === null || state.remaining < found.remaining)) found = state;
  }
  return found;
}

/** As OpenAI writes it: `250ms`, `7.5s`, `1m0s`. */
function duration(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 100) / 10;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`;
}
