import type { ChatEvent, UpstreamFault } from "../chat.ts";
import type { StreamRenderer } from "../dialect.ts";
import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";
import type { StreamPiece } from "./chat-attempt.ts";
import type { UsageMeter } from "./usage-meter.ts";

export interface StreamOptions {
  readonly renderer: StreamRenderer;
  readonly meter: UsageMeter;
  /** Longest silence between two pieces; null for none. */
  readonly silenceMs: number | null;
  /** Whether the client's format shows usage only when asked, and it did not ask. */
  readonly hidesUsage: boolean;
  /** Text that goes out before the stream ends, e.g. a comment with the cost. */
  readonly epilogue: () => string;
  /** Called once, however the stream ends: `left` when the client did. */
  readonly onEnd: (fault: UpstreamFault | null, left: boolean) => void;
  readonly onFirst: () => void;
}

/**
 * Pieces of a committed stream as the client's bytes: untouched where the formats are the same, rendered else. A fault
 * becomes the dialect's own mid-stream error. Leaving the generator early closes the upstream and settles.
 */
export async function* streamAnswer(
  pieces: AsyncGenerator<StreamPiece, void, void>,
  { renderer, meter, silenceMs, hidesUsage, epilogue, onEnd, onFirst }: StreamOptions,
): AsyncGenerator<Buffer | string, void, void> {
  let fault: UpstreamFault | null = null;
  let isOver = false;
  let isFirst = true;
  try {
    for (;;) {
      const { value: piece, done } = await within(pieces.next(), silenceMs);
      if (done === true) break;
      meter.observe(piece.events);
      const error = piece.events.find((event) => event.type === "error");
      if (error !== undefined) fault = error.error;
      if (isFirst && piece.events.some(isContent)) {
        isFirst = false;
        onFirst();
      }
      if (piece.events.some((event) => event.type === "end")) yield epilogue();
      const out = piece.bytes ?? renderer.push(piece.events);
      if (out.length > 0 && !(hidesUsage && piece.bytes !== null && isUsageFrame(piece))) yield out;
      if (fault !== null) break;
    }
    isOver = true;
  } catch (error) {
    isOver = true;
    fault = error instanceof UpstreamFaultError ? error.fault : faultOf("server_error", "the stream failed");
    yield renderer.fail({ ...fault, shouldRetry: null });
  } finally {
    await pieces.return();
    onEnd(fault, !isOver);
  }
}

function isContent(event: ChatEvent): boolean {
  return event.type === "delta" || (event.type === "part_start" && event.of.kind === "tool_call");
}

/** OpenAI's extra chunk with usage and no choice: asked for by us, not by the client. */
function isUsageFrame({ bytes }: StreamPiece): boolean {
  const text = bytes!.toString("utf8");
  return text.includes('"usage"') && /"choices"\s*:\s*\[\s*\]/.test(text);
}

async function within<T>(promise: Promise<T>, ms: number | null): Promise<T> {
  if (ms === null) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new UpstreamFaultError(faultOf("timeout", `the upstream was silent for ${ms} ms`))),
      ms,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
