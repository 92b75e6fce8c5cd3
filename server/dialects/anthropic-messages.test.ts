import { describe, expect, it } from "vitest";
import type { ChatEvent, ChatResult } from "../chat.ts";
import { faultFor } from "../dialect.conformance.ts";
import { hearAnthropic } from "./_testing/hear-anthropic.ts";
import type { Json } from "./_testing/heard.ts";
import dialect from "./anthropic-messages.ts";

const hi = { role: "user", content: "hi" };
const parse = (fields: object) =>
  dialect.parse({ model: "m", max_tokens: 10, messages: [hi], ...fields }, { model: null, stream: null });
const context = { requestId: "req_1", model: "the-model", nowMs: 0, request: parse({}) };
const mark = { type: "ephemeral", ttl: "1h" };

describe("anthropic-messages requests", () => {
  it("read every block of a turn, results apart from what stands between them", () => {
    const { messages, extras } = parse({
      messages: [
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "t", signature: "c2ln" },
            { type: "redacted_thinking", data: "ZW5j" },
            { type: "text", text: "x", citations: [{ type: "char_location", cited_text: "c", document_title: "d" }] },
            { type: "tool_use", id: "toolu_1", name: "f", input: { a: 1 }, cache_control: mark },
            { type: "server_tool_use", id: "s", name: "web_search", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "toolu_1",
              is_error: true,
              cache_control: mark,
              content: [
                { type: "text", text: "r" },
                { type: "image", source: { type: "url", url: "https://e.org/a.png" } },
                { type: "tool_reference", tool_name: "g" },
              ],
            },
            { type: "text", text: "now", cache_control: { type: "ephemeral" } },
            {
              type: "document",
              source: { type: "text", media_type: "text/plain", data: "aé" },
              title: "T",
              context: "c",
            },
          ],
        },
      ],
    });
    expect(messages).toEqual([
      {
        role: "assistant",
        parts: [
          { kind: "reasoning", text: "t", signature: "weir.anthropic.c2ln", redacted: null },
          { kind: "reasoning", text: "", signature: null, redacted: "weir.anthropic.ZW5j" },
          {
            kind: "text",
            text: "x",
            citations: [{ text: "c", url: null, title: "d", start: null, end: null }],
            cacheControl: null,
          },
          {
            kind: "tool_call",
            id: "toolu_1",
            name: "f",
            argumentsJson: '{"a":1}',
            signature: null,
            cacheControl: { ttl: "1h" },
          },
        ],
      },
      {
        role: "tool",
        toolCallId: "toolu_1",
        name: "f",
        isError: true,
        cacheControl: { ttl: "1h" },
        parts: [
          { kind: "text", text: "r", citations: [], cacheControl: null },
          { kind: "image", source: { kind: "url", url: "https://e.org/a.png" }, detail: null },
        ],
      },
      {
        role: "user",
        parts: [
          { kind: "text", text: "now", citations: [], cacheControl: { ttl: "5m" } },
          {
            kind: "document",
            source: { kind: "base64", mediaType: "text/plain", data: "YcOp" },
            filename: null,
            title: "T",
          },
        ],
      },
    ]);
    expect(Object.keys(extras).sort()).toEqual([
      "messages.content.context",
      "messages.content.server_tool_use",
      "messages.content.tool_reference",
    ]);
  });

  it("keep server tools and unknown settings as extras", () => {
    const search = { type: "web_search_20250305", name: "web_search", max_uses: 2 };
    const { tools, extras } = parse({
      tools: [search, { name: "f", input_schema: { type: "object" }, defer_loading: true }],
      mcp_servers: [],
      metadata: { user_id: "u", trace: "t" },
    });
    expect(tools.map(({ name }) => name)).toEqual(["f"]);
    expect(extras).toEqual({
      "tools.web_search_20250305": search,
      "tools.defer_loading": true,
      mcp_servers: [],
      "metadata.trace": "t",
    });
  });

  it.each([
    [{ thinking: { type: "enabled", budget_tokens: 2000 } }, { effort: null, budgetTokens: 2000, includeText: true }],
    [{ thinking: { type: "disabled" } }, { effort: "none", budgetTokens: null, includeText: null }],
    [
      { thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "xhigh" } },
      { effort: "max", budgetTokens: null, includeText: false },
    ],
    [{ output_config: { effort: "low" } }, { effort: "low", budgetTokens: null, includeText: null }],
  ])("read the wish for reasoning of %j", (fields, expected) => {
    expect(parse(fields).reasoning).toEqual(expected);
  });

  it.each([
    [{ type: "any", disable_parallel_tool_use: true }, { kind: "required" }, false],
    [{ type: "tool", name: "f" }, { kind: "tool", name: "f" }, null],
    [{ type: "auto", disable_parallel_tool_use: false }, { kind: "auto" }, true],
    [{ type: "none" }, { kind: "none" }, null],
  ])("read tool_choice %j", (tool_choice, toolChoice, parallelToolCalls) => {
    expect(parse({ tool_choice })).toMatchObject({ toolChoice, parallelToolCalls });
  });

  it.each(["output_format", "output_config"])("read the JSON schema of %s", (field) => {
    const format = { type: "json_schema", schema: { type: "object" } };
    const fields = field === "output_format" ? { output_format: format } : { output_config: { format } };
    expect(parse(fields).output).toMatchObject({ kind: "json_schema", schema: { type: "object" } });
  });

  it("need no max_tokens, for bodies whose tokens are only counted", () => {
    expect(parse({ max_tokens: undefined }).maxOutputTokens).toBeNull();
  });
});

describe("anthropic-messages answers", () => {
  const part = (of: Extract<ChatEvent, { type: "part_start" }>["of"]): ChatEvent => ({
    type: "part_start",
    choice: 0,
    part: 0,
    of,
  });
  const delta = (text: string): ChatEvent => ({ type: "delta", choice: 0, part: 0, text });
  const end = (signature: string | null = null): ChatEvent => ({
    type: "part_end",
    choice: 0,
    part: 0,
    signature,
    redacted: null,
  });
  const heard = (events: readonly ChatEvent[], batched = false): Json => {
    const renderer = dialect.renderStream(context);
    const all: ChatEvent[] = [
      { type: "start", id: null, model: "m", usage: null },
      ...events,
      { type: "finish", choice: 0, finish: "stop", stopSequence: null },
      { type: "end" },
    ];
    const text = batched ? renderer.push(all) : all.map((event) => renderer.push([event])).join("");
    return hearAnthropic(text).answer;
  };

  it("show the proof of their own family raw, so that the vendor takes the history untouched", () => {
    const answer = heard([part({ kind: "reasoning" }), delta("t"), end("weir.anthropic.c2ln")]);
    expect(answer.content).toEqual([{ type: "thinking", thinking: "t", signature: "c2ln" }]);
  });

  it("carry a call's proof in a redacted block before it", () => {
    const call = part({ kind: "tool_call", id: "c", name: "f" });
    const answer = heard([call, delta("{}"), end("weir.google.Z3Npbg==")], true);
    expect(answer.content.map((block: Json) => block.type)).toEqual(["redacted_thinking", "tool_use"]);
    const { messages } = parse({ messages: [hi, { role: "assistant", content: answer.content }] });
    expect(messages[1]!.parts).toMatchObject([{ kind: "tool_call", signature: "weir.google.Z3Npbg==" }]);
  });

  it("wrap arguments that are no object, however they come", () => {
    const call = part({ kind: "tool_call", id: "c", name: "f" });
    const inputOf = (...pieces: string[]) => heard([call, ...pieces.map(delta), end()]).content[0].input;
    expect(inputOf("SEL", "ECT 1")).toEqual({ arguments: "SELECT 1" });
    expect(inputOf(" ", '\n{"a"', ":1}")).toEqual({ a: 1 });
    expect(inputOf(" ", "[1", "]")).toEqual({ arguments: [1] });
    expect(inputOf()).toEqual({});
  });

  it("estimate tokens where the upstream counts none", () => {
    const { usage } = heard([part({ kind: "text" }), delta("12345678"), end()]);
    expect(usage.input_tokens).toBeGreaterThan(0);
    expect(usage.output_tokens).toBe(2);
  });

  it("say why an answer was refused", () => {
    const result: ChatResult = {
      id: "chatcmpl-1",
      model: "m",
      createdAtMs: null,
      choices: [{ parts: [{ kind: "refusal", text: "No." }], finish: "refusal", stopSequence: null, logprobs: null }],
      usage: null,
      serviceTier: null,
    };
    expect(dialect.render(result, context)).toMatchObject({
      id: "msg_1",
      stop_reason: "refusal",
      stop_details: { type: "refusal", explanation: "No." },
      content: [{ type: "text", text: "No." }],
    });
  });
});

describe("anthropic-messages faults", () => {
  it.each([
    ["insufficient_quota", 402, "billing_error"],
    ["request_too_large", 413, "request_too_large"],
    ["overloaded", 529, "overloaded_error"],
    ["timeout", 504, "timeout_error"],
    ["connection", 502, "api_error"],
  ] as const)("call %s %d %s", (kind, status, type) => {
    expect(dialect.renderFault(faultFor(kind), "req_9")).toMatchObject({
      status,
      headers: { "request-id": "req_9" },
      body: { type: "error", error: { type }, request_id: "req_9" },
    });
  });

  it("say a context overflow in the words that clients look for", () => {
    const { body } = dialect.renderFault(faultFor("context_length"), "req_1");
    expect(body).toMatchObject({ error: { message: "prompt is too long: what went wrong" } });
  });
});
