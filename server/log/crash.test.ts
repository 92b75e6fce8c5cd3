import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { writeTinyArtifact } from "../../engine/testing/tiny-artifact.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";
import { type SpawnedServer, spawnServer } from "../testing/spawn-server.ts";

const ADMIN = "the-admin-key";
const ROUNDS = 3;
/** A busy machine starts a server from its sources in ten seconds. */
const LONGEST_MS = 180_000;
const CLIENTS = 8;

let folder: string;
let vendor: FaultUpstream;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "weir-crash-"));
  vendor = await startFaultUpstream();
  vendor.behave({
    kind: "json",
    body: {
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "large",
      choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    },
  });
  const models = pathToFileURL(`${join(folder, "models", "default", "1")}/`);
  const manifest = await writeTinyArtifact(models);
  writeFileSync(new URL("manifest.json", models), JSON.stringify({ ...manifest, name: "default", version: "1" }));
  writeFileSync(
    join(folder, "weir.yaml"),
    `
upstreams: { up: { provider: openai, baseUrl: "${vendor.url}/v1", apiKey: sk-x } }
candidates: [{ id: up/large, upstream: up, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 40 } }]
routes: { default: { incumbent: up/large, candidates: [up/large], mode: "off" } }
budgets: [{ scope: global, usd: 1000, window: total }]
auth: { required: false }
server: { logLevel: silent }
`,
  );
});
afterAll(async () => {
  await vendor.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(): Promise<SpawnedServer> {
  const files = {
    config: join(folder, "weir.yaml"),
    models: join(folder, "models"),
    storage: `sqlite:${join(folder, "weir.db")}`,
  };
  return spawnServer(files, { WEIR_ADMIN_KEY: ADMIN });
}

/** Asks until the server is gone; the ids of the requests whose answers were read to the end. */
async function askUntilGone(url: string, answered: string[]): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "up/large", messages: [{ role: "user", content: "hi" }] }),
      });
      await response.text();
      if (response.status === 200) answered.push(response.headers.get("x-weir-request-id") ?? "");
    } catch {
      return;
    }
  }
}

async function admin(url: string, path: string) {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${ADMIN}` } });
  return response.json() as Promise<{
    budgets: { spent: number; reserved: number }[];
    rows: { id: string; cost_usd: number }[];
    next_cursor: string | null;
    total: { requests: number; cost_usd: number };
  }>;
}

describe("a server that is killed with SIGKILL again and again", () => {
  it(
    "has logged every request that it answered, exactly once, with its cost, and spent just that of its budget",
    async () => {
      const rng = seededRng(11);
      const answered: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const server = await start();
        const clients = Array.from({ length: CLIENTS }, () => askUntilGone(server.address, answered));
        const enough = answered.length + 5 + Math.floor(rng.next() * 40);
        await expect.poll(() => answered.length, { interval: 1, timeout: 120_000 }).toBeGreaterThanOrEqual(enough);
        await server.end("SIGKILL");
        await Promise.all(clients);
      }
      expect(answered.length).toBeGreaterThan(ROUNDS);

      const server = await start();
      async function readLog(): Promise<{ id: string; cost_usd: number }[]> {
        const rows = [];
        for (let cursor: string | null = ""; cursor !== null; ) {
          const page = await admin(
            server.address,
            `/admin/requests?limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`,
          );
          rows.push(...page.rows);
          cursor = page.next_cursor;
        }
        return rows;
      }
      // A busy machine takes its time to read what the killed ones left.
      await expect.poll(async () => (await readLog()).length).toBeGreaterThanOrEqual(answered.length);
      const logged = await readLog();
      const ids = logged.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(answered.filter((id) => !ids.includes(id))).toEqual([]);
      // 10 x 1 + 5 x 40 = 210 micro-USD each.
      const { total } = await admin(server.address, "/admin/usage?filter.status=200");
      const billed = logged.filter(({ cost_usd }) => cost_usd === 0.00021).length;
      expect([total.requests, Math.round(total.cost_usd * 1e6)]).toEqual([billed, billed * 210]);
      expect(billed).toBeGreaterThanOrEqual(answered.length);
      // What the budget says is what the log adds up to, to the nano-USD, whenever the processes were killed.
      const all = await admin(server.address, "/admin/usage");
      const budget = async () => (await admin(server.address, "/admin/budgets")).budgets[0]!;
      await expect.poll(async () => (await budget()).reserved).toBe(0);
      expect(Math.round((await budget()).spent * 1e9)).toBe(Math.round(all.total.cost_usd * 1e9));
      await server.end("SIGTERM");
      expect(readdirSync(join(folder, "weir-log.db.journal"))).toEqual([]);
      expect(readdirSync(join(folder, "weir.db.bookings"))).toEqual([]);
    },
    LONGEST_MS,
  );
});
