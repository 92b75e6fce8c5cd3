/**
 * Decisions per second and CPU core of POST /route over HTTP, on loopback, bounded in time.
 *
 *   npx tsx server/route.bench.ts [--seconds 5] [--connections 16] [--models <folder>] [--url http://127.0.0.1:8080] [--json]
 *
 * Without --url it starts a server of its own (demo mode, SQLite in a temporary folder, everything on that is on by
 * default) as a child process. CPU time is the server process's own, all threads, read from its /metrics; the load
 * comes from this process. Prompts differ and have some 128 tokens.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRng } from "../engine/rng.ts";

const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    connections: { type: "string", default: "16" },
    models: { type: "string" },
    url: { type: "string" },
    serve: { type: "boolean", default: false },
    storage: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const WARM_UP_MS = 2_000;
const MAX_SECONDS = 60;
const PROMPTS = 500;
const WORDS =
  "the a of to and in that is for with model code function write explain why how prove sum list table python error data river price green old quickly answer short number water between every".split(
    " ",
  );

if (flags.serve) await serveHere();
else await measure();

async function serveHere(): Promise<void> {
  const { loadPolicies } = await import("../engine/index.ts");
  const { serve } = await import("./main.ts");
  const { models, storage } = flags;
  const { address } = await serve(
    {
      port: 0,
      logLevel: "warn",
      ...(models === undefined ? {} : { models }),
      ...(storage === undefined ? {} : { storage }),
    },
    await loadPolicies(),
  );
  process.send?.(address);
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "weir-bench-"));
  const child = flags.url === undefined ? startServer(folder) : null;
  try {
    const url = new URL(flags.url ?? (await addressOf(child!)));
    const payloads = makePayloads(url.host);
    const seconds = Math.min(MAX_SECONDS, Number(flags.seconds));
    await load(url, payloads, WARM_UP_MS);
    const before = await scrape(url);
    const result = await load(url, payloads, seconds * 1_000);
    const after = await scrape(url);
    report(result, before, after);
  } finally {
    child?.kill("SIGTERM");
    if (child !== null) await new Promise((resolve) => child.once("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

function startServer(folder: string): ChildProcess {
  const models = flags.models === undefined ? [] : ["--models", flags.models];
  return fork(import.meta.filename, ["--serve", "--storage", `sqlite:${join(folder, "weir.db")}`, ...models]);
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("message", (address) => resolve(String(address)));
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

function makePayloads(host: string): Buffer[] {
  const rng = seededRng(1);
  return Array.from({ length: PROMPTS }, () => {
    const words = Array.from({ length: 100 }, () => WORDS[Math.floor(rng.next() * WORDS.length)]);
    const body = JSON.stringify({ prompt: words.join(" ") });
    const head = `POST /route HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    return Buffer.from(head + body);
  });
}

interface LoadResult {
  readonly decisions: number;
  readonly refused: number;
  readonly wallMs: number;
  /** Sorted. */
  readonly latenciesMs: Float64Array;
}

/** Keeps every connection busy with one request at a time. */
async function load(url: URL, payloads: readonly Buffer[], forMs: number): Promise<LoadResult> {
  const latencies: number[] = [];
  let refused = 0;
  const startMs = performance.now();
  const endMs = startMs + forMs;

  function run(first: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
      let next = first;
      let sentMs = 0;
      let held: Buffer = Buffer.alloc(0);
      function send(): void {
        sentMs = performance.now();
        socket.write(payloads[next++ % payloads.length]!);
      }
      socket.on("connect", send);
      socket.on("error", reject);
      socket.on("close", () => resolve());
      socket.on("data", (chunk) => {
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        const headEnd = held.indexOf("\r\n\r\n");
        if (headEnd === -1) return;
        const head = held.toString("latin1", 0, headEnd);
        const total = headEnd + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (held.length < total) return;
        held = held.subarray(total);
        if (!head.startsWith("HTTP/1.1 200")) refused++;
        latencies.push(performance.now() - sentMs);
        if (performance.now() < endMs) send();
        else socket.end();
      });
    });
  }

  await Promise.all(Array.from({ length: Number(flags.connections) }, (_, i) => run(i * 31)));
  return {
    decisions: latencies.length - refused,
    refused,
    wallMs: performance.now() - startMs,
    latenciesMs: Float64Array.from(latencies).sort(),
  };
}

interface Scrape {
  readonly cpuSeconds: number;
  readonly written: number;
  readonly dropped: number;
  readonly failures: number;
  readonly residentBytes: number;
  readonly router: string;
}

async function scrape(url: URL): Promise<Scrape> {
  const text = await (await fetch(new URL("/metrics", url))).text();
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  const build = /weir_build_info\{(.*)\}/.exec(text)?.[1] ?? "";
  return {
    cpuSeconds: sum("process_cpu_seconds_total"),
    written: sum("weir_storage_written_total"),
    dropped: sum("weir_storage_dropped_total"),
    failures: sum("weir_score_failures_total"),
    residentBytes: sum("process_resident_memory_bytes"),
    router: build,
  };
}

function report(result: LoadResult, before: Scrape, after: Scrape): void {
  const { decisions, refused, wallMs, latenciesMs } = result;
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  const quantile = (share: number) =>
    latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(share * latenciesMs.length))]!;
  const summary = {
    decisionsPerSecondPerCore: Math.round(decisions / cpuSeconds),
    cpuMicrosPerDecision: Math.round((cpuSeconds * 1e6) / decisions),
    decisionsPerSecond: Math.round(decisions / (wallMs / 1_000)),
    coresUsed: Number((cpuSeconds / (wallMs / 1_000)).toFixed(2)),
    decisions,
    refused,
    scoreFailures: after.failures - before.failures,
    stored: after.written - before.written,
    dropped: after.dropped - before.dropped,
    connections: Number(flags.connections),
    latencyMs: { p50: quantile(0.5), p99: quantile(0.99) },
    residentMb: Math.round(after.residentBytes / 2 ** 20),
    router: after.router,
    node: process.version,
  };
  if (flags.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else
    console.table(
      Object.entries(summary).map(([name, value]) => ({
        name,
        value: typeof value === "object" ? JSON.stringify(value) : value,
      })),
    );
}
