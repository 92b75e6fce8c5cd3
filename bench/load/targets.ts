import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../engine/package-root.ts";
import { processEnvironment } from "../../server/config.ts";

const ADMIN_KEY = "admin-of-this-run-alone";
const READY_WITHIN_MS = 30_000;

export interface Target {
  readonly name: string;
  readonly url: URL;
  readonly key: string;
  close(): Promise<void>;
}

/** What all go through in the end; measured by itself as well. */
export async function startUpstream(): Promise<Target> {
  return forked("direct", "upstream.ts", []);
}

export async function startBareProxy(upstream: URL): Promise<Target> {
  return forked("bare proxy", "bare-proxy.ts", [upstream.origin]);
}

async function forked(name: string, file: string, args: readonly string[]): Promise<Target> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args);
  const address = await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return { name, url: new URL(String(address)), key: "none", close: () => ended(child) };
}

/**
 * The built server with a key, limits, budgets, a router and the log.
 *
 * @param dist    the folder of the build
 * @param profile a folder for a CPU profile; null for none
 */
export async function startWeir(name: string, upstream: URL, dist: string, profile: string | null): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), "weir-load-"));
  writeFileSync(join(folder, "weir.yaml"), configFor(upstream));
  const port = await freePort();
  const flags = ["--port", String(port), "--config", join(folder, "weir.yaml"), "--log-level", "warn"];
  const child = spawn(
    process.execPath,
    [
      ...(profile === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`]),
      join(dist, "cli.js"),
      "serve",
      ...flags,
      "--storage",
      `sqlite:${join(folder, "weir.db")}`,
    ],
    { env: { ...processEnvironment(), WEIR_ADMIN_KEY: ADMIN_KEY }, stdio: ["ignore", "ignore", "inherit"] },
  );
  const url = new URL(`http://127.0.0.1:${port}`);
  await ready(url, child);
  return {
    name,
    url,
    key: await newKey(url),
    async close() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configFor(upstream: URL): string {
  return `
upstreams:
  openai: { provider: openai, baseUrl: "${upstream.origin}/v1", apiKey: sk-bench }
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
  return ((await response.json()) as { key: string }).key; // Weir's own answer
}

/** A value of the target's /metrics. */
export async function metric({ url }: Target, name: string): Promise<number> {
  const text = await (await fetch(new URL("/metrics", url))).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

async function ready(url: URL, child: ChildProcess): Promise<void> {
  for (const endMs = Date.now() + READY_WITHIN_MS; Date.now() < endMs && child.exitCode === null; ) {
    if (
      await fetch(new URL("/healthz", url)).then(
        (response) => response.ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the server did not come up; `npm run build` makes it");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
}

/** Where the build lies by default. */
export const BUILT = fileURLToPath(new URL("dist", packageRoot));
