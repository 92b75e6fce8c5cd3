import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "./errors.ts";
import type { Stage } from "./gateway/stage.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "./testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "./testing/fault-upstream.ts";

const CHAT_ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
};
const messages = [{ role: "user", content: "hi" }];
const contents = [{ role: "user", parts: [{ text: "hi" }] }];

/** A body that every JSON endpoint takes, whatever it asks for. */
const ANY_BODY = {
  model: "openai/gpt-4o",
  messages,
  contents,
  content: contents[0],
  requests: [{ model: "models/x", content: contents[0] }],
  input: "hi",
  prompt: "hi",
  max_tokens: 10,
};

let vendor: FaultUpstream;
let anthropic: FaultUpstream;

beforeAll(async () => {
  [vendor, anthropic] = await Promise.all([startFaultUpstream(), startFaultUpstream()]);
});
afterAll(() => Promise.all([vendor.close(), anthropic.close()]));
beforeEach(() => {
  vendor.received.length = 0;
  anthropic.received.length = 0;
});

function config(required: boolean): string {
  return `
upstreams:
  openai: { provider: openai, baseUrl: "${vendor.url}/v1", apiKey: sk-operator }
  anthropic: { provider: anthropic, baseUrl: "${anthropic.url}", apiKey: sk-ant-operator }
candidates:
  - { id: openai/gpt-4o, upstream: openai, resembles: large, price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10 } }
  - { id: openai/gpt-4o-mini, upstream: openai, resembles: small, price: { inputUsdPerMTok: 0.15, outputUsdPerMTok: 0.6 } }
  - { id: openai/text-embedding-3-small, upstream: openai, resembles: small, price: { inputUsdPerMTok: 0.02, outputUsdPerMTok: 0 } }
  - { id: anthropic/claude-sonnet-4-5, upstream: anthropic, resembles: large }
routes:
  default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o-mini, openai/gpt-4o], mode: observe }
  cheap:
    incumbent: anthropic/claude-sonnet-4-5
    candidates: [openai/gpt-4o-mini, anthropic/claude-sonnet-4-5]
    mode: active
    activation: { override: test }
    rules: [{ when: { metadata.feature: cheap }, use: openai/gpt-4o-mini }, { when: { inputTokensUnder: 1000000 }, use: anthropic/claude-sonnet-4-5 }]
auth: { required: ${required} }
gateway: { retries: 0, bodyLimitBytes: 200000 }
`;
}

interface Call {
  readonly method?: string;
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

async function ask({ app }: TestApp, { method = "POST", url, body, headers = {} }: Call) {
  const isText = typeof body === "string";
  const response = await app.inject({
    method: method as "POST",
    url,
    ...(body === undefined ? {} : { payload: isText ? body : JSON.stringify(body) }),
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
  });
  return { status: response.statusCode, headers: response.headers, trailers: response.trailers, text: response.body };
}

/** Every endpoint of the gateway with an address that reaches it. */
async function endpoints(test: TestApp): Promise<{ method: string; url: string; name: string }[]> {
  const document = JSON.parse((await ask(test, { method: "GET", url: "/docs/openapi.json" })).text) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(document.paths)
    .filter(([path]) => /^\/(v1|v1beta|proxy)\//.test(path))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({
        method: method.toUpperCase(),
        url: path
          .replace("{upstream}", "openai")
          .replace(
            "{path}",
            path.includes("models") ? `openai/gpt-4o${method === "post" ? ":generateContent" : ""}` : "v1/x",
          ),
        name: `${method.toUpperCase()} ${path}`,
      })),
    );
}

describe("every route under /v1, /v1beta and /proxy", () => {
  it("asks for a key, and refuses in its dialect's shape", async () => {
    const test = await buildTestApp({ config: config(true) });
    const all = await endpoints(test);
    expect(all.length).toBeGreaterThan(40);
    for (const { method, url, name } of all) {
      const { status, text } = await ask(test, { method, url, ...(method === "GET" ? {} : { body: ANY_BODY }) });
      expect(status, name).toBe(401);
      expect(JSON.parse(text).error.message, name).toContain("no key was sent");
      if (url.startsWith("/v1beta")) expect(JSON.parse(text).error.code, name).toBe(401);
      if (url.startsWith("/v1/messages")) expect(JSON.parse(text).type, name).toBe("error");
    }
    expect(vendor.received).toHaveLength(0);
    await test.close();
  });

  it("passes every stage, so that none can be reached around limits and budgets", async () => {
    const asked: string[] = [];
    const refusing: Stage = {
      name: "refusing",
      admit({ incoming }) {
        asked.push(incoming.requestId);
        throw new ApiError("forbidden", "refused by a stage");
      },
    };
    const test = await buildTestApp({ config: config(false), stages: [refusing] });
    for (const { method, url, name } of await endpoints(test)) {
      const before = asked.length;
      const headers: Record<string, string> = url.startsWith("/proxy") ? { authorization: "Bearer sk-own" } : {};
      const body = method === "GET" ? {} : { body: ANY_BODY };
      const { status, text } = await ask(test, { method, url, headers, ...body });
      expect(status, `${name} ${text}`).toBe(403);
      expect(text, name).toContain("refused by a stage");
      expect(asked.length, name).toBe(before + 1);
    }
    expect(vendor.received).toHaveLength(0);
    await test.close();
  });
});

describe("endpoints", () => {
  let test: TestApp;
  let guarded: TestApp;
  beforeAll(async () => {
    [test, guarded] = [await buildTestApp({ config: config(false) }), await buildTestApp({ config: config(true) })];
  });
  afterAll(() => Promise.all([test.close(), guarded.close()]));

  it.each([
    ["/v1/chat/completions", { model: "openai/gpt-4o", messages }],
    ["/v1/messages", { model: "openai/gpt-4o", messages, max_tokens: 10 }],
    ["/v1/responses", { model: "openai/gpt-4o", input: "hi" }],
    ["/v1/completions", { model: "openai/gpt-4o", prompt: "hi" }],
    ["/v1beta/models/openai/gpt-4o:generateContent", { contents }],
    ["/v1/models/openai/gpt-4o:generateContent", { contents }],
  ])("answers %s in its own form from an upstream of another", async (url, body) => {
    vendor.behave({ kind: "json", body: CHAT_ANSWER });
    const { status, text, headers } = await ask(test, { url, body });
    expect(status, text).toBe(200);
    expect(text).toContain("Hello");
    expect(headers["x-weir-model"]).toBe("openai/gpt-4o");
    // by hand: 10 x $2.5/M + 2 x $10/M
    expect(headers["x-weir-cost-usd"]).toBe("0.000045");
    expect(JSON.parse(vendor.received[0]!.body).model).toBe("gpt-4o");
  });

  const SSE = [
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", choices: [{ index: 0, delta: { role: "assistant", content: "Hel" } }] })}\n\n`,
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", choices: [{ index: 0, delta: { content: "lo" }, finish_reason: "stop" }] })}\n\n`,
    "data: [DONE]\n\n",
  ];

  it("streams Gemini as events with alt=sse and as one growing array without", async () => {
    vendor.behave({ kind: "sse", frames: SSE });
    const url = "/v1beta/models/openai/gpt-4o:streamGenerateContent";
    const events = await ask(test, { url: `${url}?alt=sse`, body: { contents } });
    expect(events.headers["content-type"]).toContain("text/event-stream");
    expect(events.text).toContain("data: {");
    const array = await ask(test, { url, body: { contents } });
    expect(array.headers["content-type"]).toContain("application/json");
    // a JSON array has no place for comments
    expect(events.text).toContain(": x-weir-cost-usd: ");
    expect(array.trailers["x-weir-cost-usd"]).toBe(/x-weir-cost-usd: (\S+)/.exec(events.text)![1]);
    const parts = JSON.parse(array.text) as { candidates?: { content?: { parts?: { text?: string }[] } }[] }[];
    expect(parts.map((part) => part.candidates?.[0]?.content?.parts?.[0]?.text ?? "").join("")).toBe("Hello");
  });

  it("lists models in the form of the asking client", async () => {
    const openai = JSON.parse((await ask(test, { method: "GET", url: "/v1/models" })).text);
    expect(openai.object).toBe("list");
    const ids = openai.data.map(({ id }: { id: string }) => id);
    expect(ids.slice(0, 3)).toEqual(["weir/auto", "weir/default", "weir/cheap"]);
    expect(ids).toContain("anthropic/claude-sonnet-4-5");
    const headers = { "anthropic-version": "2023-06-01" };
    const theirs = JSON.parse((await ask(test, { method: "GET", url: "/v1/models", headers })).text);
    expect(theirs).toMatchObject({
      has_more: false,
      first_id: "weir/auto",
      data: [{ type: "model" }, {}, {}, {}, {}, {}, {}],
    });
    const gemini = JSON.parse((await ask(test, { method: "GET", url: "/v1beta/models" })).text);
    expect(gemini.models[0]).toMatchObject({ name: "models/weir/auto" });
    const one = await ask(test, { method: "GET", url: "/v1/models/openai%2Fgpt-4o" });
    expect(JSON.parse(one.text)).toMatchObject({ id: "openai/gpt-4o", object: "model", owned_by: "openai" });
    const none = await ask(test, { method: "GET", url: "/v1/models/gpt-4o-mimi" });
    expect(none.status).toBe(404);
    expect(none.text).toContain("gpt-4o-mini");
  });

  it("lists only what the asking key allows", async () => {
    const listOf = async (grants: object) => {
      const made = await ask(guarded, {
        url: "/admin/keys",
        body: { name: "k", ...grants },
        headers: { authorization: `Bearer ${TEST_ADMIN_KEY}` },
      });
      const headers = { authorization: `Bearer ${JSON.parse(made.text).key}` };
      const list = await ask(guarded, { method: "GET", url: "/v1/models", headers });
      const one = await ask(guarded, { method: "GET", url: "/v1/models/anthropic/claude-sonnet-4-5", headers });
      return [JSON.parse(list.text).data.map(({ id }: { id: string }) => id), one.status];
    };
    const small = ["weir/auto", "weir/default", "weir/cheap", "openai/gpt-4o-mini"];
    expect(await listOf({ models: ["openai/*-mini"] })).toEqual([small, 404]);
    expect(await listOf({ routes: ["cheap"] })).toEqual([["weir/cheap"], 404]);
    expect((await listOf({}))[1]).toBe(200);
  });

  it.each([
    ["/v1beta/nothing", {}, { error: { code: 404, status: "NOT_FOUND" } }],
    ["/v1/messages/nothing", {}, { type: "error", error: { type: "not_found_error" } }],
    ["/v1/nothing", {}, { error: { type: "invalid_request_error" } }],
    ["/v1/nothing", { "anthropic-version": "2023-06-01" }, { type: "error", error: { type: "not_found_error" } }],
  ])("say in their dialect that there is nothing at %s", async (url, headers, body) => {
    const { status, text } = await ask(test, { url, body: {}, headers });
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject(body);
    expect(JSON.parse(text).error.message).toContain(`there is nothing at POST ${url}`);
  });

  it("say in their dialect that a path takes another method", async () => {
    const { status, text } = await ask(test, { method: "GET", url: "/v1/messages" });
    expect(JSON.parse(text)).toMatchObject({
      type: "error",
      error: { message: expect.stringContaining("takes POST") },
    });
    expect(status).toBe(405);
  });

  const VECTORS = {
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: [0.5, -0.25] }],
    model: "text-embedding-3-small",
    usage: { prompt_tokens: 1000, total_tokens: 1000 },
  };

  it("passes embeddings between OpenAI and its likes, and translates them for Gemini's clients", async () => {
    vendor.behave({ kind: "json", body: VECTORS });
    const body = { model: "openai/text-embedding-3-small", input: ["hi"], vendor_field: 1 };
    const passed = await ask(test, { url: "/v1/embeddings", body });
    expect(JSON.parse(passed.text)).toEqual(VECTORS);
    expect(JSON.parse(vendor.received[0]!.body)).toEqual({ ...body, model: "text-embedding-3-small" });
    // by hand: 1000 x $0.02/M
    expect(passed.headers["x-weir-cost-usd"]).toBe("0.00002");
    const url = "/v1beta/models/openai/text-embedding-3-small:embedContent";
    const gemini = await ask(test, { url, body: { content: contents[0] } });
    expect(JSON.parse(gemini.text)).toEqual({ embedding: { values: [0.5, -0.25] } });
    const many = await ask(test, {
      url: "/v1beta/models/openai/text-embedding-3-small:batchEmbedContents",
      body: { requests: [{ content: contents[0] }] },
    });
    expect(JSON.parse(many.text)).toEqual({ embeddings: [{ values: [0.5, -0.25] }] });
  });

  it("counts tokens by the vendor's count, and by our estimate with a mark where there is none", async () => {
    anthropic.behave({ kind: "json", body: { input_tokens: 77 } });
    const url = "/v1/messages/count_tokens";
    const theirs = await ask(test, { url, body: { model: "anthropic/claude-sonnet-4-5", messages } });
    expect(JSON.parse(theirs.text)).toEqual({ input_tokens: 77 });
    expect(theirs.headers["x-weir-estimated"]).toBeUndefined();
    const ours = await ask(test, { url, body: { model: "openai/gpt-4o", messages } });
    expect(JSON.parse(ours.text).input_tokens).toBeGreaterThan(0);
    expect(ours.headers["x-weir-estimated"]).toBe("true");
    const gemini = await ask(test, { url: "/v1beta/models/openai/gpt-4o:countTokens", body: { contents } });
    expect(JSON.parse(gemini.text).totalTokens).toBeGreaterThan(0);
  });

  it("passes what it does not translate to the upstream, JSON and multipart alike", async () => {
    vendor.behave({ kind: "json", body: { id: "modr-1", results: [{ flagged: false }] } });
    const moderated = await ask(test, {
      url: "/v1/moderations",
      body: { input: "hi", model: "omni-moderation-latest" },
    });
    expect(JSON.parse(moderated.text).id).toBe("modr-1");
    expect(vendor.received[0]).toMatchObject({ method: "POST", path: "/v1/moderations" });
    expect(vendor.received[0]!.headers.authorization).toBe("Bearer sk-operator");
    const form = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nbytes\r\n--b--\r\n';
    const headers = { "content-type": "multipart/form-data; boundary=b", authorization: "Bearer client-of-weir" };
    await ask(test, { url: "/v1/files?purpose=batch", body: form, headers });
    expect(vendor.received[1]).toMatchObject({ path: "/v1/files?purpose=batch", body: form });
    expect(vendor.received[1]!.headers["content-type"]).toBe(headers["content-type"]);
    expect(vendor.received[1]!.headers.authorization).toBe("Bearer sk-operator");
    const sound = (model: string) =>
      `--b\r\ncontent-disposition: form-data; name="file"; filename="a.mp3"\r\n\r\nbytes\r\n--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n${model}\r\n--b--\r\n`;
    await ask(test, { url: "/v1/audio/transcriptions", body: sound("openai/whisper-1"), headers });
    expect(vendor.received[2]).toMatchObject({ path: "/v1/audio/transcriptions", body: sound("whisper-1") });
    const vast = await ask(test, { url: "/v1/audio/transcriptions", body: sound("x".repeat(300_000)), headers });
    expect(vast.status).toBe(413);
    vendor.behave({ kind: "json", status: 404, body: { error: { message: "No such File object", type: "x" } } });
    const missing = await ask(test, { method: "GET", url: "/v1/files/file-1" });
    expect(missing.status).toBe(404);
    expect(missing.text).toContain("No such File object");
  });
});

describe("the pass-through of a provider", () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await buildTestApp({ config: config(true) });
  });
  afterAll(() => test.close());
  const own = { authorization: "Bearer sk-the-clients-own", "x-weir-key": TEST_ADMIN_KEY };

  it.each(["/proxy/openai/v1/chat/completions", "/proxy/openai/chat/completions"])(
    "reaches the vendor's /v1 once by %s, with the client's own key and an untouched body",
    async (url) => {
      vendor.behave({ kind: "json", headers: { "x-request-id": "req_vendor" }, body: CHAT_ANSWER });
      const body = '{ "model":"gpt-4o",  "messages":[{"role":"user","content":"hi"}], "x":1e0 }';
      const { status, text, headers } = await ask(test, { url, body, headers: own });
      expect(status, text).toBe(200);
      expect(vendor.received[0]).toMatchObject({ path: "/v1/chat/completions", body });
      expect(vendor.received[0]!.headers.authorization).toBe(own.authorization);
      expect(vendor.received[0]!.headers["x-weir-key"]).toBeUndefined();
      expect(JSON.parse(text)).toEqual(CHAT_ANSWER);
      expect(headers["x-request-id"]).toBe("req_vendor");
    },
  );

  it("takes Weir's key from x-weir-key alone, so that no key of ours is sent to a vendor", async () => {
    const { status } = await ask(test, {
      url: "/proxy/openai/v1/chat/completions",
      body: { model: "gpt-4o", messages },
      headers: { authorization: `Bearer ${TEST_ADMIN_KEY}` },
    });
    expect(status).toBe(401);
    expect(vendor.received).toHaveLength(0);
  });

  describe("without a key of the client's own", () => {
    const call = {
      url: "/proxy/openai/v1/files",
      method: "GET",
      headers: { "x-weir-key": TEST_ADMIN_KEY } as Record<string, string>,
    };
    const withUpstream = (change: (line: string) => string) =>
      buildTestApp({ config: config(true).replace(/ {2}openai: .*/, change) });

    it("does not lend the operator's: 401 that says what to send, and nobody is asked", async () => {
      const { status, text } = await ask(test, call);
      expect(status).toBe(401);
      expect(JSON.parse(text).error).toMatchObject({ code: "provider_key_missing" });
      expect(text).toContain("upstreams.openai.lendKey");
      const claude = await ask(test, {
        url: "/proxy/anthropic/v1/messages",
        body: { model: "claude-sonnet-4-5", max_tokens: 10, messages },
        headers: call.headers,
      });
      expect([claude.status, JSON.parse(claude.text).type]).toEqual([401, "error"]);
      expect([vendor.received, anthropic.received]).toEqual([[], []]);
    });

    it("lends it where the operator says so", async () => {
      const lending = await withUpstream((line) => line.replace("sk-operator", "sk-operator, lendKey: true"));
      vendor.behave({ kind: "json", body: { data: [] } });
      expect((await ask(lending, call)).status).toBe(200);
      expect(vendor.received[0]!.headers.authorization).toBe("Bearer sk-operator");
      await lending.close();
    });

    it("passes where there is none to lend, and takes a key in the query for the client's own", async () => {
      vendor.behave({ kind: "json", body: { data: [] } });
      const open = await withUpstream((line) => line.replace(", apiKey: sk-operator", ""));
      expect((await ask(open, call)).status).toBe(200);
      expect((await ask(test, { ...call, url: `${call.url}?key=own` })).status).toBe(200);
      expect(vendor.received.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
      await open.close();
    });
  });

  it("passes the vendor's own refusals as they are, without a second try", async () => {
    const refusal = { error: { message: "slow down", type: "tokens", param: null, code: "rate_limit_exceeded" } };
    vendor.behave({ kind: "json", status: 429, headers: { "retry-after": "3" }, body: refusal });
    const call = { url: "/proxy/openai/v1/chat/completions", body: { model: "gpt-4o", messages }, headers: own };
    const { status, text, headers } = await ask(test, call);
    expect(status).toBe(429);
    expect(headers["retry-after"]).toBe("3");
    expect(JSON.parse(text)).toEqual(refusal);
  });

  it("settles what a passed stream reports", async () => {
    const frame = (fields: object) =>
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "gpt-4o", ...fields })}\n\n`;
    vendor.behave({
      kind: "sse",
      frames: [
        frame({ choices: [{ index: 0, delta: { role: "assistant", content: "Hi" }, finish_reason: "stop" }] }),
        frame({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 } }),
        "data: [DONE]\n\n",
      ],
    });
    const before = await spent(test);
    const body = { model: "gpt-4o", messages, stream: true, stream_options: { include_usage: true } };
    const { text, trailers } = await ask(test, { url: "/proxy/openai/v1/chat/completions", body, headers: own });
    expect(text).toContain('"prompt_tokens":20');
    expect(trailers["x-weir-cost-usd"]).toBe("0.00007");
    // by hand: 20 x $2.5/M + 2 x $10/M
    expect((await spent(test)) - before).toBeCloseTo(0.00007, 9);
  });

  it("ends a passed stream whose vendor falls silent, and says so in the log", async () => {
    const quiet = await buildTestApp({
      config: config(true).replace("retries: 0", "retries: 0, silenceTimeoutMs: 50"),
    });
    vendor.behave({ kind: "sse", frames: [": hello\n\n"], end: "stall" });
    const body = { model: "gpt-4o", messages, stream: true };
    const call = { url: "/proxy/openai/v1/chat/completions", body, headers: own };
    // What the client sees is a body that breaks off, as it would see at the vendor.
    await ask(quiet, call).catch(() => null);
    await vendor.received[0]!.closed;
    await quiet.service.requestLog.flush(5000);
    const { body: page } = await quiet.app.inject({
      url: "/admin/requests?limit=1",
      headers: { "x-weir-key": TEST_ADMIN_KEY },
    });
    expect(JSON.parse(page).rows).toMatchObject([{ operation: "pass_through", error: "timeout" }]);
    await quiet.close();
  });

  it("says behind the body what it cost, and that what only reads costs nothing", async () => {
    vendor.behave({ kind: "json", body: CHAT_ANSWER });
    const body = { model: "gpt-4o", messages };
    const bought = await ask(test, { url: "/proxy/openai/v1/chat/completions", body, headers: own });
    // by hand: 10 x $2.5/M + 2 x $10/M
    expect(bought.trailers["x-weir-cost-usd"]).toBe("0.000045");
    const records = async () => {
      await test.service.requestLog.flush(5000);
      const headers = { "x-weir-key": TEST_ADMIN_KEY };
      return JSON.parse((await ask(test, { method: "GET", url: "/admin/requests?limit=1", headers })).text).rows;
    };
    await ask(test, { method: "GET", url: "/proxy/openai/v1/models", headers: own });
    await expect.poll(records).toMatchObject([{ operation: "pass_through", status: 200, cost_usd: 0 }]);
  });

  it("routes a call that names the incumbent of an active route, and passes it when the incumbent stays", async () => {
    vendor.behave({ kind: "json", body: CHAT_ANSWER });
    anthropic.behave({
      kind: "json",
      body: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "claude-sonnet-4-5",
        content: [{ type: "text", text: "Hello from Claude" }],
        stop_reason: "end_turn",
        stop_sequence: null,
        usage: { input_tokens: 5, output_tokens: 3 },
      },
    });
    const call = {
      url: "/proxy/anthropic/v1/messages",
      body: { model: "claude-sonnet-4-5", max_tokens: 10, messages },
      headers: { "x-api-key": "sk-ant-clients", "anthropic-version": "2023-06-01", "x-weir-key": TEST_ADMIN_KEY },
    };
    const stays = await ask(test, call);
    expect(stays.text).toContain("Hello from Claude");
    expect(anthropic.received[0]!.headers["x-api-key"]).toBe("sk-ant-clients");
    const cheap = { ...call.headers, "x-weir-metadata": '{"feature":"cheap"}' };
    const moved = await ask(test, { ...call, headers: cheap });
    expect(moved.headers["x-weir-model"]).toBe("openai/gpt-4o-mini");
    expect(JSON.parse(moved.text)).toMatchObject({ type: "message", content: [{ type: "text", text: "Hello" }] });
    expect(vendor.received[0]!.headers.authorization).toBe("Bearer sk-operator");
  });

  async function spent({ app }: TestApp): Promise<number> {
    const { body } = await app.inject({ url: "/metrics" });
    return Number(/weir_cost_usd_total\{model="openai\/gpt-4o"\} ([\d.e-]+)/.exec(body)?.[1] ?? 0);
  }
});

describe("demo mode", () => {
  it("answers every dialect through simulated upstreams, without a key", async () => {
    const test = await buildTestApp({ config: null });
    const calls: readonly (readonly [string, object])[] = [
      ["/v1/chat/completions", { model: "weir/auto", messages }],
      ["/v1/chat/completions", { model: "gpt-4o", messages, stream: true }],
      ["/v1/messages", { model: "weir/auto", messages, max_tokens: 20 }],
      ["/v1/responses", { model: "weir/auto", input: "hi" }],
      ["/v1beta/models/weir/auto:generateContent", { contents }],
    ];
    for (const [url, body] of calls) {
      const { status, text, headers } = await ask(test, { url, body });
      expect(status, `${url} ${text}`).toBe(200);
      expect(text.toLowerCase()).toContain("[simulat");
      expect(headers["x-weir-simulated"]).toBe("true");
      expect(headers["x-weir-model"]).toBeDefined();
    }
    await test.close();
  });
});

describe("bad input", () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await buildTestApp({ config: config(false) });
  });
  afterAll(() => test.close());

  const SHAPES = {
    "/v1/chat/completions": (body: { error: { message: string } }) => body.error.message,
    "/v1/responses": (body: { error: { message: string } }) => body.error.message,
    "/v1/messages": (body: { type: "error"; error: { message: string }; request_id: string }) =>
      body.type === "error" && body.request_id.startsWith("req_") ? body.error.message : "",
    "/v1beta/models/openai/gpt-4o:generateContent": (body: {
      error: { code: number; status: string; message: string };
    }) => (typeof body.error.code === "number" && body.error.status !== "" ? body.error.message : ""),
  };

  describe.each(Object.entries(SHAPES))("at %s", (url, messageOf) => {
    it("answers 413 to a body over the limit", async () => {
      const { status, text } = await ask(test, { url, body: { model: "x", pad: "y".repeat(250_000) } });
      expect(status).toBe(413);
      expect(messageOf(JSON.parse(text))).toContain("200000 bytes");
    });

    it("answers 415 to a body that is packed, and names the packing", async () => {
      const { status, text } = await ask(test, { url, body: "packed", headers: { "content-encoding": "gzip" } });
      expect(status).toBe(415);
      expect(messageOf(JSON.parse(text))).toContain("gzip");
    });

    it("answers 415 to another content type", async () => {
      const { status, text } = await ask(test, { url, body: "model=x", headers: { "content-type": "text/plain" } });
      expect(messageOf(JSON.parse(text))).toContain("application/json");
      expect(status).toBe(415);
    });

    it("answers 400 naming the offset of broken JSON", async () => {
      const { status, text } = await ask(test, { url, body: '{"model": "gpt", "messages": [1,, 2]}' });
      expect(status).toBe(400);
      expect(messageOf(JSON.parse(text))).toContain("at byte 32"); // by hand: the second comma
    });

    it("answers 400 to an empty body", async () => {
      const { status } = await ask(test, { url, body: "" });
      expect(status).toBe(400);
    });

    it("answers 405 with the methods that there are", async () => {
      const { status, headers } = await ask(test, { method: "PUT", url, body: { x: 1 } });
      // Gemini's paths begin as those of one model's card do.
      expect([status, headers["allow"]]).toEqual([405, url.startsWith("/v1beta") ? "GET, POST" : "POST"]);
    });

    it("answers 404 with near matches to an unknown model", async () => {
      const at = url.replace("openai/gpt-4o", "gpt-4o-mimi");
      const body = { model: "gpt-4o-mimi", messages, contents, input: "hi", max_tokens: 5 };
      const { status, text } = await ask(test, { url: at, body });
      expect(status).toBe(404);
      expect(messageOf(JSON.parse(text))).toContain("gpt-4o-mini");
    });
  });

  it("logs nothing that holds a key or a prompt", async () => {
    vendor.behave({ kind: "json", status: 500, body: { error: { message: "boom" } } });
    const secret = "sk-very-secret-value";
    await ask(test, {
      url: `/v1/chat/completions?key=${secret}`,
      body: { model: "openai/gpt-4o", messages: [{ role: "user", content: "private words" }] },
      headers: { authorization: `Bearer ${secret}` },
    });
    const log = JSON.stringify(test.logged);
    expect(log).not.toContain(secret);
    expect(log).not.toContain("private words");
    expect(log).not.toContain("sk-operator");
  });
});
