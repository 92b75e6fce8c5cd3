import { z } from "zod";
import type {
  AssistantPart,
  ChatChoice,
  ChatResult,
  Citation,
  FinishReason,
  TokenLogprob,
  Unplaced,
} from "../../chat.ts";
import { badResponse, brokenOff, UpstreamFaultError } from "../../upstream-fault.ts";
import { billedTier } from "../_shared/billed-apart.ts";
import { isObject } from "../_shared/json.ts";
import { unplacedField } from "../_shared/unplaced.ts";
import { faultOfOpenAiBody } from "./fault.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";
import { usageOf } from "./usage.ts";
import {
  WireChoice,
  WireHead,
  type WireLogprobEntry,
  type WireLogprobs,
  WireMessage,
  type WireSources,
  type WireToolCall,
} from "./wire.ts";

const WireCompletion = z.looseObject({
  ...WireHead,
  created: z.number().nullish().catch(null),
  choices: z.array(z.looseObject({ ...WireChoice, message: WireMessage })),
});

/** @throws UpstreamFaultError `bad_response`, or the fault that the body tells of */
export function decodeOpenAiChat(body: unknown, quirks: OpenAiChatQuirks): ChatResult {
  const parsed = WireCompletion.safeParse(body);
  if (!parsed.success || parsed.data.choices.length === 0) {
    const fault = isObject(body) && body["error"] != null ? faultOfOpenAiBody(body, null, {}) : null;
    throw fault === null ? badResponse("the upstream's answer is no chat completion") : new UpstreamFaultError(fault);
  }
  const { id, model, created, choices, usage, service_tier, system_fingerprint: fingerprint } = parsed.data;
  const sources = searchCitations(parsed.data);
  return {
    id: id ?? null,
    model: model ?? "",
    ...(fingerprint ? { fingerprint } : {}),
    createdAtMs: created == null ? null : created * 1000,
    choices: choices.map((choice) => choiceOf(choice, sources)),
    usage: usage == null ? null : { ...usageOf(usage, quirks), ...billedTier(service_tier) },
    serviceTier: service_tier ?? null,
    ...unplacedField(choices.flatMap(({ message }) => unplacedIn(message))),
  };
}

/** Of a message, or of a stream's delta. */
export function unplacedIn({ audio, images }: WireMessage): Unplaced[] {
  return [...(images?.length ? (["image"] as const) : []), ...(audio?.data ? (["audio"] as const) : [])];
}

function choiceOf(
  { message, finish_reason, logprobs, error }: z.infer<typeof WireCompletion>["choices"][number],
  sources: readonly Citation[],
): ChatChoice {
  const fault = choiceFault(error);
  if (fault !== null) throw new UpstreamFaultError(fault);
  const parts = withSources(partsOf(message), sources);
  const finish = finishOf(finish_reason ?? null, parts);
  if (finish === "error") throw new UpstreamFaultError(brokenOff(finish_reason));
  return { parts, finish, stopSequence: null, logprobs: logprobsOf(logprobs) };
}

/** The fault that a choice tells of in a broker's answer; null when it is none. */
export function choiceFault(error: unknown) {
  return error == null ? null : faultOfOpenAiBody({ error }, null, {});
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
    const { name, json } = calledBy(call);
    parts.push({
      kind: "tool_call",
      id: call.id || `call_${index}`,
      name,
      argumentsJson: json === "" ? "{}" : json,
      signature: null,
    });
  }
  return parts;
}

/** Tool calls of a message or of a stream's delta, the older form among them. */
export function callsOf({ tool_calls: calls, function_call: call }: WireMessage): WireToolCall[] {
  if (calls != null && calls.length > 0) return calls;
  return call == null ? [] : [{ index: 0, function: call }];
}

/** What a call, or a piece of one, names and says. Some servers send arguments as an object instead of JSON text. */
export function calledBy({ function: called, custom }: WireToolCall): { readonly name: string; readonly json: string } {
  if (called == null && custom != null) return { name: custom.name ?? "", json: custom.input ?? "" };
  const said = called?.arguments;
  return { name: called?.name ?? "", json: typeof said === "string" ? said : said == null ? "" : JSON.stringify(said) };
}

/** Answer text and reasoning of a message or of a stream's delta. */
export function contentOf(message: WireMessage): { readonly text: string; readonly thinking: string } {
  let thinking = message.reasoning_content || message.reasoning || detailsOf(message);
  if (typeof message.content === "string") return { text: message.content, thinking };
  let text = message.content == null ? (message.audio?.transcript ?? "") : "";
  for (const chunk of message.content ?? []) {
    if (chunk.type === "thinking") thinking += thoughtOf(chunk.thinking);
    else text += chunk.text ?? "";
  }
  return { text, thinking };
}

function thoughtOf(thinking: string | readonly { readonly text?: string | null | undefined }[] | null | undefined) {
  return typeof thinking === "string" ? thinking : (thinking ?? []).map(({ text }) => text ?? "").join("");
}

function detailsOf({ reasoning_details: details }: WireMessage): string {
  return (details ?? []).map(({ text, summary }) => text ?? summary ?? "").join("");
}

export function citationsOf(message: WireMessage): Citation[] {
  return (message.annotations ?? []).flatMap(({ url_citation: citation }) =>
    citation == null
      ? []
      : [
          {
            text: citation.content ?? "",
            url: citation.url ?? null,
            title: citation.title ?? null,
            start: citation.start_index ?? null,
            end: citation.end_index ?? null,
          },
        ],
  );
}

/** Sources of a whole answer, without a place in its text. */
export function searchCitations({ citations, search_results: results }: Partial<WireSources>): Citation[] {
  const base = { text: "", start: null, end: null };
  if (results != null && results.length > 0) {
    return results.map(({ url, title }) => ({ ...base, url: url ?? null, title: title ?? null }));
  }
  return (citations ?? []).flatMap((url) => (typeof url === "string" ? [{ ...base, url, title: null }] : []));
}

/** Log-probabilities of a text, or of a refusal; null for none. */
export function logprobsOf(wire: z.infer<typeof WireLogprobs>): TokenLogprob[] | null {
  const entries = wire?.content?.length ? wire.content : wire?.refusal;
  return entries == null ? null : entries.map(tokenLogprob);
}

export function tokenLogprob(entry: WireLogprobEntry): TokenLogprob {
  const plain = ({ token, logprob, bytes }: Pick<WireLogprobEntry, "token" | "logprob" | "bytes">) => ({
    token,
    logprob,
    bytes: bytes ?? null,
  });
  return { ...plain(entry), top: (entry.top_logprobs ?? []).map(plain) };
}

/** Words of the many servers of the format for why an answer ended; those not here are an ordinary end. */
const FINISH: Readonly<Record<string, FinishReason>> = {
  length: "length",
  max_tokens: "length",
  model_length: "length",
  content_filter: "content_filter",
  sensitive: "content_filter",
  error: "error",
  abort: "error",
  network_error: "error",
  insufficient_system_resource: "error",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
};

export function finishOf(reason: string | null, parts: readonly { readonly kind: string }[]): FinishReason {
  // Google's endpoint of the format says why behind a colon.
  const word = reason === null ? "" : reason.split(":", 1)[0]!.toLowerCase();
  const known = Object.hasOwn(FINISH, word) ? FINISH[word] : undefined;
  if (known !== undefined) return known;
  // Several servers say "stop" although they call tools.
  if (parts.some((part) => part.kind === "tool_call")) return "tool_calls";
  return parts.some((part) => part.kind === "refusal") ? "refusal" : "stop";
}
