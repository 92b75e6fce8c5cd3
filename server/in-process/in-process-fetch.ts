import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { MemoryRequest } from "./memory-request.ts";
import { MemoryResponse, type ResponseSink } from "./memory-response.ts";

/** Bytes of an answer that wait for its reader before the writer is asked to pause. */
const HIGH_WATER_BYTES = 65_536;
/** Statuses whose answers have no body, by the Fetch standard. */
const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);

/** The server of this process, called like any other and reached without a socket. */
export interface InProcessServer {
  /** As WHATWG `fetch`. The origin does not matter, so that clients may keep their vendor's base URL. */
  readonly fetch: typeof globalThis.fetch;
  /** Breaks off what is under way. */
  abort(): void;
}

/** One exchange runs through the same routes, hooks and handlers as a request that came over a socket. */
export function inProcessServer(app: FastifyInstance): InProcessServer {
  const running = new Set<MemoryResponse>();
  return {
    async fetch(input, init) {
      const request = new Request(absolute(input), init);
      request.signal.throwIfAborted();
      return exchange(app, request, init?.body, running);
    },
    abort() {
      for (const response of running) response.destroy();
    },
  };
}

/** Paths alone are taken too: there is only one origin here. */
function absolute(input: string | URL | Request): string | URL | Request {
  return typeof input === "string" && input.startsWith("/") ? `http://weir${input}` : input;
}

function exchange(
  app: FastifyInstance,
  request: Request,
  body: unknown,
  running: Set<MemoryResponse>,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { signal, url } = request;
    const { pathname, search } = new URL(url);
    const stream = createBody(() => response.destroy());
    const sink: ResponseSink = {
      head({ status, headers }) {
        const answer = new Response(WITHOUT_BODY.has(status) ? null : stream.readable, {
          status,
          headers: [...headers] as [string, string][],
        });
        Object.defineProperty(answer, "url", { value: url });
        resolve(answer);
      },
      piece: stream.push,
      end: stream.end,
      broken(error) {
        const reason: unknown = signal.aborted ? signal.reason : new TypeError("terminated", { cause: error });
        stream.fail(reason);
        reject(reason);
      },
    };
    const response = new MemoryResponse(sink);
    const onAbort = () => response.destroy();
    signal.addEventListener("abort", onAbort, { once: true });
    running.add(response);
    response.once("close", () => {
      running.delete(response);
      signal.removeEventListener("abort", onAbort);
      message.destroy();
    });
    const bytes = typeof body === "string" ? Buffer.from(body) : null;
    const message = new MemoryRequest(
      request.method,
      pathname + search,
      headersOf(request, bytes),
      bytes === null ? piecesOf(request) : once(bytes),
    );
    message.on("error", () => response.destroy());
    // Both have all that Fastify and our handlers use of Node's own.
    app.routing(message as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
}

function headersOf(request: Request, bytes: Buffer | null): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = { host: new URL(request.url).host, ...Object.fromEntries(request.headers) };
  if (bytes !== null) headers["content-length"] = String(bytes.length);
  else if (request.body !== null && headers["content-length"] === undefined) headers["transfer-encoding"] = "chunked";
  return headers;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

async function* piecesOf({ body }: Request): AsyncGenerator<Uint8Array, void, void> {
  if (body !== null) yield* body;
}

/** A readable stream whose writer waits while its reader does. */
function createBody(onCancel: () => void) {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  let resume: (() => void) | null = null;
  let isOver = false;
  const readable = new ReadableStream<Uint8Array>(
    {
      start(started) {
        controller = started;
      },
      pull() {
        const next = resume;
        resume = null;
        next?.();
      },
      cancel() {
        isOver = true;
        onCancel();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES }),
  );
  return {
    readable,
    push(bytes: Uint8Array, next: () => void): void {
      if (!isOver) controller!.enqueue(bytes);
      if (isOver || controller!.desiredSize! > 0) next();
      else resume = next;
    },
    end(): void {
      if (isOver) return;
      isOver = true;
      controller!.close();
    },
    fail(reason: unknown): void {
      if (isOver) return;
      isOver = true;
      controller!.error(reason);
    },
  };
}
