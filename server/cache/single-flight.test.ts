import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogEntry } from "../log/entry.ts";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";

/** An upstream that answers when the test says so. */
let upstream: Server;
let calls: { readonly response: ServerResponse; readonly left: Promise<void> }[];
let test: TestApp;

const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", ...fields })}\n\n`;
const said = (content: string) => chunk({ choices: [{ index: 0, delta: { content } }] });
const END = [
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
  chunk({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 } }),
  "data: [DONE]\n\n",
].join("");
const ANSWER = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
});
const BODY = { model: "openai/gpt-4o", messages: [{ role: "user", content: "hi" }], temperature: 0 };

beforeEach(async () => {
  calls = [];
  upstream = createServer((request, response) => {
    const left = new Promise<void>((resolve) => response.once("close", resolve));
    request.resume().on("end", () => calls.push({ response, left }));
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const { port } = upstream.address() as AddressInfo;
  test = await buildTestApp({
    config: `
upstreams: { openai: { provider: openai, baseUrl: "http://127.0.0.1:${port}/v1", apiKey: sk } }
candidates:
  - { id: openai/gpt-4o, upstream: openai, resembles: large, price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10 } }
routes: { default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o], mode: active, activation: { override: test } } }
auth: { required: false }
gateway: { retries: 1, backoffMs: 1, maxBackoffMs: 2 }
`,
  });
});
afterEach(async () => {
  upstream.closeAllConnections();
  await test.close();
  upstream.close();
});

const json = { "content-type": "application/json" };
const ask = (body: object = BODY, headers: Record<string, string> = {}) =>
  test.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    payload: JSON.stringify(body),
    headers: { ...json, ...headers },
  });
const called = (count: number) => expect.poll(() => calls.length, { interval: 2 }).toBe(count);
const waiting = (count: number) =>
  expect.poll(() => test.service.gateway.deps.cache!.state.waiting, { interval: 2 }).toBe(count);

function fail(index: number, status = 500): void {
  calls[index]!.response.writeHead(status, json).end("{}");
}

function answer(index: number): void {
  calls[index]!.response.writeHead(200, json).end(ANSWER);
}

async function entryOf(response: { headers: Record<string, unknown> }): Promise<LogEntry> {
  await test.service.requestLog.flush(5_000);
  return (await test.service.requestLog.find(String(response.headers["x-weir-request-id"])))!;
}

/** A client over the gateway itself, which can leave. */
async function client(body: object) {
  const controller = new AbortController();
  const { gateway } = test.service;
  const answered = gateway.serve({
    requestId: `req_${clients++}`,
    dialect: gateway.dialects.get("openai-chat")!,
    body: Buffer.from(JSON.stringify(body)),
    path: { model: null, stream: null },
    headers: {},
    keyId: null,
    signal: controller.signal,
  });
  answered.catch(() => {});
  return { answered, leave: () => controller.abort(new Error("left")) };
}
let clients = 0;

type Body = AsyncGenerator<Buffer | string, void, void>;
async function next(body: Body): Promise<string> {
  for (;;) {
    const { value, done } = await body.next();
    if (done === true) return "";
    if (value.length > 0) return String(value);
  }
}
async function rest(body: Body): Promise<string> {
  let text = "";
  for await (const piece of body) text += String(piece);
  return text;
}

describe("identical requests under way", () => {
  it("make one upstream call that one of them pays", async () => {
    const asked = Array.from({ length: 200 }, (_, i) => ask(i % 2 === 0 ? BODY : { ...BODY, stream: true }));
    await waiting(200);
    await called(1);
    answer(0);
    const answers = await Promise.all(asked);
    expect(answers.every(({ statusCode, body }) => statusCode === 200 && body.includes("Hello"))).toBe(true);
    const outcomes = answers.map(({ headers }) => headers["x-weir-cache"]);
    expect(outcomes.filter((one) => one === "miss")).toHaveLength(1);
    expect(outcomes.filter((one) => one === "hit")).toHaveLength(199);
    const costs = await Promise.all(answers.map(async (one) => (await entryOf(one)).costNanoUsd));
    expect(costs.reduce((sum, cost) => sum! + cost!, 0)).toBe(45_000);
    expect((await ask()).headers["x-weir-cache"]).toBe("hit");
    expect(calls).toHaveLength(1);
    expect(test.service.gateway.deps.cache!.state.flights).toBe(0);
  });

  it("hear of a failing upstream together, after its retries and no more, and leave nothing behind", async () => {
    const asked = Array.from({ length: 200 }, () => ask());
    await waiting(200);
    await called(1);
    fail(0);
    await called(2);
    expect(calls).toHaveLength(2);
    fail(1);
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([500]));
    expect(calls).toHaveLength(2);
    expect(test.service.gateway.deps.cache!.state).toMatchObject({ flights: 0, waiting: 0 });
    const entries = await Promise.all(answers.map(entryOf));
    // What was tried is told of once, or metrics would count 200 tries.
    expect(
      entries
        .map(({ attempts }) => attempts.length)
        .sort((a, b) => b - a)
        .slice(0, 2),
    ).toEqual([2, 0]);
    const again = ask();
    await called(3);
    answer(2);
    expect((await again).headers["x-weir-cache"]).toBe("miss");
  });

  it("ask once more together when time ran out for the one that set the call off", async () => {
    const asked = Array.from({ length: 20 }, () => ask());
    await waiting(20);
    for (let tried = 0; tried < 2; tried++) {
      await called(tried + 1);
      fail(tried, 504);
    }
    await called(3);
    answer(2);
    const answers = await Promise.all(asked);
    const statuses = answers.map(({ statusCode }) => statusCode).sort();
    expect(statuses).toEqual([...Array.from({ length: 19 }, () => 200), 504]);
    expect(calls).toHaveLength(3);
  });

  it("ask no more than three times for one that never answers in time", async () => {
    const asked = Array.from({ length: 200 }, () => ask());
    await waiting(200);
    for (let tried = 0; tried < 6; tried++) {
      await called(tried + 1);
      fail(tried, 504);
    }
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([504]));
    expect(calls).toHaveLength(6);
  });

  it("let none wait longer than its own time", async () => {
    const patient = ask();
    await called(1);
    expect((await ask(BODY, { "x-weir-timeout-ms": "50" })).statusCode).toBe(504);
    answer(0);
    expect((await patient).statusCode).toBe(200);
  });

  it("are answered though the one that set the call off leaves, and the next one pays", async () => {
    const first = await client(BODY);
    await called(1);
    const second = ask();
    await waiting(2);
    first.leave();
    await expect(first.answered).rejects.toThrow("left");
    answer(0);
    const answered = await second;
    expect(answered.statusCode).toBe(200);
    expect(answered.headers["x-weir-cost-usd"]).toBe("0.000045");
    expect(calls).toHaveLength(1);
  });

  it("end the upstream's call when all of them have left", async () => {
    const both = [await client(BODY), await client(BODY)];
    await called(1);
    await waiting(2);
    for (const { leave } of both) leave();
    await calls[0]!.left;
    expect(test.service.gateway.deps.cache!.state).toMatchObject({ flights: 0, waiting: 0 });
  });
});

describe("a stream under way", () => {
  const STREAMED = { ...BODY, stream: true };

  it("is read by those who come later from its beginning, and by one that wants it whole", async () => {
    const first = await client(STREAMED);
    await called(1);
    const { response } = calls[0]!;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(said("Hel"));
    const body = (await first.answered).body as Body;
    expect(await next(body)).toContain("Hel");
    const late = await client(STREAMED);
    const whole = ask(BODY);
    expect(await next((await late.answered).body as Body)).toContain("Hel");
    await waiting(3);
    response.end(said("lo") + END);
    expect(await rest(body)).toContain("[DONE]");
    expect(await rest((await late.answered).body as Body)).toContain("[DONE]");
    expect(JSON.parse((await whole).body).choices[0].message.content).toBe("Hello");
    expect(calls).toHaveLength(1);
  });

  it("goes on when its first reader leaves; whoever pays last pays all, and the last one out ends it", async () => {
    const readers = [await client(STREAMED), await client(STREAMED)];
    await called(1);
    const { response, left } = calls[0]!;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(said("Hel"));
    const bodies = await Promise.all(readers.map(async ({ answered }) => (await answered).body as Body));
    for (const body of bodies) expect(await next(body)).toContain("Hel");
    readers[0]!.leave();
    await bodies[0]!.return();
    response.write(said("lo"));
    expect(await next(bodies[1]!)).toContain("lo");
    readers[1]!.leave();
    await bodies[1]!.return();
    await left;
    expect(test.service.gateway.deps.cache!.state).toMatchObject({ flights: 0, waiting: 0 });
  });

  it("that breaks is told to each in its own form, and is asked anew by the next", async () => {
    const first = await client(STREAMED);
    await called(1);
    const whole = ask(BODY);
    await waiting(2);
    const { response } = calls[0]!;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(said("Hel"));
    const body = (await first.answered).body as Body;
    expect(await next(body)).toContain("Hel");
    response.destroy();
    expect(await rest(body)).toContain('{"error":');
    expect((await whole).statusCode).toBeGreaterThanOrEqual(500);
    const again = ask(BODY);
    await called(2);
    answer(1);
    expect((await again).headers["x-weir-cache"]).toBe("miss");
  });
});
