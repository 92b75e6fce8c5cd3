import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../testing/build-test-app.ts";
import { type Behaviour, type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

let upstream: FaultUpstream;
let test: TestApp;

const PNG = "iVBORw0KGgo=";
const frame = (json: unknown) => `data: ${JSON.stringify(json)}\n\n`;
const typed = (json: { readonly type: string }) => `event: ${json.type}\n${frame(json)}`;
const text = { type: "message", role: "assistant", content: [{ type: "output_text", text: "Here.", annotations: [] }] };

const GEMINI = {
  candidates: [
    {
      index: 0,
      content: {
        role: "model",
        parts: [
          { thought: true, inlineData: { mimeType: "image/png", data: PNG } },
          { executableCode: { language: "PYTHON", code: "print(1)" } },
          { codeExecutionResult: { outcome: "OUTCOME_OK", output: "1" } },
          { text: "Here." },
          { inlineData: { mimeType: "image/png", data: PNG } },
        ],
      },
      finishReason: "STOP",
    },
  ],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
};
const RESPONSE = {
  id: "resp_1",
  object: "response",
  status: "completed",
  model: "m",
  output: [
    { type: "image_generation_call", id: "ig_1", status: "completed", result: PNG },
    { type: "code_interpreter_call", id: "ci_1", status: "completed", code: "print(1)", outputs: null },
    text,
  ],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
};
const CHAT = { id: "c", created: 1, model: "m", usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };
const images = [{ type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } }];
const CLAUDE = [
  { type: "server_tool_use", id: "s1", name: "bash_code_execution", input: { command: "ls" } },
  { type: "bash_code_execution_tool_result", tool_use_id: "s1", content: { type: "bash_code_execution_result" } },
  { type: "text", text: "Here." },
];
const MESSAGE = { id: "msg_1", type: "message", role: "assistant", model: "claude", usage: { input_tokens: 1 } };

interface Case {
  readonly vendor: string;
  readonly model: string;
  readonly whole: unknown;
  readonly frames: readonly string[];
  readonly lost: readonly string[];
}
const CASES: readonly Case[] = [
  {
    vendor: "Gemini",
    model: "g/gemini-2.5-flash",
    whole: GEMINI,
    frames: [frame(GEMINI)],
    lost: ["code", "code_result", "image"],
  },
  {
    vendor: "OpenAI's Responses",
    model: "r/gpt",
    whole: RESPONSE,
    frames: [
      { type: "response.created", response: { id: "resp_1", model: "m" } },
      ...RESPONSE.output.map((item, output_index) => ({ type: "response.output_item.done", output_index, item })),
      { type: "response.completed", response: RESPONSE },
    ].map(typed),
    lost: ["image", "code"],
  },
  {
    vendor: "OpenRouter",
    model: "o/model",
    whole: { ...CHAT, choices: [{ index: 0, message: { content: "Here.", images }, finish_reason: "stop" }] },
    frames: [
      frame({ ...CHAT, usage: null, choices: [{ index: 0, delta: { content: "Here." }, finish_reason: null }] }),
      frame({ ...CHAT, usage: null, choices: [{ index: 0, delta: { images }, finish_reason: null }] }),
      frame({ ...CHAT, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
      "data: [DONE]\n\n",
    ],
    lost: ["image"],
  },
  {
    vendor: "Claude",
    model: "c/claude-sonnet-4-5",
    whole: { ...MESSAGE, content: CLAUDE, stop_reason: "end_turn" },
    frames: [
      { type: "message_start", message: { ...MESSAGE, content: [] } },
      ...CLAUDE.flatMap((content_block, index) => [
        { type: "content_block_start", index, content_block: { ...content_block, text: "" } },
        ...("text" in content_block
          ? [{ type: "content_block_delta", index, delta: { type: "text_delta", text: "Here." } }]
          : []),
        { type: "content_block_stop", index },
      ]),
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
      { type: "message_stop" },
    ].map(typed),
    lost: ["code", "code_result"],
  },
];

beforeAll(async () => {
  upstream = await startFaultUpstream();
  const price = "price: { inputUsdPerMTok: 1, outputUsdPerMTok: 10 }";
  test = await buildTestApp({
    config: `
upstreams:
  g: { provider: google, baseUrl: "${upstream.url}", apiKey: k }
  r: { provider: openai-responses, baseUrl: "${upstream.url}/v1", apiKey: k }
  o: { provider: openrouter, baseUrl: "${upstream.url}/v1", apiKey: k }
  c: { provider: anthropic, baseUrl: "${upstream.url}", apiKey: k }
candidates:
  - { id: g/gemini-2.5-flash, upstream: g, resembles: large, ${price} }
  - { id: r/gpt, upstream: r, resembles: large, ${price} }
  - { id: o/model, upstream: o, resembles: large, ${price} }
  - { id: c/claude-sonnet-4-5, upstream: c, resembles: large, ${price} }
routes:
  default: { incumbent: r/gpt, candidates: [r/gpt], mode: "off" }
auth: { required: false }
gateway: { retries: 0 }
`,
  });
});
afterAll(async () => {
  await test.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.received.length = 0;
});

async function ask(model: string, behaviour: Behaviour, stream: boolean) {
  upstream.behave(behaviour);
  // Any format but the vendor's own.
  const url = model.startsWith("c/") ? "/v1/chat/completions" : "/v1/messages";
  const messages = [{ role: "user", content: "hi" }];
  const { statusCode, headers, body } = await test.app.inject({
    method: "POST",
    url,
    payload: { model, messages, stream, max_tokens: 20 },
  });
  expect(statusCode, body).toBe(200);
  expect(body).toContain("Here.");
  return headers;
}

/** How often each part was lost so far, of this model. */
async function counted(model: string): Promise<Readonly<Record<string, number>>> {
  const { body } = await test.app.inject({
    url: "/metrics",
    headers: { authorization: `Bearer ${TEST_ADMIN_KEY}` },
  });
  const lines = body.split("\n").filter((line) => line.startsWith("weir_answer_parts_lost_total{"));
  return Object.fromEntries(
    lines
      .filter((line) => line.includes(`model="${model}"`))
      .map((line) => [/part="(\w+)"/.exec(line)![1]!, Number(line.split(" ").at(-1))]),
  );
}

describe.each(CASES)("what $vendor answers that another format has no place for", ({ model, whole, frames, lost }) => {
  it("is named in x-weir-dropped, and counted", async () => {
    const headers = await ask(model, { kind: "json", body: whole }, false);
    expect(String(headers["x-weir-dropped"]).split(", ")).toEqual(
      expect.arrayContaining(lost.map((part) => `answer.${part}`)),
    );
    expect(await counted(model)).toEqual(Object.fromEntries(lost.map((part) => [part, 1])));
  });

  it("is counted in a stream, and told in the log", async () => {
    const before = test.logged.length;
    await ask(model, { kind: "sse", frames: [...frames] }, true);
    expect(await counted(model)).toEqual(Object.fromEntries(lost.map((part) => [part, 2])));
    // One line stands for all of some seconds.
    test.advance(60_000);
    await ask(model, { kind: "sse", frames: [...frames] }, true);
    expect(test.logged.slice(before)).toContainEqual(expect.objectContaining({ parts: lost }));
  });
});

it("nothing is lost to a client of the vendor's own format", async () => {
  upstream.behave({ kind: "json", body: GEMINI });
  const contents = [{ role: "user", parts: [{ text: "hi" }] }];
  const before = await counted("g/gemini-2.5-flash");
  const url = "/v1beta/models/g/gemini-2.5-flash:generateContent";
  const { headers, body } = await test.app.inject({ method: "POST", url, payload: { contents } });
  expect(JSON.parse(body)).toEqual(GEMINI);
  expect(headers["x-weir-dropped"]).toBeUndefined();
  upstream.behave({ kind: "sse", frames: [frame(GEMINI)] });
  await test.app.inject({
    method: "POST",
    url: "/v1beta/models/g/gemini-2.5-flash:streamGenerateContent?alt=sse",
    payload: { contents },
  });
  expect(await counted("g/gemini-2.5-flash")).toEqual(before);
});
