import { describe, expect, it } from "vitest";
import type { ChatResult } from "../chat.ts";
import { eventsOfResult } from "../gateway/events-of-result.ts";
import { createItemMemory } from "./_openai-responses/item-memory.ts";
import { hearResponses } from "./_testing/hear-responses.ts";
import type { Json } from "./_testing/heard.ts";
import dialect from "./openai-responses.ts";

const parse = (fields: object) => dialect.parse({ model: "m", input: "hi", ...fields }, { model: null, stream: null });
const context = (fields: object = {}, requestId = "req_1") => ({
  requestId,
  model: "the-model",
  nowMs: 5000,
  request: parse(fields),
});
const answer = (parts: ChatResult["choices"][number]["parts"], finish: "stop" | "length" = "stop"): ChatResult => ({
  id: null,
  model: "m",
  createdAtMs: null,
  choices: [{ parts, finish, stopSequence: null, logprobs: null }],
  usage: null,
  serviceTier: null,
});
const text = (said: string) => ({ kind: "text" as const, text: said, citations: [], cacheControl: null });

describe("openai-responses requests", () => {
  it("gather an answer's items into one turn", () => {
    const { messages, system } = parse({
      instructions: "s",
      input: [
        { role: "developer", content: "d" },
        {
          role: "user",
          content: [
            { type: "input_text", text: "q" },
            { type: "input_image", file_id: "file-1" },
          ],
        },
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "t" }], encrypted_content: "ZW5j" },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "a", annotations: [] }] },
        { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
        { type: "custom_tool_call", call_id: "c2", name: "sql", input: "SELECT 1" },
        { type: "function_call_output", call_id: "c1", output: "r" },
        { type: "custom_tool_call_output", call_id: "c2", output: [{ type: "input_text", text: "rows" }] },
      ],
    });
    expect(system.map((part) => part.text)).toEqual(["s", "d"]);
    expect(messages).toMatchObject([
      { role: "user", parts: [{ text: "q" }, { kind: "image", source: { kind: "file", fileId: "file-1" } }] },
      {
        role: "assistant",
        parts: [
          { kind: "reasoning", text: "t", redacted: "weir.openai.ZW5j" },
          { kind: "text", text: "a" },
          { kind: "tool_call", id: "c1" },
          { kind: "tool_call", id: "c2", argumentsJson: "SELECT 1" },
        ],
      },
      { role: "tool", toolCallId: "c1", name: "f", parts: [{ text: "r" }] },
      { role: "tool", toolCallId: "c2", name: "sql", parts: [{ text: "rows" }] },
    ]);
  });

  it("keep hosted tools, their items and unknown settings as extras", () => {
    const { extras, tools } = parse({
      input: [
        { role: "user", content: "q" },
        { type: "web_search_call", id: "ws_1", status: "completed" },
      ],
      tools: [{ type: "web_search" }, { type: "function", name: "f", parameters: null, strict: true }],
      tool_choice: { type: "web_search" },
      include: ["reasoning.encrypted_content", "file_search_call.results"],
      truncation: "auto",
      text: { verbosity: "low" },
      max_tool_calls: 2,
    });
    expect(tools).toMatchObject([{ name: "f", strict: true }]);
    expect(Object.keys(extras).sort()).toEqual([
      "include",
      "input.web_search_call",
      "max_tool_calls",
      "tool_choice.web_search",
      "tools.web_search",
      "truncation",
      "verbosity",
    ]);
  });

  it("refuse what needs storage and say what to send instead", () => {
    expect(() => parse({ previous_response_id: "resp_1" })).toThrow(/previous_response_id: .*`input`/);
    expect(() => parse({ conversation: "conv_1" })).toThrow(/conversation: /);
    expect(() => parse({ prompt: { id: "pmpt_1" } })).toThrow(/prompt: /);
    expect(() => parse({ background: true })).toThrow(/background: /);
    expect(parse({ store: true, background: false, previous_response_id: null }).extras).toEqual({});
  });
});

describe("openai-responses references", () => {
  const refer = (item: Json) => parse({ input: [{ type: "item_reference", id: item.id }] });

  it("to an item that this process gave are answered, streamed or not", () => {
    const body = dialect.render(answer([text("earlier")]), context({}, "req_a")) as Json;
    expect(refer(body.output[0]).messages).toMatchObject([{ role: "assistant", parts: [{ text: "earlier" }] }]);
    const streamed = hearResponses(
      dialect.renderStream(context({}, "req_b")).push(eventsOfResult(answer([text("streamed")]))),
    ).answer as Json;
    expect(refer(streamed.output[0]).messages).toMatchObject([{ parts: [{ text: "streamed" }] }]);
  });

  it("to an unknown item, or one of a client that stores nothing, are reported", () => {
    const body = dialect.render(answer([text("x")]), context({ store: false }, "req_c")) as Json;
    expect(refer(body.output[0]).extras).toEqual({
      "input.item_reference": { type: "item_reference", id: body.output[0].id },
    });
  });

  it("forget the oldest items first, within their bound", () => {
    const memory = createItemMemory(30);
    for (const id of ["a", "b", "c"]) memory.remember(id, { id, x: "123" });
    expect([memory.recall("a"), memory.recall("b"), memory.recall("c")]).toEqual([null, null, { id: "c", x: "123" }]);
  });
});

describe("openai-responses answers", () => {
  it("repeat the client's settings and say that nothing is stored", () => {
    const fields = {
      instructions: "s",
      tools: [{ type: "function", name: "f", parameters: {}, strict: true }, { type: "web_search" }],
      temperature: 0.2,
      reasoning: { effort: "low" },
      metadata: { a: "b" },
      store: true,
    };
    expect(dialect.render(answer([text("a")]), context(fields))).toMatchObject({
      id: "resp_1",
      object: "response",
      status: "completed",
      instructions: "s",
      tools: fields.tools,
      temperature: 0.2,
      top_p: 1,
      reasoning: { effort: "low", summary: null },
      metadata: { a: "b" },
      store: false,
      error: null,
    });
  });

  it("are incomplete when they were cut short", () => {
    expect(dialect.render(answer([text("a")], "length"), context())).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ type: "message", status: "incomplete" }],
    });
  });

  it("fail with an error event and then the failed response", () => {
    const renderer = dialect.renderStream(context());
    const { answer: failed, error } = hearResponses(
      renderer.push(eventsOfResult(answer([text("a")])).slice(0, 3)) +
        renderer.push([
          {
            type: "error",
            error: {
              kind: "rate_limited",
              message: "slow down",
              status: 429,
              type: null,
              code: null,
              param: null,
              retryAfterMs: null,
            },
          },
        ]),
    );
    expect(error).toMatchObject({ code: "rate_limit_exceeded", message: "slow down" });
    expect(failed).toMatchObject({ status: "failed", error: { code: "rate_limit_exceeded", message: "slow down" } });
  });
});
