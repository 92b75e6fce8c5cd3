import type { ChatEvent } from "../chat.ts";
import type { StreamDecoder } from "../provider.ts";
import { createFrameSplitter } from "./frame-splitter.ts";
import type { UpstreamAnswer } from "./transport.ts";

/** One frame of a stream: its events, and its bytes when they may pass untouched. */
export interface StreamPiece {
  readonly events: readonly ChatEvent[];
  /** null: the events are to be rendered. Empty where the bytes of their frames went before. */
  readonly bytes: Buffer | null;
}

/**
 * Frames of the upstream with their events, its bytes beside them where the client speaks its format. Closing it closes
 * the exchange.
 *
 * By hand, because a generator costs each piece of a stream several turns of the queue of promises.
 */
export function piecesOf(
  answer: UpstreamAnswer,
  decoder: StreamDecoder,
  isSameFormat: boolean,
): AsyncGenerator<StreamPiece, void, void> {
  const splitter = isSameFormat ? createFrameSplitter() : null;
  let waiting: readonly StreamPiece[] = [];
  let at = 0;
  let isOver = false;

  function take(chunk: Buffer): readonly StreamPiece[] {
    if (splitter !== null) return joined(splitter.push(chunk), decoder);
    const events = decoder.push(chunk);
    return events.length > 0 ? [{ events, bytes: null }] : [];
  }

  function last(): StreamPiece {
    const rest = splitter === null ? null : splitter.rest();
    const events = rest === null ? decoder.end() : [...decoder.push(rest), ...decoder.end()];
    // A frame that was cut off cannot be passed on: what follows it would be read as its end.
    if (events.some(({ type }) => type === "error")) return { events, bytes: null };
    return { events, bytes: rest ?? (splitter !== null && events.length === 0 ? NO_BYTES : null) };
  }

  function end(): void {
    isOver = true;
    waiting = [];
    answer.abort();
  }

  return {
    async next() {
      try {
        for (;;) {
          if (at < waiting.length) return { value: waiting[at++]!, done: false };
          if (isOver) break;
          const chunk = await answer.read();
          if (isOver) break;
          at = 0;
          if (chunk !== null) waiting = take(chunk);
          else {
            const value = last();
            end();
            return { value, done: false };
          }
        }
        return { value: undefined, done: true };
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      end();
      return { value: undefined, done: true };
    },
    async throw(error) {
      end();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const NO_BYTES = Buffer.alloc(0);

/** Frames that came together go on together, as long as nobody has to look at one of them by itself. */
function joined(frames: readonly Buffer[], decoder: StreamDecoder): readonly StreamPiece[] {
  if (frames.length === 1) return [{ events: decoder.push(frames[0]!), bytes: frames[0]! }];
  const pieces: StreamPiece[] = [];
  let run: { readonly events: readonly ChatEvent[]; readonly bytes: Buffer }[] = [];
  const close = () => {
    if (run.length === 1) pieces.push(run[0]!);
    else if (run.length > 1)
      pieces.push({ events: run.flatMap(({ events }) => events), bytes: Buffer.concat(run.map(({ bytes }) => bytes)) });
    run = [];
  };
  for (const bytes of frames) {
    const events = decoder.push(bytes);
    const isPlain = events.length > 0 && events.every(({ type }) => PLAIN.has(type));
    if (!isPlain) close();
    run.push({ events, bytes });
    if (!isPlain) close();
  }
  close();
  return pieces;
}

/** Neither usage, which may have to be hidden, nor an end. */
const PLAIN: ReadonlySet<ChatEvent["type"]> = new Set(["start", "part_start", "delta", "part_end", "finish"] as const);
