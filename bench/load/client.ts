import { request as httpRequest } from "node:http";
import { connect } from "node:net";

const LAST_CHUNK = Buffer.from("0\r\n\r\n");

export interface Loaded {
  readonly answered: number;
  readonly failed: number;
  /** Of each answer. */
  readonly ms: readonly number[];
}

export function requestOf(url: URL, body: string, key: string, headers = ""): Buffer {
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\nauthorization: Bearer ${key}\r\n${headers}`;
  return Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** Keeps every connection busy with one request at a time. */
export async function load(url: URL, payload: Buffer, connections: number, forMs: number): Promise<Loaded> {
  const ms: number[] = [];
  let failed = 0;
  const endMs = performance.now() + forMs;
  const run = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
      let held: Buffer = Buffer.alloc(0);
      let sentAt = 0;
      const send = () => {
        sentAt = performance.now();
        socket.write(payload);
      };
      socket.on("connect", send);
      socket.on("error", reject);
      socket.on("close", () => resolve());
      socket.on("data", (chunk) => {
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        const headEnd = held.indexOf("\r\n\r\n");
        if (headEnd === -1) return;
        const head = held.toString("latin1", 0, headEnd);
        const length = /content-length: (\d+)/i.exec(head)?.[1];
        const isOver =
          length === undefined ? held.subarray(-5).equals(LAST_CHUNK) : held.length >= headEnd + 4 + Number(length);
        if (!isOver) return;
        held = Buffer.alloc(0);
        ms.push(performance.now() - sentAt);
        if (!head.startsWith("HTTP/1.1 200")) failed++;
        if (performance.now() < endMs) send();
        else socket.end();
      });
    });
  await Promise.all(Array.from({ length: connections }, run));
  return { answered: ms.length, failed, ms };
}

/** Milliseconds from the request to its first streamed content and to its end. */
export function timeStream(url: URL, key: string, body: object): Promise<{ firstMs: number; totalMs: number }> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    let firstMs: number | null = null;
    let text = "";
    const request = httpRequest(chatUrl(url), { method: "POST", headers: headersOf(key) }, (response) => {
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
        if (firstMs === null && text.includes('"content":" token')) firstMs = performance.now() - startMs;
      });
      response.on("end", () => resolve({ firstMs: firstMs ?? Number.NaN, totalMs: performance.now() - startMs }));
    });
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

/** Hangs up in the middle of a stream. @returns when it did, on the machine's clock */
export function leaveStream(url: URL, key: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    let chunks = 0;
    const request = httpRequest(chatUrl(url), { method: "POST", headers: headersOf(key) }, (response) => {
      response.on("error", () => {});
      response.on("data", () => {
        if (++chunks !== 5) return;
        resolve(Date.now());
        request.destroy();
      });
    });
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

function chatUrl(url: URL): URL {
  return new URL("/v1/chat/completions", url);
}

function headersOf(key: string): Record<string, string> {
  return { "content-type": "application/json", authorization: `Bearer ${key}` };
}
