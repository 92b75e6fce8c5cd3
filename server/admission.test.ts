import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "./testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "./testing/fault-upstream.ts";

const ADMIN = { "x-weir-key": TEST_ADMIN_KEY };
const MESSAGES = [{ role: "user", content: "hi" }];

/** An answer that used so many tokens; at the test's prices 100 output tokens cost $0.001. */
function answer(output: number, input = 10) {
  return {
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "large",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  };
}

let upstream: FaultUpstream;
let host: TestApp;
let config: string;

beforeAll(async () => {
  upstream = await startFaultUpstream();
  config = `
upstreams:
  up: { provider: openai-compatible, baseUrl: "${upstream.url}/v1" }
candidates:
  - { id: up/large, upstream: up, resembles: large, maxOutputTokens: 1000, contextTokens: 100000, price: { inputUsdPerMTok: 0, outputUsdPerMTok: 10 } }
  - { id: up/small, upstream: up, resembles: small, maxOutputTokens: 1000, contextTokens: 100000, price: { inputUsdPerMTok: 0, outputUsdPerMTok: 1 } }
  - { id: up/read, upstream: up, resembles: small, price: { inputUsdPerMTok: 2, outputUsdPerMTok: 10 } }
  - { id: up/unpriced, upstream: up, resembles: small }
routes:
  default: { incumbent: up/large, candidates: [up/small, up/large], mode: active, activation: { override: test } }
  backed: { incumbent: up/large, candidates: [up/large], mode: active, activation: { override: test }, fallbacks: [up/small] }
limits:
  - { scope: team, subject: narrow, rpm: 2 }
  - { scope: user, subject: "*", parallel: 1 }
  - { scope: user, subject: hasty, rpm: 2 }
budgets:
  - { scope: tenant, subject: capped, usd: 0.01, window: total }
gateway: { retries: 0, requestTimeoutMs: 60000, budgetWaitMs: 0 }
`;
  host = await buildTestApp({ config });
});
beforeEach(() => {
  upstream.received.length = 0;
  upstream.behave({ kind: "json", body: answer(100) });
});
afterAll(async () => {
  await host.close();
  await upstream.close();
});

async function admin(method: "POST" | "GET" | "PATCH" | "DELETE", url: string, payload?: object) {
  const response = await host.app.inject({
    method,
    url,
    headers: ADMIN,
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: response.statusCode, body: response.json() };
}

async function newKey(fields: object = {}): Promise<{ id: string; key: string; budget: { id: string } | null }> {
  const { status, body } = await admin("POST", "/admin/keys", { name: "k", ...fields });
  expect(status).toBe(201);
  return body;
}

async function chat(key: string, body: object = {}, headers: Record<string, string> = {}) {
  const payload = { model: "up/large", messages: MESSAGES, max_tokens: 100, ...body };
  const auth = { authorization: `Bearer ${key}`, ...headers };
  const response = await host.app.inject({ method: "POST", url: "/v1/chat/completions", payload, headers: auth });
  const text = response.body;
  return { status: response.statusCode, headers: response.headers, error: safeJson(text).error };
}

function safeJson(text: string): { error?: { message: string; type: string; code: string } } {
  return text.startsWith("{") ? JSON.parse(text) : {};
}

async function spentOf(budgetId: string): Promise<{ spent: number; reserved: number }> {
  let body = { spent: 0, reserved: 0 };
  await new Promise((resolve) => setTimeout(resolve, 30));
  for (let tries = 0; tries < 1_500 && (tries === 0 || body.reserved > 0); tries++) {
    ({ body } = await admin("GET", `/admin/budgets/${budgetId}`));
    if (body.reserved > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { spent: body.spent, reserved: body.reserved };
}

describe("what belongs to all who use an upstream's key", () => {
  it.each([["/v1/files"], ["/v1/batches/b1"]])("is closed to keys for certain models or routes: %s", async (url) => {
    upstream.behave({ kind: "json", body: { data: [] } });
    const get = async (fields: object) => {
      const { key } = await newKey(fields);
      return (await host.app.inject({ method: "GET", url, headers: { authorization: `Bearer ${key}` } })).statusCode;
    };
    expect(await get({})).toBe(200);
    expect([await get({ models: ["up/*"] }), await get({ routes: ["*"] })]).toEqual([403, 403]);
  });
});

describe("a database that others hold", () => {
  it("stops requests that a hard budget counts with 503, and no others, and everything goes on when it is free", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-locked-"));
    const path = join(folder, "weir.db");
    const own = await buildTestApp({ config, storage: `sqlite:${path}` });
    const other = new Sqlite(path);
    const make = async (fields: object) => {
      const payload = { name: "k", ...fields };
      const made = await own.app.inject({ method: "POST", url: "/admin/keys", headers: ADMIN, payload });
      return made.json().key as string;
    };
    const ask = async (key: string) => {
      const headers = { authorization: `Bearer ${key}` };
      const payload = { model: "up/large", messages: MESSAGES, max_tokens: 100 };
      const asked = await own.app.inject({ method: "POST", url: "/v1/chat/completions", headers, payload });
      return [asked.statusCode, asked.json().error?.code ?? null];
    };
    try {
      const [free, capped] = [await make({}), await make({ budget: { usd: 1, window: "1d" } })];
      expect([await ask(free), await ask(capped)]).toEqual([
        [200, null],
        [200, null],
      ]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      other.exec("begin immediate");
      expect([await ask(free), await ask(capped), (await ask("sk-weir-nobody"))[0]]).toEqual([
        [200, null],
        [503, "budgets_unavailable"],
        401,
      ]);
      other.exec("rollback");
      expect(await ask(capped)).toEqual([200, null]);
    } finally {
      other.close();
      await own.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe("decisions that nobody is called for", () => {
  const route = (key: string, payload: object, url = "/route") =>
    host.app.inject({ method: "POST", url, payload, headers: { authorization: `Bearer ${key}` } });

  it("count as requests a minute of their key, and tell where it stands", async () => {
    const { key } = await newKey({ limits: { rpm: 2, parallel: 1 } });
    const answers = [
      await route(key, { prompt: "a" }),
      await route(key, { prompt: "a" }),
      await route(key, { prompt: "a" }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    expect(answers[0]!.headers).toMatchObject({
      "x-ratelimit-limit-requests": "2",
      "x-ratelimit-remaining-requests": "1",
    });
    expect(Number(answers[2]!.headers["retry-after"])).toBeGreaterThan(0);
    expect((await chat(key)).status).toBe(429);
  });

  it("count one by one in a batch, and those beyond the limit have their error in their place", async () => {
    const { key } = await newKey({ limits: { rpm: 2 } });
    const { statusCode, body } = await route(
      key,
      { requests: [{ prompt: "a" }, { prompt: "b" }, { prompt: "c" }] },
      "/route/batch",
    );
    expect(statusCode).toBe(200);
    const { decisions } = JSON.parse(body) as { decisions: { error?: { code: string } }[] };
    expect(decisions.map(({ error }) => error?.code ?? null)).toEqual([null, null, "rate_limited"]);
  });

  it("count for the user whom their metadata names", async () => {
    const { key } = await newKey();
    const payload = { prompt: "a", metadata: { user_id: "hasty" } };
    const statuses = [await route(key, payload), await route(key, payload), await route(key, payload)];
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    expect((await route(key, { prompt: "a" })).statusCode).toBe(200);
  });
});

describe("metrics", () => {
  it("count what was refused by whom, and show how budgets stand", async () => {
    const { key } = await newKey({ limits: { rpm: 1 }, budget: { usd: 0, window: "1d" } });
    expect((await chat(key)).status).toBe(402);
    expect((await chat(key)).status).toBe(429);
    const { body } = await host.app.inject({ method: "GET", url: "/metrics" });
    expect(body).toMatch(/weir_refusals_total\{kind="limit",scope="key",measure="requests"\} [1-9]/);
    expect(body).toMatch(/weir_refusals_total\{kind="budget",scope="key",measure="usd"\} [1-9]/);
    expect(body).toMatch(/weir_budget_cap\{[^}]*scope="tenant",subject="capped",unit="usd"\} 0\.01/);
    expect(body).toMatch(/weir_budget_spent\{[^}]*scope="tenant",subject="capped"/);
  });
});

describe("keys", () => {
  it("are random, shown once, and stored as a hash", async () => {
    const made = await newKey({ team: "research", tags: ["a"] });
    expect(made.key).toMatch(/^sk-weir-[\w-]{43}$/);
    const { body } = await admin("GET", `/admin/keys/${made.id}`);
    expect(body).toMatchObject({ id: made.id, team: "research", tags: ["a"], disabled: false, budget: null });
    expect(made.key.startsWith(body.prefix)).toBe(true);
    expect(JSON.stringify(body)).not.toContain(made.key);
    expect((await chat(made.key)).status).toBe(200);
  });

  it("are refused at once when disabled, and go on when enabled", async () => {
    const { id, key } = await newKey();
    await admin("PATCH", `/admin/keys/${id}`, { disabled: true });
    expect(await chat(key)).toMatchObject({ status: 403, error: { code: "key_disabled" } });
    await admin("PATCH", `/admin/keys/${id}`, { disabled: false });
    expect((await chat(key)).status).toBe(200);
  });

  it("are refused after they expired, in the dialect's own shape", async () => {
    const soon = new Date(host.now() + 100).toISOString();
    const { key } = await newKey({ expires_at: soon });
    expect((await chat(key)).status).toBe(200);
    host.advance(1_000);
    expect(await chat(key)).toMatchObject({ status: 401, error: { code: "key_expired" } });
    const response = await host.app.inject({
      method: "POST",
      url: "/v1/messages",
      headers: { "x-api-key": key },
      payload: { model: "up/large", max_tokens: 10, messages: MESSAGES },
    });
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ type: "error", error: { type: "authentication_error" } });
  });

  it("are nobody's after they were revoked, and their budget goes with them", async () => {
    const { id, key, budget } = await newKey({ budget: { usd: 1, window: "1d" } });
    await admin("DELETE", `/admin/keys/${id}`);
    expect((await admin("GET", `/admin/keys/${id}`)).status).toBe(404);
    expect((await admin("GET", `/admin/budgets/${budget!.id}`)).status).toBe(404);
    // auth is required, so an unknown key is refused
    expect((await chat(key)).status).toBe(401);
  });

  it("rotate with an overlap in which both texts work", async () => {
    const { id, key } = await newKey();
    const { body } = await admin("POST", `/admin/keys/${id}/rotate`, { overlap_seconds: 60 });
    expect(body.id).toBe(id);
    expect([(await chat(key)).status, (await chat(body.key)).status]).toEqual([200, 200]);
    host.advance(60_000);
    expect([(await chat(key)).status, (await chat(body.key)).status]).toEqual([401, 200]);
  });

  it("open the models and routes that they are for, and no others", async () => {
    const models = await newKey({ models: ["*small"] });
    expect(await chat(models.key)).toMatchObject({ status: 403, error: { code: "model_not_allowed" } });
    expect((await chat(models.key, { model: "up/small" })).status).toBe(200);
    const routed = await chat(models.key, { model: "weir/auto" });
    expect([routed.status, routed.headers["x-weir-model"]]).toEqual([200, "up/small"]);
    const routes = await newKey({ routes: ["back*"] });
    expect((await chat(routes.key, { model: "weir/backed" })).status).toBe(200);
    expect(await chat(routes.key, { model: "weir/default" })).toMatchObject({ error: { code: "route_not_allowed" } });
    expect(await chat(routes.key)).toMatchObject({ status: 403, error: { code: "model_not_allowed" } });
    const decided = await host.app.inject({
      method: "POST",
      url: "/route",
      headers: { "x-weir-key": routes.key },
      payload: { prompt: "a" },
    });
    expect(decided.statusCode).toBe(403);
  });

  it("do not open /admin", async () => {
    const { key } = await newKey();
    const response = await host.app.inject({ url: "/admin/keys", headers: { "x-weir-key": key } });
    expect(response.statusCode).toBe(403);
  });

  it.each([
    ["no name", {}],
    ["an unknown field", { name: "a", nmae: "b" }],
    ["a negative budget", { name: "a", budget: { usd: -1, window: "1d" } }],
    ["a bad window", { name: "a", budget: { usd: 1, window: "1 fortnight" } }],
    ["two units", { name: "a", budget: { usd: 1, tokens: 1, window: "1d" } }],
    ["no unit", { name: "a", budget: { window: "1d" } }],
    ["a limit of 0", { name: "a", limits: { rpm: 0 } }],
    ["an expiry that is no date", { name: "a", expires_at: "soon" }],
    ["an expiry in the past", { name: "a", expires_at: "2001-01-01T00:00:00Z" }],
  ])("are not made with %s", async (_, fields) => {
    const { status, body } = await admin("POST", "/admin/keys", fields);
    expect([status, body.error.code]).toEqual([400, "invalid_request"]);
  });

  it("are deleted also by clients that name the type of a body which they do not send", async () => {
    const { id, key } = await newKey();
    const headers = { ...ADMIN, "content-type": "application/json" };
    const { statusCode } = await host.app.inject({ method: "DELETE", url: `/admin/keys/${id}`, headers });
    expect([statusCode, (await chat(key)).status]).toEqual([200, 401]);
  });

  it("that do not exist are 404 wherever they are named", async () => {
    const answers = await Promise.all([
      admin("GET", "/admin/keys/none"),
      admin("PATCH", "/admin/keys/none", { name: "b" }),
      admin("DELETE", "/admin/keys/none"),
      admin("POST", "/admin/keys/none/rotate", {}),
    ]);
    expect(answers.map(({ status, body }) => [status, body.error.code])).toEqual(Array(4).fill([404, "unknown_key"]));
  });

  it("are listed in pages, each once", async () => {
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await admin("GET", `/admin/keys?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...body.keys.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(5);
  });
});

describe("limits", () => {
  it("refuse with 429, when to come again and where one stands", async () => {
    const { key } = await newKey({ limits: { rpm: 2 } });
    const first = await chat(key);
    expect(first.headers).toMatchObject({ "x-ratelimit-limit-requests": "2", "x-ratelimit-remaining-requests": "1" });
    await chat(key);
    const third = await chat(key);
    expect(third).toMatchObject({ status: 429, error: { code: "rate_limit_exceeded" } });
    expect(third.headers).toMatchObject({ "x-ratelimit-remaining-requests": "0" });
    expect(Number(third.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(third.headers["retry-after"])).toBeLessThanOrEqual(60);
    expect(upstream.received).toHaveLength(2);
  });

  it("speak Anthropic's headers to Anthropic's clients", async () => {
    const { key } = await newKey({ limits: { rpm: 1 } });
    const ask = () =>
      host.app.inject({
        method: "POST",
        url: "/v1/messages",
        headers: { "x-api-key": key },
        payload: { model: "up/large", max_tokens: 10, messages: MESSAGES },
      });
    expect((await ask()).headers["anthropic-ratelimit-requests-remaining"]).toBe("0");
    const refused = await ask();
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ type: "error", error: { type: "rate_limit_error" } });
    expect(Date.parse(String(refused.headers["anthropic-ratelimit-requests-reset"]))).toBeGreaterThan(0);
  });

  it("count what a request really used once it is over", async () => {
    const { key } = await newKey({ limits: { tpm: 400 } });
    // counted as some 10 + 300 before, 10 + 50 after
    upstream.behave({ kind: "json", body: answer(50) });
    for (let i = 0; i < 2; i++) expect((await chat(key, { max_tokens: 300 })).status).toBe(200);
    upstream.behave({ kind: "json", body: answer(300) });
    expect((await chat(key, { max_tokens: 100 })).status).toBe(200);
    expect((await chat(key, { max_tokens: 1 })).status).toBe(429);
    expect(await chat(key, { max_tokens: 500 })).toMatchObject({ status: 429, headers: { "x-should-retry": "false" } });
  });

  it("hold for a team whatever key, and each user by itself", async () => {
    const keys = await Promise.all([1, 2].map(() => newKey({ team: "narrow" })));
    const statuses = [];
    for (const { key } of [...keys, ...keys]) statuses.push((await chat(key)).status);
    expect(statuses).toEqual([200, 200, 429, 429]);

    upstream.behave({ kind: "stall" });
    const { key } = await newKey();
    const user = (name: string) => ({ "x-weir-metadata": JSON.stringify({ user: name }), "x-weir-timeout-ms": "400" });
    const running = [chat(key, {}, user("ann")), chat(key, {}, user("bob"))];
    await expect.poll(() => upstream.received.length).toBe(4);
    expect(await chat(key, {}, user("ann"))).toMatchObject({ status: 429 });
    for (const { status } of await Promise.all(running)) expect(status).toBeGreaterThanOrEqual(500);
    upstream.behave({ kind: "json", body: answer(1) });
    expect((await chat(key, {}, user("ann"))).status).toBe(200);
  });
});

describe("budgets", () => {
  it("book what a request cost and give back the rest", async () => {
    const { key, budget } = await newKey({ budget: { usd: 0.02, window: "1d" } });
    upstream.behave({ kind: "json", body: answer(40) });
    expect((await chat(key)).status).toBe(200);
    // by hand: 40 tokens x $10/M
    expect(await spentOf(budget!.id)).toEqual({ spent: 0.0004, reserved: 0 });
  });

  it("refuse with 402 what could pass the cap, and no client's library asks again", async () => {
    const { key, budget } = await newKey({ budget: { usd: 0.0025, window: "1mo" } });
    const answers = [await chat(key), await chat(key), await chat(key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 402]);
    expect(answers[2]).toMatchObject({ error: { type: "insufficient_quota", code: "insufficient_quota" } });
    expect(answers[2]!.headers["x-should-retry"]).toBe("false");
    expect(answers[2]!.headers["retry-after"]).toBeUndefined();
    expect(answers[2]!.error!.message).toContain("$0.0005 left");
    // a smaller request still fits
    upstream.behave({ kind: "json", body: answer(50) });
    expect((await chat(key, { max_tokens: 50 })).status).toBe(200);
    expect(await spentOf(budget!.id)).toEqual({ spent: 0.0025, reserved: 0 });
  });

  it("begin anew with their window, and not when the clock goes back", async () => {
    const { key } = await newKey({ budget: { usd: 0.001, window: "1h" } });
    expect((await chat(key)).status).toBe(200);
    expect((await chat(key)).status).toBe(402);
    host.advance(3_600_000);
    expect((await chat(key)).status).toBe(200);
    host.advance(-3_600_000);
    expect((await chat(key)).status).toBe(402);
  });

  it("book what the log says for a call that was cut off before its first byte: an estimate of its input", async () => {
    const { key, budget, id } = await newKey({ budget: { usd: 1, window: "1d" } });
    upstream.behave({ kind: "stall" });
    upstream.received.length = 0;
    const address = await host.app.listen({ port: 0 });
    const client = new AbortController();
    const pending = fetch(`${address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "up/read", messages: MESSAGES, max_tokens: 100 }),
      signal: client.signal,
    });
    const gone = expect(pending).rejects.toThrow();
    await expect.poll(() => upstream.received.length).toBe(1);
    client.abort();
    await gone;
    await upstream.received[0]!.closed;
    const rows = async () => (await admin("GET", `/admin/requests?filter.key=${id}`)).body.rows;
    await expect.poll(rows).toMatchObject([{ status: 499, error: "client_left", tokens_estimated: true }]);
    const [{ cost_usd, input_tokens, output_tokens }] = await rows();
    expect([input_tokens > 0, output_tokens]).toEqual([true, 0]);
    expect(cost_usd).toBeGreaterThan(0);
    expect(await spentOf(budget!.id)).toEqual({ spent: cost_usd, reserved: 0 });
    upstream.behave({ kind: "json", body: answer(40) });
  });

  it("book nothing for a fault", async () => {
    const { key, budget } = await newKey({ budget: { usd: 1, window: "1d" } });
    upstream.behave({ kind: "json", status: 500, body: { error: { message: "boom" } } });
    expect((await chat(key)).status).toBe(500);
    expect(await spentOf(budget!.id)).toEqual({ spent: 0, reserved: 0 });
  });

  it.each([
    ["OpenAI's user", "/v1/chat/completions", { user: "ada" }, {}],
    ["OpenAI's metadata", "/v1/chat/completions", { metadata: { user_id: "ada" } }, {}],
    ["Anthropic's metadata.user_id", "/v1/messages", { metadata: { user_id: "ada" } }, {}],
    ["Helicone's header", "/v1/chat/completions", {}, { "helicone-user-id": "ada" }],
    ["LiteLLM's header", "/v1/responses", { input: "hi" }, { "x-litellm-end-user-id": "ada" }],
    [
      "a header stronger than the body",
      "/v1/chat/completions",
      { user: "bob" },
      { "x-weir-metadata": '{"user":"ada"}' },
    ],
  ])("of a user are hit by the user whom the log names: %s", async (_, url, body, headers) => {
    const made = await admin("POST", "/admin/budgets", { scope: "user", subject: "ada", usd: 0, window: "1d" });
    const { id, key } = await newKey();
    const ask = (more: object, own: string) =>
      host.app.inject({
        method: "POST",
        url,
        payload: { model: "up/large", messages: MESSAGES, max_tokens: 100, ...more },
        headers: { authorization: `Bearer ${own}`, ...headers },
      });
    expect((await ask(body, key)).statusCode).toBe(402);
    // whom the key belongs to is stronger than whom the client claims
    const owned = await newKey({ user: "eve" });
    expect((await ask(body, owned.key)).statusCode).toBe(200);
    await admin("DELETE", `/admin/budgets/${made.body.id}`);
    const { body: page } = await admin("GET", `/admin/requests?filter.key=${id}&filter.key=${owned.id}`);
    const logged = page.rows.map((row: { key_id: string; user: string; status: number }) => [
      row.key_id,
      row.user,
      row.status,
    ]);
    expect(logged).toEqual([
      [owned.id, "eve", 200],
      [id, "ada", 402],
    ]);
  });

  it("hold for tags, tenants, routes and everyone named by each request", async () => {
    await admin("POST", "/admin/budgets", { scope: "tag", subject: "batch", usd: 0, window: "1d" });
    const { key } = await newKey({ tags: ["batch"] });
    expect((await chat(key)).status).toBe(402);
    const free = await newKey();
    expect((await chat(free.key, {}, { "x-weir-metadata": '{"tags":"x, batch"}' })).status).toBe(402);
    expect((await chat(free.key, {}, { "x-weir-metadata": '{"tags":["x","batch"]}' })).status).toBe(402);
    expect((await chat(free.key, {}, { "x-weir-metadata": '{"tags":[["batch"]]}' })).status).toBe(400);
    const capped = await newKey({ tenant: "capped" });
    expect((await chat(capped.key, { max_tokens: 1000 })).status).toBe(200);
    // a tenant that the key names is not another one because the client says so
    const statuses = [];
    for (let i = 0; i < 11; i++)
      statuses.push((await chat(capped.key, {}, { "x-weir-metadata": '{"tenant":"other"}' })).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(9);
  });

  it("leave out a model whose own budget is used up while another can answer", async () => {
    const made = await admin("POST", "/admin/budgets", { scope: "model", subject: "up/large", usd: 0, window: "1d" });
    const { key } = await newKey();
    const routed = await chat(key, { model: "weir/backed" });
    expect([routed.status, routed.headers["x-weir-model"]]).toEqual([200, "up/small"]);
    expect((await chat(key)).status).toBe(402);
    await admin("DELETE", `/admin/budgets/${made.body.id}`);
    expect((await chat(key)).status).toBe(200);
  });

  it("refuse a model without a price where a cap in USD holds, and count its tokens where one in tokens does", async () => {
    const usd = await newKey({ budget: { usd: 1, window: "1d" } });
    expect(await chat(usd.key, { model: "up/unpriced" })).toMatchObject({
      status: 403,
      error: { code: "model_unpriced" },
    });
    const tokens = await newKey({ budget: { tokens: 1_000, window: "1d" } });
    expect((await chat(tokens.key, { model: "up/unpriced" })).status).toBe(200);
    expect(await spentOf(tokens.budget!.id)).toEqual({ spent: 110, reserved: 0 });
  });

  it("refuse what tokens do not price, such as an image, where a cap in USD holds, and let pass what is free", async () => {
    const { key } = await newKey({ budget: { usd: 1, window: "1d" } });
    const headers = { authorization: `Bearer ${key}` };
    const post = (url: string) =>
      host.app.inject({ method: "POST", url, headers, payload: { model: "up/large", prompt: "a", input: "a" } });
    upstream.behave({ kind: "json", body: { created: 1, data: [] } });
    const image = await post("/v1/images/generations");
    expect([image.statusCode, image.json().error.code]).toEqual([403, "model_unpriced"]);
    expect((await post("/v1/moderations")).statusCode).toBe(200);
    const free = await newKey();
    const unlimited = { authorization: `Bearer ${free.key}` };
    const payload = { model: "up/large", prompt: "a" };
    const passed = await host.app.inject({
      method: "POST",
      url: "/v1/images/generations",
      headers: unlimited,
      payload,
    });
    expect(passed.statusCode).toBe(200);
  });

  it("take what was held when an answer does not say what it used", async () => {
    const { key, budget } = await newKey({ budget: { usd: 0.02, window: "1d" } });
    upstream.behave({ kind: "json", body: { ...answer(1), usage: undefined } });
    expect((await chat(key)).status).toBe(200);
    const { spent, reserved } = await spentOf(budget!.id);
    expect(reserved).toBe(0);
    expect(spent).toBeGreaterThan(0);
  });

  it("tell once when a share is spent, in the log and by webhook, and refuse nothing when they are soft", async () => {
    const told = await startFaultUpstream();
    told.behave({ kind: "json", body: {} });
    const budget = { usd: 0.001, window: "1d", hard: false, alert_at: [0.5], webhook: `${told.url}/hook` };
    const { key } = await newKey({ budget });
    for (let i = 0; i < 3; i++) expect((await chat(key)).status).toBe(200);
    await expect.poll(() => told.received.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(told.received).toHaveLength(1);
    expect(JSON.parse(told.received[0]!.body)).toMatchObject({
      type: "budget.alert",
      scope: "key",
      cap: 0.001,
      alert_at: 0.5,
    });
    expect(host.logged.some(({ msg }) => msg === "budget nears its cap")).toBe(true);
    await told.close();
  });

  it.each([
    ["an unknown scope", { scope: "planet", subject: "a", usd: 1, window: "1d" }],
    ["a subject of everyone", { scope: "global", subject: "a", usd: 1, window: "1d" }],
    ["no subject", { scope: "team", usd: 1, window: "1d" }],
    ["a negative amount", { scope: "team", subject: "a", usd: -0.01, window: "1d" }],
    ["half a token", { scope: "team", subject: "a", tokens: 0.5, window: "1d" }],
    ["a bad window", { scope: "team", subject: "a", usd: 1, window: "0d" }],
    ["a window without end", { scope: "team", subject: "a", usd: 1, window: "100y" }],
    ["a webhook that is no URL", { scope: "team", subject: "a", usd: 1, window: "1d", webhook: "file:///etc/passwd" }],
  ])("are not made with %s", async (_, fields) => {
    const { status, body } = await admin("POST", "/admin/budgets", fields);
    expect([status, body.error.code]).toEqual([400, "invalid_request"]);
  });

  it("are not made for a key that is not there", async () => {
    const { id } = await newKey();
    const make = async (subject: string) => {
      const { status, body } = await admin("POST", "/admin/budgets", { scope: "key", subject, usd: 1, window: "1d" });
      return [status, body.error?.code ?? null];
    };
    expect(await make("key_of_nobody")).toEqual([404, "unknown_key"]);
    expect(await make(id)).toEqual([201, null]);
  });

  it("change their terms and keep what was spent", async () => {
    const { key, budget } = await newKey({ budget: { usd: 0.001, window: "1d" } });
    await chat(key);
    expect((await chat(key)).status).toBe(402);
    await spentOf(budget!.id);
    const changed = await admin("PATCH", `/admin/budgets/${budget!.id}`, { usd: 0.002 });
    expect(changed.body).toMatchObject({ cap: 0.002, spent: 0.001, remaining: 0.001, window: "1d", hard: true });
    expect((await chat(key)).status).toBe(200);
    expect((await admin("PATCH", `/admin/budgets/${budget!.id}`, { tokens: 5 })).status).toBe(400);
    expect((await admin("PATCH", "/admin/budgets/none", { usd: 5 })).status).toBe(404);
  });
});
