import type { ChatEvent, UpstreamFault } from "../chat.ts";
import type { StreamRenderer } from "../dialect.ts";
import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";
import { primed } from "./primed.ts";
import { createSilenceWatch } from "./silence.ts";
import type { StopSignal } from "./stop-signal.ts";
import type { StreamPiece } from "./stream-pieces.ts";
import type { UsageMeter } from "./usage-meter.ts";

export interface StreamOptions {
  /** Made at first use: streams that pass untouched need none. */
  readonly renderer: () => StreamRenderer;
  readonly meter: UsageMeter;
  /** Longest wait for a piece. */
  readonly silenceMs: number;
  /** Whether the client's format shows usage only when asked, and it did not ask. */
  readonly hidesUsage: boolean;
  /** Text that goes out before the stream ends, e.g. a comment with the cost. */
  readonly epilogue: () => string;
  /** Called once, however the stream ends: `left` when the client did. */
  readonly onEnd: (fault: UpstreamFault | null, left: boolean) => void;
  readonly onFirst: () => void;
  /** Ends the exchange with the upstream at once. */
  readonly close: () => void;
  /** Aborted when the client leaves. */
  readonly client: StopSignal;
}

/**
 * Pieces of a committed stream as the client's bytes: untouched where the formats are the same, rendered else. A fault
 * becomes the dialect's own mid-stream error. Leaving the generator early, even before its first value, closes the
 * upstream and settles.
 */
export function streamAnswer(
  pieces: AsyncGenerator<StreamPiece, void, void>,
  options: StreamOptions,
): Promise<AsyncGenerator<Buffer | string, void, void>> {
  return primed(streamed(pieces, options));
}

async function* streamed(
  pieces: AsyncGenerator<StreamPiece, void, void>,
  { renderer, meter, silenceMs, hidesUsage, epilogue, onEnd, onFirst, close, client }: StreamOptions,
): AsyncGenerator<Buffer | string, void, void> {
  let fault: UpstreamFault | null = null;
  let isOver = false;
  let isFirst = true;
  let hasEpilogue = false;
  const silence = createSilenceWatch(silenceMs);
  try {
    yield "";
    for (;;) {
      const { value: piece, done } = await silence.wait(pieces.next());
      if (done === true) break;
      meter.observe(piece.events);
      let isEnd = false;
      for (const event of piece.events) {
        if (event.type === "error") fault = event.error;
        else if (event.type === "end") isEnd = true;
        else if (isFirst && isContent(event)) {
          isFirst = false;
          onFirst();
        }
      }
      if (isEnd && !hasEpilogue) {
        hasEpilogue = true;
        yield epilogue();
      }
      if (piece.bytes === null) {
        const text = renderer().push(piece.events);
        if (text !== "") yield text;
      } else if (piece.bytes.length > 0 && !(hidesUsage && isUsageFrame(piece))) {
        yield piece.bytes;
      }
      if (fault !== null) break;
    }
    isOver = true;
  } catch (error) {
    if (client.aborted) return;
    isOver = true;
    fault = error instanceof UpstreamFaultError ? error.fault : faultOf("server_error", "the stream failed");
    yield renderer().fail({ ...fault, code: fault.status === null ? null : fault.code, shouldRetry: null });
  } finally {
    silence.end();
    onEnd(fault, !isOver);
    // First the exchange, because pieces that wait for a silent upstream cannot be ended before it.
    close();
    void pieces.return().catch(() => {});
  }
}

function isContent(event: ChatEvent): boolean {
  return event.type === "delta" || (event.type === "part_start" && event.of.kind === "tool_call");
}

/** OpenAI's extra chunk with usage and no choice: asked for by us, not by the client. */
function isUsageFrame({ events, bytes }: StreamPiece): boolean {
  if (events.some(isContent) || !bytes!.includes('"usage"')) return false;
  return /"choices"\s*:\s*\[\s*\]/.test(bytes!.toString("utf8"));
}
