import { z } from "zod";
import type { AssistantPart, ChatChoice, ChatResult, FinishReason, TokenLogprob, Unplaced, Usage } from "../../chat.ts";
import { sealSignature } from "../../signature.ts";
import { badResponse, faultOf, UpstreamFaultError } from "../../upstream-fault.ts";
import { modalities } from "../_shared/billed-apart.ts";
import { lax, laxCount, laxText } from "../_shared/lax.ts";
import { unplacedField, unplacedMedia } from "../_shared/unplaced.ts";
import { citationsOf, WireGrounds } from "./citations.ts";
import { faultOfGeminiBody } from "./fault.ts";

const Modalities = lax(z.array(z.looseObject({ modality: laxText, tokenCount: laxCount })));

export const WireUsage = z.looseObject({
  promptTokenCount: laxCount,
  toolUsePromptTokenCount: laxCount,
  cachedContentTokenCount: laxCount,
  candidatesTokenCount: laxCount,
  thoughtsTokenCount: laxCount,
  totalTokenCount: laxCount,
  promptTokensDetails: Modalities,
  cacheTokensDetails: Modalities,
  candidatesTokensDetails: Modalities,
});

const WireMedia = lax(z.looseObject({ mimeType: laxText }));

export const WirePart = z.looseObject({
  text: laxText,
  thought: lax(z.boolean()),
  thoughtSignature: laxText,
  inlineData: WireMedia,
  fileData: WireMedia,
  executableCode: lax(z.looseObject({})),
  codeExecutionResult: lax(z.looseObject({})),
  functionCall: z
    .looseObject({ id: laxText, name: z.string().nullish(), args: z.record(z.string(), z.unknown()).nullish() })
    .nullish(),
});
export type WirePart = z.infer<typeof WirePart>;

const WireTokenLogprob = z.looseObject({ token: laxText, logProbability: lax(z.number()) });
const WireLogprobs = lax(
  z.looseObject({
    chosenCandidates: lax(z.array(WireTokenLogprob)),
    topCandidates: lax(z.array(z.looseObject({ candidates: lax(z.array(WireTokenLogprob)) }))),
  }),
);

export const WireAnswer = z.looseObject({
  candidates: z
    .array(
      z.looseObject({
        index: lax(z.number().int().nonnegative()),
        content: z.looseObject({ parts: z.array(WirePart).nullish() }).nullish(),
        finishReason: laxText,
        finishMessage: laxText,
        ...WireGrounds,
        logprobsResult: WireLogprobs,
      }),
    )
    .nullish(),
  promptFeedback: lax(z.looseObject({ blockReason: laxText, blockReasonMessage: laxText })),
  usageMetadata: lax(WireUsage),
  modelVersion: laxText,
  responseId: laxText,
});
export type WireAnswer = z.infer<typeof WireAnswer>;
type WireCandidate = NonNullable<WireAnswer["candidates"]>[number];

/** @throws UpstreamFaultError `bad_response`, or `content_policy` when the prompt was blocked */
export function decodeGemini(body: unknown): ChatResult {
  const parsed = WireAnswer.safeParse(body);
  const fault = faultOfGeminiBody(body, null, null);
  if (fault !== null) throw new UpstreamFaultError(fault);
  if (!parsed.success) throw badResponse("the upstream's answer is no Gemini answer");
  const { candidates, usageMetadata, modelVersion, responseId } = parsed.data;
  const blocked = blockFault(parsed.data);
  if (blocked !== null) throw new UpstreamFaultError(blocked);
  if (candidates == null || candidates.length === 0) throw badResponse("the upstream's answer has no candidate");
  return {
    id: responseId ?? null,
    model: modelVersion ?? "",
    createdAtMs: null,
    choices: candidates.map((candidate, index) => choiceOf(candidate, responseId ?? null, candidate.index ?? index)),
    usage: usageMetadata == null ? null : usageOf(usageMetadata),
    serviceTier: null,
    ...unplacedField(candidates.flatMap(({ content }) => (content?.parts ?? []).flatMap(unplacedIn))),
  };
}

/** What Gemini draws and speaks, and code that it runs by itself. Sketches amid its thoughts are none of the answer. */
export function unplacedIn(part: WirePart): Unplaced[] {
  if (part.thought === true) return [];
  const media = part.inlineData ?? part.fileData;
  if (media != null) return [unplacedMedia(media.mimeType)];
  if (part.executableCode != null) return ["code"];
  return part.codeExecutionResult == null ? [] : ["code_result"];
}

/** A prompt that was blocked has no candidate: nothing was answered, so it counts as a fault. */
export function blockFault({ candidates, promptFeedback }: WireAnswer) {
  if (promptFeedback?.blockReason == null || (candidates?.length ?? 0) > 0) return null;
  const reason = promptFeedback.blockReason;
  return faultOf("content_policy", promptFeedback.blockReasonMessage ?? `the prompt was blocked: ${reason}`, {
    type: reason,
    code: reason,
  });
}

function choiceOf(candidate: WireCandidate, responseId: string | null, choice: number): ChatChoice {
  const parts: AssistantPart[] = [];
  for (const part of candidate.content?.parts ?? []) addPart(parts, part, responseId, choice);
  const reason = reasonOf(candidate);
  if (parts.length === 0 && isBroken(reason)) throw badResponse(brokenMessage(candidate));
  const lastText = parts.findLastIndex((part) => part.kind === "text");
  const text = parts[lastText];
  if (text?.kind === "text") {
    const citations = citationsOf(
      candidate,
      parts
        .filter((part) => part.kind === "text")
        .map((part) => part.text)
        .join(""),
    );
    if (citations.length > 0) parts[lastText] = { ...text, citations };
  }
  return {
    parts,
    finish: finishOf(reason, parts),
    stopSequence: null,
    logprobs: logprobsOf(candidate.logprobsResult),
  };
}

/** Neighbouring texts are one; a signature without text belongs to the text before it. */
function addPart(parts: AssistantPart[], part: WirePart, responseId: string | null, choice: number): void {
  const signature = part.thoughtSignature ? sealSignature("google", part.thoughtSignature) : null;
  if (part.functionCall != null) {
    const calls = parts.filter(({ kind }) => kind === "tool_call").length;
    parts.push({
      kind: "tool_call",
      id: part.functionCall.id ?? callIdOf(responseId, choice, calls),
      name: part.functionCall.name ?? "",
      argumentsJson: JSON.stringify(part.functionCall.args ?? {}),
      signature,
    });
    return;
  }
  if (typeof part.text !== "string") return;
  const kind = part.thought === true ? "reasoning" : "text";
  const last = parts.at(-1);
  if (last?.kind === kind) {
    const joined = { ...last, text: last.text + part.text };
    parts[parts.length - 1] = signature === null ? joined : { ...joined, signature };
  } else if (kind === "reasoning") {
    if (part.text !== "") parts.push({ kind, text: part.text, signature, redacted: null });
  } else if (part.text !== "" || signature !== null) {
    parts.push({
      kind,
      text: part.text,
      citations: [],
      cacheControl: null,
      ...(signature === null ? {} : { signature }),
    });
  }
}

/** Older models give their calls no id; it must be the only one of its kind in a whole conversation. */
export function callIdOf(responseId: string | null, choice: number, index: number): string {
  return `call_${responseId ?? "gemini"}_${choice}_${index}`;
}

/** Why it ended; null while it has not. */
export function reasonOf({ finishReason }: Pick<WireCandidate, "finishReason">): string | null {
  return finishReason == null || finishReason === "FINISH_REASON_UNSPECIFIED" ? null : finishReason;
}

const FILTERED = new Set([
  "SAFETY",
  "RECITATION",
  "LANGUAGE",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "MODEL_ARMOR",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION",
]);
const BROKEN = new Set([
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MISSING_THOUGHT_SIGNATURE",
  "MALFORMED_RESPONSE",
  "NO_IMAGE",
  "IMAGE_OTHER",
  "OTHER",
]);

/** An answer that ended so without a word is none. */
export function isBroken(reason: string | null): boolean {
  return reason !== null && BROKEN.has(reason);
}

export function brokenMessage(candidate: {
  finishReason?: string | null | undefined;
  finishMessage?: string | null | undefined;
}): string {
  return `the model's answer came to nothing: ${candidate.finishMessage ?? candidate.finishReason ?? "no reason given"}`;
}

export function finishOf(reason: string | null, parts: readonly { readonly kind: string }[]): FinishReason {
  if (reason === "MAX_TOKENS") return "length";
  if (reason !== null && FILTERED.has(reason)) return "content_filter";
  if (isBroken(reason)) return "error";
  return parts.some((part) => part.kind === "tool_call") ? "tool_calls" : "stop";
}

function tokensOf(wanted: "AUDIO" | "IMAGE", details: z.infer<typeof Modalities>): number {
  return (details ?? []).reduce(
    (sum, { modality, tokenCount }) => sum + (modality === wanted ? (tokenCount ?? 0) : 0),
    0,
  );
}

/** Prompt tokens contain the cached ones; answer and thoughts are counted apart, unless the sum says otherwise. */
export function usageOf(wire: z.infer<typeof WireUsage>): Usage {
  const input = (wire.promptTokenCount ?? 0) + (wire.toolUsePromptTokenCount ?? 0);
  const cacheRead = Math.min(input, wire.cachedContentTokenCount ?? 0);
  const reasoning = wire.thoughtsTokenCount ?? 0;
  const said = wire.candidatesTokenCount ?? 0;
  const isWithin = reasoning > 0 && reasoning <= said && wire.totalTokenCount === input + said;
  const whole = {
    inputUncached: input - cacheRead,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: isWithin ? said : said + reasoning,
    reasoning,
    estimated: false,
  };
  // The prompt's audio has the cached one in it, as all of the prompt's counts do.
  const cacheReadAudio = tokensOf("AUDIO", wire.cacheTokensDetails);
  const counts = {
    inputAudio: Math.max(0, tokensOf("AUDIO", wire.promptTokensDetails) - cacheReadAudio),
    inputImage: 0,
    cacheReadAudio,
    outputAudio: tokensOf("AUDIO", wire.candidatesTokensDetails),
    outputImage: tokensOf("IMAGE", wire.candidatesTokensDetails),
  };
  return { ...whole, ...modalities(counts, whole) };
}

export function logprobsOf(wire: z.infer<typeof WireLogprobs>): TokenLogprob[] | null {
  if (wire?.chosenCandidates == null) return null;
  const plain = ({ token, logProbability }: z.infer<typeof WireTokenLogprob>) => ({
    token: token ?? "",
    logprob: logProbability ?? 0,
    bytes: null,
  });
  return wire.chosenCandidates.map((chosen, index) => ({
    ...plain(chosen),
    top: (wire.topCandidates?.[index]?.candidates ?? []).map(plain),
  }));
}
