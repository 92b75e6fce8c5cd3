import { z } from "zod";
import type { AssistantPart, ChatResult, FinishReason, Usage } from "../../chat.ts";
import { sealSignature } from "../../signature.ts";
import { badResponse } from "../../upstream-fault.ts";
import { JSON_TOOL } from "../_anthropic/encode.ts";

const count = z.number().nonnegative().nullish();
export const WireUsage = z.looseObject({
  inputTokens: count,
  outputTokens: count,
  cacheReadInputTokens: count,
  cacheWriteInputTokens: count,
  cacheDetails: z.array(z.looseObject({ ttl: z.string().nullish(), inputTokens: count })).nullish(),
});

const WireBlock = z.looseObject({
  text: z.string().nullish(),
  toolUse: z
    .looseObject({ toolUseId: z.string().nullish(), name: z.string().nullish(), input: z.unknown().optional() })
    .nullish(),
  reasoningContent: z
    .looseObject({
      reasoningText: z.looseObject({ text: z.string().nullish(), signature: z.string().nullish() }).nullish(),
      redactedContent: z.string().nullish(),
    })
    .nullish(),
});

export const WireMore = z
  .looseObject({
    stop_sequence: z.string().nullish(),
    delta: z.looseObject({ stop_sequence: z.string().nullish() }).nullish(),
  })
  .nullish();

const WireAnswer = z.looseObject({
  output: z.looseObject({ message: z.looseObject({ content: z.array(WireBlock) }) }),
  stopReason: z.string().nullish(),
  usage: WireUsage.nullish(),
  additionalModelResponseFields: WireMore,
});

/** @throws UpstreamFaultError `bad_response` */
export function decodeConverse(body: unknown): ChatResult {
  const parsed = WireAnswer.safeParse(body);
  if (!parsed.success) throw badResponse("the upstream's answer is no Converse answer");
  const { output, stopReason, usage, additionalModelResponseFields: more } = parsed.data;
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
    usage: usage == null ? null : usageOf(usage),
    serviceTier: null,
  };
}

function partOf({ text, toolUse, reasoningContent }: z.infer<typeof WireBlock>): AssistantPart[] {
  if (toolUse != null) {
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
  return text ? [{ kind: "text", text, citations: [], cacheControl: null }] : [];
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
    cacheWrite1h: hour,
    output: wire.outputTokens ?? 0,
    reasoning: 0,
    estimated: false,
  };
}
