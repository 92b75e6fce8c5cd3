import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeTinyArtifact } from "../../../engine/testing/tiny-artifact.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../../testing/fault-upstream.ts";
import { type SpawnedServer, spawnServer } from "../../testing/spawn-server.ts";
import { createLedgerCheck } from "../ledger.ts";
import type { LedgerRow } from "../ledger-row.ts";

const admin = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const ROUNDS = 2;
const CLIENTS = 8;
const LONGEST_MS = 180_000;

let folder: string;
let vendor: FaultUpstream;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "weir-reconcile-"));
  vendor = await startFaultUpstream();
  vendor.behave({
    kind: "json",
    body: {
      id: "c",
      model: "large",
      choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    },
  });
});
afterEach(async () => {
  await vendor.close();
  rmSync(folder, { recursive: true, force: true });
});

const config = () => `
upstreams: { up: { provider: openai-compatible, baseUrl: "${vendor.url}/v1" } }
candidates:
  - { id: up/small, upstream: up, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } }
routes:
  default:
    incumbent: up/large
    candidates: [up/small, up/large]
    mode: active
    policy: { name: always, candidate: up/small }
    holdout: 0.5
    activation: { override: a trial }
auth: { required: false }
router: { timeoutMs: 2000 }
server: { logLevel: silent }
`;
const storageOf = () => `sqlite:${join(folder, "weir.db")}`;

function rowsOf(lines: readonly string[]): LedgerRow[] {
  const check = createLedgerCheck();
  return lines.map((line) => check.take(line));
}

describe("a ledger whose last rows were not written", () => {
  const hosts: TestApp[] = [];
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.close();
  });

  async function start(): Promise<TestApp> {
    const host = await buildTestApp({ config: config(), storage: storageOf() });
    hosts.push(host);
    return host;
  }

  async function lines({ service }: TestApp): Promise<string[]> {
    return [...service.storage.ledger.lines("default", { fromSeq: 0, limit: 10_000 })];
  }

  it("has them again after the next start, each with its reason, and is one chain", async () => {
    const first = await start();
    const more = [{}, { "x-weir-session": "a" }, { "x-weir-session": "a" }, { "x-weir-session": "b" }];
    for (let i = 0; i < 12; i++) {
      const payload = {
        model: "weir/auto",
        messages: [{ role: "user", content: "hello" }],
        ...(i % 5 === 4 ? { prompt_cache_key: `cache-${i}` } : {}),
      };
      const headers = more[i % more.length]!;
      await first.app.inject({ method: "POST", url: "/v1/chat/completions", headers, payload });
    }
    hosts.length = 0;
    await first.close();
    const database = new Sqlite(join(folder, "weir.db"));
    const whole = database
      .prepare<[], { row: string }>("select row from ledger_rows order by seq")
      .all()
      .map(({ row }) => JSON.parse(row) as LedgerRow);
    // As `kill -9` leaves it: the end is missing.
    database.prepare("delete from ledger_rows where seq >= ?").run(whole.length - 9);
    database.close();

    const second = await start();
    await expect.poll(async () => (await lines(second)).length).toBeGreaterThanOrEqual(whole.length);
    const rows = rowsOf(await lines(second));
    const facts = (some: readonly LedgerRow[]) =>
      some
        .flatMap(({ fact }) => (fact.kind === "request" || fact.kind === "session" ? [fact] : []))
        .map((fact) => JSON.stringify({ ...fact, reason: undefined }))
        .sort();
    expect(facts(rows)).toEqual(facts(whole));
    const late = rows.filter(({ fact }) => "reason" in fact && fact.reason === "recovered_from_log");
    expect(late.length).toBeGreaterThan(3);
    expect(second.logged.some(({ msg }) => String(msg).startsWith("the ledger lacked requests"))).toBe(true);
    // The holdout's salt, once it is shown, draws the recovered ones as well.
    await second.app.inject({
      method: "POST",
      url: "/admin/savings/reveal",
      headers: admin,
      payload: { route: "default" },
    });
    second.service.activation.close();
    expect(() => rowsOf(second.service.storage.ledger.lines("default", { fromSeq: 0, limit: 10_000 }))).not.toThrow();
  });

  it("is left as it is when nothing is missing", async () => {
    const first = await start();
    const payload = { model: "weir/auto", messages: [{ role: "user", content: "hello" }] };
    for (let i = 0; i < 3; i++) await first.app.inject({ method: "POST", url: "/v1/chat/completions", payload });
    hosts.length = 0;
    await first.close();
    const second = await start();
    const before = await lines(second);
    hosts.length = 0;
    await second.close();
    const third = await start();
    expect(await lines(third)).toEqual(before);
  });
});

describe("a server that is killed with SIGKILL again and again", () => {
  it(
    "has every request that it answered in its ledger, once, after the next start",
    async () => {
      const models = pathToFileURL(`${join(folder, "models", "default", "1")}/`);
      const manifest = await writeTinyArtifact(models);
      writeFileSync(new URL("manifest.json", models), JSON.stringify({ ...manifest, name: "default", version: "1" }));
      writeFileSync(join(folder, "weir.yaml"), config());
      const files = { config: join(folder, "weir.yaml"), models: join(folder, "models"), storage: storageOf() };
      const spawn = (): Promise<SpawnedServer> => spawnServer(files, { WEIR_ADMIN_KEY: TEST_ADMIN_KEY });
      const answered: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const server = await spawn();
        const clients = Array.from({ length: CLIENTS }, () => askUntilGone(server.address, answered));
        const enough = answered.length + 40;
        await expect.poll(() => answered.length, { interval: 1, timeout: 120_000 }).toBeGreaterThanOrEqual(enough);
        await server.end("SIGKILL");
        await Promise.all(clients);
      }
      const server = await spawn();
      const read = async () => {
        const response = await fetch(`${server.address}/admin/savings/ledger?route=default`, { headers: admin });
        return rowsOf((await response.text()).trim().split("\n"));
      };
      const missing = async () => {
        const found = new Set((await read()).flatMap(({ fact }) => (fact.kind === "request" ? [fact.id] : [])));
        return answered.filter((id) => !found.has(`${id}/0`));
      };
      await expect.poll(async () => (await missing()).length).toBe(0);
      await server.end("SIGTERM");
    },
    LONGEST_MS,
  );
});

/** Asks until the server is gone; the ids of the requests whose answers were read to the end. */
async function askUntilGone(url: string, answered: string[]): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "weir/auto", messages: [{ role: "user", content: "hi" }] }),
      });
      await response.text();
      if (response.status === 200) answered.push(response.headers.get("x-weir-request-id") ?? "");
    } catch {
      return;
    }
  }
}
