import type { ChatEvent } from "../chat.ts";
import type { Committed } from "../gateway/chat-attempt.ts";
import { eventsOfResult } from "../gateway/events-of-result.ts";
import { createFrameSplitter } from "../gateway/frame-splitter.ts";
import type { StreamPiece } from "../gateway/stream-pieces.ts";
import type { WireFormat } from "../provider.ts";
import type { CachedAnswer } from "./cached-answer.ts";

/** A cached answer for a client: the very bytes where it speaks the provider's format and wants what was recorded, else the neutral form. */
export function replay(
  { result, wire, dropped }: Pick<CachedAnswer, "result" | "wire" | "dropped">,
  client: { readonly format: WireFormat; readonly stream: boolean },
): Committed {
  const shared = { upstreamHeaders: {}, dropped };
  const bytes = wire !== null && wire.format === client.format && wire.isStream === client.stream ? wire.bytes : null;
  if (!client.stream) return { kind: "whole", result, bytes, ...shared };
  const events = eventsOfResult(result);
  const pieces = bytes === null ? [{ events, bytes: null }] : recorded(bytes, events);
  return { kind: "stream", pieces: inOrder(pieces), close: () => {}, ...shared };
}

/** The recorded frames: what was said goes with the first of them, how it ended with the last. */
function recorded(bytes: Buffer, events: readonly ChatEvent[]): StreamPiece[] {
  const splitter = createFrameSplitter();
  const frames = splitter.push(bytes);
  const rest = splitter.rest();
  if (rest !== null) frames.push(rest);
  const end = events.findIndex(({ type }) => type === "usage" || type === "end");
  const last = frames.length - 1;
  if (last <= 0) return [{ events, bytes }];
  return frames.map((frame, at) => ({
    events: at === 0 ? events.slice(0, end) : at === last ? events.slice(end) : [],
    bytes: frame,
  }));
}

async function* inOrder(pieces: readonly StreamPiece[]): AsyncGenerator<StreamPiece, void, void> {
  yield* pieces;
}
