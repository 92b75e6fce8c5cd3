import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type Behaviour, type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

let openai: FaultUpstream;
let claude: FaultUpstream;
let google: FaultUpstream;
let falling: TestApp;
let staying: TestApp;

const MESSAGES = [{ role: "user", content: "hi" }];
const SEARCH = [
  { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "weir" } },
  {
    type: "web_search_tool_result",
    tool_use_id: "srvtoolu_1",
    content: [{ type: "web_search_result", url: "https://e.org", title: "E", encrypted_content: "RXo=" }],
  },
];
const CODE = [
  { type: "server_tool_use", id: "srvtoolu_2", name: "bash_code_execution", input: { command: "ls" } },
  {
    type: "bash_code_execution_tool_result",
    tool_use_id: "srvtoolu_2",
    content: { type: "bash_code_execution_result", stdout: "a", stderr: "", return_code: 0, content: [] },
  },
];

function chatAnswer(content: string | null, fields: object = {}): Behaviour {
  const message = { role: "assistant", content, refusal: null, ...fields };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
  return { kind: "json", body: { id: "c", object: "chat.completion", created: 1, model: "m", choices, usage } };
}

function chatStream(...deltas: object[]): Behaviour {
  const chunk = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  return { kind: "sse", frames: [...deltas.map((delta) => chunk(delta)), chunk({}, "stop"), "data: [DONE]\n\n"] };
}

function claudeAnswer(content: readonly object[], stop_reason = "end_turn"): Behaviour {
  return {
    kind: "json",
    body: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude",
      content,
      stop_reason,
      stop_sequence: null,
      usage: { input_tokens: 5, output_tokens: 3 },
    },
  };
}

const CLAUDE_STREAM: Behaviour = {
  kind: "sse",
  frames: [
    { type: "message_start", message: { id: "msg_1", model: "claude", usage: { input_tokens: 5, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello from Claude" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } },
    { type: "message_stop" },
  ].map((frame) => `event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`),
};

const POLICY: Behaviour = {
  kind: "json",
  status: 400,
  body: {
    error: {
      message: "rejected by our safety system",
      type: "invalid_request_error",
      code: "content_policy_violation",
      param: null,
    },
  },
};
const BLOCKED = {
  promptFeedback: { blockReason: "SAFETY", safetyRatings: [] },
  usageMetadata: { promptTokenCount: 7, totalTokenCount: 7 },
  modelVersion: "gemini",
};

beforeAll(async () => {
  [openai, claude, google] = await Promise.all([startFaultUpstream(), startFaultUpstream(), startFaultUpstream()]);
  const config = (falls: boolean) => `
upstreams:
  o: { provider: openai, baseUrl: "${openai.url}/v1", apiKey: sk-o }
  c: { provider: anthropic, baseUrl: "${claude.url}", apiKey: sk-c }
  g: { provider: google, baseUrl: "${google.url}", apiKey: g }
candidates:
  - { id: o/gpt, upstream: o, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 10 } }
  - { id: c/claude-sonnet-4-5, upstream: c, resembles: large, price: { inputUsdPerMTok: 3, outputUsdPerMTok: 15 } }
  - { id: o/short, upstream: o, resembles: small, contextTokens: 8000, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
  - { id: g/gemini-2.5-flash, upstream: g, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
routes:
  default: { incumbent: o/gpt, candidates: [o/gpt], mode: "off", fallbacks: [c/claude-sonnet-4-5] }
  short: { incumbent: o/short, candidates: [o/short], mode: "off" }
  blocked: { incumbent: g/gemini-2.5-flash, candidates: [g/gemini-2.5-flash], mode: "off", fallbacks: [c/claude-sonnet-4-5] }
auth: { required: false }
gateway: { retries: 0, fallBackOnContentPolicy: ${falls} }
`;
  [falling, staying] = [await buildTestApp({ config: config(true) }), await buildTestApp({ config: config(false) })];
});
afterAll(async () => {
  await Promise.all([falling.close(), staying.close()]);
  await Promise.all([openai.close(), claude.close(), google.close()]);
});
beforeEach(() => {
  for (const { received } of [openai, claude, google]) received.length = 0;
  claude.behave(claudeAnswer([{ type: "text", text: "Hello from Claude" }]));
});

async function ask({ app }: TestApp, url: string, body: object) {
  const answer = await app.inject({ method: "POST", url, payload: { messages: MESSAGES, ...body } });
  return { status: answer.statusCode, headers: answer.headers, text: answer.body };
}

const refusedStream = chatStream({ role: "assistant", content: "", refusal: "I" }, { refusal: " can't." });
const DECLINED: readonly (readonly [string, Behaviour, object])[] = [
  ["a refusal of the prompt", POLICY, {}],
  ["a refusal as the answer", chatAnswer(null, { refusal: "I can't." }), {}],
  ["a refusal of a streamed call", POLICY, { stream: true }],
  ["a refusal in a stream", refusedStream, { stream: true }],
];

describe("what a model declines", () => {
  it.each(DECLINED)("by %s is answered by another vendor's where that is configured", async (_, behaviour, body) => {
    openai.behave(behaviour);
    if ("stream" in body) claude.behave(CLAUDE_STREAM);
    for (const url of ["/v1/chat/completions", "/v1/messages"]) {
      const { status, text, headers } = await ask(falling, url, { model: "weir/default", max_tokens: 20, ...body });
      expect(status, text).toBe(200);
      expect(text).toContain("Hello from Claude");
      expect(text).not.toContain("I can't");
      expect(headers).toMatchObject({ "x-weir-model": "c/claude-sonnet-4-5", "x-weir-attempts": "2" });
    }
  });

  it.each(DECLINED)("by %s is told where it is not", async (_, behaviour, body) => {
    openai.behave(behaviour);
    const { status, text } = await ask(staying, "/v1/chat/completions", { model: "weir/default", ...body });
    expect(status).toBe(behaviour === POLICY ? 400 : 200);
    expect(text).toMatch(/content_policy_violation|can't/);
    expect(claude.received).toHaveLength(0);
  });

  it("is paid with what is served: its cost is on the request's one bill, and on its own model's", async () => {
    // by hand: the first at $1 and $10 per million, 10 and 2 tokens, 30 micro-USD; a blocked prompt of 7 tokens at $1, 7
    openai.behave(chatAnswer(null, { refusal: "I can't." }));
    const alone = await ask(falling, "/v1/messages", { model: "c/claude-sonnet-4-5", max_tokens: 20 });
    const served = Number(alone.headers["x-weir-cost-usd"]);
    const fallen = await ask(falling, "/v1/chat/completions", { model: "weir/default" });
    expect(Number(fallen.headers["x-weir-cost-usd"])).toBeCloseTo(served + 30e-6, 12);
    google.behave({ kind: "json", body: BLOCKED });
    const blocked = await ask(falling, "/v1/chat/completions", { model: "weir/blocked" });
    expect(Number(blocked.headers["x-weir-cost-usd"])).toBeCloseTo(served + 7e-6, 12);
    openai.behave(POLICY);
    const unbilled = await ask(falling, "/v1/chat/completions", { model: "weir/default" });
    expect(Number(unbilled.headers["x-weir-cost-usd"])).toBeCloseTo(served, 12);
  });

  it("is paid also where it is streamed, as the vendor tells it behind its end, else as an estimate", async () => {
    const costOf = ({ text }: { text: string }) => Number(/^: x-weir-cost-usd: (.+)$/m.exec(text)?.[1]);
    claude.behave(CLAUDE_STREAM);
    const stream = true;
    const served = costOf(await ask(falling, "/v1/messages", { model: "c/claude-sonnet-4-5", max_tokens: 20, stream }));
    expect(served).toBeGreaterThan(0);
    const fallen = async (model: string) =>
      costOf(await ask(falling, "/v1/chat/completions", { model, stream })) - served;
    const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
    const told = `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", choices: [], usage })}\n\n`;
    const { frames } = refusedStream as { frames: readonly string[] };
    // 10 tokens at $1 and 2 at $10 per million; in one piece, so that no pause of this machine comes between them
    openai.behave({ kind: "sse", frames: [[...frames.slice(0, -1), told, frames.at(-1)!].join("")] });
    expect(await fallen("weir/default")).toBeCloseTo(30e-6, 12);
    // Of "I can't." 8 characters are 2 tokens, 20 micro-USD; beside it the prompt of a few tokens as we count it.
    openai.behave(refusedStream);
    const estimate = await fallen("weir/default");
    expect(estimate).toBeGreaterThan(20e-6);
    expect(estimate).toBeLessThan(40e-6);
    google.behave({ kind: "sse", frames: [`data: ${JSON.stringify(BLOCKED)}\r\n\r\n`] });
    expect(await fallen("weir/blocked")).toBeCloseTo(7e-6, 12);
  });

  it("is told when the last one declines too, in its own words", async () => {
    openai.behave(POLICY);
    claude.behave(claudeAnswer([{ type: "text", text: "I would rather not." }], "refusal"));
    const { status, text } = await ask(falling, "/v1/chat/completions", { model: "weir/default" });
    expect([status, JSON.parse(text).choices[0].finish_reason]).toEqual([200, "content_filter"]);
    expect(text).toContain("I would rather not.");
  });

  it("by blocking the prompt is Google's own answer to Google's clients, and a fault to others", async () => {
    google.behave({ kind: "json", body: BLOCKED });
    const contents = [{ role: "user", parts: [{ text: "hi" }] }];
    const own = await ask(staying, "/v1beta/models/g/gemini-2.5-flash:generateContent", { contents });
    expect([own.status, JSON.parse(own.text)]).toEqual([200, BLOCKED]);
    // 7 tokens x $1 per million
    expect(own.headers["x-weir-cost-usd"]).toBe("0.000007");
    const other = await ask(staying, "/v1/chat/completions", { model: "g/gemini-2.5-flash" });
    expect([other.status, JSON.parse(other.text).error.code]).toEqual([400, "content_policy_violation"]);
    const fallen = await ask(falling, "/v1beta/models/weir/blocked:generateContent", { contents });
    expect(fallen.text).toContain("Hello from Claude");
  });

  it("by blocking a streamed prompt is Google's own frame to Google's clients", async () => {
    google.behave({ kind: "sse", frames: [`data: ${JSON.stringify(BLOCKED)}\r\n\r\n`] });
    const contents = [{ role: "user", parts: [{ text: "hi" }] }];
    const url = "/v1beta/models/g/gemini-2.5-flash:streamGenerateContent?alt=sse";
    const { status, text } = await ask(staying, url, { contents });
    expect(status).toBe(200);
    expect(JSON.parse(/^data: (.*)$/m.exec(text)![1]!)).toEqual(BLOCKED);
    expect(text).not.toContain('"error"');
  });
});

describe("a conversation that is too long for every model of its route", () => {
  it("is what each client's library knows as too long, and nobody is asked", async () => {
    const messages = [{ role: "user", content: "lorem ipsum ".repeat(80_000) }];
    const openAi = await ask(staying, "/v1/chat/completions", { model: "weir/short", messages });
    expect([openAi.status, JSON.parse(openAi.text).error.code]).toEqual([400, "context_length_exceeded"]);
    const anthropic = await ask(staying, "/v1/messages", { model: "weir/short", max_tokens: 20, messages });
    expect([anthropic.status, JSON.parse(anthropic.text).error.type]).toEqual([400, "invalid_request_error"]);
    expect(openai.received).toHaveLength(0);
  });
});

describe("blocks of Anthropic's own tools", () => {
  const tools = [{ type: "web_search_20250305", name: "web_search", max_uses: 2 }];
  const foreign = { type: "thinking", thinking: "hm", signature: "weir.google.x" };
  const history = (...more: object[]) => [
    ...MESSAGES,
    { role: "assistant", content: [...more, ...SEARCH, ...CODE, { type: "text", text: "found" }] },
    ...MESSAGES,
  ];

  it.each([
    ["", history()],
    [" after another vendor's turn", history(foreign)],
  ])("pass both ways between Anthropic's client and Anthropic%s", async (_, messages) => {
    const content = [...SEARCH, ...CODE, { type: "text", text: "It is a dam.", citations: null }];
    claude.behave(claudeAnswer(content, "pause_turn"));
    const body = { model: "c/claude-sonnet-4-5", max_tokens: 20, tools, messages };
    const { text, headers } = await ask(staying, "/v1/messages", body);
    expect(JSON.parse(claude.received[0]!.body)).toMatchObject({ tools, messages: history() });
    expect(JSON.parse(text)).toMatchObject({ content, stop_reason: "pause_turn" });
    expect(headers["x-weir-dropped"]).toBeUndefined();
  });

  it("are named in x-weir-dropped where another vendor answers", async () => {
    openai.behave(chatAnswer("A dam."));
    const { status, headers } = await ask(staying, "/v1/messages", {
      model: "o/gpt",
      max_tokens: 20,
      tools,
      messages: history(),
    });
    expect(status).toBe(200);
    expect(String(headers["x-weir-dropped"]).split(", ").sort()).toEqual([
      "messages.content.bash_code_execution_tool_result",
      "messages.content.server_tool_use",
      "messages.content.web_search_tool_result",
      "tools.web_search_20250305",
    ]);
    expect(openai.received[0]!.body).not.toContain("srvtoolu");
  });
});
