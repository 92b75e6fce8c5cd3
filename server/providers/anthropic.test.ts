import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../chat.ts";
import { collectResult } from "../gateway/collect-result.ts";
import { readStream } from "../provider.conformance.ts";
import { claudeFacts } from "./_anthropic/claude-facts.ts";
import { JSON_TOOL } from "./_anthropic/encode.ts";
import { schemaSubset } from "./_anthropic/schema-subset.ts";
import { plainRequest, richRequest } from "./_samples/rich-request.ts";
import { sse } from "./_samples/samples.ts";
import anthropic from "./anthropic.ts";

const target = { baseUrl: null, apiKey: "k", headers: {}, options: {} };
function encode(change: Partial<ChatRequest>, model = "claude-sonnet-4-5", options = {}) {
  const { body, dropped } = anthropic.encode({ ...plainRequest, ...change }, model, options);
  // JSON as it goes over the wire: fields without a value are gone.
  return { body: JSON.parse(JSON.stringify(body)) as Record<string, unknown>, dropped };
}
const reasoning = (change: Partial<ChatRequest["reasoning"]>) => ({
  reasoning: { effort: null, budgetTokens: null, includeText: null, ...change },
});

describe("anthropic requests", () => {
  it.each([
    { name: "the client's limit", asked: 100, model: "claude-sonnet-4-5", options: {}, expected: 100 },
    {
      name: "the setting where the client said nothing",
      asked: null,
      model: "claude-sonnet-4-5",
      options: { maxTokens: 900 },
      expected: 900,
    },
    { name: "our own otherwise", asked: null, model: "claude-sonnet-4-5", options: {}, expected: 32_000 },
    {
      name: "no more than an old model can",
      asked: null,
      model: "claude-3-haiku-20240307",
      options: {},
      expected: 4096,
    },
    {
      name: "no more than the model can, whatever was asked",
      asked: 100_000,
      model: "claude-3-5-sonnet-20241022",
      options: {},
      expected: 8192,
    },
  ])("send as max_tokens $name", ({ asked, model, options, expected }) => {
    const { body, dropped } = encode({ maxOutputTokens: asked }, model, options);
    expect(body["max_tokens"]).toBe(expected);
    expect(dropped.includes("max_tokens")).toBe(asked !== null && asked > expected);
  });

  // Budgets by our table; adaptive thinking and its efforts as the vendor documents them.
  it.each([
    {
      model: "claude-sonnet-4-5",
      wish: { effort: "high" },
      thinking: { type: "enabled", budget_tokens: 16_384 },
      max: 48_384,
    },
    {
      model: "claude-sonnet-4-5",
      wish: { budgetTokens: 5000 },
      thinking: { type: "enabled", budget_tokens: 5000 },
      max: 37_000,
    },
    {
      model: "claude-sonnet-4-5",
      wish: { budgetTokens: 10 },
      thinking: { type: "enabled", budget_tokens: 1024 },
      max: 33_024,
    },
    {
      model: "claude-opus-4-7",
      wish: { effort: "max" },
      thinking: { type: "adaptive", display: "summarized" },
      effort: "max",
    },
    {
      model: "claude-opus-4-7",
      wish: { budgetTokens: 5000 },
      thinking: { type: "adaptive", display: "summarized" },
      effort: "medium",
    },
    { model: "claude-opus-4-6", wish: { budgetTokens: 5000 }, thinking: { type: "enabled", budget_tokens: 5000 } },
    { model: "claude-sonnet-5", wish: { effort: "none" }, thinking: { type: "disabled" } },
    { model: "claude-fable-5", wish: { effort: "none" }, thinking: undefined, effort: "low" },
    { model: "claude-haiku-4-5", wish: { effort: "none" }, thinking: undefined },
    { model: "claude-3-5-haiku-20241022", wish: { effort: "low" }, thinking: undefined, dropped: ["reasoning"] },
  ] as const)("ask $model for $wish of reasoning in its own way", ({ model, wish, thinking, ...rest }) => {
    const { body, dropped } = encode(reasoning(wish), model);
    expect(body["thinking"]).toEqual(thinking);
    expect((body["output_config"] as { effort?: string } | undefined)?.effort).toBe(
      "effort" in rest ? rest.effort : undefined,
    );
    if ("max" in rest) expect(body["max_tokens"]).toBe(rest.max);
    expect(dropped).toEqual("dropped" in rest ? rest.dropped : []);
  });

  it("keep a thinking budget under the client's limit, with room for the answer", () => {
    const { body } = encode({ ...reasoning({ effort: "high" }), maxOutputTokens: 5000 });
    expect(body).toMatchObject({ max_tokens: 5000, thinking: { budget_tokens: 4000 } });
    const tight = encode({ ...reasoning({ effort: "high" }), maxOutputTokens: 500 });
    expect(tight.body["thinking"]).toBeUndefined();
    expect(tight.dropped).toEqual(["reasoning"]);
  });

  it("do not switch thinking on for a tool turn that began without it, which the API refuses", () => {
    const unproved = richRequest.messages.map((message) =>
      message.role === "assistant"
        ? { ...message, parts: message.parts.filter(({ kind }) => kind !== "reasoning") }
        : message,
    );
    const { body, dropped } = encode({ messages: unproved, ...reasoning({ effort: "high" }) });
    expect(body["thinking"]).toBeUndefined();
    expect(dropped).toContain("reasoning");
  });

  it("give back a proof of Claude's own and leave out those of others", () => {
    const think = (signature: string | null, redacted: string | null = null) =>
      ({ kind: "reasoning", text: "hm", signature, redacted }) as const;
    const { body } = encode({
      messages: [
        ...plainRequest.messages,
        {
          role: "assistant",
          parts: [
            think("weir.anthropic.A"),
            think("weir.google.B"),
            think(null),
            think("C"),
            think(null, "weir.anthropic.D"),
          ],
        },
        ...plainRequest.messages,
      ],
    });
    expect((body["messages"] as { content: unknown }[])[1]!.content).toEqual([
      { type: "thinking", thinking: "hm", signature: "A" },
      { type: "thinking", thinking: "hm", signature: "C" },
      { type: "redacted_thinking", data: "D" },
    ]);
  });

  it.each([
    { choice: { kind: "auto" }, parallel: null, expected: { type: "auto" } },
    { choice: { kind: "required" }, parallel: false, expected: { type: "any", disable_parallel_tool_use: true } },
    { choice: { kind: "tool", name: "get_time" }, parallel: true, expected: { type: "tool", name: "get_time" } },
    { choice: { kind: "none" }, parallel: false, expected: { type: "none" } },
    { choice: null, parallel: false, expected: { type: "auto", disable_parallel_tool_use: true } },
    { choice: null, parallel: null, expected: undefined },
  ] as const)("choose tools as $choice with parallel $parallel", ({ choice, parallel, expected }) => {
    const { body } = encode({ tools: richRequest.tools, toolChoice: choice, parallelToolCalls: parallel });
    expect(body["tool_choice"]).toEqual(expected);
  });

  it("make old models answer after a schema by a tool, whose call comes back as text", () => {
    const { body } = encode({ output: richRequest.output }, "claude-3-7-sonnet-20250219");
    expect(body).toMatchObject({ tools: [{ name: JSON_TOOL }], tool_choice: { type: "tool", name: JSON_TOOL } });
    const input = { note: "x" };
    const answer = { content: [{ type: "tool_use", id: "t", name: JSON_TOOL, input }], stop_reason: "tool_use" };
    const [choice] = anthropic.decode(answer).choices;
    expect(choice).toMatchObject({ finish: "stop", parts: [{ kind: "text", text: '{"note":"x"}' }] });
    const events = readStream(
      anthropic,
      sse(
        { type: "message_start", message: { id: "m", model: "m", usage: {} } },
        {
          type: "content_block_start",
          index: 0,
          content_block: { type: "tool_use", id: "t", name: JSON_TOOL, input: {} },
        },
        { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: '{"note":"x"}' } },
        { type: "content_block_stop", index: 0 },
        { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 3 } },
        { type: "message_stop" },
      ),
    );
    expect(collectResult(events, null).choices[0]).toMatchObject({
      finish: "stop",
      parts: [{ kind: "text", text: '{"note":"x"}' }],
    });
  });

  it("set temperature from 0 to 1, and nothing where the model takes no sampling", () => {
    expect(encode({ temperature: 1.5 })).toMatchObject({ body: { temperature: 1 }, dropped: ["temperature"] });
    expect(encode({ temperature: 0.3, topP: 0.9 }).body).not.toHaveProperty("top_p");
    expect(encode({ temperature: 0.3, topP: 0.9 }, "claude-3-haiku-20240307").body).toMatchObject({
      temperature: 0.3,
      top_p: 0.9,
    });
    const newest = encode({ temperature: 0.3, topK: 4 }, "claude-opus-4-8");
    expect(newest.body).not.toHaveProperty("temperature");
    expect(newest.dropped).toEqual(["temperature", "top_k"]);
  });

  it("begin with the user and hold no blank text", () => {
    const { body } = encode({
      messages: [
        { role: "assistant", parts: [{ kind: "text", text: "Hello  ", citations: [], cacheControl: null }] },
        { role: "user", parts: [{ kind: "text", text: "  ", citations: [], cacheControl: null }] },
        { role: "assistant", parts: [{ kind: "text", text: "And so  ", citations: [], cacheControl: null }] },
      ],
    });
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "(continued)" }] },
      {
        role: "assistant",
        content: [
          { type: "text", text: "Hello  " },
          { type: "text", text: "And so" },
        ],
      },
    ]);
  });

  it("count tokens by the fields that matter", () => {
    const { body } = anthropic.count!.encode(richRequest, "claude-sonnet-4-5", target);
    expect(Object.keys(JSON.parse(JSON.stringify(body)))).toEqual([
      "model",
      "system",
      "messages",
      "tools",
      "tool_choice",
      "thinking",
    ]);
    expect(anthropic.count!.address(target, { model: "m" }).url).toBe(
      "https://api.anthropic.com/v1/messages/count_tokens",
    );
    expect(anthropic.count!.decode({ input_tokens: 14 })).toEqual({ inputTokens: 14 });
  });

  it("reach the Messages endpoint once, whether or not the base URL ends in /v1", () => {
    for (const baseUrl of [null, "https://api.anthropic.com", "https://api.anthropic.com/v1/"]) {
      expect(anthropic.address({ ...target, baseUrl }, { model: "m", stream: true }).url).toBe(
        "https://api.anthropic.com/v1/messages",
      );
    }
  });

  it("name the beta that uploaded files need", () => {
    const messages = [
      { role: "user", parts: [{ kind: "image", source: { kind: "file", fileId: "file_1" }, detail: null }] },
    ] as const;
    expect(anthropic.encode({ ...plainRequest, messages }, "claude-sonnet-4-5").headers).toEqual({
      "anthropic-beta": "files-api-2025-04-14",
    });
  });
});

describe("anthropic answers", () => {
  it("tell every class of usage apart, later counts replacing earlier ones", () => {
    const usage = {
      input_tokens: 3,
      output_tokens: 20,
      cache_read_input_tokens: 5,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
    };
    const expected = { inputUncached: 3, cacheRead: 5, cacheWrite5m: 10, cacheWrite1h: 20, output: 20 };
    expect(anthropic.decode({ content: [], stop_reason: "end_turn", usage }).usage).toMatchObject(expected);
    const events = readStream(
      anthropic,
      sse(
        { type: "message_start", message: { id: "m", model: "m", usage: { ...usage, output_tokens: 1 } } },
        { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { input_tokens: 3, output_tokens: 20 } },
        { type: "message_stop" },
      ),
    );
    expect(collectResult(events, null).usage).toMatchObject(expected);
  });

  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop_sequence"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["pause_turn", "pause"],
    ["refusal", "refusal"],
  ])("end by %s as %s", (stop_reason, finish) => {
    const answer = {
      content: [{ type: "text", text: "x" }],
      stop_reason,
      stop_sequence: stop_reason === "stop_sequence" ? "END" : null,
    };
    expect(anthropic.decode(answer).choices[0]).toMatchObject({ finish, stopSequence: answer.stop_sequence });
  });

  it("leave out what the vendor's own tools did, and keep what they found", () => {
    const [choice] = anthropic.decode({
      content: [
        { type: "server_tool_use", id: "s", name: "web_search", input: { query: "x" } },
        { type: "web_search_tool_result", tool_use_id: "s", content: [] },
        {
          type: "text",
          text: "So.",
          citations: [{ type: "char_location", cited_text: "so it is", document_title: "Doc" }],
        },
      ],
      stop_reason: "end_turn",
    }).choices;
    expect(choice!.parts).toMatchObject([{ kind: "text", citations: [{ text: "so it is", title: "Doc", url: null }] }]);
  });
});

describe("facts of Claude models", () => {
  // Output limits and abilities as the vendor's model pages have them.
  it.each([
    ["claude-3-haiku-20240307", 4096, false, false, true],
    ["claude-3-5-sonnet-20241022", 8192, false, false, true],
    ["claude-3-7-sonnet-20250219", 64_000, false, false, true],
    ["claude-sonnet-4-20250514", 64_000, false, false, true],
    ["claude-opus-4-1-20250805", 32_000, true, false, true],
    ["anthropic.claude-opus-4-1-20250805-v1:0", 32_000, true, false, true],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", 64_000, true, false, true],
    ["claude-haiku-4.5", 64_000, true, false, true],
    ["claude-sonnet-4-6", 128_000, true, true, true],
    ["claude-opus-4-7", 128_000, true, true, false],
    ["claude-sonnet-5", 128_000, true, true, false],
    ["claude-opus-latest", 128_000, true, true, false],
  ])("%s", (model, maxOutput, takesJsonSchema, thinksAdaptively, takesSampling) => {
    expect(claudeFacts(model)).toMatchObject({ maxOutput, takesJsonSchema, thinksAdaptively, takesSampling });
  });

  it("are modest about models that are not Claude", () => {
    expect(claudeFacts("glm-5")).toMatchObject({ maxOutput: null, thinksAdaptively: false, takesSampling: true });
  });
});

it("a schema loses what structured outputs refuse, at every depth, but no property of such a name", () => {
  const schema = {
    type: "object",
    properties: {
      minimum: { type: "integer", minimum: 1 },
      list: { type: "array", minItems: 3, items: { $ref: "#/$defs/x" } },
    },
    $defs: { x: { type: "object", properties: { y: { enum: [{ minLength: 1 }] } } } },
  };
  expect(schemaSubset(schema)).toEqual({
    type: "object",
    properties: { minimum: { type: "integer" }, list: { type: "array", items: { $ref: "#/$defs/x" } } },
    $defs: { x: { type: "object", properties: { y: { enum: [{ minLength: 1 }] } }, additionalProperties: false } },
    additionalProperties: false,
  });
});
