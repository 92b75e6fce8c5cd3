import type { AssistantPart, ChatEvent, Citation, FinishReason, TokenLogprob, Usage } from "../../chat.ts";
import type { DialectFault, RenderContext, StreamRenderer } from "../../dialect.ts";
import { sseFrame } from "../../sse.ts";
import { geminiError } from "./fault.ts";
import { answerTail, geminiFinish, grounding, logprobsResult, renderGeminiUsage, renderPart } from "./render.ts";

interface CandidateState {
  part: Extract<ChatEvent, { type: "part_start" }>["of"] | null;
  /** Arguments of the open call: a call is sent whole. */
  argumentsJson: string;
  text: string;
  finish: FinishReason | null;
  readonly citations: Citation[];
  readonly logprobs: TokenLogprob[];
}

/** Events to `GenerateContentResponse`s, with no mark at the end; the last one has the reasons why each candidate ended and the usage. */
export function renderGeminiStream(context: RenderContext): StreamRenderer {
  const candidates = new Map<number, CandidateState>();
  let id: string | null = null;
  let usage: Usage | null = null;
  let isOver = false;

  function stateOf(choice: number): CandidateState {
    const known = candidates.get(choice);
    if (known !== undefined) return known;
    const fresh: CandidateState = {
      part: null,
      argumentsJson: "",
      text: "",
      finish: null,
      citations: [],
      logprobs: [],
    };
    candidates.set(choice, fresh);
    return fresh;
  }

  function write(answer: object): string {
    return sseFrame(null, JSON.stringify(answer));
  }

  function say(index: number, parts: readonly object[]): string {
    if (parts.length === 0) return "";
    return write({ candidates: [{ content: { parts, role: "model" }, index }], ...answerTail(id, context) });
  }

  function delta({ choice, text }: Extract<ChatEvent, { type: "delta" }>): string {
    const state = stateOf(choice);
    if (state.part === null) return "";
    if (state.part.kind === "tool_call") {
      state.argumentsJson += text;
      return "";
    }
    if (state.part.kind === "text") state.text += text;
    return say(choice, renderPart(pieceOf(state.part.kind, text, null, null)));
  }

  function endPart({ choice, signature, redacted }: Extract<ChatEvent, { type: "part_end" }>): string {
    const state = stateOf(choice);
    const { part, argumentsJson } = state;
    state.part = null;
    state.argumentsJson = "";
    if (part === null) return "";
    if (part.kind !== "tool_call") return say(choice, renderPart(pieceOf(part.kind, "", signature, redacted)));
    const { id: callId, name } = part;
    return say(
      choice,
      renderPart({ kind: "tool_call", id: callId, name, argumentsJson: argumentsJson || "{}", signature }),
    );
  }

  function last(): string {
    isOver = true;
    if (candidates.size === 0) stateOf(0);
    const answer = {
      candidates: [...candidates].map(([index, { finish, citations, logprobs, text }]) => ({
        content: { parts: [{ text: "" }], role: "model" },
        finishReason: geminiFinish(finish ?? "stop"),
        index,
        ...grounding(citations, text),
        ...logprobsResult(logprobs),
      })),
      usageMetadata: usage === null ? undefined : renderGeminiUsage(usage),
      ...answerTail(id, context),
    };
    return write(answer);
  }

  function one(event: ChatEvent): string {
    if (isOver) return "";
    switch (event.type) {
      case "start":
        id = event.id;
        return "";
      case "part_start":
        stateOf(event.choice).part = event.of;
        return "";
      case "delta":
        return delta(event);
      case "part_end":
        return endPart(event);
      case "citation":
        stateOf(event.choice).citations.push(event.citation);
        return "";
      case "logprobs":
        stateOf(event.choice).logprobs.push(...event.logprobs);
        return "";
      case "finish":
        stateOf(event.choice).finish = event.finish;
        return "";
      case "usage":
        usage = event.usage;
        return "";
      case "error":
        return fail({ ...event.error, shouldRetry: null });
      case "end":
        return last();
    }
  }

  function fail(fault: DialectFault): string {
    if (isOver) return "";
    isOver = true;
    return write(geminiError(fault));
  }

  return { push: (events) => events.map(one).join(""), fail };
}

function pieceOf(
  kind: "text" | "reasoning" | "refusal",
  text: string,
  signature: string | null,
  redacted: string | null,
): AssistantPart {
  if (kind === "reasoning") return { kind, text, signature, redacted };
  if (kind === "refusal") return { kind, text };
  return { kind, text, citations: [], cacheControl: null, ...(signature === null ? {} : { signature }) };
}
