import { z } from "zod";
import type { AssistantPart, ChatResult, Citation, FinishReason, Usage } from "../../chat.ts";
import { sealSignature } from "../../signature.ts";
import { badResponse, UpstreamFaultError } from "../../upstream-fault.ts";
import { JSON_TOOL } from "../_anthropic/encode.ts";
import { billedTier } from "../_shared/billed-apart.ts";
import { isObject } from "../_shared/json.ts";
import { lax, laxCount, laxText } from "../_shared/lax.ts";
import { faultOfException } from "./fault.ts";

export const WireUsage = z.looseObject({
  inputTokens: laxCount,
  outputTokens: laxCount,
  cacheReadInputTokens: laxCount,
  cacheWriteInputTokens: laxCount,
  cacheDetails: lax(z.array(z.looseObject({ ttl: laxText, inputTokens: laxCount }))),
});

/** `type` is told only of tools that the vendor runs itself (`server_tool_use`). */
export const WireCall = z.looseObject({ toolUseId: laxText, name: laxText, type: laxText });

export const WireCitation = z.looseObject({
  title: laxText,
  source: laxText,
  sourceContent: lax(z.array(z.looseObject({ text: laxText }))),
  location: lax(z.looseObject({ web: lax(z.looseObject({ url: laxText })) })),
});

const WireBlock = z.looseObject({
  text: laxText,
  toolUse: WireCall.extend({ input: z.unknown().optional() }).nullish(),
  reasoningContent: z
    .looseObject({
      reasoningText: z.looseObject({ text: laxText, signature: laxText }).nullish(),
      redactedContent: laxText,
    })
    .nullish(),
  /** A text that cites what it was given. */
  citationsContent: z
    .looseObject({
      content: lax(z.array(z.looseObject({ text: laxText }))),
      citations: lax(z.array(WireCitation)),
    })
    .nullish(),
});

export const WireMore = lax(
  z.looseObject({ stop_sequence: laxText, delta: lax(z.looseObject({ stop_sequence: laxText })) }),
);
export const WireTier = lax(z.looseObject({ type: laxText }));

const WireAnswer = z.looseObject({
  output: z.looseObject({ message: z.looseObject({ content: z.array(WireBlock) }) }),
  stopReason: laxText,
  usage: lax(WireUsage),
  serviceTier: WireTier,
  additionalModelResponseFields: WireMore,
});

/** @throws UpstreamFaultError `bad_response` */
export function decodeConverse(body: unknown): ChatResult {
  const parsed = WireAnswer.safeParse(body);
  if (!parsed.success) {
    if (isObject(body) && typeof (body["message"] ?? body["Message"]) === "string") {
      throw new UpstreamFaultError(faultOfException(null, body, null, null));
    }
    throw badResponse("the upstream's answer is no Converse answer");
  }
  const { output, stopReason, usage, serviceTier, additionalModelResponseFields: more } = parsed.data;
  const parts = output.message.content.flatMap(partOf);
  return {
    id: null,
    model: "",
    createdAtMs: null,
    choices: [
      {
        parts,
        finish: finishOf(stopReason ?? null, parts),
        stopSequence: stopSequenceOf(more),
        logprobs: null,
      },
    ],
    usage: usage == null ? null : { ...usageOf(usage), ...billedTier(serviceTier?.type) },
    serviceTier: serviceTier?.type ?? null,
  };
}

/** Tools that the vendor runs itself have no neutral place and fall away; what they found is in the text. */
function partOf({ text, toolUse, reasoningContent, citationsContent }: z.infer<typeof WireBlock>): AssistantPart[] {
  if (toolUse != null) {
    if (toolUse.type === SERVER_TOOL) return [];
    const json = typeof toolUse.input === "string" ? toolUse.input : JSON.stringify(toolUse.input ?? {});
    if (toolUse.name === JSON_TOOL) return [{ kind: "text", text: json, citations: [], cacheControl: null }];
    return [
      {
        kind: "tool_call",
        id: toolUse.toolUseId ?? "",
        name: toolUse.name ?? "",
        argumentsJson: json,
        signature: null,
      },
    ];
  }
  if (reasoningContent != null) {
    const { reasoningText, redactedContent } = reasoningContent;
    const signature = reasoningText?.signature ? sealSignature("anthropic", reasoningText.signature) : null;
    const redacted = redactedContent ? sealSignature("anthropic", redactedContent) : null;
    return [{ kind: "reasoning", text: reasoningText?.text ?? "", signature, redacted }];
  }
  if (citationsContent != null) {
    const said = (citationsContent.content ?? []).map((piece) => piece.text ?? "").join("");
    const citations = (citationsContent.citations ?? []).map(citationOf);
    return said === "" ? [] : [{ kind: "text", text: said, citations, cacheControl: null }];
  }
  return text ? [{ kind: "text", text, citations: [], cacheControl: null }] : [];
}

export const SERVER_TOOL = "server_tool_use";

export function citationOf({ title, source, sourceContent, location }: z.infer<typeof WireCitation>): Citation {
  const link = location?.web?.url ?? source ?? null;
  return {
    text: (sourceContent ?? []).map(({ text }) => text ?? "").join(""),
    url: link?.includes("://") ? link : null,
    title: title ?? null,
    start: null,
    end: null,
  };
}

export function stopSequenceOf(more: z.infer<typeof WireMore>): string | null {
  return more?.stop_sequence ?? more?.delta?.stop_sequence ?? null;
}

export function finishOf(reason: string | null, parts: readonly { readonly kind: string }[]): FinishReason {
  const hasCall = parts.some((part) => part.kind === "tool_call");
  switch (reason) {
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length";
    case "stop_sequence":
      return "stop_sequence";
    case "guardrail_intervened":
    case "content_filtered":
      return "content_filter";
    case "refusal":
      return "refusal";
    case "malformed_model_output":
    case "malformed_tool_use":
      return "error";
    default:
      return hasCall ? "tool_calls" : "stop";
  }
}

/** The vendor's input tokens are those that no cache served or took. */
export function usageOf(wire: z.infer<typeof WireUsage>): Usage {
  const written = wire.cacheWriteInputTokens ?? 0;
  const hour = (wire.cacheDetails ?? [])
    .filter(({ ttl }) => ttl === "1h")
    .reduce((sum, { inputTokens }) => sum + (inputTokens ?? 0), 0);
  return {
    inputUncached: wire.inputTokens ?? 0,
    cacheRead: wire.cacheReadInputTokens ?? 0,
    cacheWrite5m: Math.max(0, written - hour),
    cacheWrite1h: Math.min(hour, written),
    output: wire.outputTokens ?? 0,
    reasoning: 0,
    estimated: false,
  };
}
