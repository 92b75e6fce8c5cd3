import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

const ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o-2024-08-06",
  vendor_field: { kept: true },
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
};
const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", x: 1, ...fields })}\n\n`;
const STREAM = [
  chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] }),
  chunk({ choices: [{ index: 0, delta: { content: "Hel" } }] }),
  chunk({ choices: [{ index: 0, delta: { content: "lo" } }] }),
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
  chunk({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 } }),
  "data: [DONE]\n\n",
];
const messages = [{ role: "user", content: "hi" }];
const CERTAIN = { model: "openai/gpt-4o", messages, temperature: 0 };

let vendor: FaultUpstream;
let backup: FaultUpstream;
let test: TestApp;

const configOf = (cache: string, route = "") => `
upstreams:
  openai: { provider: openai, baseUrl: "${vendor.url}/v1", apiKey: sk-operator }
  backup: { provider: openai-compatible, baseUrl: "${backup.url}/v1" }
candidates:
  - { id: openai/gpt-4o, upstream: openai, resembles: large, price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10 } }
  - { id: backup/gpt-4o, upstream: backup, resembles: large, price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10 } }
routes:
  default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o], mode: active, activation: { override: test }, fallbacks: [backup/gpt-4o]${route} }
auth: { required: false }
router: { timeoutMs: 2000 }
gateway: { retries: 0 }
cache: { ${cache} }
`;

beforeEach(async () => {
  [vendor, backup] = await Promise.all([startFaultUpstream(), startFaultUpstream()]);
  vendor.behave({ kind: "json", body: ANSWER });
});
afterEach(async () => {
  await test.close();
  await Promise.all([vendor.close(), backup.close()]);
});

async function start(cache = "", route = ""): Promise<void> {
  test = await buildTestApp({ config: configOf(cache, route) });
}

async function ask(body: object, headers: Record<string, string> = {}, url = "/v1/chat/completions") {
  const response = await test.app.inject({
    method: "POST",
    url,
    payload: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
  return { status: response.statusCode, headers: response.headers, text: response.body };
}

const cacheOf = async (body: object, headers: Record<string, string> = {}, url?: string) =>
  (await ask(body, headers, url)).headers["x-weir-cache"];

describe("the exact cache", () => {
  it("buys an answer once, and gives its very bytes the second time, free of cost, with what it saved", async () => {
    await start();
    const first = await ask(CERTAIN);
    expect(first.headers).toMatchObject({ "x-weir-cache": "miss", "x-weir-cost-usd": "0.000045" });
    expect(first.headers["age"]).toBeUndefined();
    test.advance(5_000);
    const second = await ask(CERTAIN);
    expect(second.text).toBe(first.text);
    // by hand: 10 x $2.5/M + 2 x $10/M
    expect(second.headers).toMatchObject({
      "x-weir-cache": "hit",
      "x-weir-cost-usd": "0",
      "x-weir-saved-usd": "0.000045",
      "x-weir-model": "openai/gpt-4o",
      "x-weir-attempts": "0",
      age: "5",
    });
    expect(vendor.received).toHaveLength(1);
    await test.service.requestLog.flush(5_000);
    const logged = await test.service.requestLog.find(String(second.headers["x-weir-request-id"]));
    expect(logged).toMatchObject({
      cache: "hit",
      costNanoUsd: 0,
      incumbentCostNanoUsd: 45_000,
      usage: null,
      status: 200,
    });
  });

  it("knows a request by what it asks, not by how its JSON is written or who is named in it", async () => {
    await start();
    await ask(CERTAIN);
    expect(
      await cacheOf({ temperature: 0.0, messages: [{ content: "hi", role: "user" }], model: "openai/gpt-4o" }),
    ).toBe("hit");
    expect(await cacheOf({ ...CERTAIN, user: "u-1", metadata: { a: "b" }, store: true })).toBe("hit");
    for (const other of [
      { messages: [{ role: "user", content: "hi " }] },
      { max_tokens: 5 },
      { seed: 1 },
      { stop: ["x"] },
    ])
      expect(await cacheOf({ ...CERTAIN, ...other }), JSON.stringify(other)).toBe("miss");
  });

  it("passes by what draws lots, calls tools, hangs on something elsewhere or names an address", async () => {
    await start();
    const tools = [{ type: "function", function: { name: "f", parameters: {} } }];
    const picture = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
    for (const body of [
      { model: "openai/gpt-4o", messages },
      { ...CERTAIN, temperature: 0.7 },
      { ...CERTAIN, tools },
      { ...CERTAIN, messages: [...messages, { role: "tool", tool_call_id: "c", content: "x" }] },
      { ...CERTAIN, messages: [{ role: "user", content: [picture] }] },
      {
        ...CERTAIN,
        response_format: { type: "json_schema", json_schema: { name: "x", schema: { maximum: 2 ** 60 } } },
      },
    ])
      expect(await cacheOf(body), JSON.stringify(body)).toBe("bypass");
  });

  it("is asked for by a time to live, and widened by configuration, a route at a time", async () => {
    await start("", ", cache: { exact: all, tools: true }");
    const loose = { model: "openai/gpt-4o", messages };
    expect(await cacheOf(loose, { "x-weir-cache": "ttl=60" })).toBe("miss");
    expect(await cacheOf(loose, { "x-weir-cache": "ttl=60" })).toBe("hit");
    expect(await cacheOf(loose)).toBe("bypass");
    const routed = {
      model: "weir/auto",
      messages,
      tools: [{ type: "function", function: { name: "f", parameters: {} } }],
    };
    expect(await cacheOf(routed)).toBe("miss");
    expect(await cacheOf(routed)).toBe("hit");
  });

  it("is controlled by each request: no-cache asks anew, no-store keeps away, max-age and ttl bound the age", async () => {
    await start("ttlSeconds: 100");
    expect(await cacheOf(CERTAIN, { "cache-control": "no-store" })).toBe("bypass");
    expect(await cacheOf(CERTAIN)).toBe("miss");
    expect(await cacheOf(CERTAIN, { "x-weir-cache": "no-cache" })).toBe("miss");
    expect(await cacheOf(CERTAIN)).toBe("hit");
    test.advance(30_000);
    expect(await cacheOf(CERTAIN, { "cache-control": "max-age=20" })).toBe("miss");
    expect(await cacheOf(CERTAIN, { "x-weir-cache": "no-cache, ttl=10" })).toBe("miss");
    test.advance(11_000);
    expect(await cacheOf(CERTAIN)).toBe("miss");
    test.advance(99_000);
    expect(await cacheOf(CERTAIN)).toBe("hit");
    test.advance(2_000);
    expect(await cacheOf(CERTAIN)).toBe("miss");
    const wrong = await ask(CERTAIN, { "x-weir-cache": "ttl=soon" });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain("x-weir-cache");
  });

  it("keeps no answer that failed, was cut, filtered or refused, or came from a fallback", async () => {
    await start();
    const ending = (finish_reason: string, message: object = { role: "assistant", content: "x" }) => ({
      ...ANSWER,
      choices: [{ index: 0, message, finish_reason }],
    });
    for (const body of [
      ending("length"),
      ending("content_filter"),
      ending("stop", { role: "assistant", content: null, refusal: "no" }),
    ]) {
      vendor.behave({ kind: "json", body });
      expect(await cacheOf(CERTAIN)).toBe("miss");
    }
    vendor.behave({ kind: "json", status: 500, body: {} });
    expect((await ask(CERTAIN)).status).toBe(500);
    backup.behave({ kind: "json", body: ANSWER });
    const routed = { ...CERTAIN, model: "weir/auto" };
    const helped = await ask(routed);
    expect(helped.headers).toMatchObject({ "x-weir-cache": "miss", "x-weir-model": "backup/gpt-4o" });
    vendor.behave({ kind: "json", body: ANSWER });
    const own = await ask(routed);
    expect(own.headers).toMatchObject({ "x-weir-cache": "miss", "x-weir-model": "openai/gpt-4o" });
    expect(await cacheOf(routed)).toBe("hit");
  });

  it("forgets an answer that somebody says is bad, whether it was bought or cached", async () => {
    await start();
    const bad = (id: unknown) =>
      test.app.inject({ method: "POST", url: "/feedback", payload: { id, label: "bad", source: "user" } });
    const first = await ask(CERTAIN);
    expect((await bad(first.headers["x-weir-request-id"])).statusCode).toBe(201);
    expect(await cacheOf(CERTAIN)).toBe("miss");
    const hit = await ask(CERTAIN);
    expect(hit.headers["x-weir-cache"]).toBe("hit");
    await bad(hit.headers["x-weir-request-id"]);
    expect(await cacheOf(CERTAIN)).toBe("miss");
  });
});

describe("streams", () => {
  const streamed = { ...CERTAIN, stream: true };

  it("are recorded, and replayed byte for byte", async () => {
    await start();
    vendor.behave({ kind: "sse", frames: STREAM });
    const withUsage = { ...streamed, stream_options: { include_usage: true } };
    const first = await ask(withUsage);
    const second = await ask(withUsage);
    const words = (text: string) => text.replace(/^: .*\n/gm, "").replace(/\n+/g, "\n");
    expect(second.headers["x-weir-cache"]).toBe("hit");
    expect(words(second.text)).toBe(words(first.text));
    expect(second.text).toContain('"usage"');
    expect(second.text).toContain(": x-weir-cost-usd: 0\n");
    expect((await ask(streamed)).text).not.toContain('"usage"');
    expect(vendor.received).toHaveLength(1);
  });

  it("serve a client that wants none, and a whole answer one that wants a stream, in any dialect", async () => {
    await start();
    vendor.behave({ kind: "sse", frames: STREAM });
    await ask({ ...streamed, max_tokens: 9 });
    const whole = await ask({ ...CERTAIN, max_tokens: 9 });
    expect(whole.headers["x-weir-cache"]).toBe("hit");
    expect(JSON.parse(whole.text)).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { content: "Hello" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 10, completion_tokens: 2 },
    });
    const others: readonly [string, object, string][] = [
      ["/v1/messages", { model: "openai/gpt-4o", messages, max_tokens: 9, temperature: 0 }, "event: message_stop"],
      [
        "/v1/responses",
        { model: "openai/gpt-4o", input: "hi", max_output_tokens: 9, temperature: 0 },
        "response.completed",
      ],
      [
        "/v1beta/models/openai/gpt-4o:generateContent",
        {
          contents: [{ role: "user", parts: [{ text: "hi" }] }],
          generationConfig: { temperature: 0, maxOutputTokens: 9 },
        },
        '"finishReason":"STOP"',
      ],
    ];
    for (const [url, body, end] of others) {
      const plain = await ask(body, {}, url);
      expect(plain.headers["x-weir-cache"], url).toBe("hit");
      expect(plain.text, url).toContain("Hello");
      const stream = url.includes("v1beta")
        ? await ask(body, {}, `${url.replace("generateContent", "streamGenerateContent")}?alt=sse`)
        : await ask({ ...body, stream: true }, {}, url);
      expect(stream.headers["x-weir-cache"], url).toBe("hit");
      expect(stream.headers["content-type"], url).toBe("text/event-stream");
      expect(stream.text, url).toContain(end);
    }
    expect(vendor.received).toHaveLength(1);
  });

  it("are not kept when they break or are cut", async () => {
    await start();
    vendor.behave({ kind: "sse", frames: STREAM.slice(0, 3), end: "reset" });
    await ask(streamed);
    vendor.behave({ kind: "sse", frames: STREAM.slice(0, 3) });
    await ask(streamed);
    expect(await cacheOf(streamed)).toBe("miss");
  });
});

describe("what is below memory", () => {
  it("survives a restart, sealed: the file holds neither question nor answer", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-cache-"));
    const path = join(folder, "weir.db");
    const open = () => buildTestApp({ config: configOf(""), storage: `sqlite:${path}` });
    vendor.behave({ kind: "json", body: { ...ANSWER, vendor_field: "a-very-secret-word" } });
    test = await open();
    const asked = { ...CERTAIN, messages: [{ role: "user", content: "another-secret-word" }] };
    const first = await ask(asked);
    await test.close();
    const files = [path, `${path}-wal`].filter((file) => existsSync(file)).map((file) => readFileSync(file, "latin1"));
    expect(files.join("")).not.toMatch(/secret-word/);
    test = await open();
    const second = await ask(asked);
    expect(second.headers["x-weir-cache"]).toBe("hit");
    expect(second.text).toBe(first.text);
    rmSync(folder, { recursive: true, force: true });
  });
});
