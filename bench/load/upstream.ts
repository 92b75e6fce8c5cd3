/** An upstream as cheap as a socket can be: it answers every request with the same bytes, streams one write a chunk. */
import { createServer, type Socket } from "node:net";
import { listening } from "./listening.ts";
import { ownMetrics } from "./own-metrics.ts";

const CHUNKS = 50;
const LONGEST_CHUNKS = 2_000;
const TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(5);
const ID = "chatcmpl-bench";
const USAGE = { prompt_tokens: 120, completion_tokens: 50, total_tokens: 170 };
const STREAM_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

const json = JSON.stringify({
  id: ID,
  object: "chat.completion",
  created: 1_700_000_000,
  model: "gpt-4o-mini-2024-07-18",
  choices: [
    { index: 0, message: { role: "assistant", content: TEXT, refusal: null }, logprobs: null, finish_reason: "stop" },
  ],
  usage: { ...USAGE, prompt_tokens_details: { cached_tokens: 0 } },
});
const whole = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${json.length}\r\nx-request-id: req_bench\r\n\r\n${json}`,
);

function chunked(text: string): Buffer {
  return Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`);
}

function frame(fields: object): Buffer {
  return chunked(`data: ${JSON.stringify({ id: ID, object: "chat.completion.chunk", model: "m", ...fields })}\n\n`);
}

function deltas(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) =>
    frame({
      choices: [{ index: 0, delta: { content: ` token${i}` }, finish_reason: i === count - 1 ? "stop" : null }],
    }),
  );
}

const stream = [...deltas(CHUNKS), frame({ choices: [], usage: USAGE }), chunked("data: [DONE]\n\n")];
const endless = deltas(LONGEST_CHUNKS);
/** When the client of an endless stream hung up, on the machine's clock. */
let leftAtMs = 0;

function streamTo(socket: Socket, frames: readonly Buffer[], gapMs: number): void {
  let at = 0;
  const step = () => {
    if (socket.destroyed) return;
    if (at === frames.length) {
      socket.write("0\r\n\r\n");
      return;
    }
    socket.write(frames[at++]!);
    if (gapMs > 0) setTimeout(step, gapMs);
    else setImmediate(step);
  };
  socket.write(STREAM_HEAD);
  step();
}

function answer(socket: Socket, request: string): void {
  if (request.startsWith("GET")) {
    const text = `${ownMetrics()}left_at_ms ${leftAtMs}\n`;
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
    return;
  }
  if (!request.includes('"stream":true')) {
    socket.write(whole);
    return;
  }
  const gapMs = Number(/gap=(\d+)/.exec(request)?.[1] ?? 0);
  const isEndless = request.includes("endless");
  if (isEndless)
    socket.once("close", () => {
      leftAtMs = Date.now();
    });
  streamTo(socket, isEndless ? endless : stream, gapMs);
}

const server = createServer((socket) => {
  let parts: Buffer[] = [];
  let need = -1;
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    if (need === -1) {
      const head = chunk.indexOf("\r\n\r\n");
      need = head + 4 + Number(/content-length: (\d+)/i.exec(chunk.toString("latin1", 0, head))?.[1] ?? 0);
    }
    need -= chunk.length;
    parts.push(chunk);
    if (need > 0) return;
    const request = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts = [];
    need = -1;
    answer(socket, request.toString("latin1"));
  });
});
listening(server);
