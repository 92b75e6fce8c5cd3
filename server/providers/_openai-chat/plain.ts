import type { ChatResult } from "../../chat.ts";
import { billedTier } from "../_shared/billed-apart.ts";
import { isObject } from "../_shared/json.ts";
import { finishOf } from "./decode.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";
import { usageOf } from "./usage.ts";

/** One choice's text and nothing beside it: what nearly every chunk of nearly every stream is. */
export interface PlainChunk {
  readonly id: string | null;
  readonly model: string;
  readonly fingerprint: string | null;
  readonly choice: number;
  readonly text: string;
  readonly finish: string | null;
}

/**
 * A chunk of a stream that holds text only, checked by hand: the schema takes ten times as long, and a stream has
 * hundreds of chunks.
 *
 * @returns null for anything that needs the schema, right or wrong
 */
export function plainChunk(json: unknown): PlainChunk | null {
  if (!isObject(json) || hasMore(json, CHUNK_EXTRAS) || json["usage"] != null) return null;
  const { id, model, choices, service_tier: tier, system_fingerprint: fingerprint } = json as Record<string, unknown>;
  if (
    !isTextOrNone(id) ||
    !isTextOrNone(fingerprint) ||
    !isTextOrNone(tier) ||
    !isTextOrNone(model) ||
    !Array.isArray(choices) ||
    choices.length !== 1
  )
    return null;
  const choice: unknown = choices[0];
  if (!isObject(choice) || hasMore(choice, CHOICE_EXTRAS)) return null;
  const { index, delta, finish_reason: finish } = choice as Record<string, unknown>;
  if (!isTextOrNone(finish) || !isObject(delta) || hasMore(delta, MESSAGE_EXTRAS)) return null;
  const text = delta["content"];
  if (!isTextOrNone(text) || !(index == null || (Number.isSafeInteger(index) && (index as number) >= 0))) return null;
  return {
    id: id || null,
    model: model ?? "",
    fingerprint: fingerprint ?? null,
    choice: (index as number | null | undefined) ?? 0,
    text: text ?? "",
    finish: finish ?? null,
  };
}

/** The usage of a chunk that has nothing else, as the last of a stream; null for anything that needs the schema. */
export function plainUsage(json: unknown): NonNullable<Parameters<typeof usageOf>[0]> | null {
  if (!isObject(json) || hasMore(json, CHUNK_EXTRAS)) return null;
  const { id, model, choices, usage, service_tier: tier } = json as Record<string, unknown>;
  if (!Array.isArray(choices) || choices.length > 0 || tier != null || !isTextOrNone(id) || !isTextOrNone(model))
    return null;
  return usage != null && isPlainUsage(usage) ? usage : null;
}

/** A whole answer of one choice with text only; null for anything that needs the schema. */
export function plainCompletion(json: unknown, quirks: OpenAiChatQuirks): ChatResult | null {
  if (!isObject(json) || hasMore(json, CHUNK_EXTRAS)) return null;
  const { id, model, created, choices, usage, service_tier: tier } = json as Record<string, unknown>;
  const fingerprint = json["system_fingerprint"];
  if (
    !isTextOrNone(fingerprint) ||
    !isTextOrNone(id) ||
    !isTextOrNone(model) ||
    !isTextOrNone(tier) ||
    !isCountOrNone(created)
  )
    return null;
  if (!Array.isArray(choices) || choices.length !== 1 || !isPlainUsage(usage)) return null;
  const choice: unknown = choices[0];
  if (!isObject(choice) || hasMore(choice, CHOICE_EXTRAS)) return null;
  const { message, finish_reason: finish } = choice as Record<string, unknown>;
  if (!isTextOrNone(finish) || !isObject(message) || hasMore(message, MESSAGE_EXTRAS)) return null;
  const text = message["content"];
  if (!isTextOrNone(text)) return null;
  const parts = text ? [{ kind: "text" as const, text, citations: [], cacheControl: null }] : [];
  const reason = finishOf(finish ?? null, parts);
  if (reason === "error") return null;
  return {
    id: id ?? null,
    model: model ?? "",
    ...(fingerprint ? { fingerprint } : {}),
    createdAtMs: created == null ? null : created * 1000,
    choices: [{ parts, finish: reason, stopSequence: null, logprobs: null }],
    usage: usage == null ? null : { ...usageOf(usage, quirks), ...billedTier(tier) },
    serviceTier: tier ?? null,
  };
}

/** Fields beside the ordinary ones that mean something; all others are passed over, as the schema does. */
const CHUNK_EXTRAS = ["error", "x_groq", "citations", "search_results"] as const;
const CHOICE_EXTRAS = ["logprobs", "usage", "error"] as const;
const MESSAGE_EXTRAS = [
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "refusal",
  "tool_calls",
  "function_call",
  "annotations",
  "audio",
  "images",
] as const;

function hasMore(object: object, names: readonly string[]): boolean {
  for (const name of names) {
    const value = (object as Record<string, unknown>)[name];
    if (value != null && value !== "" && !(Array.isArray(value) && value.length === 0)) return true;
  }
  return false;
}

function isTextOrNone(value: unknown): value is string | null | undefined {
  return value == null || typeof value === "string";
}

function isCountOrNone(value: unknown): value is number | null | undefined {
  return value == null || (typeof value === "number" && value >= 0);
}

function isPlainUsage(value: unknown): value is Parameters<typeof usageOf>[0] | null | undefined {
  if (value == null) return true;
  return (
    isObject(value) &&
    COUNTS.every((name) => isCountOrNone(value[name])) &&
    DETAILS.every((name) => value[name] == null || areCounts(value[name]))
  );
}

const COUNTS = [
  "prompt_tokens",
  "completion_tokens",
  "total_tokens",
  "prompt_cache_hit_tokens",
  "cached_tokens",
  "reasoning_tokens",
];
const DETAILS = ["prompt_tokens_details", "completion_tokens_details"];

function areCounts(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const name in value) if (!isCountOrNone(value[name])) return false;
  return true;
}
