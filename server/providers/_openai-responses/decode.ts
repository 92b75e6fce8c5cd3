import { z } from "zod";
import type { AssistantPart, ChatResult, Citation, FinishReason, Usage } from "../../chat.ts";
import { sealSignature } from "../../signature.ts";
import { badResponse, faultOf, UpstreamFaultError } from "../../upstream-fault.ts";
import { tokenLogprob, WireLogprobs } from "../_openai-chat/decode.ts";
import { faultOfOpenAiBody } from "../_openai-chat/fault.ts";
import { billedSearches, billedTier } from "../_shared/billed-apart.ts";

const count = z.number().nonnegative().nullish();
const WireUsage = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.looseObject({ cached_tokens: count }).nullish(),
  output_tokens_details: z.looseObject({ reasoning_tokens: count }).nullish(),
});

export const WireAnnotation = z.looseObject({
  type: z.string().nullish(),
  url: z.string().nullish(),
  title: z.string().nullish(),
  filename: z.string().nullish(),
  start_index: z.number().nullish(),
  end_index: z.number().nullish(),
});

const WireText = z.looseObject({ text: z.string().nullish() });
export const WireItem = z.looseObject({
  type: z.string(),
  id: z.string().nullish(),
  call_id: z.string().nullish(),
  name: z.string().nullish(),
  arguments: z.string().nullish(),
  input: z.unknown().optional(),
  content: z
    .array(
      z.looseObject({
        type: z.string(),
        text: z.string().nullish(),
        refusal: z.string().nullish(),
        annotations: z.array(WireAnnotation).nullish(),
        logprobs: z.unknown().optional(),
      }),
    )
    .nullish(),
  summary: z.array(WireText).nullish(),
  encrypted_content: z.string().nullish(),
  action: z.unknown().optional(),
});
export type WireItem = z.infer<typeof WireItem>;

export const WireResponse = z.looseObject({
  id: z.string().nullish(),
  model: z.string().nullish(),
  created_at: z.number().nullish(),
  status: z.string().nullish(),
  error: z.looseObject({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
  incomplete_details: z.looseObject({ reason: z.string().nullish() }).nullish(),
  output: z.array(WireItem).nullish(),
  usage: WireUsage.nullish(),
  service_tier: z.string().nullish(),
});
export type WireResponse = z.infer<typeof WireResponse>;

const WireWhole = WireResponse.extend({ output: z.array(WireItem) });

/** @throws UpstreamFaultError `bad_response`, or the fault of a response that failed */
export function decodeResponses(body: unknown): ChatResult {
  const parsed = WireWhole.safeParse(body);
  if (!parsed.success) throw badResponse("the upstream's answer is no response");
  const response = parsed.data;
  if (response.status === "failed" || response.status === "cancelled") {
    throw new UpstreamFaultError(failureOf(response));
  }
  const parts = response.output.flatMap(partsOf);
  return {
    id: response.id ?? null,
    model: response.model ?? "",
    createdAtMs: response.created_at == null ? null : Math.round(response.created_at * 1000),
    choices: [
      {
        parts,
        finish: finishOf(response, parts),
        stopSequence: null,
        logprobs: logprobsOf(response.output),
      },
    ],
    usage: response.usage == null ? null : usageOf(response.usage, response),
    serviceTier: response.service_tier ?? null,
  };
}

/** A response that failed tells why in the words of an error body. */
export function failureOf({ error, status }: WireResponse) {
  const fault = error == null ? null : faultOfOpenAiBody({ error }, null, {});
  return fault ?? faultOf("server_error", `the upstream's response ended as ${status ?? "failed"}`);
}

/** Items of tools that the vendor runs itself have no neutral place and fall away; what they found is in the text. */
function partsOf(item: WireItem): AssistantPart[] {
  switch (item.type) {
    case "message":
      return (item.content ?? []).flatMap((content): AssistantPart[] => {
        if (content.type === "refusal") return content.refusal ? [{ kind: "refusal", text: content.refusal }] : [];
        if (!content.text) return [];
        const citations = (content.annotations ?? []).flatMap(citationOf);
        return [{ kind: "text", text: content.text, citations, cacheControl: null }];
      });
    case "function_call":
    case "custom_tool_call":
      return [
        {
          kind: "tool_call",
          id: item.call_id ?? item.id ?? "",
          name: item.name ?? "",
          argumentsJson: argumentsOf(item),
          signature: null,
        },
      ];
    case "reasoning": {
      const text = reasoningText(item);
      const proof = proofOf(item);
      return text === "" && proof.redacted === null ? [] : [{ kind: "reasoning", text, ...proof }];
    }
    default:
      return [];
  }
}

/** A custom tool's input is free text and stays as it is. */
export function argumentsOf(item: WireItem): string {
  if (item.type === "custom_tool_call") return typeof item.input === "string" && item.input !== "" ? item.input : "{}";
  return item.arguments || "{}";
}

/** Open models tell their reasoning itself, OpenAI's a summary in paragraphs. */
function reasoningText({ content, summary }: WireItem): string {
  const own = (content ?? []).map(({ text }) => text ?? "").join("");
  return own !== "" ? own : (summary ?? []).map(({ text }) => text ?? "").join("\n\n");
}

/** The item's id and its encrypted content, which go back together. */
export function proofOf({ id, encrypted_content: encrypted }: WireItem) {
  return {
    signature: id && encrypted ? sealSignature("openai", id) : null,
    redacted: encrypted ? sealSignature("openai", encrypted) : null,
  };
}

export function citationOf(wire: z.infer<typeof WireAnnotation>): Citation[] {
  if (wire.type !== "url_citation" && wire.type !== "file_citation") return [];
  return [
    {
      text: "",
      url: wire.url ?? null,
      title: wire.title ?? wire.filename ?? null,
      start: wire.start_index ?? null,
      end: wire.end_index ?? null,
    },
  ];
}

export function finishOf(
  { status, incomplete_details: details }: WireResponse,
  parts: readonly { readonly kind: string }[],
): FinishReason {
  if (status === "incomplete") return details?.reason === "content_filter" ? "content_filter" : "length";
  if (parts.some(({ kind }) => kind === "tool_call")) return "tool_calls";
  return parts.some(({ kind }) => kind === "refusal") ? "refusal" : "stop";
}

export function usageOf(wire: z.infer<typeof WireUsage>, { output, service_tier }: WireResponse): Usage {
  const input = wire.input_tokens ?? 0;
  const cacheRead = Math.min(input, wire.input_tokens_details?.cached_tokens ?? 0);
  return {
    inputUncached: input - cacheRead,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: wire.output_tokens ?? 0,
    reasoning: wire.output_tokens_details?.reasoning_tokens ?? 0,
    estimated: false,
    ...billedTier(service_tier),
    ...billedSearches(
      webSearchesIn(output ?? []),
      (output ?? []).filter(({ type }) => type === "file_search_call").length,
    ),
  };
}

/** Opening a page that was found, or searching in it, is part of the search. */
function webSearchesIn(output: readonly WireItem[]): number {
  return output.filter(({ type, action }) => {
    if (type !== "web_search_call") return false;
    const kind = (action as { type?: unknown } | null | undefined)?.type;
    return kind === undefined || kind === "search";
  }).length;
}

/** The entries are those of the chat format. */
export function logprobEntries(wire: unknown) {
  const parsed = WireLogprobs.safeParse({ content: wire });
  return parsed.data?.content?.map(tokenLogprob) ?? [];
}

function logprobsOf(output: readonly WireItem[]) {
  const entries = output.flatMap((item) => (item.content ?? []).flatMap(({ logprobs }) => logprobEntries(logprobs)));
  return entries.length === 0 ? null : entries;
}
