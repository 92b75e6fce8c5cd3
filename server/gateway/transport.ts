import { Agent, type Dispatcher, ProxyAgent } from "undici";
import type { WireRequest } from "../provider.ts";
import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";

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

export interface Transport {
  /**
   * @param signal ends the exchange at any time
   * @throws UpstreamFaultError `connection`, or the signal's own reason when it ended the exchange
   */
  send(request: WireRequest, signal: AbortSignal): Promise<UpstreamAnswer>;
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
  return {
    send: (request, signal) => exchange(dispatcher, request, signal, maxAnswerBytes),
    close: () => dispatcher.destroy(),
  };
}

function exchange(
  dispatcher: Dispatcher,
  request: WireRequest,
  signal: AbortSignal,
  maxAnswerBytes: number,
): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const url = new URL(request.url);
    const chunks: Buffer[] = [];
    let buffered = 0;
    let isEnded = false;
    let failure: unknown = null;
    let controller: Dispatcher.DispatchController | null = null;
    let wake: (() => void) | null = null;

    const notify = () => {
      wake?.();
      wake = null;
    };
    const finish = (error: unknown) => {
      if (isEnded) return;
      isEnded = true;
      failure = error;
      signal.removeEventListener("abort", onAbort);
      notify();
    };
    const abort = () => {
      if (isEnded) return;
      chunks.length = 0;
      finish(null);
      controller?.abort(new Error("exchange closed"));
    };
    const onAbort = () => {
      const reason: unknown = signal.reason;
      finish(reason);
      controller?.abort(new Error("exchange closed"));
      reject(reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });

    async function read(): Promise<Buffer | null> {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk !== undefined) {
          buffered -= chunk.length;
          if (buffered < HIGH_WATER_BYTES) controller?.resume();
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
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: { ...request.headers },
        body: request.body,
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
          if (buffered >= HIGH_WATER_BYTES) started.pause();
          notify();
        },
        onResponseEnd() {
          finish(null);
        },
        onResponseError(_controller, error) {
          const fault = new UpstreamFaultError(faultOf("connection", connectionMessage(error)), error);
          finish(fault);
          reject(fault);
        },
      },
    );
  });
}

function flatHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

/** Says what happened without the address, which may hold secrets. */
function connectionMessage(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "UND_ERR_CONNECT_TIMEOUT") return "the upstream did not accept a connection in time";
  if (code === "ECONNREFUSED") return "the upstream refused the connection";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "the upstream's host name could not be resolved";
  return "the connection to the upstream broke";
}
