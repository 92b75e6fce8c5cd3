import type { AnswerText } from "../../engine/answer/measure-answer.ts";
import type { ChatEvent, ChatResult, UpstreamFault, Usage } from "../chat.ts";
import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";
import type { Committed } from "./chat-attempt.ts";
import { collectResult } from "./collect-result.ts";
import type { StopSignal } from "./stop-signal.ts";
import type { StreamPiece } from "./stream-pieces.ts";
import { createUsageMeter } from "./usage-meter.ts";

/** An answer that was read to its end before anybody saw it. */
export interface Buffered {
  /** As it came; a stream with the pieces that were held. */
  readonly committed: Committed;
  readonly pieces: readonly StreamPiece[];
  readonly result: ChatResult;
  readonly usage: Usage | null;
  /** Why it did not come to its end; null when it did. */
  readonly fault: UpstreamFault | null;
}

/** Longer answers are no short final answers: what came of them is not judged. */
const MOST_BYTES = 4 * 1024 * 1024;
const NO_RESULT: ChatResult = { id: null, model: "", createdAtMs: null, choices: [], usage: null, serviceTier: null };

/**
 * Reads a committed answer to its end, at most so long. A client that leaves ends it with the signal's reason.
 *
 * @param inputTokens what the request was counted at, for a stream whose upstream counts nothing
 */
export async function bufferAnswer(
  committed: Committed,
  leftMs: number,
  inputTokens: number,
  signal: StopSignal,
): Promise<Buffered> {
  if (committed.kind === "whole") {
    const { result } = committed;
    return { committed, pieces: [], result, usage: result.usage, fault: null };
  }
  const pieces: StreamPiece[] = [];
  const events: ChatEvent[] = [];
  const meter = createUsageMeter(() => inputTokens);
  let bytes = 0;
  let isLate = false;
  const timer = setTimeout(
    () => {
      isLate = true;
      committed.close();
    },
    Math.max(0, leftMs),
  );
  const ended = (fault: UpstreamFault | null, result: ChatResult): Buffered => ({
    committed,
    pieces,
    result,
    usage: meter.usage(),
    fault,
  });
  try {
    for await (const piece of committed.pieces) {
      pieces.push(piece);
      for (const event of piece.events) events.push(event);
      meter.observe(piece.events);
      bytes += piece.bytes?.length ?? 0;
      if (bytes > MOST_BYTES) {
        committed.close();
        return ended(faultOf("bad_response", "the answer is too long to be held back"), NO_RESULT);
      }
    }
    if (isLate) return ended(LATE, NO_RESULT);
    return ended(null, collectResult(events, null));
  } catch (error) {
    signal.throwIfAborted();
    if (isLate) return ended(LATE, NO_RESULT);
    if (error instanceof UpstreamFaultError) return ended(error.fault, NO_RESULT);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const LATE = faultOf("timeout", "the answer was not whole in its share of the time");

/** A held answer as if it came now. */
export function replayAnswer({ committed, pieces }: Buffered): Committed {
  if (committed.kind === "whole") return committed;
  return { ...committed, pieces: from(pieces), close: () => {} };
}

async function* from(pieces: readonly StreamPiece[]): AsyncGenerator<StreamPiece, void, void> {
  yield* pieces;
}

/** What an answer shows of itself: the text and tool calls of its first choice. */
export function answerOfResult({ choices: [first] }: ChatResult): AnswerText {
  const parts = first?.parts ?? [];
  return {
    text: parts.map((part) => (part.kind === "text" || part.kind === "refusal" ? part.text : "")).join(""),
    calls: parts.flatMap((part) =>
      part.kind === "tool_call" ? [{ name: part.name, arguments: part.argumentsJson }] : [],
    ),
    isCutOff: first?.finish === "length",
    isRefused:
      first?.finish === "content_filter" || first?.finish === "refusal" || parts.some(({ kind }) => kind === "refusal"),
    isValid: null,
  };
}
