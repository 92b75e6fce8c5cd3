import type {
  AssistantPart,
  ChatResult,
  Citation,
  FinishReason,
  TokenLogprob,
  ToolCallPart,
  Usage,
} from "../../chat.ts";
import type { RenderContext } from "../../dialect.ts";
import { inputTokensOf } from "../_shared/answer-usage.ts";
import { showProof } from "../_shared/proof.ts";
import { reasoningDetails } from "./reasoning-details.ts";

/** Neutral result to the body of a chat completion. */
export function renderOpenAiChat(result: ChatResult, context: RenderContext): unknown {
  const isLegacy = wantsLegacyFunctions(context);
  return {
    id: result.id ?? `chatcmpl-${context.requestId}`,
    object: "chat.completion",
    created: Math.floor((result.createdAtMs ?? context.nowMs) / 1000),
    model: context.model,
    choices: result.choices.map((choice, index) => ({
      index,
      message: renderMessage(choice.parts, isLegacy),
      logprobs: choice.logprobs === null ? null : { content: choice.logprobs.map(renderLogprob), refusal: null },
      finish_reason: finishReason(
        choice.finish,
        choice.parts.some((part) => part.kind === "refusal"),
        isLegacy,
      ),
    })),
    usage: result.usage === null ? undefined : renderUsage(result.usage),
    service_tier: result.serviceTier ?? undefined,
    system_fingerprint: result.fingerprint,
  };
}

/** Clients that declared `functions` instead of `tools` look for the one `function_call`. */
export function wantsLegacyFunctions({ request }: RenderContext): boolean {
  return request.forRender?.["legacyFunctions"] === true;
}

function renderMessage(parts: readonly AssistantPart[], isLegacy: boolean): object {
  const texts = parts.filter((part) => part.kind === "text");
  const refusals = parts.filter((part) => part.kind === "refusal");
  const reasoning = parts.filter((part) => part.kind === "reasoning");
  const thoughts = reasoning.map((part) => part.text).join("");
  const calls = parts.filter((part) => part.kind === "tool_call");
  const citations = texts.flatMap((part) => part.citations);
  const [first] = calls;
  return {
    role: "assistant",
    content: texts.length === 0 ? null : texts.map((part) => part.text).join(""),
    refusal: refusals.length === 0 ? null : refusals.map((part) => part.text).join(""),
    reasoning_content: thoughts === "" ? undefined : thoughts,
    reasoning_details: reasoningDetails(reasoning),
    annotations: citations.length === 0 ? undefined : citations.map(renderCitation),
    function_call: isLegacy && first !== undefined ? { name: first.name, arguments: first.argumentsJson } : undefined,
    tool_calls: isLegacy || first === undefined ? undefined : calls.map(renderCall),
  };
}

function renderCall(call: ToolCallPart): object {
  return {
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: call.argumentsJson },
    ...extraContent(call.signature),
  };
}

/** A signature that must come back with the call travels where Google's own compatible endpoint puts it. */
export function extraContent(signature: string | null): object {
  return signature === null ? {} : { extra_content: { google: { thought_signature: showProof("google", signature) } } };
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

/** @param hasRefusal whether the answer says why it refuses; a silent refusal is a filter's */
export function finishReason(finish: FinishReason, hasRefusal: boolean, isLegacy = false): string {
  switch (finish) {
    case "length":
      return "length";
    case "tool_calls":
      return isLegacy ? "function_call" : "tool_calls";
    case "content_filter":
      return "content_filter";
    case "refusal":
      return hasRefusal ? "stop" : "content_filter";
    default:
      return "stop";
  }
}

/** OpenAI's `prompt_tokens` counts all input, cached included; `completion_tokens` counts reasoning too. */
export function renderUsage(usage: Usage): object {
  const input = inputTokensOf(usage);
  return {
    prompt_tokens: input,
    completion_tokens: usage.output,
    total_tokens: input + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
      audio_tokens: (usage.inputAudio ?? 0) + (usage.cacheReadAudio ?? 0),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: usage.outputAudio ?? 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
