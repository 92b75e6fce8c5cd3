import { setTimeout as sleep } from "node:timers/promises";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { ChatEvent, ChatRequest, ChatResult, UpstreamFault, Usage } from "../chat.ts";
import type { Provider, WireFormat } from "../provider.ts";
import { badResponse, brokenOff, faultOf, UpstreamFaultError } from "../upstream-fault.ts";
import { collectResult } from "./collect-result.ts";
import {
  createDeclineWatch,
  declinedFault,
  decoded,
  decodedAsAnswer,
  isBrokenOff,
  isDeclined,
  PaidFault,
} from "./declined.ts";
import { eventsOfResult } from "./events-of-result.ts";
import { abortSignalOf, type StopSignal } from "./stop-signal.ts";
import { piecesOf, type StreamPiece } from "./stream-pieces.ts";
import type { Target } from "./target.ts";
import type { UpstreamAnswer } from "./transport.ts";
import { type RawBody, upstreamBody } from "./upstream-body.ts";
import { createUsageMeter, type UsageMeter } from "./usage-meter.ts";

/** Bytes held back at most while a stream has not committed its answer. */
const MAX_HELD_BYTES = 256 * 1024;
/** A fallback waits so long for what a declined stream has cost. */
const MOST_WAIT_FOR_USAGE_MS = 250;
/** Clients of this format know its reasons to end an answer early, and look for them; to others that is an error. */
const TELLS_BREAKS: WireFormat = "gemini";

/** What one client wants of any target. */
export interface ChatCall {
  readonly raw: RawBody;
  /** The neutral request; parsed at first use, because bodies that pass untouched need no parsing. */
  readonly chat: () => ChatRequest;
  /** What the client speaks; null for a body that no upstream may get as it is. */
  readonly format: WireFormat | null;
  readonly stream: boolean;
  /** Headers of the client that the same vendor's API understands (anthropic-version, anthropic-beta, openai-...). */
  readonly vendorHeaders: Readonly<Record<string, string>>;
  /** The client's own credential at one upstream, used there instead of the configured one; null for none. */
  readonly ownAccess: OwnAccess | null;
  /** Refuses what the vendor cannot take instead of leaving it out. */
  readonly strict: boolean;
  readonly clock: () => number;
  /** The request's input as we count it, for an answer whose vendor did not say. */
  readonly inputTokens: () => number;
  /** Told of every answer that is paid and will not be served. */
  readonly onDeclined: (candidate: Candidate, usage: Usage | null, fault: UpstreamFault) => void;
}

export interface OwnAccess {
  readonly upstreamId: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer that will be given: nothing falls back any more. */
export type Committed =
  | {
      readonly kind: "whole";
      readonly result: ChatResult;
      /** The upstream's own bytes when the client speaks its format; null when the answer must be rendered. */
      readonly bytes: Buffer | null;
      readonly upstreamHeaders: Readonly<Record<string, string>>;
      readonly dropped: readonly string[];
    }
  | {
      readonly kind: "stream";
      /** Pieces in order, the held ones first. Throws UpstreamFaultError when the socket breaks. */
      readonly pieces: AsyncGenerator<StreamPiece, void, void>;
      /** Ends the exchange at once, also while a piece is waited for. */
      readonly close: () => void;
      readonly upstreamHeaders: Readonly<Record<string, string>>;
      readonly dropped: readonly string[];
    };

/**
 * Asks one target once and waits until the answer commits: a whole answer when it is read, a stream at its first
 * content.
 *
 * @param goesOn whether what this target declines to answer is a fault, so that another is asked
 * @throws UpstreamFaultError for everything that a retry or a fallback may mend
 */
export async function attemptChat(
  call: ChatCall,
  target: Target,
  key: string | null,
  signal: StopSignal,
  goesOn = false,
): Promise<Committed> {
  try {
    return await asked(call, target, key, signal, goesOn);
  } catch (error) {
    if (error instanceof PaidFault) call.onDeclined(target.candidate, error.usage, error.fault);
    throw error;
  }
}

async function asked(
  call: ChatCall,
  target: Target,
  key: string | null,
  signal: StopSignal,
  goesOn: boolean,
): Promise<Committed> {
  const { provider } = target;
  if (provider.simulate !== undefined) return simulated(call, target, signal);
  const own = call.ownAccess?.upstreamId === target.upstreamId ? call.ownAccess : null;
  const wire = target.wire(own === null ? key : null);
  const isSameFormat = provider.format === call.format;
  const { body, dropped, headers: bodyHeaders } = upstreamBody(call.raw, call.chat, target, isSameFormat, wire.options);
  const missed = call.strict ? dropped.filter((name) => !isAside(name)) : [];
  if (missed.length > 0) throw lacking(missed, target);
  const { url, headers } = provider.address(wire, { model: target.model, stream: call.stream });
  const unsigned = {
    method: "POST" as const,
    url,
    headers: Object.assign(
      { "content-type": "application/json" },
      isSameFormat ? call.vendorHeaders : null,
      headers,
      bodyHeaders,
      own?.headers,
    ),
    body,
  };
  // A body in pieces comes only where nothing is signed.
  const request =
    provider.sign === undefined
      ? unsigned
      : await provider.sign({ ...unsigned, body: body as Buffer | string }, wire, call.clock());
  const answer = await target.transport.send(request, signal);
  await throwForFault(answer, provider, call.clock);
  const isStream = call.stream && !(answer.headers["content-type"] ?? "").includes("application/json");
  if (isStream) {
    const passing = !isSameFormat ? "nothing" : provider.format === TELLS_BREAKS ? "all" : "answers";
    const all = piecesOf(answer, provider.decodeStream(), passing);
    const meter = goesOn ? createUsageMeter(call.inputTokens) : null;
    const pieces = await commitStream(all, answer, isSameFormat ? "passes" : "fails", meter);
    return { kind: "stream", pieces, close: () => answer.abort(), upstreamHeaders: answer.headers, dropped };
  }
  const bytes = await answer.bytes();
  const said = parseAnswer(bytes);
  const result = isSameFormat && !goesOn ? decodedAsAnswer(provider, said) : decoded(provider, said);
  if (isBrokenOff(result) && !(isSameFormat && provider.format === TELLS_BREAKS)) {
    throw new PaidFault(brokenOff(null), result.usage);
  }
  if (goesOn && isDeclined(result)) throw declinedFault(result.usage);
  if (!call.stream)
    return { kind: "whole", result, bytes: isSameFormat ? bytes : null, upstreamHeaders: answer.headers, dropped };
  const pieces = oneByOne([{ events: eventsOfResult(result), bytes: null }]);
  return { kind: "stream", pieces, close: () => {}, upstreamHeaders: answer.headers, dropped };
}

/** Whose request it is, which the gateway reads itself, and what is kept of it where: no answer is another without it. */
function isAside(name: string): boolean {
  return ASIDE.has(name.split(".", 1)[0]!);
}

const ASIDE = new Set(["user", "metadata", "safety_identifier", "store", "prompt_cache_key", "prompt_cache_retention"]);

function lacking(dropped: readonly string[], { candidate }: Target): UpstreamFaultError {
  const message = `${candidate.candidateId} does not take ${dropped.join(", ")} (gateway.strict)`;
  return new UpstreamFaultError(faultOf("invalid_request", message, { param: dropped[0]! }));
}

/** @throws UpstreamFaultError for every status but 2xx */
export async function throwForFault(answer: UpstreamAnswer, provider: Provider, clock: () => number): Promise<void> {
  if (answer.status < 300) return;
  const text = (await answer.bytes()).toString("utf8");
  if (answer.status < 400) throw badResponse(`the upstream redirects (${answer.status}); its baseUrl may be wrong`);
  throw new UpstreamFaultError(provider.decodeError(answer.status, answer.headers, text, clock()));
}

export function parseAnswer(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw badResponse("the upstream's answer is not JSON");
  }
}

async function simulated(call: ChatCall, target: Target, signal: StopSignal): Promise<Committed> {
  const stop = new AbortController();
  const { options } = target.wire(null);
  const both = AbortSignal.any([abortSignalOf(signal), stop.signal]);
  const events = target.provider.simulate!(call.chat(), target.model, options, both);
  if (call.stream) {
    const pieces = await commitStream(simulatedPieces(events, signal), null, "fails", null);
    return { kind: "stream", pieces, close: () => stop.abort(), upstreamHeaders: {}, dropped: [] };
  }
  const collected: ChatEvent[] = [];
  for await (const event of events) collected.push(event);
  signal.throwIfAborted();
  return { kind: "whole", result: collectResult(collected, null), bytes: null, upstreamHeaders: {}, dropped: [] };
}

/** Ends early with the signal's reason, as a real exchange does. */
async function* simulatedPieces(
  events: AsyncIterable<ChatEvent>,
  signal: StopSignal,
): AsyncGenerator<StreamPiece, void, void> {
  for await (const event of events) {
    signal.throwIfAborted();
    yield { events: [event], bytes: null };
  }
  signal.throwIfAborted();
}

/** Ends an answer that nobody will read. */
export function discardCommitted(committed: Committed): void {
  if (committed.kind !== "stream") return;
  committed.close();
  void committed.pieces.return();
}

/**
 * Holds pieces back until one commits; an error before that is a fault, after it is the stream's own.
 *
 * @param blocked what becomes of a blocked prompt: it passes as the vendor says it, or is a fault like others
 * @param meter   of an answer that goes on to another target where the model declines; null where it is the client's
 */
async function commitStream(
  pieces: AsyncGenerator<StreamPiece, void, void>,
  answer: UpstreamAnswer | null,
  blocked: "passes" | "fails",
  meter: UsageMeter | null,
): Promise<AsyncGenerator<StreamPiece, void, void>> {
  const held: StreamPiece[] = [];
  const watch = meter === null ? null : createDeclineWatch();
  let heldBytes = 0;
  try {
    for (;;) {
      const { value: piece, done } = await pieces.next();
      if (done === true) throw badResponse("the upstream's stream ended before the answer began");
      meter?.observe(piece.events);
      const error = piece.events.find((event) => event.type === "error");
      const isRefusal = error?.error.kind === "content_policy";
      if (error !== undefined && isRefusal && meter !== null) throw new PaidFault(error.error, meter.said());
      if (error?.isBrokenOff) throw new PaidFault(error.error, usageIn(piece));
      if (error !== undefined && !(blocked === "passes" && isRefusal)) throw new UpstreamFaultError(error.error);
      held.push(piece);
      heldBytes += piece.bytes?.length ?? 0;
      const said = watch?.observe(piece.events);
      if (said === "declines") throw declinedFault(await usageSaid(meter!, pieces));
      if (said === undefined ? commits(piece) || error !== undefined : said === "answers") break;
      if (heldBytes > MAX_HELD_BYTES) break;
    }
  } catch (error) {
    answer?.abort();
    await pieces.return();
    throw error;
  }
  return heldThenRest(held, pieces);
}

function usageIn({ events }: StreamPiece): Usage | null {
  const said = events.findLast((event) => event.type === "usage");
  return said?.usage ?? null;
}

/** Most vendors tell the usage with the end of an answer, some right behind it; who says nothing then is estimated. */
async function usageSaid(meter: UsageMeter, rest: AsyncGenerator<StreamPiece, void, void>): Promise<Usage> {
  const untilEnd = (async () => {
    while (meter.said() === null) {
      const { value, done } = await rest.next();
      if (done === true) return;
      meter.observe(value.events);
    }
  })();
  await Promise.race([untilEnd.catch(() => {}), sleep(MOST_WAIT_FOR_USAGE_MS, undefined, { ref: false })]);
  return meter.said() ?? meter.usage();
}

function commits({ events }: StreamPiece): boolean {
  return events.some(
    (event) =>
      event.type === "delta" ||
      event.type === "finish" ||
      (event.type === "part_start" && event.of.kind === "tool_call"),
  );
}

/** `rest` with some pieces before it. By hand, because a generator around a generator doubles what each piece costs. */
function heldThenRest(
  held: StreamPiece[],
  rest: AsyncGenerator<StreamPiece, void, void>,
): AsyncGenerator<StreamPiece, void, void> {
  return {
    async next() {
      const value = held.shift();
      return value === undefined ? rest.next() : { value, done: false };
    },
    return(value) {
      held.length = 0;
      return rest.return(value);
    },
    throw(error) {
      held.length = 0;
      return rest.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* oneByOne(pieces: readonly StreamPiece[]): AsyncGenerator<StreamPiece, void, void> {
  yield* pieces;
}
