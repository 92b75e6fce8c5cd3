import type { AssistantPart, ChatResult, Citation, FinishReason, TokenLogprob, Usage } from "../../chat.ts";
import type { RenderContext } from "../../dialect.ts";

/** Neutral result to the body of a chat completion. */
export function renderOpenAiChat(result: ChatResult, context: RenderContext): unknown {
  return {
    id: result.id ?? `chatcmpl-${context.requestId}`,
    object: "chat.completion",
    created: Math.floor((result.createdAtMs ?? context.nowMs) / 1000),
    model: context.model,
    choices: result.choices.map((choice, index) => ({
      index,
      message: renderMessage(choice.parts),
      logprobs: choice.logprobs === null ? null : { content: choice.logprobs.map(renderLogprob), refusal: null },
      finish_reason: finishReason(choice.finish),
    })),
    usage: result.usage === null ? undefined : renderUsage(result.usage),
    service_tier: result.serviceTier ?? undefined,
  };
}

function renderMessage(parts: readonly AssistantPart[]): object {
  const texts = parts.filter((part) => part.kind === "text");
  const refusals = parts.filter((part) => part.kind === "refusal");
  const reasoning = parts.filter((part) => part.kind === "reasoning" && part.text !== "");
  const calls = parts.filter((part) => part.kind === "tool_call");
  const citations = texts.flatMap((part) => part.citations);
  return {
    role: "assistant",
    content: texts.length === 0 ? null : texts.map((part) => part.text).join(""),
    refusal: refusals.length === 0 ? null : refusals.map((part) => part.text).join(""),
    reasoning_content:
      reasoning.length === 0 ? undefined : reasoning.map((part) => (part as { text: string }).text).join(""),
    annotations: citations.length === 0 ? undefined : citations.map(renderCitation),
    tool_calls:
      calls.length === 0
        ? undefined
        : calls.map((call) => ({
            id: call.id,
            type: "function",
            function: { name: call.name, arguments: call.argumentsJson },
            ...extraContent(call.signature),
          })),
  };
}

/** A signature that must come back with the call travels where Google's own compatible endpoint puts it. */
export function extraContent(signature: string | null): object {
  return signature === null ? {} : { extra_content: { google: { thought_signature: signature } } };
}

export function renderCitation({ url, title, start, end }: Citation): object {
  return {
    type: "url_citation",
    url_citation: { url: url ?? "", title: title ?? "", start_index: start ?? 0, end_index: end ?? 0 },
  };
}

export function renderLogprob({ token, logprob, bytes, top }: TokenLogprob): object {
  return { token, logprob, bytes, top_logprobs: top };
}

export function finishReason(finish: FinishReason): string {
  switch (finish) {
    case "length":
      return "length";
    case "tool_calls":
      return "tool_calls";
    case "content_filter":
      return "content_filter";
    default:
      return "stop";
  }
}

/** OpenAI's `prompt_tokens` counts all input, cached included; `completion_tokens` counts reasoning too. */
export function renderUsage(usage: Usage): object {
  const input = usage.inputUncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
  return {
    prompt_tokens: input,
    completion_tokens: usage.output,
    total_tokens: input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cacheRead, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
