import type { Citation } from "../../chat.ts";
import type { StreamDecoder } from "../../provider.ts";
import { sealSignature } from "../../signature.ts";
import { faultOf } from "../../upstream-fault.ts";
import { createChatWriter } from "../_shared/chat-writer.ts";
import { sseDecoder } from "../_shared/sse-decoder.ts";
import { citationsOf } from "./citations.ts";
import {
  blockFault,
  brokenMessage,
  callIdOf,
  finishOf,
  isBroken,
  logprobsOf,
  reasonOf,
  unplacedIn,
  usageOf,
  WireAnswer,
  type WirePart,
} from "./decode.ts";
import { faultOfGeminiBody } from "./fault.ts";

interface CandidateState {
  text: string;
  calls: number;
  /** Proof of the open part, told by any of its pieces. */
  signature: string | null;
  reason: string | null;
  /** What went wrong, where it ended by that. */
  broken: string;
  /** What was cited, in words: each frame may repeat what the frames before it told. */
  readonly cited: Set<string>;
  /** Sources that no frame has given a place yet. */
  placeless: readonly Citation[];
}

/** Frames of `streamGenerateContent?alt=sse` to events. The stream has no last frame: it ends where the connection does. */
export function decodeGeminiStream(): StreamDecoder {
  const writer = createChatWriter();
  const candidates = new Map<number, CandidateState>();
  let responseId: string | null = null;

  function stateOf(choice: number): CandidateState {
    let state = candidates.get(choice);
    if (state === undefined) {
      state = { text: "", calls: 0, signature: null, reason: null, broken: "", cited: new Set(), placeless: [] };
      candidates.set(choice, state);
    }
    return state;
  }

  function closePart(choice: number, state: CandidateState): void {
    writer.close(choice, { signature: state.signature });
    state.signature = null;
  }

  function takePart(choice: number, state: CandidateState, part: WirePart): void {
    writer.unplaced(unplacedIn(part));
    const signature = part.thoughtSignature ? sealSignature("google", part.thoughtSignature) : null;
    if (part.functionCall != null) {
      closePart(choice, state);
      const { id, name, args } = part.functionCall;
      const key = state.calls++;
      writer.call(choice, key, id ?? callIdOf(responseId, choice, key), name ?? "");
      writer.argue(choice, key, JSON.stringify(args ?? {}));
      state.signature = signature;
      closePart(choice, state);
      return;
    }
    if (typeof part.text !== "string") return;
    const kind = part.thought === true ? "reasoning" : "text";
    if (writer.openKind(choice) !== kind) {
      // A thought without words has no place of its own.
      if (part.text === "" && (signature === null || kind === "reasoning")) return;
      closePart(choice, state);
      writer.open(choice, kind);
    }
    writer.write(choice, kind, part.text);
    if (kind === "text") state.text += part.text;
    if (signature !== null) state.signature = signature;
  }

  function cite(choice: number, state: CandidateState, citation: Citation): void {
    const words = JSON.stringify(citation);
    if (!state.cited.has(words)) writer.citation(choice, citation);
    state.cited.add(words);
  }

  function takeCitations(choice: number, state: CandidateState, citations: readonly Citation[]): void {
    if (citations.length === 0) return;
    state.placeless = citations.filter(({ start }) => start === null);
    for (const citation of citations) if (citation.start !== null) cite(choice, state, citation);
  }

  return sseDecoder(writer, {
    take(json) {
      const fault = faultOfGeminiBody(json, null, null);
      if (fault !== null) {
        writer.fail(fault);
        return true;
      }
      const parsed = WireAnswer.safeParse(json);
      if (!parsed.success) return false;
      const answer = parsed.data;
      if (answer.usageMetadata != null) writer.usage(usageOf(answer.usageMetadata));
      const blocked = candidates.size === 0 ? blockFault(answer) : null;
      if (blocked !== null) {
        writer.fail(blocked);
        return true;
      }
      responseId ??= answer.responseId ?? null;
      if (answer.candidates == null) return true;
      writer.start(
        responseId,
        answer.modelVersion ?? "",
        answer.usageMetadata == null ? null : usageOf(answer.usageMetadata),
      );
      for (const [position, candidate] of answer.candidates.entries()) {
        const choice = candidate.index ?? position;
        const state = stateOf(choice);
        for (const part of candidate.content?.parts ?? []) takePart(choice, state, part);
        takeCitations(choice, state, citationsOf(candidate, state.text));
        const logprobs = logprobsOf(candidate.logprobsResult);
        if (logprobs !== null) writer.logprobs(choice, logprobs);
        state.reason = reasonOf(candidate) ?? state.reason;
        if (isBroken(reasonOf(candidate))) state.broken = brokenMessage(candidate);
        if (isBroken(state.reason) && writer.kinds(choice).length === 0) {
          writer.fail(faultOf("bad_response", brokenMessage(candidate)));
          return true;
        }
      }
      return true;
    },
    close() {
      for (const [choice, state] of candidates) {
        if (state.reason === null) continue;
        for (const citation of state.placeless) cite(choice, state, citation);
        closePart(choice, state);
        writer.finish(
          choice,
          finishOf(
            state.reason,
            writer.kinds(choice).map((kind) => ({ kind })),
          ),
          null,
          faultOf("bad_response", state.broken, { code: state.reason }),
        );
      }
    },
  });
}
