import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Rng, seededRng } from "../../engine/rng.ts";
import { writeTinyArtifact } from "../../engine/testing/tiny-artifact.ts";
import { openStorage } from "../open-storage.ts";
import type { Storage } from "../storage.ts";
import { type SpawnedServer, spawnServer } from "../testing/spawn-server.ts";

const ADMIN = "the-admin-key";
const CLIENTS = 64;
const CAP_NANO = 1e9;
/** $40 per million output tokens. */
const NANO_PER_TOKEN = 40_000;

/** An upstream that answers with any number of tokens up to the limit, at once, in a stream, late or with a fault. */
interface Vendor {
  readonly url: string;
  /** Tokens of the answers that it gave wholly. */
  readonly billed: number;
  close(): Promise<void>;
}

async function startVendor(rng: Rng): Promise<Vendor> {
  let billed = 0;
  const server: Server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const body = JSON.parse(text) as { max_tokens: number; stream?: boolean };
      const output = 1 + Math.floor(rng.next() * body.max_tokens);
      const usage = { prompt_tokens: 10, completion_tokens: output, total_tokens: 10 + output };
      if (rng.next() < 0.05) {
        response.writeHead(500, { "content-type": "application/json" });
        return response.end(JSON.stringify({ error: { message: "boom" } }));
      }
      const delayMs = rng.next() * 15;
      if (body.stream === true) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const chunk = (fields: object) => `data: ${JSON.stringify({ id: "c", model: "large", ...fields })}\n\n`;
        response.write(chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "Hello" } }] }));
        setTimeout(() => {
          if (response.destroyed) return;
          billed += output;
          response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }));
          response.end(`${chunk({ choices: [], usage })}data: [DONE]\n\n`);
        }, delayMs);
        return;
      }
      setTimeout(() => {
        if (response.destroyed) return;
        billed += output;
        const message = { role: "assistant", content: "Hello" };
        response.writeHead(200, { "content-type": "application/json" });
        response.end(
          JSON.stringify({
            id: "c",
            object: "chat.completion",
            created: 1,
            model: "large",
            choices: [{ index: 0, message, finish_reason: "stop" }],
            usage,
          }),
        );
      }, delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get billed() {
      return billed;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

describe("two servers on one database", () => {
  let folder: string;
  let vendor: Vendor;
  let servers: SpawnedServer[];
  let storage: Storage;
  const rng = seededRng(7);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "weir-two-"));
    vendor = await startVendor(rng);
    await writeTinyArtifact(pathToFileURL(`${folder}/models/default/1/`));
    const config = join(folder, "weir.yaml");
    writeFileSync(
      config,
      `
upstreams:
  up: { provider: openai-compatible, baseUrl: "${vendor.url}/v1" }
candidates:
  - { id: up/large, upstream: up, maxOutputTokens: 1000, contextTokens: 100000, price: { inputUsdPerMTok: 0, outputUsdPerMTok: 40 } }
routes:
  default: { incumbent: up/large, candidates: [up/large] }
gateway: { retries: 1, backoffMs: 1, budgetWaitMs: 50 }
server: { logLevel: error }
`,
    );
    const files = { config, models: join(folder, "models"), storage: `sqlite:${folder}/weir.db` };
    servers = await Promise.all([0, 1].map(() => spawnServer(files, { WEIR_ADMIN_KEY: ADMIN })));
    storage = await openStorage(files.storage);
  });
  afterAll(async () => {
    await storage.close();
    await Promise.all(servers.map((server) => server.end("SIGKILL")));
    await vendor.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function admin(server: SpawnedServer, method: string, path: string, body?: object) {
    const response = await fetch(`${server.address}${path}`, {
      method,
      headers: { "x-weir-key": ADMIN, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as { id: string; key: string; budget: { id: string } };
  }

  function chat(key: string, server: SpawnedServer, body: object, signal?: AbortSignal): Promise<Response> {
    return fetch(`${server.address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "up/large", messages: [{ role: "user", content: "hi" }], ...body }),
      signal: signal ?? null,
    });
  }

  function balance(budgetId: string, subject: string) {
    return storage.budgets.balance({ budgetId, subject, fromMs: 0, toMs: 0 });
  }

  it.each([
    { name: "clients that stay", leaving: 0 },
    { name: "clients that leave in the middle", leaving: 0.2 },
  ])("never pass a cap of one dollar at any observation with 64 $name", async ({ leaving }) => {
    const { id, key, budget } = await admin(servers[0]!, "POST", "/admin/keys", {
      name: "capped",
      budget: { usd: 1, window: "total" },
    });
    const billedBefore = vendor.billed;
    const counts = new Map<number | "left", number>();
    const count = (what: number | "left") => counts.set(what, (counts.get(what) ?? 0) + 1);
    let highest = 0;
    let observations = 0;
    let isOver = false;

    async function observe(): Promise<void> {
      while (!isOver) {
        const { spent, reserved } = await balance(budget.id, id);
        highest = Math.max(highest, spent + reserved);
        observations++;
        expect(spent + reserved).toBeLessThanOrEqual(CAP_NANO);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }

    /** Asks until nothing is left even for the smallest request. */
    async function client(index: number): Promise<void> {
      for (let maxTokens = 1_000; ; ) {
        const leaves = rng.next() < leaving;
        const signal = leaves ? AbortSignal.timeout(Math.floor(rng.next() * 20)) : undefined;
        try {
          const body = { max_tokens: maxTokens, stream: rng.next() < 0.5 };
          const response = await chat(key, servers[index % 2]!, body, signal);
          await response.text();
          count(response.status);
          if (response.status !== 402) continue;
          if (maxTokens === 50) return;
          maxTokens = 50;
        } catch {
          count("left");
        }
      }
    }

    const observing = observe();
    await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
    await expect.poll(async () => (await balance(budget.id, id)).reserved).toBe(0);
    isOver = true;
    await observing;
    const { spent } = await balance(budget.id, id);
    const billed = (vendor.billed - billedBefore) * NANO_PER_TOKEN;
    // The cap is not only kept but used.
    expect(spent).toBeGreaterThan(0.98 * CAP_NANO);
    expect(observations).toBeGreaterThan(10);
    expect(highest).toBeLessThanOrEqual(CAP_NANO);
    expect([...counts.keys()].filter((what) => ![200, 402, 500, "left"].includes(what))).toEqual([]);
    if (leaving === 0) expect(spent).toBe(billed);
    else expect(counts.get("left")).toBeGreaterThan(10);
  });

  it("see each other's changes of keys", async () => {
    const { id, key } = await admin(servers[0]!, "POST", "/admin/keys", { name: "k" });
    const status = async () =>
      (await fetch(`${servers[1]!.address}/v1/models`, { headers: { "x-weir-key": key } })).status;
    expect(await status()).toBe(200);
    await admin(servers[0]!, "PATCH", `/admin/keys/${id}`, { disabled: true });
    await expect.poll(status, { interval: 20 }).toBe(403);
  });

  it("open a key that the other rotated by both its texts while they overlap, and by the new one alone after that", async () => {
    const { id, key } = await admin(servers[0]!, "POST", "/admin/keys", { name: "k" });
    const status = async (secret: string, on: SpawnedServer) =>
      (await fetch(`${on.address}/v1/models`, { headers: { "x-weir-key": secret } })).status;
    // Both have the key in mind.
    for (const server of servers) expect(await status(key, server)).toBe(200);
    const rotate = (overlap: number) =>
      admin(servers[0]!, "POST", `/admin/keys/${id}/rotate`, { overlap_seconds: overlap });
    const of = async (...keys: string[]) =>
      Promise.all(keys.flatMap((one) => servers.map((server) => status(one, server))));
    const second = (await rotate(3600)).key;
    expect(await of(key, second)).toEqual([200, 200, 200, 200]);
    const third = (await rotate(1)).key;
    await expect.poll(() => of(second, third), { interval: 50 }).toEqual([401, 401, 200, 200]);
    await admin(servers[1]!, "DELETE", `/admin/keys/${id}`);
    await expect.poll(() => of(second, third), { interval: 50 }).toEqual([401, 401, 401, 401]);
  });

  it("keep what a killed one had spent, and hold what it had reserved until its lease ends", async () => {
    const { id, key, budget } = await admin(servers[0]!, "POST", "/admin/keys", {
      name: "crash",
      budget: { usd: 100, window: "total" },
    });
    expect((await chat(key, servers[0]!, { max_tokens: 1_000, stream: true })).ok).toBe(true);
    await expect.poll(async () => (await balance(budget.id, id)).reserved).toBe(0);
    const before = await balance(budget.id, id);
    const askUntilGone = async () => {
      while ((await chat(key, servers[0]!, { max_tokens: 1_000 }).catch(() => null)) !== null);
    };
    const running = Array.from({ length: 20 }, askUntilGone);
    await expect.poll(async () => (await balance(budget.id, id)).reserved, { interval: 1 }).toBeGreaterThan(0);
    await servers[0]!.end("SIGKILL");
    await Promise.all(running);
    const after = await balance(budget.id, id);
    expect(after.spent).toBeGreaterThanOrEqual(before.spent);
    expect(after.spent + after.reserved).toBeLessThanOrEqual(100 * CAP_NANO);
    const dead = (await storage.budgets.holders()).length;
    expect(dead).toBe(2);
  });
});
