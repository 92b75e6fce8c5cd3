import type { Usage } from "../../chat.ts";

/** Usage of a call that only reads. */
export function inputUsage(tokens: number): Usage {
  return {
    inputUncached: tokens,
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: 0,
    reasoning: 0,
    estimated: false,
  };
}
