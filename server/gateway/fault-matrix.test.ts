import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import { seededRng } from "../../engine/rng.ts";
import type { Dialect } from "../dialect.ts";
import type { Provider } from "../provider.ts";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type Behaviour, type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import type { Settlement } from "./settlement.ts";

const frame = (fields: object) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", ...fields })}\n\n`;
const STREAM = [
  frame({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] }),
  frame({ choices: [{ index: 0, delta: { content: "Hel" } }] }),
  frame({ choices: [{ index: 0, delta: { content: "lo" }, finish_reason: "stop" }] }),
  frame({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 } }),
  "data: [DONE]\n\n",
];
const ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 },
};
const error = (message: string, code: string | null = null) => ({ error: { message, type: "t", param: null, code } });

/** How an upstream may fail before it has said anything, and what a client is told when nobody else is there. */
const FIRST_FAULTS: Readonly<Record<string, { behaviour: Behaviour; status: number }>> = {
  "broken socket": { behaviour: { kind: "reset" }, status: 502 },
  silence: { behaviour: { kind: "stall" }, status: 504 },
  "500": { behaviour: { kind: "json", status: 500, body: error("boom") }, status: 500 },
  "503": { behaviour: { kind: "json", status: 503, body: error("down") }, status: 503 },
  "529": { behaviour: { kind: "json", status: 529, body: error("busy") }, status: 503 },
  "504": { behaviour: { kind: "json", status: 504, body: error("late") }, status: 504 },
  "429 without a wait": { behaviour: { kind: "json", status: 429, body: error("slow") }, status: 429 },
  "429 with a long wait": {
    behaviour: { kind: "json", status: 429, headers: { "retry-after": "3600" }, body: error("slow") },
    status: 429,
  },
  "401": { behaviour: { kind: "json", status: 401, body: error("key", "invalid_api_key") }, status: 401 },
  "402": { behaviour: { kind: "json", status: 402, body: error("pay", "insufficient_quota") }, status: 402 },
  "403": { behaviour: { kind: "json", status: 403, body: error("no") }, status: 403 },
  "404": { behaviour: { kind: "json", status: 404, body: error("model", "model_not_found") }, status: 404 },
  "413": { behaviour: { kind: "json", status: 413, body: error("large") }, status: 413 },
  "HTML with 502": { behaviour: { kind: "text", status: 502, body: "<html>bad gateway</html>" }, status: 502 },
  "HTML with 200": { behaviour: { kind: "text", status: 200, body: "<html>hello</html>" }, status: 502 },
  redirect: { behaviour: { kind: "text", status: 302, headers: { location: "/x" }, body: "" }, status: 502 },
  "JSON of another kind": { behaviour: { kind: "json", body: { hello: 1 } }, status: 502 },
};

/** How a stream may fail before its first content: as good as no answer. */
const EARLY_STREAM_FAULTS: Readonly<Record<string, Behaviour>> = {
  "reset after the role": { kind: "sse", frames: STREAM.slice(0, 1), end: "reset" },
  "end after the role": { kind: "sse", frames: STREAM.slice(0, 1) },
  "silence after the role": { kind: "sse", frames: STREAM.slice(0, 1), end: "stall" },
  "an error as first frame": { kind: "sse", frames: [`data: ${JSON.stringify(error("overloaded"))}\n\n`] },
  "broken JSON as first frame": { kind: "sse", frames: ["data: {oops\n\n"] },
  "no frame at all": { kind: "sse", frames: [] },
  "only comments": { kind: "sse", frames: [": hi\n\n", ": hi\n\n"] },
};

/** How a stream may fail once its answer has begun: told in the stream, because it cannot be taken back. */
const LATE_STREAM_FAULTS: Readonly<Record<string, Behaviour>> = {
  reset: { kind: "sse", frames: STREAM.slice(0, 2), gapMs: 10, end: "reset" },
  "early end": { kind: "sse", frames: STREAM.slice(0, 2), gapMs: 10 },
  silence: { kind: "sse", frames: STREAM.slice(0, 2), end: "stall" },
  "a frame cut in its middle": { kind: "sse", frames: [...STREAM.slice(0, 2), STREAM[2]!.slice(0, 40)], gapMs: 10 },
  "an error frame": {
    kind: "sse",
    frames: [...STREAM.slice(0, 2), `data: ${JSON.stringify(error("boom"))}\n\n`],
    gapMs: 10,
  },
};

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
  first: { provider: openai, baseUrl: "${first.url}/v1", apiKey: sk-one }
  second: { provider: openai-compatible, baseUrl: "${second.url}/v1" }
candidates:
  - { id: first/a, upstream: first, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } }
  - { id: second/b, upstream: second, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } }
routes:
  default: { incumbent: first/a, candidates: [first/a], mode: active, activation: { override: test } }
  backed: { incumbent: first/a, candidates: [first/a], mode: active, activation: { override: test }, fallbacks: [second/b] }
auth: { required: false }
gateway: { retries: 1, backoffMs: 1, maxBackoffMs: 2, requestTimeoutMs: 2400, silenceTimeoutMs: 800 }
`;
  host = await buildTestApp({ config });
  providers = await discover<Provider>(new URL("../providers/", import.meta.url));
  dialects = await discover<Dialect>(new URL("../dialects/", import.meta.url));
});

// A gateway a test: health is remembered.
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

async function ask(model: string, stream: boolean, dialect = "openai-chat", signal = new AbortController().signal) {
  const messages = [{ role: "user", content: "hi" }];
  const answer = await gateway.serve({
    requestId: "req_1",
    dialect: dialects.get(dialect)!,
    body: Buffer.from(JSON.stringify({ model, messages, stream, max_tokens: 50 })),
    path: { model: null, stream: null },
    headers: {},
    keyId: null,
    signal,
  });
  if (typeof answer.body === "string" || Buffer.isBuffer(answer.body))
    return { status: answer.status, headers: answer.headers, text: answer.body.toString() };
  let text = "";
  for await (const piece of answer.body) text += piece.toString();
  return { status: answer.status, headers: answer.headers, text };
}

describe.each(["openai-chat", "anthropic-messages"])("a client that speaks %s", (dialect) => {
  describe.each([false, true])("with stream: %s", (stream) => {
    it.each(Object.entries(FIRST_FAULTS))(
      "sees no fault by %s while a fallback is healthy",
      async (_, { behaviour }) => {
        first.behave(behaviour);
        second.behave(stream ? { kind: "sse", frames: STREAM } : { kind: "json", body: ANSWER });
        const { status, text, headers } = await ask("weir/backed", stream, dialect);
        expect(status, text).toBe(200);
        expect(text).not.toMatch(/"error"/);
        expect(text).toContain("lo");
        expect(headers["x-weir-model"]).toBe("second/b");
        expect(settled).toHaveLength(1);
      },
    );

    it.each(Object.entries(FIRST_FAULTS))(
      "is told of %s in its own shape when nobody else is there",
      async (name, fault) => {
        first.behave(fault.behaviour);
        const { status, text } = await ask("first/a", stream, dialect);
        const body = JSON.parse(text) as { type?: string; error: { message: string; type: string } };
        expect(typeof body.error.message).toBe("string");
        if (dialect === "anthropic-messages") expect(body.type).toBe("error");
        else expect(status, name).toBe(fault.status);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(settled).toHaveLength(1);
        expect(settled[0]).toMatchObject({ status, costNanoUsd: 0 });
        expect(settled[0]!.error).not.toBeNull();
      },
    );
  });

  it.each(Object.entries(EARLY_STREAM_FAULTS))(
    "sees no fault by %s in a stream while a fallback is healthy",
    async (_, behaviour) => {
      first.behave(behaviour);
      second.behave({ kind: "sse", frames: STREAM });
      const { text } = await ask("weir/backed", true, dialect);
      expect(text).toContain("lo");
      expect(text).not.toMatch(/"error"/);
      expect(settled[0]).toMatchObject({ error: null, status: 200 });
    },
  );

  it.each(Object.entries(EARLY_STREAM_FAULTS))(
    "is told of %s as a plain error when nobody else is there",
    async (_, behaviour) => {
      first.behave(behaviour);
      const { status, text } = await ask("first/a", true, dialect);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(JSON.parse(text).error.message).toBeTypeOf("string");
      expect(settled).toHaveLength(1);
    },
  );

  it.each(Object.entries(LATE_STREAM_FAULTS))(
    "is told of %s within the stream, without its end",
    async (_, behaviour) => {
      first.behave(behaviour);
      second.behave({ kind: "sse", frames: STREAM });
      const { status, text } = await ask("weir/backed", true, dialect);
      expect(status).toBe(200);
      expect(text).toMatch(/"error"/);
      expect(text).not.toContain("[DONE]");
      expect(text).not.toContain("message_stop");
      expect(second.received).toHaveLength(0);
      expect(settled).toHaveLength(1);
      expect(settled[0]!.error).not.toBeNull();
      expect(settled[0]!.usage).toMatchObject({ estimated: true });
      await first.received[0]!.closed;
    },
  );
});

describe("waiting", () => {
  it("sleeps through a short retry-after, and not through one that the fallback makes needless", async () => {
    first.behave(
      { kind: "json", status: 429, headers: { "retry-after-ms": "30" }, body: error("slow") },
      { kind: "json", body: ANSWER },
    );
    const began = performance.now();
    expect((await ask("first/a", false)).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
    expect(settled[0]!.attempts.map(({ outcome }) => outcome)).toEqual(["rate_limited", "ok"]);
  });

  it("lets others go first while an upstream asked for quiet", async () => {
    first.behave({ kind: "json", status: 429, headers: { "retry-after": "30" }, body: error("slow") });
    second.behave({ kind: "json", body: ANSWER });
    await ask("weir/backed", false);
    const asked = first.received.length;
    await ask("weir/backed", false);
    expect(first.received.length).toBe(asked);
    expect(settled[1]!.attempts.map(({ upstream }) => upstream)).toEqual(["second"]);
  });

  it("tells the shortest wait when every upstream is throttled", async () => {
    const throttled = (wait: string): Behaviour => ({
      kind: "json",
      status: 429,
      headers: { "retry-after": wait },
      body: error("slow"),
    });
    first.behave(throttled("50"));
    second.behave(throttled("20"));
    const { status, headers } = await ask("weir/backed", false);
    expect(status).toBe(429);
    expect(headers["retry-after"]).toBe("20");
  });

  it("diverts from an upstream that failed repeatedly, and still asks it when it is the only one", async () => {
    first.behave({ kind: "json", status: 500, body: error("boom") });
    second.behave({ kind: "json", body: ANSWER });
    for (let i = 0; i < 3; i++) await ask("weir/backed", false);
    const { headers } = await ask("weir/backed", false);
    expect(settled.at(-1)!.attempts.map(({ outcome }) => outcome)).toEqual(["circuit_open", "ok"]);
    // Who was passed over was not asked.
    expect(headers["x-weir-attempts"]).toBe("1");
    first.behave({ kind: "json", body: ANSWER });
    expect((await ask("first/a", false)).status).toBe(200);
  });
});

describe("settlement", () => {
  const behaviours = [
    ...Object.values(FIRST_FAULTS).map(({ behaviour }) => behaviour),
    ...Object.values(EARLY_STREAM_FAULTS),
    ...Object.values(LATE_STREAM_FAULTS),
    { kind: "sse", frames: STREAM } as const,
    { kind: "json", body: ANSWER } as const,
  ].filter((behaviour) => behaviour.kind !== "stall");

  it("comes exactly once, whatever upstreams do and whenever the client leaves", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...behaviours),
        fc.constantFrom(...behaviours),
        fc.boolean(),
        fc.constantFrom(null, 0, 1, 5, 20),
        fc.constantFrom("first/a", "weir/backed", "nobody/knows"),
        async (one, other, stream, leavesAfterMs, model) => {
          settled.length = 0;
          first.behave(one);
          second.behave(other);
          const client = new AbortController();
          if (leavesAfterMs !== null) setTimeout(() => client.abort(new Error("left")), leavesAfterMs);
          await ask(model, stream, "openai-chat", client.signal).catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, 5));
          expect(settled).toHaveLength(1);
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it("comes when a committed stream is never read", async () => {
    first.behave({ kind: "sse", frames: STREAM, gapMs: 5 });
    const answer = await gateway.serve({
      requestId: "req_1",
      dialect: dialects.get("openai-chat")!,
      body: Buffer.from(
        JSON.stringify({ model: "first/a", messages: [{ role: "user", content: "hi" }], stream: true }),
      ),
      path: { model: null, stream: null },
      headers: {},
      keyId: null,
      signal: new AbortController().signal,
    });
    await (answer.body as AsyncGenerator<Buffer>).return(undefined as never);
    expect(settled).toHaveLength(1);
    await first.received[0]!.closed;
  });

  it("closes the upstream at once of the client's leaving while the stream is silent", async () => {
    first.behave({ kind: "sse", frames: STREAM.slice(0, 2), end: "stall" });
    const client = new AbortController();
    const asking = ask("first/a", true, "openai-chat", client.signal).catch(() => {});
    await expect.poll(() => first.received.length).toBe(1);
    client.abort(new Error("left"));
    await first.received[0]!.closed;
    await asking;
    expect(settled).toHaveLength(1);
    expect(settled[0]).toMatchObject({ status: 499, error: "client_left" });
  });
});
