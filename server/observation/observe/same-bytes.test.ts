import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestApp } from "../../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../../testing/fault-upstream.ts";
import { buildObservedApp, observedConfig } from "../testing/observed-app.ts";

const text = "Say hello, and count to three.";
const messages = [{ role: "user", content: text }];
const contents = [{ role: "user", parts: [{ text }] }];
const gemini = (method: string) => `/v1beta/models/weir%2Fauto:${method}`;

/** Every dialect, whole and streamed. */
const CALLS: readonly { readonly name: string; readonly url: string; readonly payload: object }[] = [
  { name: "openai chat", url: "/v1/chat/completions", payload: { model: "weir/auto", messages } },
  {
    name: "openai chat, streamed",
    url: "/v1/chat/completions",
    payload: { model: "weir/auto", messages, stream: true },
  },
  {
    name: "openai chat, streamed with usage",
    url: "/v1/chat/completions",
    payload: { model: "weir/auto", messages, stream: true, stream_options: { include_usage: true } },
  },
  { name: "openai completions", url: "/v1/completions", payload: { model: "weir/auto", prompt: text } },
  {
    name: "openai completions, streamed",
    url: "/v1/completions",
    payload: { model: "weir/auto", prompt: text, stream: true },
  },
  { name: "openai responses", url: "/v1/responses", payload: { model: "weir/auto", input: text } },
  {
    name: "openai responses, streamed",
    url: "/v1/responses",
    payload: { model: "weir/auto", input: text, stream: true },
  },
  { name: "anthropic", url: "/v1/messages", payload: { model: "weir/auto", max_tokens: 90, messages } },
  {
    name: "anthropic, streamed",
    url: "/v1/messages",
    payload: { model: "weir/auto", max_tokens: 90, messages, stream: true },
  },
  { name: "gemini", url: gemini("generateContent"), payload: { contents } },
  { name: "gemini, streamed as events", url: `${gemini("streamGenerateContent")}?alt=sse`, payload: { contents } },
  { name: "gemini, streamed as an array", url: gemini("streamGenerateContent"), payload: { contents } },
  { name: "an error", url: "/v1/chat/completions", payload: { model: "weir/auto", messages: "none" } },
];

/** What differs between any two requests: ids of requests and times. */
const OWN_HEADERS = new Set(["x-request-id", "request-id", "x-weir-request-id", "x-weir-overhead-ms", "date"]);

async function answerOf({ app }: TestApp, { url, payload }: (typeof CALLS)[number]) {
  const { statusCode, headers, body } = await app.inject({ method: "POST", url, payload });
  return {
    statusCode,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name))),
    body: body.replace(/req_[a-z0-9]+/g, "req_").replaceAll(String(headers["x-weir-request-id"]).slice(4), ""),
  };
}

describe.each(["simulated upstreams", "an upstream of the client's own dialect"])("with %s", (kind) => {
  let upstream: FaultUpstream;
  let on: TestApp;
  let off: TestApp;

  beforeAll(async () => {
    upstream = await startFaultUpstream();
    const chunk = (fields: object) =>
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", ...fields })}\n\n`;
    upstream.behave({
      kind: "sse",
      frames: [
        chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "Hel" } }], odd_field: 1 }),
        chunk({ choices: [{ index: 0, delta: { content: "lo" } }] }),
        chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
        chunk({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 } }),
        "data: [DONE]\n\n",
      ],
    });
    const real = (config: string) =>
      kind === "simulated upstreams"
        ? config
        : config.replace(/dear: \{.*\}\n/, `dear: { provider: openai-compatible, baseUrl: "${upstream.url}/v1" }\n`);
    on = await buildObservedApp(real(observedConfig("{ auditRate: 1, noiseShare: 1, goldShare: 1 }")));
    off = await buildObservedApp(
      real(observedConfig("{}").replace("    observation: {}\n", "").replace("mode: observe", "mode: off")),
    );
  });
  afterAll(async () => {
    await Promise.all([on.close(), off.close(), upstream.close()]);
  });

  const calls = CALLS.filter(({ name }) => kind === "simulated upstreams" || name.startsWith("openai chat, streamed"));
  it.each(calls)("$name: the same bytes and headers with observe on and off", async (call) => {
    const watched = await answerOf(on, call);
    expect(watched).toEqual(await answerOf(off, call));
    expect(watched.body.length).toBeGreaterThan(50);
    await on.service.observer.settled();
  });

  it("and each answered request was drawn and replayed", async () => {
    const { rows, audits } = await on.service.storage.audits.read(
      (await on.service.storage.audits.current("default"))!.observationId,
      { toDay: 9, mostRows: 1_000 },
    );
    const answered = calls.filter(({ name }) => name !== "an error").length;
    expect(rows).toHaveLength(answered);
    expect(audits.map(({ state }) => state)).toEqual(Array<string>(answered).fill("done"));
  });
});
