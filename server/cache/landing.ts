import type { Candidate } from "../../engine/schema/candidate.ts";
import { type AttemptRecord, AttemptsFailed } from "../gateway/attempts.ts";
import type { Committed } from "../gateway/chat-attempt.ts";
import { collectResult } from "../gateway/collect-result.ts";
import type { StopSignal } from "../gateway/stop-signal.ts";
import type { StreamPiece } from "../gateway/stream-pieces.ts";
import type { WireFormat } from "../provider.ts";
import { UpstreamFaultError } from "../upstream-fault.ts";
import type { CachedAnswer } from "./cached-answer.ts";
import { replay } from "./replay.ts";
import type { SharedStream } from "./shared-stream.ts";

/** What a flight brought, for each of its clients to take in its own form. */
export type Landed =
  | { readonly kind: "stored"; readonly answer: CachedAnswer; readonly isNear: boolean }
  | { readonly kind: "whole"; readonly committed: Extract<Committed, { kind: "whole" }>; readonly bought: Bought }
  | { readonly kind: "stream"; readonly stream: SharedStream; readonly bought: Bought };

/** How an answer was bought, by whoever set off the flight. */
export interface Bought {
  readonly candidate: Candidate;
  readonly attempts: readonly AttemptRecord[];
  /** What the one that set it off speaks. */
  readonly format: WireFormat;
  readonly upstreamHeaders: Readonly<Record<string, string>>;
  readonly dropped: readonly string[];
}

export interface Client {
  readonly format: WireFormat;
  readonly stream: boolean;
  readonly signal: StopSignal;
  /** Set off the flight: what its upstream said of the call is for it alone. */
  readonly isFirst: boolean;
  readonly leave: () => void;
}

/** @throws AttemptsFailed when a stream broke that this client wanted whole */
export async function takeLanded(landed: Landed, client: Client): Promise<Committed> {
  if (landed.kind === "stored") return replay(landed.answer, client);
  const { bought } = landed;
  const upstreamHeaders = client.isFirst ? bought.upstreamHeaders : {};
  const isSameFormat = bought.format === client.format;
  if (landed.kind === "whole") {
    const { result, bytes } = landed.committed;
    const wire = bytes === null ? null : { format: bought.format, isStream: false, bytes };
    return { ...replay({ result, wire, dropped: bought.dropped }, client), upstreamHeaders };
  }
  const pieces = await landed.stream.reader(client.signal);
  const shared = { upstreamHeaders, dropped: bought.dropped };
  if (client.stream)
    return { kind: "stream", pieces: isSameFormat ? pieces : rendered(pieces), close: client.leave, ...shared };
  try {
    const events = [];
    for await (const piece of pieces) events.push(...piece.events);
    return { kind: "whole", result: collectResult(events, null), bytes: null, ...shared };
  } catch (error) {
    if (error instanceof UpstreamFaultError) throw new AttemptsFailed(error.fault, []);
    throw error;
  }
}

/** Without the bytes, which are of another format. */
async function* rendered(pieces: AsyncGenerator<StreamPiece, void, void>): AsyncGenerator<StreamPiece, void, void> {
  try {
    for await (const { events } of pieces) yield { events, bytes: null };
  } finally {
    await pieces.return();
  }
}
