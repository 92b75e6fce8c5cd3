import type { AssistantPart, ChatChoice, ChatResult, Citation, FinishReason, TokenLogprob, Usage } from "../../chat.ts";
import type { RenderContext } from "../../dialect.ts";
import { inputTokensOf } from "../_shared/answer-usage.ts";
import { argumentsObject } from "../_shared/arguments-object.ts";
import { showThought } from "./thought-signature.ts";

/** Neutral result to a `GenerateContentResponse`. */
export function renderGemini(result: ChatResult, context: RenderContext): unknown {
  return {
    candidates: result.choices.map(renderCandidate),
    usageMetadata: result.usage === null ? undefined : renderGeminiUsage(result.usage),
    ...answerTail(result.id, context),
  };
}

export function answerTail(id: string | null, { model, requestId }: RenderContext): object {
  return { modelVersion: model, responseId: id ?? requestId };
}

function renderCandidate({ parts, finish, logprobs }: ChatChoice, index: number): object {
  const text = parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("");
  const citations = parts.flatMap((part) => (part.kind === "text" ? part.citations : []));
  return {
    content: { parts: parts.flatMap(renderPart), role: "model" },
    finishReason: geminiFinish(finish),
    index,
    ...grounding(citations, text),
    ...logprobsResult(logprobs),
  };
}

/** A part without anything to say falls away; Google's own are never empty but to carry a proof. */
export function renderPart(part: AssistantPart): object[] {
  switch (part.kind) {
    case "text":
    case "refusal": {
      const signature = part.kind === "text" ? (part.signature ?? null) : null;
      if (part.text === "" && signature === null) return [];
      return [{ text: part.text, thoughtSignature: showThought({ signature, redacted: null }) }];
    }
    case "reasoning":
      if (part.text === "" && part.signature === null && part.redacted === null) return [];
      return [{ text: part.text, thought: true, thoughtSignature: showThought(part) }];
    case "tool_call":
      return [
        {
          functionCall: { id: part.id, name: part.name, args: argumentsObject(part.argumentsJson) },
          thoughtSignature: showThought({ signature: part.signature, redacted: null }),
        },
      ];
  }
}

/** A call is an ordinary end to Google. */
export function geminiFinish(finish: FinishReason): string {
  switch (finish) {
    case "length":
      return "MAX_TOKENS";
    case "content_filter":
    case "refusal":
      return "SAFETY";
    case "error":
      return "OTHER";
    default:
      return "STOP";
  }
}

/** Links as the sources of a search, the way Google's clients show them. Offsets count bytes of UTF-8. */
export function grounding(citations: readonly Citation[], text: string): object {
  if (citations.length === 0) return {};
  const offset = (at: number) => Buffer.byteLength(text.slice(0, at), "utf8");
  return {
    groundingMetadata: {
      groundingChunks: citations.map(({ url, title }) => ({ web: { uri: url ?? "", title: title ?? "" } })),
      groundingSupports: citations.flatMap(({ start, end, text: cited }, chunk) =>
        start === null || end === null
          ? []
          : [
              {
                segment: { startIndex: offset(start), endIndex: offset(end), text: text.slice(start, end) || cited },
                groundingChunkIndices: [chunk],
              },
            ],
      ),
    },
  };
}

export function logprobsResult(logprobs: readonly TokenLogprob[] | null): object {
  if (logprobs === null || logprobs.length === 0) return {};
  const plain = ({ token, logprob }: { readonly token: string; readonly logprob: number }) => ({
    token,
    logProbability: logprob,
  });
  return {
    avgLogprobs: logprobs.reduce((sum, { logprob }) => sum + logprob, 0) / logprobs.length,
    logprobsResult: {
      chosenCandidates: logprobs.map(plain),
      topCandidates: logprobs.map(({ top }) => ({ candidates: top.map(plain) })),
    },
  };
}

/** `promptTokenCount` is all input, `candidatesTokenCount` the answer without its thoughts. */
export function renderGeminiUsage(usage: Usage): object {
  const input = inputTokensOf(usage);
  return {
    promptTokenCount: input,
    candidatesTokenCount: Math.max(0, usage.output - usage.reasoning),
    totalTokenCount: input + usage.output,
    ...(usage.cacheRead > 0 ? { cachedContentTokenCount: usage.cacheRead } : {}),
    ...(usage.reasoning > 0 ? { thoughtsTokenCount: usage.reasoning } : {}),
  };
}
