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

/** Which bytes pass: none, those of answers that come to their end, or also those of answers that the vendor broke off. */
export type Passing = "nothing" | "answers" | "all";

/**
 * Frames of the upstream with their events, its bytes beside them where the client speaks its format. Closing it closes
 * the exchange.
 *
 * By hand, because a generator costs each piece of a stream several turns of the queue of promises.
 */
export function piecesOf(
  answer: UpstreamAnswer,
  decoder: StreamDecoder,
  passing: Passing,
): AsyncGenerator<StreamPiece, void, void> {
  const splitter = passing === "nothing" ? null : createFrameSplitter();
  let waiting: readonly StreamPiece[] = [];
  let at = 0;
  let isOver = false;

  function take(chunk: Buffer): readonly StreamPiece[] {
    if (splitter !== null) return joined(splitter.push(chunk), decoder, passing);
    const events = decoder.push(chunk);
    return events.length > 0 ? [{ events, bytes: null }] : [];
  }

  /** What the frames said stands in their bytes; only an end that has no frame of its own may be missing. */
  function last(): readonly StreamPiece[] {
    const rest = splitter === null ? null : splitter.rest();
    const events = rest === null ? decoder.end() : [...decoder.push(rest), ...decoder.end()];
    // A frame that was cut off cannot be passed on: what follows it would be read as its end.
    const isCutOff = events.some((event) => event.type === "error" && !(event.isBrokenOff && passing === "all"));
    if (splitter === null || isCutOff) return [{ events, bytes: null }];
    const ends = events.filter(({ type }) => type === "end");
    if (passing === "all" || rest !== null || ends.length === 0) return [{ events, bytes: rest ?? NO_BYTES }];
    return [
      { events: events.filter(({ type }) => type !== "end"), bytes: NO_BYTES },
      { events: ends, bytes: null },
    ];
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
            const pieces = last();
            end();
            waiting = pieces;
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
function joined(frames: readonly Buffer[], decoder: StreamDecoder, passing: Passing): readonly StreamPiece[] {
  if (frames.length === 1) return [pieceOf(frames[0]!, decoder.push(frames[0]!), passing)];
  const pieces: StreamPiece[] = [];
  let run: { readonly events: readonly ChatEvent[]; readonly bytes: Buffer }[] = [];
  const close = () => {
    if (run.length === 1) pieces.push(pieceOf(run[0]!.bytes, run[0]!.events, passing));
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

/** The frame that ends an answer which was broken off says nothing of it. */
function pieceOf(bytes: Buffer, events: readonly ChatEvent[], passing: Passing): StreamPiece {
  const isHeld = passing !== "all" && events.some((event) => event.type === "error" && event.isBrokenOff);
  return { events, bytes: isHeld ? null : bytes };
}

/** Neither usage, which may have to be hidden, nor an end. */
const PLAIN: ReadonlySet<ChatEvent["type"]> = new Set(["start", "part_start", "delta", "part_end", "finish"] as const);
