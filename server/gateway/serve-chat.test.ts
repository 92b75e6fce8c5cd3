import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import { seededRng } from "../../engine/rng.ts";
import type { Dialect } from "../dialect.ts";
import type { Provider } from "../provider.ts";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { readRaw } from "./read-call.ts";
import type { Settlement } from "./settlement.ts";
import type { Target } from "./target.ts";
import { upstreamBody } from "./upstream-body.ts";

const ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o-2024-08-06",
  vendor_field: { kept: true },
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: {
    prompt_tokens: 1000,
    completion_tokens: 10,
    total_tokens: 1010,
    prompt_tokens_details: { cached_tokens: 400 },
  },
};
const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", ...fields })}\n\n`;
const STREAM = [
  chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] }),
  chunk({ choices: [{ index: 0, delta: { content: "Hel" } }] }),
  chunk({ choices: [{ index: 0, delta: { content: "lo" } }] }),
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
  chunk({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 } }),
  "data: [DONE]\n\n",
];

let first: FaultUpstream;
let second: FaultUpstream;
let host: TestApp;
let gateway: Gateway;
let providers: ReadonlyMap<string, Provider>;
let dialects: ReadonlyMap<string, Dialect>;
let settled: Settlement[];

beforeAll(async () => {
  [first, second] = await Promise.all([startFaultUpstream(), startFaultUpstream()]);
  const config = `
upstreams:
  first: { provider: openai, baseUrl: "${first.url}/v1", apiKeys: [sk-one, sk-two], pricesFrom: openai }
  second: { provider: openai-compatible, baseUrl: "${second.url}/v1", pricesFrom: openai }
candidates:
  - { id: first/gpt-4o, upstream: first, resembles: large, price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10, cacheReadUsdPerMTok: 1.25 } }
  - { id: second/gpt-4o-mini, upstream: second, resembles: small, price: { inputUsdPerMTok: 0.15, outputUsdPerMTok: 0.6 } }
routes:
  default: { incumbent: first/gpt-4o, candidates: [second/gpt-4o-mini, first/gpt-4o], mode: active, activation: { override: test }, fallbacks: [second/gpt-4o-mini] }
  backed: { incumbent: first/gpt-4o, candidates: [first/gpt-4o], mode: active, activation: { override: test }, fallbacks: [second/gpt-4o-mini] }
auth: { required: false }
gateway: { retries: 1, backoffMs: 1, maxBackoffMs: 2, requestTimeoutMs: 4000 }
`;
  host = await buildTestApp({ config });
  providers = await discover<Provider>(new URL("../providers/", import.meta.url));
  dialects = await discover<Dialect>(new URL("../dialects/", import.meta.url));
});

// A gateway a test: circuit breakers remember.
beforeEach(() => {
  settled = [];
  gateway = createGateway(host.service.settings, {
    providers,
    dialects,
    routers: host.service.routers,
    clock: () => Date.now(),
    rng: seededRng(1),
    onSettled: (settlement) => settled.push(settlement),
  });

  first.received.length = 0;
  second.received.length = 0;
});

afterEach(() => gateway.close());

afterAll(async () => {
  await host.close();
  await Promise.all([first.close(), second.close()]);
});

async function ask(body: object, headers: Record<string, string> = {}, signal = new AbortController().signal) {
  const answer = await gateway.serve({
    requestId: "req_1",
    dialect: dialects.get("openai-chat")!,
    body: Buffer.from(JSON.stringify(body)),
    path: { model: null, stream: null },
    headers,
    keyId: null,
    signal,
  });
  if (typeof answer.body === "string" || Buffer.isBuffer(answer.body))
    return { ...answer, text: answer.body.toString() };
  let text = "";
  for await (const piece of answer.body) text += piece.toString();
  return { ...answer, text };
}

const messages = [{ role: "user", content: "hi" }];

describe("same dialect on both sides", () => {
  it("passes the body with only the model's name replaced and the answer with every vendor field", async () => {
    first.behave({ kind: "json", body: ANSWER });
    const answer = await ask({ model: "first/gpt-4o", messages, unknown_field: [1, 2], temperature: 0.1 });
    expect(JSON.parse(first.received[0]!.body)).toEqual({
      model: "gpt-4o",
      messages,
      unknown_field: [1, 2],
      temperature: 0.1,
    });
    expect(JSON.parse(answer.text)).toEqual(ANSWER);
    expect(first.received[0]!.headers.authorization).toBe("Bearer sk-one");
  });

  it("settles exactly: uncached and cached input and output at their own price", async () => {
    first.behave({ kind: "json", body: ANSWER });
    const answer = await ask({ model: "first/gpt-4o", messages });
    // by hand: 600 x $2.5/M + 400 x $1.25/M + 10 x $10/M = $0.0021
    expect(answer.headers["x-weir-cost-usd"]).toBe("0.0021");
    expect(settled).toHaveLength(1);
    expect(settled[0]).toMatchObject({ costNanoUsd: 2_100_000, status: 200, error: null });
  });

  it("asks for usage on streams and hides the usage chunk from a client that did not", async () => {
    first.behave({ kind: "sse", frames: STREAM });
    const answer = await ask({ model: "first/gpt-4o", messages, stream: true });
    expect(JSON.parse(first.received[0]!.body).stream_options).toEqual({ include_usage: true });
    expect(answer.text).not.toContain('"usage"');
    expect(answer.text.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(settled[0]!.usage).toMatchObject({ inputUncached: 20, output: 2, estimated: false });
  });

  it("keeps the usage chunk for a client that asked", async () => {
    first.behave({ kind: "sse", frames: STREAM });
    const answer = await ask({
      model: "first/gpt-4o",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(answer.text).toContain('"prompt_tokens":20');
  });
});

describe("a vendor that names the model in its URL", () => {
  it("gets an untouched body with its own field where the model's name stood", () => {
    const bytes = Buffer.from('{"stream":true, "model" : "claude","max_tokens":5,"unknown":[1]}');
    const { body } = upstreamBody(
      readRaw(bytes),
      () => {
        throw new Error("parsed");
      },
      { model: "claude-x", provider: providers.get("vertex")!.ofModel!("claude-x")! } as Target,
      true,
      {},
    );
    expect(body.toString()).toBe(
      '{"stream":true, "anthropic_version":"vertex-2023-10-16","max_tokens":5,"unknown":[1]}',
    );
  });
});

describe("a proof of another vendor's model", () => {
  it("is not sent to a vendor that would refuse it, although both sides speak one dialect", async () => {
    first.behave({ kind: "json", body: ANSWER });
    const details = [{ type: "reasoning.text", text: "hm", signature: "weir.google.abc", format: "google-gemini-v1" }];
    const turns = [...messages, { role: "assistant", content: "ho", reasoning_details: details }, ...messages];
    const answer = await ask({ model: "first/gpt-4o", messages: turns });
    expect(answer.status).toBe(200);
    expect(first.received[0]!.body).not.toContain("weir.google.");
    expect(JSON.parse(first.received[0]!.body)).toMatchObject({
      model: "gpt-4o",
      messages: [{}, { content: "ho" }, {}],
    });
  });
});

describe("faults upstream", () => {
  it("cost nothing and say so, with the time that was ours, when nobody answers", async () => {
    first.behave({ kind: "json", status: 500, body: { error: { message: "boom" } } });
    const answer = await ask({ model: "first/gpt-4o", messages });
    expect(answer.status).toBe(500);
    expect(answer.headers["x-weir-cost-usd"]).toBe("0");
    // The log says that no model answered; the client is told whose fault it hears, and after how many tries.
    expect(settled[0]!.candidate).toBeNull();
    expect(answer.headers).toMatchObject({
      "x-weir-model": "first/gpt-4o",
      "x-weir-attempts": "2",
      "x-weir-decision": "named",
    });
    expect(settled[0]!.overheadMs).toBeGreaterThan(0);
    expect(settled[0]!.overheadMs).toBeLessThan(settled[0]!.durationMs);
  });

  it("retries a passing fault at the same upstream", async () => {
    first.behave({ kind: "json", status: 500, body: { error: { message: "boom" } } }, { kind: "json", body: ANSWER });
    const answer = await ask({ model: "first/gpt-4o", messages });
    expect(answer.status).toBe(200);
    expect(settled[0]!.attempts.map(({ outcome, status }) => [outcome, status])).toEqual([
      ["server_error", 500],
      ["ok", 200],
    ]);
  });

  it.each([
    { name: "a broken socket", fault: { kind: "reset" } as const },
    { name: "an HTML page", fault: { kind: "text", status: 502, body: "<html>" } as const },
    { name: "200 that is not JSON", fault: { kind: "text", status: 200, body: "<html>" } as const },
    { name: "an overload", fault: { kind: "json", status: 529, body: { error: { message: "busy" } } } as const },
    { name: "silence", fault: { kind: "stall" } as const },
  ])("falls back after $name", async ({ fault }) => {
    first.behave(fault);
    second.behave({ kind: "json", body: ANSWER });
    const answer = await ask({ model: "weir/backed", messages });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-weir-model"]).toBe("second/gpt-4o-mini");
  });

  it("takes the next key when one is refused", async () => {
    first.behave(
      { kind: "json", status: 401, body: { error: { message: "bad key", code: "invalid_api_key" } } },
      { kind: "json", body: ANSWER },
    );
    const answer = await ask({ model: "weir/backed", messages });
    expect(answer.status).toBe(200);
    const used = first.received.map(({ headers }) => headers.authorization);
    expect(new Set(used).size).toBe(used.length);
  });

  it("tells the client's own fault at once and asks nobody else", async () => {
    first.behave({
      kind: "json",
      status: 400,
      body: { error: { message: "bad temperature", type: "invalid_request_error", param: "temperature", code: null } },
    });
    const answer = await ask({ model: "weir/backed", messages });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).error).toMatchObject({ message: "bad temperature", param: "temperature" });
    expect(second.received).toHaveLength(0);
  });

  it("falls back when a stream breaks before its first content", async () => {
    first.behave({ kind: "sse", frames: STREAM.slice(0, 1), end: "reset" });
    second.behave({ kind: "sse", frames: STREAM });
    const answer = await ask({ model: "weir/backed", messages, stream: true });
    expect(answer.text).toContain('"lo"');
    expect(settled[0]!.error).toBeNull();
  });

  it("tells a fault after the first content in the stream, without [DONE], and settles an estimate", async () => {
    first.behave({ kind: "sse", frames: STREAM.slice(0, 2), gapMs: 20, end: "reset" });
    const answer = await ask({ model: "weir/backed", messages, stream: true });
    expect(answer.text).toContain('{"error":');
    expect(answer.text).not.toContain("[DONE]");
    expect(settled[0]!.usage).toMatchObject({ estimated: true, output: 1 });
  });
});

it("no upstream may be silent for ever: without a limit of its own a silence may last as long as a request", () => {
  const { requestTimeoutMs, silenceTimeoutMs } = host.service.settings.gateway;
  expect([requestTimeoutMs, silenceTimeoutMs]).toEqual([4000, undefined]);
  expect(gateway.state.limits.silenceMs).toBe(requestTimeoutMs);
});

describe("a client that leaves", () => {
  it("before anything came back has its try on record, so that what the upstream did is counted", async () => {
    first.behave({ kind: "stall" });
    const controller = new AbortController();
    const pending = ask({ model: "first/gpt-4o", messages }, {}, controller.signal);
    const gone = expect(pending).rejects.toThrow("left");
    await expect.poll(() => first.received.length).toBe(1);
    controller.abort(new Error("left"));
    await gone;
    expect(settled).toHaveLength(1);
    const { usage, costNanoUsd, candidate, incumbentCostNanoUsd } = settled[0]!;
    expect(settled[0]).toMatchObject({ status: 499, error: "client_left" });
    expect(settled[0]!.attempts).toMatchObject([{ upstream: "first", model: "gpt-4o", outcome: "client_left" }]);
    expect(candidate?.candidateId).toBe("first/gpt-4o");
    expect(usage).toMatchObject({ output: 0, estimated: true });
    expect(usage!.inputUncached).toBeGreaterThan(0);
    // $2.5 per million tokens; nothing was answered, so nothing was saved.
    expect([costNanoUsd, incumbentCostNanoUsd]).toEqual([usage!.inputUncached * 2500, null]);
  });

  it("costs nothing while nobody is being asked: before the first try or between two of them", async () => {
    const gone = new AbortController();
    gone.abort(new Error("left"));
    await expect(ask({ model: "first/gpt-4o", messages }, {}, gone.signal)).rejects.toThrow("left");
    expect(settled[0]).toMatchObject({ status: 499, usage: null, candidate: null, costNanoUsd: 0 });
  });

  it("has its upstream call closed at once and is settled", async () => {
    first.behave({ kind: "sse", frames: STREAM.slice(0, 3), end: "stall" });
    const controller = new AbortController();
    const answer = await gateway.serve({
      requestId: "req_2",
      dialect: dialects.get("openai-chat")!,
      body: Buffer.from(JSON.stringify({ model: "first/gpt-4o", messages, stream: true })),
      path: { model: null, stream: null },
      headers: {},
      keyId: null,
      signal: controller.signal,
    });
    const body = answer.body as AsyncGenerator<Buffer | string, void, void>;
    await body.next();
    controller.abort(new Error("left"));
    await body.return();
    await first.received[0]!.closed; // within what time is for `bench:load` to say
    expect(settled).toHaveLength(1);
    expect(settled[0]!.error).toBe("client_left");
  });
});

describe("model names", () => {
  it("names near matches of an unknown model", async () => {
    const answer = await ask({ model: "first/gpt-4", messages });
    // an upstream of that name is configured, so the model is taken at its word
    expect(answer.status).not.toBe(404);
    const unknown = await ask({ model: "gpt-4o-mni", messages });
    expect(unknown.status).toBe(404);
    expect(JSON.parse(unknown.text).error.message).toContain("gpt-4o-mini");
    expect(unknown.headers).toMatchObject({ "x-weir-attempts": "0" });
    for (const name of ["x-weir-model", "x-weir-decision"]) expect(unknown.headers).not.toHaveProperty(name);
  });

  it("says of a model that the client chose that it was named", async () => {
    first.behave({ kind: "json", body: ANSWER });
    const { headers } = await ask({ model: "first/gpt-4o", messages });
    expect(headers).toMatchObject({
      "x-weir-model": "first/gpt-4o",
      "x-weir-decision": "named",
      "x-weir-attempts": "1",
    });
  });

  it("routes weir/auto by the engine and says what it chose and why", async () => {
    first.behave({ kind: "json", body: ANSWER });
    second.behave({ kind: "json", body: ANSWER });
    const answer = await ask({ model: "weir/auto", messages });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-weir-decision"]).toBeDefined();
    expect(["first/gpt-4o", "second/gpt-4o-mini"]).toContain(answer.headers["x-weir-model"]);
  });
});
