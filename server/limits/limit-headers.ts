import type { LimitState, Measure } from "./limiter.ts";

/** Tells a client how it stands, in the headers that its own library reads; of each measure the limit that is nearest. */
export function limitHeaders(format: string, states: readonly LimitState[], nowMs: number): Record<string, string> {
  const headers: Record<string, string> = {};
  const isAnthropic = format === "anthropic-messages";
  for (const { measure, limit, remaining, reset } of isAnthropic ? ANTHROPIC : OPENAI) {
    const state = nearest(states, measure);
    if (state === null) continue;
    headers[limit] = String(state.limit);
    headers[remaining] = String(state.remaining);
    headers[reset] = isAnthropic ? new Date(nowMs + state.resetsInMs).toISOString() : duration(state.resetsInMs);
  }
  return headers;
}

/** Whole names, because one that is put together is looked up by its letters each time. */
interface HeaderNames {
  readonly measure: Measure;
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

const MEASURES: readonly Measure[] = ["requests", "tokens", "input_tokens", "output_tokens"];

function namesOf(name: (measure: string, what: string) => string): readonly HeaderNames[] {
  return MEASURES.map((measure) => {
    const text = measure.replace("_", "-");
    return { measure, limit: name(text, "limit"), remaining: name(text, "remaining"), reset: name(text, "reset") };
  });
}

const OPENAI = namesOf((measure, what) => `x-ratelimit-${what}-${measure}`);
const ANTHROPIC = namesOf((measure, what) => `anthropic-ratelimit-${measure}-${what}`);

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
