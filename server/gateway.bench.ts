/**
 * CPU time of the gateway per request, on loopback, bounded in time, with a key, limits, a budget, the router and the log
 * on; beside it in the same run a bare proxy that only parses bodies and reads usage. Load and upstream run in this
 * process, gateway and proxy in children whose own CPU time is read from their /metrics.
 *
 *   npx tsx server/gateway.bench.ts [--seconds 4] [--connections 16] [--only "named, 0.8|stream"] [--profile <folder>]
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Pool } from "undici";

const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    connections: { type: "string", default: "16" },
    only: { type: "string" },
    profile: { type: "string" },
    serve: { type: "boolean", default: false },
    bare: { type: "string" },
    folder: { type: "string" },
  },
});

const WARM_UP_MS = 4_000;
const BARE_SHARE = 0.5;
const ADMIN_KEY = "admin-of-this-run-alone";
const MAX_SECONDS = 30;
const CHUNKS = 50;
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
const TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(5);
const QUESTION = "Please summarise the following paragraph about gateways and routing. ";

interface Scenario {
  readonly name: string;
  readonly body: object;
  /** Further lines of the head. */
  readonly headers?: string;
}

const chat = (model: string, promptBytes: number, extra: object = {}) => ({
  model,
  messages: [
    { role: "system", content: "You are helpful." },
    { role: "user", content: QUESTION.repeat(Math.ceil(promptBytes / QUESTION.length)) },
  ],
  temperature: 0.2,
  max_tokens: 64,
  ...extra,
});
/** A long agent session: many turns, tools, nothing that one long string would hide. */
const agent = (model: string, promptBytes: number) => ({
  ...chat(model, 500),
  messages: [
    { role: "system", content: "You are a coding agent. ".repeat(200) },
    ...Array.from({ length: Math.ceil(promptBytes / 2_000) }, (_, i) => ({
      role: i % 2 === 0 ? "user" : "assistant",
      content: `${i}: ${'const x = compute("a\\n");\n'.repeat(70)}`,
    })),
    { role: "user", content: "Now fix the failing test." },
  ],
});

const SCENARIOS: readonly Scenario[] = [
  { name: "named, 0.8 kB", body: chat("openai/gpt-4o-mini", 800) },
  { name: "auto, 0.8 kB", body: chat("weir/auto", 800) },
  { name: "named, 200 kB", body: chat("openai/gpt-4o-mini", 200_000) },
  { name: "auto, 200 kB", body: chat("weir/auto", 200_000) },
  { name: "auto, 200 kB of turns", body: agent("weir/auto", 200_000) },
  {
    name: "cache: bought and kept, 0.8 kB",
    body: chat("openai/gpt-4o-mini", 800, { temperature: 0 }),
    headers: "x-weir-cache: no-cache\r\n",
  },
  { name: "cache: hit, 0.8 kB", body: chat("openai/gpt-4o-mini", 800, { temperature: 0 }) },
  { name: "cache: hit, 200 kB", body: chat("openai/gpt-4o-mini", 200_000, { temperature: 0 }) },
  { name: "cache: hit, stream of 50", body: chat("openai/gpt-4o-mini", 800, { temperature: 0, stream: true }) },
  { name: "named, stream of 50", body: chat("openai/gpt-4o-mini", 800, { stream: true }) },
];

if (flags.serve) await serveHere();
else if (flags.bare !== undefined) await serveBare(flags.bare);
else await measure();

async function serveHere(): Promise<void> {
  const { loadPolicies } = await import("../engine/index.ts");
  const { serve } = await import("./main.ts");
  const folder = flags.folder!;
  const { address } = await serve(
    { port: 0, logLevel: "warn", config: join(folder, "weir.yaml"), storage: `sqlite:${join(folder, "weir.db")}` },
    await loadPolicies(),
  );
  process.send?.(address);
}

/** The least that a metering proxy does: bodies parsed on both sides, the model written, usage read. */
async function serveBare(upstream: string): Promise<void> {
  const pool = new Pool(upstream, { connections: 256, pipelining: 1 });
  let tokens = 0;
  const take = (text: string) => {
    tokens += (JSON.parse(text) as { usage?: { total_tokens?: number } | null }).usage?.total_tokens ?? 0;
  };
  const server = createHttpServer((request, response) => {
    if (request.method === "GET") {
      const { user, system } = process.cpuUsage();
      response.end(
        `process_cpu_seconds_total ${(user + system) / 1e6}\nprocess_resident_memory_bytes ${process.memoryUsage.rss()}\n# ${tokens}\n`,
      );
      return;
    }
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = { ...(JSON.parse(Buffer.concat(parts).toString()) as object), model: "gpt-4o-mini" };
      const answer: Buffer[] = [];
      let isStream = false;
      let rest = "";
      pool.dispatch(
        {
          path: request.url!,
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        },
        {
          onRequestStart() {},
          onResponseStart(_controller, status, headers) {
            const type = String(headers["content-type"]);
            isStream = type.startsWith("text/event-stream");
            const length = headers["content-length"];
            response.writeHead(status, {
              "content-type": type,
              ...(length === undefined ? {} : { "content-length": String(length) }),
            });
          },
          onResponseData(_controller, chunk) {
            if (!isStream) {
              answer.push(chunk);
              return;
            }
            response.write(chunk);
            rest += chunk.toString();
            for (let end = rest.indexOf("\n\n"); end !== -1; end = rest.indexOf("\n\n")) {
              const line = rest.slice(0, end);
              rest = rest.slice(end + 2);
              if (line.startsWith("data: {")) take(line.slice(6));
            }
          },
          onResponseEnd() {
            const bytes = Buffer.concat(answer);
            if (!isStream) take(bytes.toString());
            response.end(bytes);
          },
          onResponseError() {
            response.destroy();
          },
        },
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "weir-bench-"));
  const upstream = await startUpstream();
  const { port } = upstream.address() as AddressInfo;
  writeFileSync(join(folder, "weir.yaml"), configFor(port));
  const execArgv = [
    ...process.execArgv,
    ...(flags.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${flags.profile}`]),
  ];
  const env = { ...process.env, WEIR_ADMIN_KEY: ADMIN_KEY };
  const child = fork(import.meta.filename, ["--serve", "--folder", folder], { execArgv, env });
  const bare = fork(import.meta.filename, ["--bare", `http://127.0.0.1:${port}`]);
  try {
    const [url, bareUrl] = [new URL(await addressOf(child)), new URL(await addressOf(bare))];
    const key = await newKey(url);
    const runMs = Math.min(MAX_SECONDS, Number(flags.seconds)) * 1000;
    const wanted = flags.only?.split("|");
    const rows: object[] = [];
    for (const { name, body, headers = "" } of SCENARIOS) {
      if (wanted !== undefined && !wanted.some((word) => name.includes(word))) continue;
      const text = JSON.stringify(body);
      const payload = requestOf(url.host, text, key, headers);
      const barePayload = requestOf(bareUrl.host, text, key);
      await load(url, payload, WARM_UP_MS);
      await load(bareUrl, barePayload, WARM_UP_MS * BARE_SHARE);
      // Half before and half after, so that a machine that changes its pace changes both figures.
      const first = await microsOf(bareUrl, barePayload, runMs * BARE_SHARE);
      const ours = await microsOf(url, payload, runMs);
      const second = await microsOf(bareUrl, barePayload, runMs * BARE_SHARE);
      const bareMicros = (first.micros + second.micros) / 2;
      rows.push({
        scenario: name,
        "cpu us/request": Math.round(ours.micros),
        "bare us/request": Math.round(bareMicros),
        ratio: Number((ours.micros / bareMicros).toFixed(2)),
        requests: ours.answered,
        failed: ours.failed,
        "rss MB": Math.round((await metric(url, "process_resident_memory_bytes")) / 1e6),
      });
    }
    console.table(rows);
  } finally {
    for (const one of [child, bare]) {
      one.kill("SIGTERM");
      if (one.exitCode === null) await new Promise((resolve) => one.once("exit", resolve));
    }
    upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function configFor(port: number): string {
  return `
upstreams:
  openai: { provider: openai, baseUrl: "http://127.0.0.1:${port}/v1", apiKey: sk-bench }
candidates:
  - { id: openai/gpt-4o-mini, upstream: openai }
  - { id: openai/gpt-4o, upstream: openai }
routes:
  default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o-mini, openai/gpt-4o], mode: active, activation: { override: test } }
auth: { required: true }
limits:
  - { scope: model, subject: "*", rpm: 1000000 }
budgets:
  - { scope: global, usd: 100000, window: 1mo }
`;
}

/** Answers every request with the same bytes; as cheap as a socket can be. */
async function startUpstream(): Promise<Server> {
  const id = "chatcmpl-bench";
  const json = JSON.stringify({
    id,
    object: "chat.completion",
    created: 1_700_000_000,
    model: "gpt-4o-mini-2024-07-18",
    choices: [
      { index: 0, message: { role: "assistant", content: TEXT, refusal: null }, logprobs: null, finish_reason: "stop" },
    ],
    usage: {
      prompt_tokens: 120,
      completion_tokens: 50,
      total_tokens: 170,
      prompt_tokens_details: { cached_tokens: 0 },
    },
  });
  const whole = Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${json.length}\r\nx-request-id: req_bench\r\n\r\n${json}`,
  );
  const frame = (fields: object) =>
    `data: ${JSON.stringify({ id, object: "chat.completion.chunk", model: "m", ...fields })}\n\n`;
  const frames = [
    ...Array.from({ length: CHUNKS }, (_, i) =>
      frame({
        choices: [{ index: 0, delta: { content: ` token${i}` }, finish_reason: i === CHUNKS - 1 ? "stop" : null }],
      }),
    ),
    frame({ choices: [], usage: { prompt_tokens: 120, completion_tokens: CHUNKS, total_tokens: 170 } }),
    "data: [DONE]\n\n",
  ].map((text) => Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`));
  const server = createServer((socket) => {
    let need = -1;
    let isStream = false;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      if (need === -1) {
        const head = chunk.indexOf("\r\n\r\n");
        need = head + 4 + Number(/content-length: (\d+)/i.exec(chunk.toString("latin1", 0, head))?.[1] ?? 0);
        isStream = chunk.includes('"stream":true');
      } else if (!isStream) isStream = chunk.includes('"stream":true');
      need -= chunk.length;
      if (need > 0) return;
      need = -1;
      if (!isStream) socket.write(whole);
      else streamTo(0);
      function streamTo(at: number): void {
        if (at === 0)
          socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
        if (at === frames.length) {
          socket.write("0\r\n\r\n");
          return;
        }
        socket.write(frames[at]!);
        setImmediate(streamTo, at + 1);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("message", (address) => resolve(String(address)));
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

/** A key with limits and a budget of its own. */
async function newKey(url: URL): Promise<string> {
  const response = await fetch(new URL("/admin/keys", url), {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({
      name: "bench",
      limits: { rpm: 1_000_000, tpm: 1_000_000_000, parallel: 500 },
      budget: { usd: 100_000, window: "1mo" },
    }),
  });
  return ((await response.json()) as { key: string }).key;
}

/** CPU time of a server for each of the requests that it answers in this time. */
async function microsOf(url: URL, payload: Buffer, forMs: number) {
  const before = await metric(url, "process_cpu_seconds_total");
  const result = await load(url, payload, forMs);
  const used = (await metric(url, "process_cpu_seconds_total")) - before;
  return { ...result, micros: (used * 1e6) / result.answered };
}

function requestOf(host: string, body: string, key: string, headers = ""): Buffer {
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nauthorization: Bearer ${key}\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

async function metric(url: URL, name: string): Promise<number> {
  const text = await (await fetch(new URL("/metrics", url))).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

/** Keeps every connection busy with one request at a time. */
async function load(url: URL, payload: Buffer, forMs: number): Promise<{ answered: number; failed: number }> {
  let answered = 0;
  let failed = 0;
  const endMs = performance.now() + forMs;
  const run = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
      let held: Buffer = Buffer.alloc(0);
      socket.on("connect", () => socket.write(payload));
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
        answered++;
        if (!head.startsWith("HTTP/1.1 200")) failed++;
        if (performance.now() < endMs) socket.write(payload);
        else socket.end();
      });
    });
  await Promise.all(Array.from({ length: Number(flags.connections) }, run));
  return { answered, failed };
}
