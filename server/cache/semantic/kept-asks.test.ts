import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { buildTestApp } from "../../testing/build-test-app.ts";
import { startFaultUpstream } from "../../testing/fault-upstream.ts";
import type { CacheStore, StoredAnswer } from "../cache-store.ts";
import { createKeptAsks } from "./kept-asks.ts";

const CITIES = "Oslo Lima Quito Cairo Delhi Seoul Tunis Accra Hanoi Sofia Minsk Riga Perth Osaka Turin".split(" ");
const OWNER = { partition: "p", route: "r" };
const ASK = { id: "ab", sealingKey: "cd", ask: "Where is Oslo?", day: 1, expiresAtMs: 5_000 };

function memoryStore() {
  const records = new Map<string, StoredAnswer>();
  const store: Pick<CacheStore, "read" | "write" | "remove"> = {
    read: async (id) => records.get(id.toString("hex")) ?? null,
    write: async (answers) => {
      for (const one of answers) records.set(one.id.toString("hex"), one);
    },
    remove: async (ids) => {
      for (const id of ids) records.delete(id.toString("hex"));
    },
  };
  return { records, store };
}

describe("asks that are kept", () => {
  const { records, store } = memoryStore();
  const errors: unknown[] = [];
  const open = (nowMs = 0) => createKeptAsks({ store, clock: () => nowMs, onError: (error) => errors.push(error) });
  afterEach(() => {
    records.clear();
    errors.length = 0;
  });

  async function keptOnce(): Promise<void> {
    const first = open();
    await first.restore("bucket");
    first.keep("bucket", OWNER, ASK);
    first.keep("bucket", OWNER, { ...ASK, id: "ef", ask: "Where is Rome?" });
    first.drop("bucket", "ef");
    await first.close();
  }

  it("come back once, to requests of their bucket alone, until they expire", async () => {
    await keptOnce();
    const next = open();
    expect(await next.restore("bucket")).toEqual([ASK]);
    expect(next.ownerOf("bucket")).toEqual(OWNER);
    expect(await next.restore("bucket")).toEqual([]);
    expect(await next.restore("another")).toEqual([]);
    expect(await open(6_000).restore("bucket")).toEqual([]);
  });

  it("that are damaged in any byte are dropped and told", async () => {
    await keptOnce();
    const [[id, record] = ["", null]] = [...records];
    for (const at of record!.sealed.keys()) {
      const sealed = Buffer.from(record!.sealed);
      sealed[at]! ^= 1;
      records.set(id, { ...record!, sealed });
      expect(await open().restore("bucket")).toEqual([]);
      expect(records.size).toBe(0);
    }
    expect(errors).toHaveLength(record!.sealed.length);
  });
});

it("are found after a restart, with what audits have shown; the file holds none of them as text", async () => {
  const folder = mkdtempSync(join(tmpdir(), "weir-asks-"));
  const path = join(folder, "weir.db");
  const vendor = await startFaultUpstream();
  const semantic = "maxFalseHitRate: 0.3, confidence: 0.8, auditRate: 0.001, keepAsks: true";
  const config = `
upstreams: { openai: { provider: openai, baseUrl: "${vendor.url}/v1", apiKey: sk } }
candidates: [{ id: openai/m, upstream: openai, price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10 } }]
routes: { default: { incumbent: openai/m, candidates: [openai/m], mode: "off", cache: { semantic: { ${semantic} } } } }
auth: { required: false }
`;
  const open = () => buildTestApp({ config, storage: `sqlite:${path}` });
  let test = await open();
  const say = (content: string) => {
    const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
    const body = { id: "c", object: "chat.completion", created: 1, model: "m", choices };
    vendor.behave({
      kind: "json",
      body: { ...body, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } },
    });
  };
  const ask = async (content: string) => {
    const payload = { model: "weir/default", temperature: 0, messages: [{ role: "user", content }] };
    const { headers, json } = await test.app.inject({ method: "POST", url: "/v1/chat/completions", payload });
    return [headers["x-weir-cache"], json().choices[0].message.content];
  };
  const audits = () => test.service.gateway.deps.cache!.state.semantic!.audits;
  for (const city of CITIES) {
    say(`The population of ${city} is large.`);
    await ask(`What is the population of ${city}?`);
    const before = audits();
    const [outcome] = await ask(`Tell me the population of ${city}.`);
    if (outcome !== "semantic") await expect.poll(audits, { interval: 5 }).toBe(before + 1);
  }
  await test.close();
  const files = [path, `${path}-wal`].filter((file) => existsSync(file)).map((file) => readFileSync(file, "latin1"));
  expect(files.join("")).not.toMatch(/Minsk|population/);
  test = await open();
  say("never to be asked");
  expect(await ask("Please tell me the population of Minsk")).toEqual([
    "semantic",
    "The population of Minsk is large.",
  ]);
  expect(await ask("Please tell me the population of Rome")).toEqual(["miss", "never to be asked"]);
  await test.close();
  await vendor.close();
  rmSync(folder, { recursive: true, force: true });
});
