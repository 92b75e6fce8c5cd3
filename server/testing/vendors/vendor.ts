import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { z } from "zod";

export interface VendorCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export type VendorReply =
  | {
      readonly kind: "json";
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Record<string, string>;
    }
  | { readonly kind: "stream"; readonly frames: readonly string[] };

/** A vendor's API as its documentation describes it: what it takes, refuses and answers. */
export interface Vendor {
  readonly name: string;
  /** @throws VendorRefusal for a request that the documentation does not allow */
  answer(call: VendorCall): VendorReply;
  /** A fault of this status in the vendor's own words. */
  fault(status: number, message: string): VendorReply;
}

/** The vendor would refuse this request: with 400, or with another status. */
export class VendorRefusal extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** A vendor's double on a port of its own. */
export interface RunningVendor {
  readonly url: string;
  readonly calls: VendorCall[];
  /** What the vendor refused; empty in a test where every request was to be in order. */
  readonly refusals: string[];
  close(): Promise<void>;
}

export async function startVendor(vendor: Vendor): Promise<RunningVendor> {
  const calls: VendorCall[] = [];
  const refusals: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://vendor");
      const text = Buffer.concat(chunks).toString("utf8");
      const { method = "", headers } = request;
      const call = {
        method,
        path: url.pathname,
        query: url.searchParams,
        headers,
        body: text === "" ? null : (JSON.parse(text) as unknown),
      };
      calls.push(call);
      send(replyOf(vendor, call, refusals), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    refusals,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function replyOf(vendor: Vendor, call: VendorCall, refusals: string[]): VendorReply {
  try {
    return vendor.answer(call);
  } catch (error) {
    const refusal =
      error instanceof VendorRefusal ? error : new VendorRefusal(`the double failed: ${String(error)}`, 500);
    refusals.push(`${vendor.name} ${call.path}: ${refusal.message}`);
    return vendor.fault(refusal.status, refusal.message);
  }
}

function send(reply: VendorReply, response: ServerResponse): void {
  if (reply.kind === "json") {
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    response.end(JSON.stringify(reply.body));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const frame of reply.frames) response.write(frame);
  response.end();
}

/** @throws VendorRefusal naming the first field that does not fit */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new VendorRefusal(`${issue?.path.join(".") ?? ""}: ${JSON.stringify(issue)}`);
}

/** @throws VendorRefusal when the vendor would not be satisfied by this header */
export function needHeader(call: VendorCall, name: string, pattern: RegExp): void {
  const value = call.headers[name];
  if (typeof value !== "string" || !pattern.test(value))
    throw new VendorRefusal(`header ${name} is missing or wrong`, 401);
}
