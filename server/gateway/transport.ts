import type { Readable } from "node:stream";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import type { WireRequest } from "../provider.ts";
import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";
import type { StopSignal } from "./stop-signal.ts";

/** An upstream's answer as soon as its head is here; the body flows only while it is read. */
export interface UpstreamAnswer {
  readonly status: number;
  /** Lower-case names; repeated headers joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** The next bytes, null at the end. @throws UpstreamFaultError `connection` when the socket breaks */
  read(): Promise<Buffer | null>;
  /** The rest of the body at once. @throws UpstreamFaultError */
  bytes(): Promise<Buffer>;
  /** Closes the exchange; reading after it gives the end. */
  abort(): void;
}

/** A wire request, or any other that a client wants passed through. */
export interface TransportRequest extends Omit<WireRequest, "method" | "body"> {
  readonly method: string;
  /** Pieces are sent one after another with the length of all. */
  readonly body: WireRequest["body"] | Readable | readonly Buffer[];
}

export interface Transport {
  /**
   * @param signal ends the exchange at any time
   * @param onEnd  called once the exchange is over, however it ended
   * @throws UpstreamFaultError `connection`, or the signal's own reason when it ended the exchange
   */
  send(request: TransportRequest, signal: StopSignal, onEnd?: () => void): Promise<UpstreamAnswer>;
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Outbound HTTP proxy; null for none. */
  readonly proxy: string | null;
  readonly connectTimeoutMs: number;
  /** Longest answer that `bytes` collects. */
  readonly maxAnswerBytes: number;
}

/** Chunks held while nobody reads; above it the upstream is asked to pause. */
const HIGH_WATER_BYTES = 256 * 1024;

/** Code of a fault after which nothing can have reached the upstream, so that any request may be sent again. */
export const NOT_SENT = "not_sent";

/** Deadlines are the attempt's, so undici's own time-outs are off. */
export function createTransport({ proxy, connectTimeoutMs, maxAnswerBytes }: TransportOptions): Transport {
  const shared = {
    connect: { timeout: connectTimeoutMs },
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
    keepAliveTimeout: 30_000,
  };
  const dispatcher: Dispatcher = proxy === null ? new Agent(shared) : new ProxyAgent({ uri: proxy, ...shared });
  const placeOf = createPlaces();
  return {
    send: (request, signal, onEnd) =>
      exchange(dispatcher, placeOf(request.url), request, signal, maxAnswerBytes, onEnd),
    close: () => dispatcher.destroy(),
  };
}

function exchange(
  dispatcher: Dispatcher,
  { origin, path }: Place,
  request: TransportRequest,
  signal: StopSignal,
  maxAnswerBytes: number,
  onEnd: (() => void) | undefined,
): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      onEnd?.();
      reject(signal.reason);
      return;
    }
    const chunks: Buffer[] = [];
    let buffered = 0;
    let isEnded = false;
    let isPaused = false;
    let failure: unknown = null;
    let controller: Dispatcher.DispatchController | null = null;
    let wake: (() => void) | null = null;

    const finish = (error: unknown) => {
      if (isEnded) return;
      isEnded = true;
      failure = error;
      signal.removeEventListener("abort", onAbort);
      wake?.();
      wake = null;
      onEnd?.();
    };
    const abort = () => {
      if (isEnded) return;
      chunks.length = 0;
      finish(null);
      controller?.abort(new Error("exchange closed"));
    };
    const onAbort = () => {
      const reason: unknown = signal.reason;
      chunks.length = 0;
      finish(reason);
      // First, because what ends the exchange is told as a broken connection.
      reject(reason);
      controller?.abort(new Error("exchange closed"));
    };
    signal.addEventListener("abort", onAbort, { once: true });

    async function read(): Promise<Buffer | null> {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk !== undefined) {
          buffered -= chunk.length;
          if (isPaused && buffered < HIGH_WATER_BYTES) {
            isPaused = false;
            controller?.resume();
          }
          return chunk;
        }
        if (isEnded) {
          if (failure !== null) throw failure;
          return null;
        }
        await new Promise<void>((resolveWake) => {
          wake = resolveWake;
        });
      }
    }

    async function bytes(): Promise<Buffer> {
      const parts: Buffer[] = [];
      let length = 0;
      for (let part = await read(); part !== null; part = await read()) {
        length += part.length;
        if (length > maxAnswerBytes) {
          abort();
          throw new UpstreamFaultError(
            faultOf("bad_response", `the upstream's answer is over ${maxAnswerBytes} bytes`),
          );
        }
        parts.push(part);
      }
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length);
    }

    dispatcher.dispatch(
      {
        origin,
        path,
        // undici types the methods that it knows; it sends any token.
        method: request.method as Dispatcher.HttpMethod,
        headers: isPieces(request.body)
          ? { ...request.headers, "content-length": String(lengthOf(request.body)) }
          : request.headers,
        // undici takes any iterable of bytes, and says so in its documentation but not in this type.
        body: request.body as WireRequest["body"],
      },
      {
        onRequestStart(started) {
          controller = started;
          if (isEnded) started.abort(new Error("exchange closed"));
        },
        onResponseStart(_controller, status, headers) {
          if (status < 200) return;
          resolve({ status, headers: flatHeaders(headers), read, bytes, abort });
        },
        onResponseData(started, chunk) {
          if (isEnded) return;
          chunks.push(chunk);
          buffered += chunk.length;
          if (buffered >= HIGH_WATER_BYTES) {
            isPaused = true;
            started.pause();
          }
          wake?.();
          wake = null;
        },
        onResponseEnd() {
          finish(null);
        },
        onResponseError(_controller, error) {
          const fault = new UpstreamFaultError(connectionFault(error), error);
          finish(fault);
          reject(fault);
        },
      },
    );
  });
}

interface Place {
  readonly origin: string;
  readonly path: string;
}

/** Where URLs lead. Most calls go to few of them, and parsing one takes longer than finding it. */
function createPlaces(): (url: string) => Place {
  const places = new Map<string, Place>();
  return (url) => {
    const known = places.get(url);
    if (known !== undefined) return known;
    const { origin, pathname, search } = new URL(url);
    const place = { origin, path: pathname + search };
    if (places.size >= MOST_PLACES) places.clear();
    places.set(url, place);
    return place;
  };
}

const MOST_PLACES = 256;

function isPieces(body: TransportRequest["body"]): body is readonly Buffer[] {
  return Array.isArray(body);
}

function lengthOf(pieces: readonly Buffer[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

/** undici gives lower-case names; only repeated headers are arrays. */
function flatHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) headers[name] = value.join(", ");
    else if (value === undefined) delete headers[name];
  }
  return headers as Record<string, string>; // every other value was just replaced
}

/** Says what happened without the address, which may hold secrets. */
function connectionFault(error: unknown) {
  const code = (error as { code?: unknown } | null)?.code;
  const message = NEVER_CONNECTED[String(code)];
  if (message !== undefined) return faultOf("connection", message, { code: NOT_SENT });
  return faultOf("connection", "the connection to the upstream broke");
}

const NEVER_CONNECTED: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: "the upstream did not accept a connection in time",
  ECONNREFUSED: "the upstream refused the connection",
  ENOTFOUND: "the upstream's host name could not be resolved",
  EAI_AGAIN: "the upstream's host name could not be resolved",
};
