import { z } from "zod";
import type { AssistantPart, ChatResult, Citation, FinishReason, TokenLogprob, Usage } from "../../chat.ts";
import { badResponse } from "../../upstream-fault.ts";
import { billedTier, modalities } from "../_shared/billed-apart.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

export const WireUsage = z.looseObject({
  prompt_tokens: z.number().nullish(),
  completion_tokens: z.number().nullish(),
  total_tokens: z.number().nullish(),
  prompt_tokens_details: z
    .looseObject({
      cached_tokens: z.number().nullish(),
      audio_tokens: z.number().nullish(),
      image_tokens: z.number().nullish(),
    })
    .nullish(),
  completion_tokens_details: z
    .looseObject({
      reasoning_tokens: z.number().nullish(),
      audio_tokens: z.number().nullish(),
      image_tokens: z.number().nullish(),
    })
    .nullish(),
  prompt_cache_hit_tokens: z.number().nullish(),
});

const WireFunction = z
  .looseObject({
    name: z.string().nullish(),
    arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  })
  .nullish();

const WireToolCall = z.looseObject({
  id: z.string().nullish(),
  index: z.number().nullish(),
  function: WireFunction,
});

const WireAnnotation = z.looseObject({
  type: z.string(),
  url_citation: z
    .looseObject({
      url: z.string().nullish(),
      title: z.string().nullish(),
      start_index: z.number().nullish(),
      end_index: z.number().nullish(),
    })
    .nullish(),
});

const WireTokenLogprob = z.looseObject({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.number()).nullish(),
});
export const WireLogprobs = z
  .looseObject({
    content: z.array(WireTokenLogprob.extend({ top_logprobs: z.array(WireTokenLogprob).nullish() })).nullish(),
  })
  .nullish();

/** Text may come as a string or, from Mistral's reasoning models, as typed chunks. */
const WireContent = z.union([
  z.string(),
  z.array(
    z.looseObject({
      type: z.string(),
      text: z.string().nullish(),
      thinking: z.array(z.looseObject({ text: z.string().nullish() })).nullish(),
    }),
  ),
]);

export const WireMessage = z.looseObject({
  content: WireContent.nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(WireToolCall).nullish(),
  /** The one call of models and clients from before tools. */
  function_call: WireFunction,
  /** Spoken answers say in text what they say. */
  audio: z.looseObject({ transcript: z.string().nullish() }).nullish(),
  annotations: z.array(WireAnnotation).nullish(),
});
export type WireMessage = z.infer<typeof WireMessage>;

/** Perplexity lists what it read beside the answer. */
export const WireSources = {
  citations: z.array(z.unknown()).nullish(),
  search_results: z.array(z.looseObject({ url: z.string().nullish(), title: z.string().nullish() })).nullish(),
};

const WireCompletion = z.looseObject({
  ...WireSources,
  id: z.string().nullish(),
  model: z.string().nullish(),
  created: z.number().nullish(),
  choices: z.array(
    z.looseObject({ message: WireMessage, finish_reason: z.string().nullish(), logprobs: WireLogprobs }),
  ),
  usage: WireUsage.nullish(),
  service_tier: z.string().nullish(),
  system_fingerprint: z.string().nullish(),
});

/** @throws UpstreamFaultError `bad_response` */
export function decodeOpenAiChat(body: unknown, quirks: OpenAiChatQuirks): ChatResult {
  const parsed = WireCompletion.safeParse(body);
  if (!parsed.success || parsed.data.choices.length === 0)
    throw badResponse("the upstream's answer is no chat completion");
  const { id, model, created, choices, usage, service_tier, system_fingerprint: fingerprint } = parsed.data;
  return {
    id: id ?? null,
    model: model ?? "",
    ...(fingerprint ? { fingerprint } : {}),
    createdAtMs: created == null ? null : created * 1000,
    choices: choices.map(({ message, finish_reason, logprobs }) => {
      const parts = withSources(partsOf(message), searchCitations(parsed.data));
      return {
        parts,
        finish: finishOf(finish_reason ?? null, parts),
        stopSequence: null,
        logprobs: logprobs?.content?.map(tokenLogprob) ?? null,
      };
    }),
    usage: usage == null ? null : { ...usageOf(usage, quirks), ...billedTier(service_tier) },
    serviceTier: service_tier ?? null,
  };
}

function withSources(parts: AssistantPart[], sources: readonly Citation[]): AssistantPart[] {
  if (sources.length === 0) return parts;
  return parts.map((part) => (part.kind === "text" ? { ...part, citations: [...part.citations, ...sources] } : part));
}

function partsOf(message: WireMessage): AssistantPart[] {
  const { text, thinking } = contentOf(message);
  const parts: AssistantPart[] = [];
  if (thinking !== "") parts.push({ kind: "reasoning", text: thinking, signature: null, redacted: null });
  if (text !== "") parts.push({ kind: "text", text, citations: citationsOf(message), cacheControl: null });
  if (message.refusal) parts.push({ kind: "refusal", text: message.refusal });
  for (const [index, call] of callsOf(message).entries()) {
    parts.push({
      kind: "tool_call",
      id: call.id ?? `call_${index}`,
      name: call.function?.name ?? "",
      argumentsJson: argumentsOf(call.function?.arguments),
      signature: null,
    });
  }
  return parts;
}

/** Tool calls of a message or of a stream's delta, the older form among them. */
export function callsOf({ tool_calls: calls, function_call: call }: WireMessage) {
  if (calls != null && calls.length > 0) return calls;
  return call == null ? [] : [{ index: 0, function: call }];
}

/** Answer text and reasoning of a message or of a stream's delta. */
export function contentOf(message: WireMessage): { readonly text: string; readonly thinking: string } {
  let thinking = message.reasoning_content ?? message.reasoning ?? "";
  if (typeof message.content === "string") return { text: message.content, thinking };
  let text = message.content == null ? (message.audio?.transcript ?? "") : "";
  for (const chunk of message.content ?? []) {
    if (chunk.type === "thinking") thinking += (chunk.thinking ?? []).map((part) => part.text ?? "").join("");
    else text += chunk.text ?? "";
  }
  return { text, thinking };
}

export function citationsOf(message: WireMessage): Citation[] {
  return (message.annotations ?? []).flatMap(({ url_citation: citation }) =>
    citation == null
      ? []
      : [
          {
            text: "",
            url: citation.url ?? null,
            title: citation.title ?? null,
            start: citation.start_index ?? null,
            end: citation.end_index ?? null,
          },
        ],
  );
}

/** Sources of a whole answer, without a place in its text. */
export function searchCitations({
  citations,
  search_results: results,
}: {
  readonly citations?: readonly unknown[] | null | undefined;
  readonly search_results?:
    | readonly { readonly url?: string | null | undefined; readonly title?: string | null | undefined }[]
    | null
    | undefined;
}): Citation[] {
  const base = { text: "", start: null, end: null };
  if (results != null && results.length > 0) {
    return results.map(({ url, title }) => ({ ...base, url: url ?? null, title: title ?? null }));
  }
  return (citations ?? []).flatMap((url) => (typeof url === "string" ? [{ ...base, url, title: null }] : []));
}

export function objectArguments(value: Record<string, unknown>): string {
  return JSON.stringify(value);
}

/** Some servers send arguments as an object instead of JSON text. */
function argumentsOf(value: string | Record<string, unknown> | null | undefined): string {
  if (typeof value === "string") return value === "" ? "{}" : value;
  return JSON.stringify(value ?? {});
}

export function tokenLogprob(
  entry: z.infer<typeof WireTokenLogprob> & { top_logprobs?: z.infer<typeof WireTokenLogprob>[] | null | undefined },
): TokenLogprob {
  const plain = ({ token, logprob, bytes }: z.infer<typeof WireTokenLogprob>) => ({
    token,
    logprob,
    bytes: bytes ?? null,
  });
  return { ...plain(entry), top: (entry.top_logprobs ?? []).map(plain) };
}

export function finishOf(reason: string | null, parts: readonly { readonly kind: string }[]): FinishReason {
  if (reason === "length" || reason === "model_length" || reason === "max_tokens") return "length";
  if (reason === "content_filter") return "content_filter";
  if (reason === "error" || reason === "insufficient_system_resource") return "error";
  if (reason === "tool_calls" || reason === "function_call") return "tool_calls";
  // Several servers say "stop" although they call tools.
  if (parts.some((part) => part.kind === "tool_call")) return "tool_calls";
  return parts.some((part) => part.kind === "refusal") ? "refusal" : "stop";
}

export function usageOf(usage: z.infer<typeof WireUsage>, quirks: OpenAiChatQuirks): Usage {
  const input = usage.prompt_tokens ?? 0;
  const cacheRead = Math.min(input, usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? 0);
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  const completion = usage.completion_tokens ?? 0;
  const total = usage.total_tokens ?? null;
  // The sum tells on which side of the line reasoning was counted; where there is none, the vendor's habit does.
  const isBeside =
    total === null ? quirks.reasoningBesideOutput : reasoning > 0 && total === input + completion + reasoning;
  const whole = {
    inputUncached: input - cacheRead,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: isBeside ? completion + reasoning : completion,
    reasoning,
    estimated: false,
  };
  const counts = {
    inputAudio: usage.prompt_tokens_details?.audio_tokens,
    inputImage: usage.prompt_tokens_details?.image_tokens,
    cacheReadAudio: 0,
    outputAudio: usage.completion_tokens_details?.audio_tokens,
    outputImage: usage.completion_tokens_details?.image_tokens,
  };
  return { ...whole, ...modalities(counts, whole) };
}
