import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LogRecord } from "../../engine/schema/log-record.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";
import { logEntry } from "./testing/make-entries.ts";

const ADMIN = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: {
    prompt_tokens: 1_000,
    completion_tokens: 200,
    total_tokens: 1_200,
    prompt_tokens_details: { cached_tokens: 400 },
    completion_tokens_details: { reasoning_tokens: 50 },
  },
};

let vendor: FaultUpstream;
let test: TestApp;

beforeAll(async () => {
  vendor = await startFaultUpstream();
  test = await buildTestApp({ config: config("") });
  vendor.behave({ kind: "json", body: ANSWER });
});
afterAll(async () => {
  await test.close();
  await vendor.close();
});

function config(more: string): string {
  return `
upstreams:
  openai: { provider: openai, baseUrl: "${vendor.url}/v1", apiKey: sk-operator }
candidates:
  - id: openai/gpt-4o
    upstream: openai
    resembles: large
    price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10, cacheReadUsdPerMTok: 1.25 }
  - { id: openai/gpt-4o-mini, upstream: openai, resembles: small, price: { inputUsdPerMTok: 0.15, outputUsdPerMTok: 0.6 } }
routes:
  default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o-mini, openai/gpt-4o], mode: active, activation: { override: test } }
auth: { required: false }
gateway: { retries: 0 }
${more}
`;
}

async function chat(headers: Record<string, string> = {}, body: object = {}, on = test) {
  const response = await on.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: { "content-type": "application/json", ...headers },
    payload: JSON.stringify({ model: "openai/gpt-4o", messages: [{ role: "user", content: "hi" }], ...body }),
  });
  return { status: response.statusCode, id: response.headers["x-weir-request-id"] as string };
}

async function get(url: string, headers: Record<string, string> = ADMIN, on = test) {
  const response = await on.app.inject({ url, headers });
  return {
    status: response.statusCode,
    headers: response.headers,
    raw: response.rawPayload,
    json: () => response.json(),
  };
}

describe("one record a request", () => {
  it("holds what was asked, by whom and what it cost, to the nano-USD", async () => {
    const { id } = await chat({
      "x-weir-metadata": '{"feature":"answer","user":"u-1","tenant":"acme","app":"shop"}',
      "x-weir-session": "s-9",
    });
    const { status, json } = await get(`/admin/requests/${id}`);
    expect(status).toBe(200);
    const record = LogRecord.parse(json());
    expect(record).toMatchObject({
      id,
      operation: "chat",
      tenant: "acme",
      user: "u-1",
      feature: "answer",
      session: "s-9",
      metadata: { app: "shop" },
      dialect: "openai-chat",
      stream: false,
      requested_model: "openai/gpt-4o",
      model: "openai/gpt-4o",
      upstream: "openai",
      status: 200,
      input_tokens: 1_000,
      cache_read_tokens: 400,
      output_tokens: 200,
      reasoning_tokens: 50,
      tokens_estimated: false,
      // 600 x 2.5 + 400 x 1.25 + 200 x 10 = 4,000 micro-USD.
      cost_usd: 0.004,
      error: null,
    });
    expect(record.attempts).toEqual([expect.objectContaining({ upstream: "openai", model: "gpt-4o", outcome: "ok" })]);
  });

  it("holds a routed request's decision with scores and propensity", async () => {
    const { id } = await chat({}, { model: "weir/auto" });
    const { decision } = LogRecord.parse((await get(`/admin/requests/${id}`)).json());
    expect(decision).toMatchObject({ policy: "quality-target", propensity: 1, incumbent: { model: "openai/gpt-4o" } });
    expect(decision?.candidates?.map(({ model }) => model)).toEqual(["openai/gpt-4o-mini", "openai/gpt-4o"]);
  });

  it("holds the input that the decision reckoned with, whatever the provider then counted", async () => {
    const { id } = await chat({}, { model: "weir/auto" });
    const { decision, input_tokens } = LogRecord.parse((await get(`/admin/requests/${id}`)).json());
    const asked = await test.app.inject({
      method: "POST",
      url: "/route",
      payload: { messages: [{ role: "user", content: "hi" }], explain: true },
    });
    const { candidates } = asked.json();
    expect(decision?.candidates?.map((one) => one.input_tokens)).toEqual(
      candidates.map((one: { input_tokens: number }) => one.input_tokens),
    );
    expect(input_tokens).toBe(1_000);
    expect(decision?.candidates?.[0]?.input_tokens).toBeLessThan(100);
  });

  it("is there for a request that failed, with what the client was told", async () => {
    const { id, status } = await chat({}, { model: "no/such" });
    expect(status).toBe(404);
    expect((await get(`/admin/requests/${id}`)).json()).toMatchObject({ status: 404, model: null, error: "not_found" });
  });

  it("takes feedback by the request's id", async () => {
    const { id } = await chat();
    const response = await test.app.inject({
      method: "POST",
      url: "/feedback",
      payload: { id, label: "good", source: "user", comment: "nice" },
    });
    expect(response.statusCode).toBe(201);
    expect((await get(`/admin/requests/${id}`)).json().feedback).toEqual([
      { id, source: "user", score: 1, comment: "nice", at: expect.any(String) },
    ]);
  });
});

describe("attribution", () => {
  it.each<readonly [string, Record<string, string>, object, object]>([
    ["OpenAI's user", {}, { user: "u-2" }, { user: "u-2" }],
    ["OpenAI's metadata", {}, { metadata: { feature: "f", plan: "pro" } }, { feature: "f", metadata: { plan: "pro" } }],
    [
      "LiteLLM's headers",
      { "x-litellm-customer-id": "c-1", "x-litellm-tags": "a,b" },
      {},
      { user: "c-1", metadata: { tags: "a,b" } },
    ],
    [
      "Portkey's metadata",
      { "x-portkey-metadata": '{"_user":"p-1","feature":"f2"}' },
      {},
      { user: "p-1", feature: "f2" },
    ],
    [
      "Helicone's headers",
      { "helicone-user-id": "h-1", "helicone-property-feature": "f3", "helicone-session-id": "s-3" },
      {},
      { user: "h-1", feature: "f3", session: "s-3" },
    ],
    ["Cloudflare's metadata", { "cf-aig-metadata": '{"team":"t-1","user":"cf"}' }, {}, { team: "t-1", user: "cf" }],
    [
      "Bifrost's headers",
      { "x-bf-dim-feature": "f4", "x-bf-customer-id": "acme" },
      {},
      { feature: "f4", tenant: "acme" },
    ],
    ["any client's session header", { "x-acme-session-id": "s-4" }, {}, { session: "s-4" }],
    [
      "our header before all others",
      { "x-weir-metadata": '{"user":"ours"}', "helicone-user-id": "theirs" },
      { user: "body" },
      { user: "ours" },
    ],
    ["nothing of a broken header", { "x-portkey-metadata": "{" }, {}, { user: null, metadata: null }],
  ])("knows %s", async (_, headers, body, expected) => {
    const { id, status } = await chat(headers, body);
    expect(status).toBe(200);
    expect((await get(`/admin/requests/${id}`)).json()).toMatchObject(expected);
  });
});

describe("GET /admin/usage", () => {
  it("adds up by group, most costly first, and the total is the sum of the records", async () => {
    const { json } = await get("/admin/usage?group_by=model,feature&filter.operation=chat");
    const { rows, total } = json();
    const records = (await get("/admin/requests?limit=1000&filter.operation=chat")).json().rows as LogRecord[];
    const cost = records.reduce((sum, record) => sum + Math.round((record.cost_usd ?? 0) * 1e9), 0);
    expect(total.requests).toBe(records.length);
    expect(Math.round(total.cost_usd * 1e9)).toBe(cost);
    const costs = rows.map((row: { cost_usd: number | null }) => row.cost_usd ?? 0);
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
    expect(rows[0]).toMatchObject({
      model: "openai/gpt-4o",
      requests: expect.any(Number),
      cached_tokens: expect.any(Number),
    });
  });

  it("gives a row a bucket", async () => {
    const { json } = await get("/admin/usage?interval=hour&group_by=model&filter.model=openai/gpt-4o&from=24h");
    expect(json().rows).toEqual([
      expect.objectContaining({ bucket: "2027-01-15T08:00:00.000Z", model: "openai/gpt-4o" }),
    ]);
  });

  it("tells costs by tag, alone and with the model, and the requests of one", async () => {
    const { id } = await chat({ "x-weir-metadata": '{"tag":"spring-campaign"}' });
    const { id: listed } = await chat({ "x-litellm-tags": "batch,night" });
    const { json } = await get("/admin/usage?group_by=tag,model&filter.tag=spring-campaign&filter.tag=batch,night");
    expect(
      json()
        .rows.map(({ tag, model, requests }: Record<string, unknown>) => [tag, model, requests])
        .sort(),
    ).toEqual([
      ["batch,night", "openai/gpt-4o", 1],
      ["spring-campaign", "openai/gpt-4o", 1],
    ]);
    const found = async (tag: string) =>
      (await get(`/admin/requests?filter.tag=${tag}`)).json().rows.map((row: LogRecord) => row.id);
    expect([await found("spring-campaign"), await found("batch,night")]).toEqual([[id], [listed]]);
  });

  it("writes CSV that no spreadsheet takes for a formula", async () => {
    await chat({ "x-weir-metadata": '{"feature":"=1+1"}' });
    const { headers, raw } = await get("/admin/usage?group_by=feature&format=csv");
    expect(headers["content-type"]).toContain("text/csv");
    expect(raw.toString()).toContain("\r\n'=1+1,1,");
  });

  it.each([
    ["group_by=color", "group_by"],
    ["from=2026-02-01&to=2026-01-01", "from"],
    ["from=yesterday", "from"],
    ["to=2026-99-01", "to"],
    ["from=-7d", "from"],
    ["interval=year", "interval"],
    ["interval=minute&from=2020-01-01", "interval"],
    ["limit=0", "limit"],
    ["limit=ten", "limit"],
    ["filter.color=red", "filter.color"],
    ["colour=red", "colour"],
  ])("refuses ?%s with 400 naming the field", async (query, field) => {
    const { status, json } = await get(`/admin/usage?${query}`);
    expect([status, json().error.code, json().error.param]).toEqual([400, "invalid_request", field]);
  });

  it("is the operator's alone", async () => {
    expect((await get("/admin/usage", {})).status).toBe(401);
    expect((await get("/admin/requests", {})).status).toBe(401);
    expect((await get("/admin/requests/export", {})).status).toBe(401);
  });
});

describe("GET /admin/requests", () => {
  it("pages to the end", async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const { json } = await get(`/admin/requests?limit=4${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...json().rows.map(({ id }: LogRecord) => id));
      cursor = json().next_cursor;
    }
    const all = (await get("/admin/requests?limit=1000")).json().rows.map(({ id }: LogRecord) => id);
    expect(seen).toEqual(all);
  });

  it("searches and filters", async () => {
    const users = (await get("/admin/requests?filter.user=u-1")).json().rows.map(({ user }: LogRecord) => user);
    expect(new Set(users)).toEqual(new Set(["u-1"]));
    const found = (await get("/admin/requests?q=shop")).json().rows;
    expect(found.map(({ metadata }: LogRecord) => metadata?.app)).toEqual(["shop"]);
    expect((await get("/admin/requests?errors=true")).json().rows.length).toBe(1);
  });

  it.each([
    ["cursor=%21", "cursor"],
    ["limit=1001", "limit"],
    ["min_cost_usd=-1", "min_cost_usd"],
    ["errors=maybe", "errors"],
    ["sort=name", "sort"],
    ["sort=cost&cursor=MTox", "cursor"],
    ["from=b", "from"],
  ])("refuses ?%s with 400 naming the field", async (query, field) => {
    const { status, json } = await get(`/admin/requests?${query}`);
    expect([status, json().error.param]).toEqual([400, field]);
  });

  it("answers 404 for a request that is not there", async () => {
    const { status, json } = await get("/admin/requests/req_none");
    expect([status, json().error.code]).toEqual([404, "unknown_request"]);
  });

  it("exports the same records as JSONL, CSV and Parquet", async () => {
    const all = (await get("/admin/requests?limit=1000")).json().rows as LogRecord[];
    const jsonl = (await get("/admin/requests/export")).raw.toString().trim().split("\n");
    expect(jsonl.map((line) => JSON.parse(line))).toEqual(all);
    const csv = (await get("/admin/requests/export?format=csv")).raw.toString();
    expect(csv.split("\r\n").length).toBe(all.length + 2);
    const { raw } = await get("/admin/requests/export?format=parquet");
    const file = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length) as ArrayBuffer;
    const rows = await parquetReadObjects({ file });
    expect(rows.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(rows.map(({ cost_usd }) => cost_usd ?? null)).toEqual(all.map(({ cost_usd }) => cost_usd ?? null));
    expect(rows.map(({ at }) => (at as Date).toISOString())).toEqual(all.map(({ at }) => at));
  });
});

describe("a disk that takes nothing", () => {
  const brokenFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-broken-"));
    mkdirSync(join(folder, "d"));
    writeFileSync(join(folder, "d", "file"), "");
    return folder;
  };

  it.each([
    [false, 200, 200],
    [true, 200, 503],
  ])("with log.required %s the first request gets %i and the next %i", async (required, first, second) => {
    const folder = brokenFolder();
    const broken = await buildTestApp({
      config: config(`log: { required: ${required}, journal: "${join(folder, "d", "file", "journal")}" }`),
    });
    expect((await chat({}, {}, broken)).status).toBe(first);
    expect((await chat({}, {}, broken)).status).toBe(second);
    expect(broken.service.requestLog.state).toMatchObject({ isWritable: false });
    expect(broken.service.requestLog.state.journalFailures).toBeGreaterThan(0);
    await broken.close();
    rmSync(folder, { recursive: true });
  });

  it("answers questions with a fault that says so, when the database cannot be opened", async () => {
    const folder = brokenFolder();
    const broken = await buildTestApp({
      config: config(`log: { url: "sqlite:${join(folder, "d", "file", "log.db")}", journal: "${join(folder, "j")}" }`),
    });
    expect((await chat({}, {}, broken)).status).toBe(200);
    const { status, json } = await get("/admin/usage", ADMIN, broken);
    expect([status, json().error.code]).toEqual([500, "storage_invalid"]);
    expect(broken.service.requestLog.state.appended).toBe(1);
    await broken.close();
    rmSync(folder, { recursive: true });
  });
});

it("never mixes up the requests of keys in feedback", async () => {
  test.service.requestLog.append(logEntry(1, { id: "req_of_another", keyId: "key_other" }));
  const response = await test.app.inject({
    method: "POST",
    url: "/feedback",
    payload: { id: "req_of_another", label: "good", source: "user" },
  });
  expect(response.statusCode).toBe(404);
});
