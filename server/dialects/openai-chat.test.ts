import { describe, expect, it } from "vitest";
import type { ChatResult } from "../chat.ts";
import { faultFor } from "../dialect.conformance.ts";
import dialect from "./openai-chat.ts";

const hi = { role: "user", content: "hi" };
const parse = (fields: object) =>
  dialect.parse({ model: "m", messages: [hi], ...fields }, { model: null, stream: null });
const context = (fields: object = {}) => ({
  requestId: "req_1",
  model: "the-model",
  nowMs: 0,
  request: parse(fields),
});
const answer = (choice: Partial<ChatResult["choices"][number]>): ChatResult => ({
  id: null,
  model: "m",
  createdAtMs: null,
  choices: [{ parts: [], finish: "stop", stopSequence: null, logprobs: null, ...choice }],
  usage: null,
  serviceTier: null,
});

describe("openai-chat requests", () => {
  it("report what has no neutral place by its path, and nothing else", () => {
    const { extras } = parse({
      store: true,
      verbosity: "low",
      seed: null,
      messages: [
        { ...hi, name: "ann" },
        { role: "assistant", content: "ok", annotations: [], audio: null },
      ],
      tools: [
        { type: "custom", custom: { name: "sql" } },
        { type: "function", function: { name: "f", examples: [1] } },
      ],
    });
    expect(extras).toEqual({
      store: true,
      verbosity: "low",
      "messages.name": "ann",
      "tools.custom": { type: "custom", custom: { name: "sql" } },
      "tools.function.examples": [1],
    });
  });

  it("keep pictures in a tool's result, which other servers of the format take", () => {
    const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
    const image_url = { url: "https://e.org/a.png" };
    const content = [
      { type: "text", text: "done" },
      { type: "image_url", image_url },
    ];
    const { messages } = parse({
      messages: [hi, { role: "assistant", tool_calls: [call] }, { role: "tool", tool_call_id: "c", content }],
    });
    expect(messages[2]).toMatchObject({
      role: "tool",
      name: "f",
      parts: [
        { kind: "text", text: "done" },
        { kind: "image", source: { kind: "url", url: image_url.url }, detail: null },
      ],
    });
  });

  it("keep cache marks of texts, images and tools", () => {
    const { messages, tools, system } = parse({
      messages: [
        { role: "system", content: [{ type: "text", text: "s", cache_control: { type: "ephemeral", ttl: "1h" } }] },
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "https://e.org/a.png" }, cache_control: { type: "ephemeral" } },
          ],
        },
      ],
      tools: [{ type: "function", function: { name: "f" }, cache_control: { type: "ephemeral" } }],
    });
    expect(system[0]!.cacheControl).toEqual({ ttl: "1h" });
    expect(messages[0]!.parts[0]).toMatchObject({ cacheControl: { ttl: "5m" } });
    expect(tools[0]!.cacheControl).toEqual({ ttl: "5m" });
  });

  it.each([
    ["auto", { kind: "auto" }],
    ["required", { kind: "required" }],
    [
      { type: "function", function: { name: "f" } },
      { kind: "tool", name: "f" },
    ],
    [{ type: "allowed_tools", allowed_tools: { mode: "required", tools: [] } }, { kind: "required" }],
  ])("read tool_choice %j", (tool_choice, expected) => {
    expect(parse({ tool_choice }).toolChoice).toEqual(expected);
  });

  it.each([
    ["data:image/png;base64,AAAA", { kind: "base64", mediaType: "image/png", data: "AAAA" }],
    ["data:text/plain;charset=utf-8;base64,AAAA", { kind: "base64", mediaType: "text/plain", data: "AAAA" }],
    ["https://e.org/a.png", { kind: "url", url: "https://e.org/a.png" }],
  ])("read the image %s", (url, source) => {
    const [message] = parse({
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
    }).messages;
    expect(message!.parts[0]).toMatchObject({ kind: "image", source });
  });
});

describe("openai-chat answers", () => {
  it("call the one function of a client that declared functions", () => {
    const fields = { functions: [{ name: "f", parameters: {} }], function_call: "auto" };
    const call = { kind: "tool_call" as const, id: "c", name: "f", argumentsJson: "{}", signature: null };
    const body = dialect.render(answer({ parts: [call], finish: "tool_calls" }), context(fields));
    expect(body).toMatchObject({
      choices: [
        { finish_reason: "function_call", message: { function_call: { name: "f", arguments: "{}" }, content: null } },
      ],
    });
    expect(JSON.stringify(body)).not.toContain("tool_calls");
  });

  it("tell a filter's silence from a refusal in words", () => {
    const finishOf = (parts: ChatResult["choices"][number]["parts"]) =>
      dialect.render(answer({ parts, finish: "refusal" }), context());
    expect(finishOf([])).toMatchObject({ choices: [{ finish_reason: "content_filter" }] });
    expect(finishOf([{ kind: "refusal", text: "no" }])).toMatchObject({
      choices: [{ finish_reason: "stop", message: { refusal: "no", content: null } }],
    });
  });
});

describe("openai-chat faults", () => {
  const errorOf = (...given: Parameters<typeof faultFor>) =>
    (dialect.renderFault(faultFor(...given), "req_1").body as { error: object }).error;

  it("speak OpenAI's words, not another vendor's", () => {
    expect(errorOf("overloaded", { type: "overloaded_error", status: 529 })).toMatchObject({ type: "server_error" });
    expect(errorOf("rate_limited", { type: "RESOURCE_EXHAUSTED", code: "429" })).toMatchObject({
      type: "rate_limit_error",
      code: "rate_limit_exceeded",
    });
    expect(errorOf("invalid_request", { code: "unsupported_parameter", param: "top_k" })).toMatchObject({
      code: "unsupported_parameter",
      param: "top_k",
    });
  });

  it("name a context overflow and an unknown model as clients look for them", () => {
    expect(errorOf("context_length", { code: "string_above_max_length" })).toMatchObject({
      code: "context_length_exceeded",
      message: "the request exceeds the model's maximum context length: what went wrong",
    });
    expect(errorOf("not_found", { code: "unknown_model" })).toMatchObject({ code: "model_not_found" });
  });

  it("answer 402 to a used-up budget, but keep OpenAI's own 429", () => {
    const statusOf = (status: number | null) =>
      dialect.renderFault(faultFor("insufficient_quota", { status, shouldRetry: false }), "req_1");
    expect(statusOf(402)).toMatchObject({ status: 402, headers: { "x-should-retry": "false" } });
    expect(statusOf(429)).toMatchObject({ status: 429, body: { error: { code: "insufficient_quota" } } });
  });
});
