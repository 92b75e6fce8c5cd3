import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type Behaviour, type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";
import type { Settlement } from "./settlement.ts";
import type { Stage } from "./stage.ts";

let mistral: FaultUpstream;
let google: FaultUpstream;
let other: FaultUpstream;
let test: TestApp;
let capped: TestApp;
const settled: Settlement[] = [];
const watching: Stage = {
  name: "watching",
  admit: ({ candidates }) => ({ candidates, headers: {}, settle: (settlement) => void settled.push(settlement) }),
};

const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
/** 10 and 2 tokens at $1 and $10 per million. */
const COST_NANO_USD = 30_000;
const HEAD = { id: "c", object: "chat.completion.chunk", created: 1, model: "m" };
const frame = (json: unknown) => `data: ${JSON.stringify(json)}\n\n`;
const chunk = (delta: object, finish_reason: string | null = null, choice: object = {}) =>
  frame({ ...HEAD, choices: [{ index: 0, delta, finish_reason, ...choice }] });

function stream(...frames: string[]): Behaviour {
  return { kind: "sse", frames: [...frames, frame({ ...HEAD, choices: [], usage }), "data: [DONE]\n\n"] };
}
function whole(content: string, finish_reason: string, choice: object = {}): Behaviour {
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason, ...choice }];
  return { kind: "json", body: { ...HEAD, object: "chat.completion", choices, usage } };
}

const fault = { code: 502, message: "Provider returned error" };
const STREAMS: readonly (readonly [string, Behaviour])[] = [
  ["Mistral's reason", stream(chunk({ role: "assistant", content: "Half" }), chunk({ content: "" }, "error"))],
  [
    "OpenRouter's fault in a choice",
    stream(chunk({ role: "assistant", content: "Half" }), chunk({}, "error", { error: fault })),
  ],
];
const WHOLES: readonly (readonly [string, Behaviour])[] = [
  ["Mistral's reason", whole("Half", "error")],
  ["OpenRouter's fault in a choice", whole("Half", "error", { error: fault })],
];
const GEMINI_BROKEN = {
  candidates: [
    { index: 0, content: { role: "model", parts: [{ text: "Half" }] }, finishReason: "MALFORMED_FUNCTION_CALL" },
  ],
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 2, totalTokenCount: 12 },
  modelVersion: "gemini",
};

const DIALECTS = {
  chat: { url: "/v1/chat/completions", body: { messages: [{ role: "user", content: "hi" }] } },
  responses: { url: "/v1/responses", body: { input: "hi" } },
  anthropic: { url: "/v1/messages", body: { max_tokens: 20, messages: [{ role: "user", content: "hi" }] } },
} as const;
type Name = keyof typeof DIALECTS;

beforeAll(async () => {
  [mistral, google, other] = await Promise.all([startFaultUpstream(), startFaultUpstream(), startFaultUpstream()]);
  const config = `
upstreams:
  m: { provider: mistral, baseUrl: "${mistral.url}/v1", apiKey: k }
  n: { provider: mistral, baseUrl: "${mistral.url}/v1", apiKey: k }
  o: { provider: openai-compatible, baseUrl: "${other.url}/v1", apiKey: k }
  g: { provider: google, baseUrl: "${google.url}", apiKey: g }
candidates:
  - { id: m/one, upstream: m, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 10 } }
  - { id: n/one, upstream: n, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 10 } }
  - { id: o/two, upstream: o, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 10 } }
  - { id: g/gemini-2.5-flash, upstream: g, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 10 } }
routes:
  falls: { incumbent: n/one, candidates: [n/one], mode: "off", fallbacks: [o/two] }
auth: { required: false }
`;
  test = await buildTestApp({ config: `${config}gateway: { retries: 0 }`, stages: [watching] });
  const budgets = "budgets: [{ scope: global, usd: 1, window: 1d }]";
  capped = await buildTestApp({
    config: `${config}gateway: { retries: 2, backoffMs: 1 }\n${budgets}`,
    stages: [watching],
  });
});
afterAll(async () => {
  await Promise.all([test.close(), capped.close()]);
  await Promise.all([mistral.close(), google.close(), other.close()]);
});
beforeEach(() => {
  settled.length = 0;
  mistral.received.length = 0;
});

async function ask(url: string, body: object) {
  const { statusCode: status, headers, body: text } = await test.app.inject({ method: "POST", url, payload: body });
  return { status, headers, text };
}

const askIn = (name: Name, more: object) => ask(DIALECTS[name].url, { ...DIALECTS[name].body, ...more });

const ERROR: Readonly<Record<Name, (text: string) => void>> = {
  chat(text) {
    expect(text).toMatch(/data: \{"error":\{"message":/);
    expect(text).not.toContain("[DONE]");
  },
  responses(text) {
    expect(text).toContain("event: response.failed");
    expect(text).not.toContain("response.completed");
  },
  anthropic(text) {
    expect(text).toContain("event: error");
    expect(text).not.toContain("message_stop");
  },
};

describe("an answer that its vendor breaks off by its reason to end", () => {
  const inEach = STREAMS.flatMap(([by, behaviour]) =>
    (Object.keys(DIALECTS) as Name[]).map((name) => [by, name, behaviour] as const),
  );

  it.each(inEach)(
    "by %s in a stream is the error of %s, and settled as failed with its cost",
    async (_, name, said) => {
      mistral.behave(said);
      const { status, text } = await askIn(name, { model: "m/one", stream: true });
      expect(status).toBe(200);
      expect(text).toContain("Half");
      ERROR[name](text);
      expect(settled).toMatchObject([{ error: "server_error", costNanoUsd: COST_NANO_USD }]);
    },
  );

  it.each(WHOLES)("by %s is an error of every dialect, with its cost", async (_, said) => {
    mistral.behave(said);
    for (const name of Object.keys(DIALECTS) as Name[]) {
      const { status, text } = await askIn(name, { model: "m/one" });
      expect(status, text).toBeGreaterThanOrEqual(500);
      expect(JSON.parse(text).error.message).toMatch(/broke its answer off|Provider returned error/);
    }
    const failed = { error: "server_error", costNanoUsd: COST_NANO_USD };
    expect(settled).toMatchObject([failed, failed, failed]);
  });

  it("is answered by a fallback, and both are paid", async () => {
    mistral.behave(whole("Half", "error"));
    other.behave(whole("All of it", "stop"));
    const { status, text } = await askIn("chat", { model: "weir/falls" });
    expect([status, JSON.parse(text).choices[0].message.content]).toEqual([200, "All of it"]);
    expect(settled).toMatchObject([{ error: null, costNanoUsd: 2 * COST_NANO_USD }]);
    expect(settled[0]!.attempts.map(({ outcome }) => outcome)).toEqual(["server_error", "ok"]);
  });

  it("is told at once where a hard budget counts it: a second call was not reserved", async () => {
    mistral.behave(whole("Half", "error"));
    other.behave(whole("All of it", "stop"));
    const payload = { ...DIALECTS.chat.body, model: "weir/falls", max_tokens: 20 };
    const { statusCode } = await capped.app.inject({ method: "POST", url: DIALECTS.chat.url, payload });
    expect(statusCode).toBeGreaterThanOrEqual(500);
    expect(mistral.received).toHaveLength(1);
    expect(settled).toMatchObject([{ error: "server_error", costNanoUsd: COST_NANO_USD }]);
  });

  it("before a word of a stream is answered by a fallback, and both are paid", async () => {
    mistral.behave(stream(chunk({ role: "assistant", content: "" }), chunk({}, "error")));
    other.behave(stream(chunk({ role: "assistant", content: "All of it" }), chunk({}, "stop")));
    const { text } = await askIn("anthropic", { model: "weir/falls", stream: true });
    expect(text).toContain("All of it");
    expect(settled).toMatchObject([{ error: null, costNanoUsd: 2 * COST_NANO_USD }]);
  });
});

describe("an answer that Google breaks off", () => {
  const contents = [{ role: "user", parts: [{ text: "hi" }] }];
  const failed = { error: "bad_response", costNanoUsd: COST_NANO_USD };

  it("is Google's own to Google's clients, who look for its reason, and settled as failed", async () => {
    google.behave({ kind: "json", body: GEMINI_BROKEN });
    const said = await ask("/v1beta/models/g/gemini-2.5-flash:generateContent", { contents });
    expect([said.status, JSON.parse(said.text)]).toEqual([200, GEMINI_BROKEN]);
    google.behave({ kind: "sse", frames: [`data: ${JSON.stringify(GEMINI_BROKEN)}\r\n\r\n`] });
    const streamed = await ask("/v1beta/models/g/gemini-2.5-flash:streamGenerateContent?alt=sse", { contents });
    expect(JSON.parse(/^data: (.*)$/m.exec(streamed.text)![1]!)).toEqual(GEMINI_BROKEN);
    expect(streamed.text).not.toContain('"error"');
    expect(settled).toMatchObject([failed, failed]);
  });

  it.each(Object.keys(DIALECTS) as Name[])("is an error in %s, streamed and not", async (name) => {
    google.behave({ kind: "json", body: GEMINI_BROKEN });
    const { status } = await askIn(name, { model: "g/gemini-2.5-flash" });
    expect(status).toBeGreaterThanOrEqual(500);
    google.behave({ kind: "sse", frames: [`data: ${JSON.stringify(GEMINI_BROKEN)}\r\n\r\n`] });
    const { text } = await askIn(name, { model: "g/gemini-2.5-flash", stream: true });
    expect(text).toContain("Half");
    ERROR[name](text);
    expect(settled.map(({ costNanoUsd }) => costNanoUsd)).toEqual([COST_NANO_USD, COST_NANO_USD]);
  });
});
