import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the upstream does with one request. */
export type Behaviour =
  | {
      readonly kind: "json";
      readonly status?: number;
      readonly headers?: Record<string, string>;
      readonly body: unknown;
    }
  | {
      readonly kind: "text";
      readonly status?: number;
      readonly headers?: Record<string, string>;
      readonly body: string;
    }
  /** Server-sent events, one write each, `gapMs` apart, `after` something; `end: "reset"` breaks the socket, "stall" never ends. */
  | {
      readonly kind: "sse";
      readonly after?: Promise<void>;
      readonly frames: readonly string[];
      readonly gapMs?: number;
      readonly end?: "close" | "reset" | "stall";
    }
  /** Accepts and never answers. */
  | { readonly kind: "stall" }
  /** Breaks the socket before any answer. */
  | { readonly kind: "reset" };

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Resolves with the time at which the peer hung up or the exchange ended. */
  readonly closed: Promise<number>;
}

/** A vendor's API on a port of its own that misbehaves as told; answers repeat the last behaviour. */
export interface FaultUpstream {
  readonly url: string;
  readonly received: ReceivedRequest[];
  behave(...behaviours: Behaviour[]): void;
  close(): Promise<void>;
}

export async function startFaultUpstream(): Promise<FaultUpstream> {
  let queue: Behaviour[] = [];
  const received: ReceivedRequest[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const closed = new Promise<number>((resolve) => response.once("close", () => resolve(performance.now())));
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      received.push({ method, path, headers, body: Buffer.concat(chunks).toString("utf8"), closed });
      const behaviour = queue.length > 1 ? queue.shift()! : (queue[0] ?? { kind: "text", status: 500, body: "untold" });
      void act(behaviour, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    behave: (...behaviours) => {
      queue = behaviours;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function act(behaviour: Behaviour, response: ServerResponse): Promise<void> {
  switch (behaviour.kind) {
    case "json":
      response.writeHead(behaviour.status ?? 200, { "content-type": "application/json", ...behaviour.headers });
      response.end(JSON.stringify(behaviour.body));
      return;
    case "text":
      response.writeHead(behaviour.status ?? 200, { "content-type": "text/html", ...behaviour.headers });
      response.end(behaviour.body);
      return;
    case "stall":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "sse":
      await behaviour.after;
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const frame of behaviour.frames) {
        if (response.destroyed) return;
        response.write(frame);
        if (behaviour.gapMs !== undefined) await new Promise((resolve) => setTimeout(resolve, behaviour.gapMs));
      }
      if (behaviour.end === "reset") response.socket?.resetAndDestroy();
      else if (behaviour.end !== "stall") response.end();
  }
}
