import { z } from "zod";
import type { AssistantPart, ChatResult, Citation, FinishReason, Unplaced, Usage } from "../../chat.ts";
import { sealSignature } from "../../signature.ts";
import { badResponse, faultOf, UpstreamFaultError } from "../../upstream-fault.ts";
import { logprobsOf as chatLogprobs } from "../_openai-chat/decode.ts";
import { faultOfOpenAiBody } from "../_openai-chat/fault.ts";
import { WireLogprobs } from "../_openai-chat/wire.ts";
import { billedSearches, billedTier } from "../_shared/billed-apart.ts";
import { isObject } from "../_shared/json.ts";
import { lax, laxCount, laxText } from "../_shared/lax.ts";
import { unplacedField } from "../_shared/unplaced.ts";

const WireUsage = z.looseObject({
  input_tokens: laxCount,
  output_tokens: laxCount,
  input_tokens_details: lax(z.looseObject({ cached_tokens: laxCount, cache_write_tokens: laxCount })),
  output_tokens_details: lax(z.looseObject({ reasoning_tokens: laxCount })),
});

export const WireAnnotation = z.looseObject({
  type: laxText,
  url: laxText,
  title: laxText,
  filename: laxText,
  index: lax(z.number()),
  start_index: lax(z.number()),
  end_index: lax(z.number()),
});

const WireText = z.looseObject({ text: laxText });
/** Items of the vendor's own tools have fields of these names in forms of their own. */
export const WireItem = z.looseObject({
  type: z.string(),
  id: laxText,
  call_id: laxText,
  name: laxText,
  arguments: z.unknown().optional(),
  input: z.unknown().optional(),
  content: lax(
    z.union([
      z.string(),
      z.array(
        z.looseObject({
          type: laxText,
          text: laxText,
          refusal: laxText,
          annotations: lax(z.array(WireAnnotation)),
          logprobs: z.unknown().optional(),
        }),
      ),
    ]),
  ),
  summary: lax(z.array(WireText)),
  encrypted_content: laxText,
  action: z.unknown().optional(),
});
export type WireItem = z.infer<typeof WireItem>;

export const WireResponse = z.looseObject({
  id: laxText,
  model: laxText,
  created_at: lax(z.number()),
  status: laxText,
  error: lax(z.looseObject({})),
  incomplete_details: lax(z.looseObject({ reason: laxText })),
  output: z.array(WireItem).nullish(),
  usage: lax(WireUsage),
  service_tier: laxText,
});
export type WireResponse = z.infer<typeof WireResponse>;

const WireWhole = WireResponse.extend({ output: z.array(WireItem) });

/** @throws UpstreamFaultError `bad_response`, or the fault of a response that failed */
export function decodeResponses(body: unknown): ChatResult {
  const parsed = WireWhole.safeParse(body);
  if (!parsed.success) {
    const fault = isObject(body) && body["error"] != null ? faultOfOpenAiBody(body, null, {}) : null;
    throw fault === null ? badResponse("the upstream's answer is no response") : new UpstreamFaultError(fault);
  }
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
    ...unplacedField(response.output.flatMap(unplacedIn)),
  };
}

/** What tools that the vendor runs itself drew and ran; what they searched is in the text. */
export function unplacedIn({ type }: WireItem): Unplaced[] {
  if (type === "image_generation_call") return ["image"];
  return type === "code_interpreter_call" ? ["code"] : [];
}

/** A response that failed tells why in the words of an error body. */
export function failureOf({ error, status }: WireResponse) {
  const fault = error == null ? null : faultOfOpenAiBody({ error }, null, {});
  return fault ?? faultOf("server_error", `the upstream's response ended as ${status ?? "failed"}`);
}

/** Items of tools that the vendor runs itself have no neutral place and fall away; what they found is in the text. */
export function partsOf(item: WireItem): AssistantPart[] {
  switch (item.type) {
    case "message":
      return contentOf(item).flatMap((content): AssistantPart[] => {
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

/** Some servers of the format say a message as plain text. */
function contentOf({ content }: WireItem): Exclude<NonNullable<WireItem["content"]>, string> {
  return typeof content === "string" ? [{ type: "output_text", text: content }] : (content ?? []);
}

/** A custom tool's input is free text and stays as it is. */
export function argumentsOf(item: WireItem): string {
  if (item.type === "custom_tool_call") return typeof item.input === "string" && item.input !== "" ? item.input : "{}";
  const { arguments: said } = item;
  return typeof said === "string" ? said || "{}" : JSON.stringify(said ?? {});
}

/** Open models tell their reasoning itself, OpenAI's a summary in paragraphs. */
function reasoningText(item: WireItem): string {
  const { summary } = item;
  const own = contentOf(item)
    .map(({ text }) => text ?? "")
    .join("");
  return own !== "" ? own : (summary ?? []).map(({ text }) => text ?? "").join("\n\n");
}

/** The item's id and its encrypted content, which go back together. */
export function proofOf({ id, encrypted_content: encrypted }: WireItem) {
  return {
    signature: id && encrypted ? sealSignature("openai", id) : null,
    redacted: encrypted ? sealSignature("openai", encrypted) : null,
  };
}

const CITATIONS = new Set(["url_citation", "file_citation", "container_file_citation"]);

export function citationOf(wire: z.infer<typeof WireAnnotation>): Citation[] {
  if (!CITATIONS.has(wire.type ?? "")) return [];
  return [
    {
      text: "",
      url: wire.url ?? null,
      title: wire.title ?? wire.filename ?? null,
      start: wire.start_index ?? wire.index ?? null,
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
  const cacheWrite5m = Math.min(input - cacheRead, wire.input_tokens_details?.cache_write_tokens ?? 0);
  return {
    inputUncached: input - cacheRead - cacheWrite5m,
    cacheRead,
    cacheWrite5m,
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
  return chatLogprobs(WireLogprobs.parse({ content: wire })) ?? [];
}

function logprobsOf(output: readonly WireItem[]) {
  const entries = output.flatMap((item) => contentOf(item).flatMap(({ logprobs }) => logprobEntries(logprobs)));
  return entries.length === 0 ? null : entries;
}
