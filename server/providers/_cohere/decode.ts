import { z } from "zod";
import type { AssistantPart, ChatResult, Citation, FinishReason, TokenLogprob, Usage } from "../../chat.ts";
import { badResponse, UpstreamFaultError } from "../../upstream-fault.ts";
import { isObject } from "../_shared/json.ts";
import { lax, laxCount, laxText } from "../_shared/lax.ts";
import { faultOfCohereBody } from "./fault.ts";

const WireCounts = lax(z.looseObject({ input_tokens: laxCount, output_tokens: laxCount }));
export const WireUsage = z.looseObject({ billed_units: WireCounts, tokens: WireCounts, cached_tokens: laxCount });

export const WireCitation = z.looseObject({
  start: lax(z.number()),
  end: lax(z.number()),
  text: laxText,
  sources: lax(
    z.array(z.looseObject({ id: laxText, document: z.unknown().optional(), tool_output: z.unknown().optional() })),
  ),
});

const WireToolCall = z.looseObject({
  id: laxText,
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

/** One entry may hold several tokens; their words are not told apart. */
export const WireLogprob = z.looseObject({ text: laxText, logprobs: lax(z.array(z.number())) });

const WireAnswer = z.looseObject({
  id: laxText,
  finish_reason: laxText,
  message: z.looseObject({
    tool_plan: laxText,
    content: z
      .union([z.string(), z.array(z.looseObject({ type: z.string(), text: laxText, thinking: laxText }))])
      .nullish(),
    tool_calls: z.array(WireToolCall).nullish(),
    citations: lax(z.array(WireCitation)),
  }),
  logprobs: lax(z.array(WireLogprob)),
  usage: lax(WireUsage),
});

/** @throws UpstreamFaultError `bad_response` */
export function decodeCohere(body: unknown): ChatResult {
  const parsed = WireAnswer.safeParse(body);
  if (!parsed.success) {
    const fault = faultOfCohereBody(body);
    throw fault === null
      ? badResponse("the upstream's answer is no Cohere chat answer")
      : new UpstreamFaultError(fault);
  }
  const { id, finish_reason, message, logprobs, usage } = parsed.data;
  const parts: AssistantPart[] = [];
  if (message.tool_plan) parts.push({ kind: "reasoning", text: message.tool_plan, signature: null, redacted: null });
  const content = typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
  const citations = (message.citations ?? []).flatMap(citationsOf);
  for (const block of content ?? []) {
    if (block.type === "thinking" && "thinking" in block && block.thinking) {
      parts.push({ kind: "reasoning", text: String(block.thinking), signature: null, redacted: null });
    } else if (block.type === "text" && block.text) {
      const isFirst = !parts.some(({ kind }) => kind === "text");
      parts.push({ kind: "text", text: block.text, citations: isFirst ? citations : [], cacheControl: null });
    }
  }
  for (const [index, call] of (message.tool_calls ?? []).entries()) {
    parts.push({
      kind: "tool_call",
      id: call.id ?? `call_${index}`,
      name: call.function?.name ?? "",
      argumentsJson: call.function?.arguments || "{}",
      signature: null,
    });
  }
  return {
    id: id ?? null,
    model: "",
    createdAtMs: null,
    choices: [
      {
        parts,
        finish: finishOf(finish_reason ?? null, parts),
        stopSequence: null,
        logprobs: logprobs?.map(logprobOf) ?? null,
      },
    ],
    usage: usage == null ? null : usageOf(usage),
    serviceTier: null,
  };
}

export function citationsOf({ start, end, text, sources }: z.infer<typeof WireCitation>): Citation[] {
  const base = { text: text ?? "", start: start ?? null, end: end ?? null };
  if (sources == null || sources.length === 0) return [{ ...base, url: null, title: null }];
  return sources.map((source) => {
    const document = [source.document, source.tool_output].find(isObject) ?? {};
    const word = (name: string) => (typeof document[name] === "string" ? document[name] : null);
    return { ...base, url: word("url"), title: word("title") ?? source.id ?? null };
  });
}

export function finishOf(reason: string | null, parts: readonly { readonly kind: string }[]): FinishReason {
  switch (reason) {
    case "MAX_TOKENS":
      return "length";
    case "STOP_SEQUENCE":
      return "stop_sequence";
    case "TOOL_CALL":
      return "tool_calls";
    case "ERROR":
    case "ERROR_LIMIT":
    case "TIMEOUT":
      return "error";
    case "ERROR_TOXIC":
      return "content_filter";
    default:
      return parts.some((part) => part.kind === "tool_call") ? "tool_calls" : "stop";
  }
}

/**
 * The billed units where they are said, for they are what the vendor charges; the tokens it really read, templates
 * included, are more. Cached tokens are counted among the latter and are not billed apart.
 */
export function usageOf({ billed_units: billed, tokens, cached_tokens: cached }: z.infer<typeof WireUsage>): Usage {
  const counts = billed?.input_tokens != null || billed?.output_tokens != null ? billed : tokens;
  const input = counts?.input_tokens ?? 0;
  const cacheRead = counts === tokens ? Math.min(input, cached ?? 0) : 0;
  return {
    inputUncached: input - cacheRead,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: counts?.output_tokens ?? 0,
    reasoning: 0,
    estimated: false,
  };
}

export function logprobOf({ text, logprobs }: z.infer<typeof WireLogprob>): TokenLogprob {
  return {
    token: text ?? "",
    logprob: (logprobs ?? []).reduce((sum, value) => sum + value, 0),
    bytes: null,
    top: [],
  };
}
