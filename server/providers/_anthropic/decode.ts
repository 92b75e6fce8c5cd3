import { z } from "zod";
import type { AssistantPart, ChatResult, Citation, FinishReason, Unplaced, Usage } from "../../chat.ts";
import { sealSignature } from "../../signature.ts";
import { badResponse, UpstreamFaultError } from "../../upstream-fault.ts";
import { billedSearches, billedTier } from "../_shared/billed-apart.ts";
import { lax, laxCount, laxText } from "../_shared/lax.ts";
import { unplacedField } from "../_shared/unplaced.ts";
import { JSON_TOOL } from "./encode.ts";
import { faultOfAnthropicBody } from "./fault.ts";

export const WireUsage = z.looseObject({
  input_tokens: laxCount,
  output_tokens: laxCount,
  cache_read_input_tokens: laxCount,
  cache_creation_input_tokens: laxCount,
  cache_creation: lax(z.looseObject({ ephemeral_5m_input_tokens: laxCount, ephemeral_1h_input_tokens: laxCount })),
  output_tokens_details: lax(z.looseObject({ thinking_tokens: laxCount, reasoning_tokens: laxCount })),
  server_tool_use: lax(z.looseObject({ web_search_requests: laxCount })),
});
export type WireUsage = z.infer<typeof WireUsage>;

export const WireCitation = z.looseObject({
  cited_text: laxText,
  url: laxText,
  source: laxText,
  title: laxText,
  document_title: laxText,
});

/** Blocks of the vendor's own tools have fields of these names in forms of their own. */
export const WireBlock = z.looseObject({
  type: z.string(),
  text: laxText,
  citations: lax(z.array(WireCitation)),
  thinking: laxText,
  signature: laxText,
  data: laxText,
  id: laxText,
  name: laxText,
  input: z.unknown().optional(),
});
export type WireBlock = z.infer<typeof WireBlock>;

export const WireStopDetails = lax(z.looseObject({ explanation: laxText }));

const WireMessage = z.looseObject({
  id: laxText,
  type: z.literal("message").nullish(),
  model: laxText,
  content: z.array(WireBlock),
  stop_reason: laxText,
  stop_sequence: laxText,
  stop_details: WireStopDetails,
  usage: lax(WireUsage),
});

/** @throws UpstreamFaultError `bad_response` */
export function decodeAnthropic(body: unknown): ChatResult {
  const parsed = WireMessage.safeParse(body);
  if (!parsed.success) {
    const fault = faultOfAnthropicBody(body, null, null);
    throw fault === null ? badResponse("the upstream's answer is no message") : new UpstreamFaultError(fault);
  }
  const { id, model, content, stop_reason, stop_sequence, stop_details, usage } = parsed.data;
  const parts = content.flatMap(partOf);
  const finish = finishOf(stop_reason ?? null, parts);
  if (finish === "refusal" && parts.length === 0) {
    parts.push({ kind: "refusal", text: refusalText(stop_details) });
  }
  return {
    id: id ?? null,
    model: model ?? "",
    createdAtMs: null,
    choices: [{ parts, finish, stopSequence: stop_sequence ?? null, logprobs: null }],
    usage: usage == null ? null : usageOf(usage),
    serviceTier: typeof usage?.["service_tier"] === "string" ? usage["service_tier"] : null,
    ...unplacedField(content.flatMap(unplacedIn)),
  };
}

/** Code that the vendor runs by itself, and what came of it. */
export function unplacedIn({ type, name }: WireBlock): Unplaced[] {
  if (type.endsWith("code_execution_tool_result")) return ["code_result"];
  return type === "server_tool_use" && name?.includes("code_execution") ? ["code"] : [];
}

/** Blocks of tools that the vendor runs itself have no neutral place and fall away; what they found is in the text. */
function partOf(block: WireBlock): AssistantPart[] {
  switch (block.type) {
    case "text":
      return block.text
        ? [{ kind: "text", text: block.text, citations: (block.citations ?? []).map(citationOf), cacheControl: null }]
        : [];
    case "thinking": {
      const signature = block.signature ? sealSignature("anthropic", block.signature) : null;
      return [{ kind: "reasoning", text: block.thinking ?? "", signature, redacted: null }];
    }
    case "redacted_thinking":
      return [{ kind: "reasoning", text: "", signature: null, redacted: sealSignature("anthropic", block.data ?? "") }];
    case "tool_use": {
      const json = JSON.stringify(block.input ?? {});
      if (block.name === JSON_TOOL) return [{ kind: "text", text: json, citations: [], cacheControl: null }];
      return [{ kind: "tool_call", id: block.id ?? "", name: block.name ?? "", argumentsJson: json, signature: null }];
    }
    default:
      return [];
  }
}

export function refusalText(details: z.infer<typeof WireStopDetails>): string {
  return details?.explanation ?? "The model declined to answer.";
}

export function citationOf(wire: z.infer<typeof WireCitation>): Citation {
  return {
    text: wire.cited_text ?? "",
    url: wire.url ?? wire.source ?? null,
    title: wire.title ?? wire.document_title ?? null,
    start: null,
    end: null,
  };
}

export function finishOf(reason: string | null, parts: readonly { readonly kind: string }[]): FinishReason {
  const hasCall = parts.some((part) => part.kind === "tool_call");
  switch (reason) {
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length";
    case "stop_sequence":
      return "stop_sequence";
    case "tool_use":
      // The JSON tool's call became text.
      return hasCall ? "tool_calls" : "stop";
    case "refusal":
      return "refusal";
    case "pause_turn":
      return "pause";
    default:
      return hasCall ? "tool_calls" : "stop";
  }
}

export function usageOf(wire: WireUsage): Usage {
  const { cache_creation: lifetimes } = wire;
  const hour = lifetimes?.ephemeral_1h_input_tokens ?? 0;
  // A stream's end counts the whole once more, the lifetimes only its beginning does.
  const written = wire.cache_creation_input_tokens ?? hour + (lifetimes?.ephemeral_5m_input_tokens ?? 0);
  return {
    inputUncached: wire.input_tokens ?? 0,
    cacheRead: wire.cache_read_input_tokens ?? 0,
    cacheWrite5m: Math.max(0, written - hour),
    cacheWrite1h: Math.min(hour, written),
    output: wire.output_tokens ?? 0,
    reasoning: wire.output_tokens_details?.thinking_tokens ?? wire.output_tokens_details?.reasoning_tokens ?? 0,
    estimated: false,
    ...billedTier(wire["service_tier"]),
    ...billedSearches(wire.server_tool_use?.web_search_requests),
  };
}
