import type { AssistantPart, CacheControl, MediaSource, TextPart } from "../../chat.ts";

export function textPart(text: string, known: Partial<TextPart> = {}): TextPart {
  return { kind: "text", text, citations: [], cacheControl: null, ...known };
}

/** A data URL becomes its bytes; anything else stays a link. */
export function sourceOfUrl(url: string): MediaSource {
  const match = /^data:([^;,]+)(?:;[^;,]+)*;base64,/.exec(url);
  if (match === null) return { kind: "url", url };
  return { kind: "base64", mediaType: match[1]!, data: url.slice(match[0].length) };
}

/** Anthropic's mark, which OpenRouter and others take in the OpenAI format too. */
export function cacheControlOf(
  mark: { readonly ttl?: string | null | undefined } | null | undefined,
): CacheControl | null {
  if (mark === null || mark === undefined) return null;
  return { ttl: mark.ttl === "1h" ? "1h" : "5m" };
}

/** For fields that are absent, not null, when the client marked nothing. */
export function optionalCacheControl(mark: { readonly ttl?: string | null | undefined } | null | undefined): {
  readonly cacheControl?: CacheControl;
} {
  const cacheControl = cacheControlOf(mark);
  return cacheControl === null ? {} : { cacheControl };
}

/** Whether two pieces of an answer's text belong together. */
export function isPlainText(part: AssistantPart | undefined): part is TextPart {
  return part?.kind === "text" && part.citations.length === 0 && part.cacheControl === null && part.signature == null;
}
