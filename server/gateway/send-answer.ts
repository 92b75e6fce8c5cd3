import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import type { GatewayAnswer, Trailers } from "./answer.ts";
import { createStop, type StopSignal } from "./stop-signal.ts";

/** Aborted when the client hangs up before its answer is complete. */
export function clientSignal(response: ServerResponse): StopSignal {
  const stop = createStop();
  response.once("close", () => {
    if (!response.writableFinished) stop.abort(new ClientLeft());
  });
  return stop.signal;
}

/** The client hung up; there is nobody to answer. */
export class ClientLeft extends Error {
  constructor() {
    super("the client left");
    this.name = "ClientLeft";
  }
}

/** Writes an answer; streams piece by piece, never faster than the client reads. */
export async function sendAnswer(reply: FastifyReply, answer: GatewayAnswer): Promise<FastifyReply> {
  const { status, headers, body, trailers = null } = answer;
  // No hook of ours changes an answer, so it need not go through Fastify's way for those that do.
  reply.hijack();
  if (typeof body === "string" || Buffer.isBuffer(body)) writeWhole(reply.raw, status, headers, body);
  else await writeStream(reply.raw, status, headers, body, trailers);
  return reply;
}

/** Above it a copy costs more than a second piece. */
const ONE_WRITE_BYTES = 16 * 1024;

function writeWhole(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
): void {
  if (response.destroyed) return;
  // Names and values in turn: Node's own order of them, without another object of a score of fields.
  const lines: string[] = [];
  for (const name in headers) lines.push(name, headers[name]!);
  if (status !== 204) lines.push("content-length", String(Buffer.byteLength(body)));
  response.writeHead(status, lines);
  // As one string of bytes head and body are one write of one piece.
  if (typeof body === "string" || body.length > ONE_WRITE_BYTES) response.end(body);
  else response.end(body.toString("latin1"), "latin1");
}

async function writeStream(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: AsyncGenerator<Buffer | string, void, void>,
  trailers: Trailers | null,
): Promise<void> {
  let hasLeft = response.destroyed;
  let wake: (() => void) | null = null;
  const onClose = () => {
    hasLeft = true;
    wake?.();
    // A generator that waits for the upstream is ended from outside: its exchange is closed by the attempt's signal.
    void body.return();
  };
  response.once("close", onClose);
  try {
    response.writeHead(status, trailers === null ? headers : { ...headers, trailer: trailers.names.join(", ") });
    for await (const piece of body) {
      if (hasLeft) break;
      if (piece.length === 0 || response.write(piece)) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        response.once("drain", resolve);
      });
      wake = null;
    }
    if (!hasLeft && trailers !== null) response.addTrailers(trailers.read());
    if (!hasLeft) response.end();
  } catch {
    // Its fault was told in the stream's own form where that was possible; a broken socket is all that is left to say.
    response.destroy();
  } finally {
    response.off("close", onClose);
  }
}
