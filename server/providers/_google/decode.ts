import { z } from "zod";
import type { AssistantPart, ChatChoice, ChatResult, Citation, FinishReason, TokenLogprob, Usage } from "../../chat.ts";
import { sealSignature } from "../../signature.ts";
import { badResponse, faultOf, UpstreamFaultError } from "../../upstream-fault.ts";
import { modalities } from "../_shared/billed-apart.ts";

const count = z.number().nonnegative().nullish();
const Modalities = z.array(z.looseObject({ modality: z.string().nullish(), tokenCount: count })).nullish();

export const WireUsage = z.looseObject({
  promptTokenCount: count,
  toolUsePromptTokenCount: count,
  cachedContentTokenCount: count,
  candidatesTokenCount: count,
  thoughtsTokenCount: count,
  promptTokensDetails: Modalities,
  cacheTokensDetails: Modalities,
  candidatesTokensDetails: Modalities,
});

export const WirePart = z.looseObject({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  functionCall: z
    .looseObject({
      id: z.string().nullish(),
      name: z.string().nullish(),
      args: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
});
export type WirePart = z.infer<typeof WirePart>;

const WireGrounding = z
  .looseObject({
    groundingChunks: z
      .array(
        z.looseObject({
          web: z.looseObject({ uri: z.string().nullish(), title: z.string().nullish() }).nullish(),
          retrievedContext: z.looseObject({ uri: z.string().nullish(), title: z.string().nullish() }).nullish(),
        }),
      )
      .nullish(),
    groundingSupports: z
      .array(
        z.looseObject({
          segment: z
            .looseObject({
              startIndex: z.number().nullish(),
              endIndex: z.number().nullish(),
              text: z.string().nullish(),
            })
            .nullish(),
          groundingChunkIndices: z.array(z.number()).nullish(),
        }),
      )
      .nullish(),
  })
  .nullish();

const WireTokenLogprob = z.looseObject({ token: z.string().nullish(), logProbability: z.number().nullish() });
const WireLogprobs = z
  .looseObject({
    chosenCandidates: z.array(WireTokenLogprob).nullish(),
    topCandidates: z.array(z.looseObject({ candidates: z.array(WireTokenLogprob).nullish() })).nullish(),
  })
  .nullish();

export const WireAnswer = z.looseObject({
  candidates: z
    .array(
      z.looseObject({
        index: z.number().int().nonnegative().nullish(),
        content: z.looseObject({ parts: z.array(WirePart).nullish() }).nullish(),
        finishReason: z.string().nullish(),
        finishMessage: z.string().nullish(),
        groundingMetadata: WireGrounding,
        logprobsResult: WireLogprobs,
      }),
    )
    .nullish(),
  promptFeedback: z
    .looseObject({ blockReason: z.string().nullish(), blockReasonMessage: z.string().nullish() })
    .nullish(),
  usageMetadata: WireUsage.nullish(),
  modelVersion: z.string().nullish(),
  responseId: z.string().nullish(),
});
export type WireAnswer = z.infer<typeof WireAnswer>;
type WireCandidate = NonNullable<WireAnswer["candidates"]>[number];

/** @throws UpstreamFaultError `bad_response`, or `content_policy` when the prompt was blocked */
export function decodeGemini(body: unknown): ChatResult {
  const parsed = WireAnswer.safeParse(body);
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
  };
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
  const reason = candidate.finishReason ?? null;
  if (parts.length === 0 && isBroken(reason)) throw badResponse(brokenMessage(candidate));
  const lastText = parts.findLastIndex((part) => part.kind === "text");
  const text = parts[lastText];
  if (text?.kind === "text") {
    const citations = citationsOf(
      candidate.groundingMetadata,
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

/** Prompt tokens contain the cached ones; answer and thoughts are counted apart. */
export function usageOf(wire: z.infer<typeof WireUsage>): Usage {
  const input = (wire.promptTokenCount ?? 0) + (wire.toolUsePromptTokenCount ?? 0);
  const cacheRead = Math.min(input, wire.cachedContentTokenCount ?? 0);
  const reasoning = wire.thoughtsTokenCount ?? 0;
  const whole = {
    inputUncached: input - cacheRead,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: (wire.candidatesTokenCount ?? 0) + reasoning,
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

/** The vendor counts offsets in bytes of UTF-8; ours are UTF-16 units. */
export function citationsOf(grounding: z.infer<typeof WireGrounding>, text: string): Citation[] {
  const chunks = grounding?.groundingChunks ?? [];
  const bytes = Buffer.from(text, "utf8");
  const unitOf = (offset: number) => bytes.subarray(0, offset).toString("utf8").length;
  return (grounding?.groundingSupports ?? []).flatMap(({ segment, groundingChunkIndices }) =>
    (groundingChunkIndices ?? []).flatMap((index) => {
      const source = chunks[index]?.web ?? chunks[index]?.retrievedContext;
      if (source == null) return [];
      return [
        {
          text: segment?.text ?? "",
          url: source.uri ?? null,
          title: source.title ?? null,
          start: segment == null ? null : unitOf(segment.startIndex ?? 0),
          end: segment?.endIndex == null ? null : unitOf(segment.endIndex),
        },
      ];
    }),
  );
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
