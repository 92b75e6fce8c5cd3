import type { Usage } from "../chat.ts";

type Json = Readonly<Record<string, unknown>>;

/** Usage as an answer of any vendor reports it, by the names in use; null when it reports none. */
export function reportedUsage(body: unknown): Usage | null {
  const answer = object(body);
  const said = object(answer?.["usage"] ?? answer?.["usageMetadata"]);
  if (said === null) return null;
  const details: Json = object(said["prompt_tokens_details"] ?? said["input_tokens_details"]) ?? {};
  const cacheRead = count(
    details["cached_tokens"] ?? said["cache_read_input_tokens"] ?? said["cachedContentTokenCount"],
  );
  const cacheWrite = count(said["cache_creation_input_tokens"]);
  const isDisjoint = said["cache_read_input_tokens"] !== undefined || said["cache_creation_input_tokens"] !== undefined;
  const input = first(said, ["prompt_tokens", "input_tokens", "promptTokenCount"]);
  const output = first(said, ["completion_tokens", "output_tokens", "candidatesTokenCount"]);
  if (input === null && output === null) return null;
  const outputDetails = object(said["completion_tokens_details"] ?? said["output_tokens_details"]);
  const reasoning = count(outputDetails?.["reasoning_tokens"] ?? said["thoughtsTokenCount"]);
  return {
    // Anthropic's classes are disjoint; the others count what was cached as input.
    inputUncached: isDisjoint ? (input ?? 0) : Math.max(0, (input ?? 0) - cacheRead),
    cacheRead,
    cacheWrite5m: cacheWrite,
    cacheWrite1h: 0,
    output: (output ?? 0) + (said["thoughtsTokenCount"] === undefined ? 0 : reasoning),
    reasoning,
    estimated: false,
  };
}

function first(said: Json, names: readonly string[]): number | null {
  for (const name of names) if (typeof said[name] === "number") return count(said[name]);
  return null;
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}

function object(value: unknown): Json | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
}
