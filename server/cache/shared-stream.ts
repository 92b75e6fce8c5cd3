import type { ChatEvent } from "../chat.ts";
import { primed } from "../gateway/primed.ts";
import type { StopSignal } from "../gateway/stop-signal.ts";
import type { StreamPiece } from "../gateway/stream-pieces.ts";
import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";

/** What a whole stream said. */
export interface StreamRecording {
  readonly events: readonly ChatEvent[];
  /** All its bytes where every piece had some; null where it must be rendered. */
  readonly bytes: Buffer | null;
}

export interface SharedStreamOptions {
  /** Bytes that are held for those who come or read late; a longer stream is not recorded. */
  readonly maxBytes: number;
  /** Called once when it has grown too long to be read from the beginning. */
  readonly onOutgrown: () => void;
  /** Called once: with the recording, or null for a stream that broke, was left, or is too long to keep. */
  readonly onEnd: (recording: StreamRecording | null) => void;
}

/** One upstream's stream for several readers, each at its own pace. */
export interface SharedStream {
  /** From the beginning on. @param signal ends the reader alone, also while it waits */
  reader(signal: StopSignal): Promise<AsyncGenerator<StreamPiece, void, void>>;
  readonly isOver: boolean;
}

const PIECE_BYTES = 64;

/**
 * The upstream is read as fast as the fastest reader asks. What was read is held from the beginning, so that slow and late
 * readers find it; of a stream that outgrows `maxBytes` only what the slowest has still to read, and who falls behind by
 * more than that is cut off, so that one stuck reader neither stops the others nor fills the memory.
 */
export function createSharedStream(
  pieces: AsyncGenerator<StreamPiece, void, void>,
  { maxBytes, onOutgrown, onEnd }: SharedStreamOptions,
): SharedStream {
  const held: (StreamPiece | undefined)[] = [];
  let heldBytes = 0;
  /** Index of the first piece that is still held. */
  let from = 0;
  let isRecorded = true;
  let state: { readonly isOver: false } | { readonly isOver: true; readonly error: unknown } = { isOver: false };
  let pulling: Promise<void> | null = null;
  const positions = new Map<object, number>();

  function end(error: unknown): void {
    if (state.isOver) return;
    state = { isOver: true, error };
    onEnd(error === null && isRecorded ? recordingOf(held as StreamPiece[]) : null);
  }

  function take(piece: StreamPiece): void {
    held.push(piece);
    heldBytes += sizeOf(piece);
    if (heldBytes <= maxBytes) return;
    if (isRecorded) onOutgrown();
    isRecorded = false;
    drop(Math.min(...positions.values(), held.length));
    if (heldBytes > maxBytes) {
      // Whoever stands at the first held piece is behind by all that may be held.
      let cut = from;
      for (let over = heldBytes - maxBytes; over > 0 && cut < held.length - 1; cut++) over -= sizeOf(held[cut]!);
      drop(cut);
    }
  }

  function drop(until: number): void {
    for (; from < until; from++) {
      heldBytes -= sizeOf(held[from]!);
      held[from] = undefined;
    }
  }

  function pull(): Promise<void> {
    pulling ??= pieces
      .next()
      .then(
        ({ value, done }) => (done === true ? end(null) : take(value)),
        (error: unknown) => end(error ?? new Error("the stream failed")),
      )
      .finally(() => {
        pulling = null;
      });
    return pulling;
  }

  async function* read(signal: StopSignal): AsyncGenerator<StreamPiece, void, void> {
    const self = {};
    let at = 0;
    positions.set(self, 0);
    try {
      yield { events: [], bytes: null };
      for (;;) {
        signal.throwIfAborted();
        if (at < from) throw new UpstreamFaultError(faultOf("overloaded", "the stream was read too slowly"));
        if (at < held.length) {
          const piece = held[at++]!;
          positions.set(self, at);
          yield piece;
        } else if (state.isOver) {
          if (state.error !== null) throw state.error;
          return;
        } else await either(pull(), signal);
      }
    } finally {
      positions.delete(self);
    }
  }

  return {
    reader: (signal) => primed(read(signal)),
    get isOver() {
      return state.isOver;
    },
  };
}

/** Resolves with the promise, or at once when the signal is aborted; leaves nothing behind on the signal. */
async function either(promise: Promise<void>, signal: StopSignal): Promise<void> {
  let wake = () => {};
  const left = new Promise<void>((resolve) => {
    wake = resolve;
  });
  signal.addEventListener("abort", wake, { once: true });
  try {
    await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener("abort", wake);
  }
}

function sizeOf({ events, bytes }: StreamPiece): number {
  let size = PIECE_BYTES + (bytes?.length ?? 0);
  for (const event of events) size += event.type === "delta" ? 2 * event.text.length : PIECE_BYTES;
  return size;
}

function recordingOf(pieces: readonly StreamPiece[]): StreamRecording {
  const events = pieces.flatMap((piece) => piece.events);
  const isWhole = pieces.every(({ events: said, bytes }) => bytes !== null || said.length === 0);
  const bytes = pieces.flatMap((piece) => (piece.bytes === null ? [] : [piece.bytes]));
  return { events, bytes: isWhole && bytes.length > 0 ? Buffer.concat(bytes) : null };
}
