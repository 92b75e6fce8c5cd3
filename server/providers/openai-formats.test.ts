import { describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import type { ChatRequest } from "../chat.ts";
import { collectResult } from "../gateway/collect-result.ts";
import { readStream } from "../provider.conformance.ts";
import type { Provider } from "../provider.ts";
import { plainRequest, richRequest } from "./_samples/rich-request.ts";
import { sse } from "./_samples/samples.ts";

const providers = await discover<Provider>(new URL("./", import.meta.url));
const target = { baseUrl: null, apiKey: "k", headers: {}, options: {} };

function encode(provider: string, change: Partial<ChatRequest>, model = "m") {
  const { body, dropped } = providers.get(provider)!.encode({ ...plainRequest, ...change }, model);
  return { body: JSON.parse(JSON.stringify(body)) as Record<string, unknown>, dropped };
}
const effort = (word: ChatRequest["reasoning"]["effort"]) => ({
  reasoning: { effort: word, budgetTokens: null, includeText: null },
});

describe("vendors of the OpenAI chat format", () => {
  it.each([
    ["openai", "gpt-4o", "high", {}, ["reasoning"]],
    ["openai", "gpt-5", "none", { reasoning_effort: "minimal" }, []],
    ["openai", "gpt-5.1", "none", { reasoning_effort: "none" }, []],
    ["openai", "gpt-5.2", "max", { reasoning_effort: "xhigh" }, []],
    ["openai", "o4-mini", "minimal", { reasoning_effort: "low" }, []],
    ["openai", "o3", "max", { reasoning_effort: "high" }, []],
    ["openrouter", "x/y", "low", { reasoning: { effort: "low" } }, []],
    ["deepseek", "deepseek-chat", "medium", { thinking: { type: "enabled" }, reasoning_effort: "high" }, []],
    ["deepseek", "deepseek-chat", "none", { thinking: { type: "disabled" } }, []],
    ["groq", "openai/gpt-oss-120b", "max", { reasoning_effort: "high" }, []],
    ["groq", "qwen/qwen3-32b", "high", { reasoning_format: "parsed" }, []],
    ["groq", "llama-3.3-70b-versatile", "high", {}, ["reasoning"]],
    ["xai", "grok-3-mini", "medium", { reasoning_effort: "high" }, []],
    ["xai", "grok-4", "high", {}, ["reasoning"]],
    ["mistral", "mistral-large-latest", "high", {}, ["reasoning"]],
    ["vllm", "qwen", "max", { reasoning_effort: "high" }, []],
  ] as const)("%s is asked by %s for effort %s as %o", (provider, model, word, fields, dropped) => {
    const { body, dropped: names } = encode(provider, effort(word), model);
    const { reasoning_effort, reasoning, thinking, reasoning_format } = body;
    expect(JSON.parse(JSON.stringify({ reasoning_effort, reasoning, thinking, reasoning_format }))).toEqual(fields);
    expect(names).toEqual(dropped);
  });

  it("openai's reasoning models get no sampling settings, but those that are their defaults", () => {
    const change = { temperature: 0.2, topP: 1, presencePenalty: 1, topLogprobs: 1 };
    const { body, dropped } = encode("openai", change, "gpt-5-mini");
    expect(body).toEqual({ model: "gpt-5-mini", messages: expect.anything(), top_p: 1 });
    expect(dropped).toEqual(["temperature", "presence_penalty", "logprobs", "top_logprobs"]);
    expect(encode("openai", { ...change, ...effort("none") }, "gpt-5.1").body).toMatchObject({ temperature: 0.2 });
    expect(encode("openai", change, "gpt-4o").dropped).toEqual([]);
  });

  it("metadata goes to OpenAI only with stored answers, as it demands", () => {
    expect(encode("openai", { metadata: { a: "b" } }).dropped).toEqual(["metadata"]);
    expect(encode("openai", { metadata: { a: "b" }, extras: { store: true } }).body).toMatchObject({
      metadata: { a: "b" },
      store: true,
    });
  });

  it("mistral gets ids of nine letters, its own names, and its turn between a tool and the user", () => {
    const { body } = encode("mistral", { ...richRequest, toolChoice: { kind: "required" } });
    expect(body).toMatchObject({ tool_choice: "any", random_seed: 7 });
    const messages = body["messages"] as { role: string; tool_call_id?: string; tool_calls?: { id: string }[] }[];
    const calls = messages.flatMap(({ tool_calls }) => tool_calls ?? []).map(({ id }) => id);
    expect(calls.every((id) => /^[a-zA-Z0-9]{9}$/.test(id))).toBe(true);
    expect(messages.flatMap(({ tool_call_id }) => tool_call_id ?? [])).toEqual(calls);
    for (const [index, { role }] of messages.entries()) {
      if (role === "tool") expect(messages[index + 1]?.role).not.toBe("user");
    }
  });

  it("openai gets ids of at most 40 characters, the same for call and result", () => {
    const long = `toolu_${"x".repeat(60)}`;
    const { body } = encode("openai", {
      messages: [
        ...plainRequest.messages,
        {
          role: "assistant",
          parts: [{ kind: "tool_call", id: long, name: "f", argumentsJson: "{}", signature: null }],
        },
        { role: "tool", toolCallId: long, name: "f", parts: [], isError: false },
      ],
    });
    const [, asked, answered] = body["messages"] as [
      unknown,
      { tool_calls: [{ id: string }] },
      { tool_call_id: string },
    ];
    expect(asked.tool_calls[0].id).toHaveLength(37);
    expect(answered.tool_call_id).toBe(asked.tool_calls[0].id);
  });

  it("deepseek is told of the schema in words, and keeps from thinking over calls whose reasoning is lost", () => {
    const { body, dropped } = encode("deepseek", { output: richRequest.output });
    expect(JSON.stringify(body["messages"])).toContain("JSON Schema");
    expect(dropped).toEqual(["response_format.json_schema"]);
    const lost = richRequest.messages.map((message) =>
      message.role === "assistant"
        ? { ...message, parts: message.parts.filter(({ kind }) => kind !== "reasoning") }
        : message,
    );
    expect(encode("deepseek", { ...richRequest, messages: lost }).body["thinking"]).toEqual({ type: "disabled" });
    expect(encode("deepseek", richRequest).body["messages"]).toContainEqual(
      expect.objectContaining({ reasoning_content: "Paris, I think." }),
    );
  });

  it("vendors without eyes are told what was left out", () => {
    for (const name of ["deepseek", "cerebras"]) {
      const { body, dropped } = encode(name, richRequest);
      expect(JSON.stringify(body)).not.toContain("iVBORw0KGgo=");
      expect(dropped).toEqual(expect.arrayContaining(["image", "document", "tool_result.image"]));
    }
  });

  it("a new call under an old index is a new call, and calls without any index follow each other", () => {
    const chunk = (calls: object[], finish: string | null = null) => ({
      id: "x",
      model: "m",
      choices: [{ index: 0, delta: { tool_calls: calls }, finish_reason: finish }],
    });
    const call = (id: string, json: string, index?: number) => ({
      ...(index === undefined ? {} : { index }),
      id,
      function: { name: "f", arguments: json },
    });
    const provider = providers.get("openai-compatible")!;
    for (const index of [0, undefined]) {
      const stream = sse(
        chunk([call("a", '{"n":1}', index)]),
        chunk([call("b", '{"n":2}', index)]),
        chunk([], "stop"),
        "[DONE]",
      );
      const [choice] = collectResult(readStream(provider, stream), null).choices;
      expect(choice).toMatchObject({
        finish: "tool_calls",
        parts: [
          { id: "a", argumentsJson: '{"n":1}' },
          { id: "b", argumentsJson: '{"n":2}' },
        ],
      });
    }
  });

  it("azure's first chunk, which judges the prompt, does not begin the answer", () => {
    const stream = sse(
      { id: "", model: "", object: "", choices: [], prompt_filter_results: [] },
      { id: "c", model: "gpt-4o", choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }] },
      "[DONE]",
    );
    expect(readStream(providers.get("azure-openai")!, stream)[0]).toMatchObject({
      type: "start",
      id: "c",
      model: "gpt-4o",
    });
  });

  it("azure goes to the deployment, or to the surface without dates", () => {
    const azure = providers.get("azure-openai")!;
    const at = (options: object, baseUrl = "https://r.openai.azure.com/") =>
      azure.address({ ...target, baseUrl, options: { ...options } }, { model: "gpt-4o", stream: false });
    expect(at({})).toEqual({
      url: "https://r.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
      headers: { "api-key": "k" },
    });
    expect(at({ deployment: "d", apiVersion: "2025-01-01" }).url).toContain(
      "/deployments/d/chat/completions?api-version=2025-01-01",
    );
    expect(at({ apiVersion: "v1", accessToken: "t" }, "https://r.openai.azure.com/openai/v1")).toEqual({
      url: "https://r.openai.azure.com/openai/v1/chat/completions",
      headers: { authorization: "Bearer t" },
    });
  });

  it("perplexity's sources become citations of the text", () => {
    const answer = {
      choices: [{ message: { content: "So." }, finish_reason: "stop" }],
      citations: ["https://e.org"],
      search_results: [{ title: "E", url: "https://e.org" }],
    };
    const perplexity = providers.get("perplexity")!;
    const expected = [{ url: "https://e.org", title: "E", text: "", start: null, end: null }];
    expect(perplexity.decode(answer).choices[0]!.parts).toMatchObject([{ citations: expected }]);
    const chunk = {
      id: "p",
      choices: [{ index: 0, delta: { content: "So." }, finish_reason: "stop" }],
      search_results: answer.search_results,
    };
    expect(collectResult(readStream(perplexity, sse(chunk)), null).choices[0]!.parts).toMatchObject([
      { citations: expected },
    ]);
  });

  it("reasoning that was counted beside the answer is added by the sum, whoever the vendor is", () => {
    const answer = (total: number) => ({
      choices: [{ message: { content: "x" }, finish_reason: "stop" }],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: total,
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    });
    for (const name of ["openai", "xai", "openai-compatible"]) {
      expect(providers.get(name)!.decode(answer(18)).usage, name).toMatchObject({ output: 8, reasoning: 3 });
      expect(providers.get(name)!.decode(answer(15)).usage, name).toMatchObject({ output: 5, reasoning: 3 });
    }
  });

  it("vectors come as numbers or as base64, put in order", () => {
    const bytes = Buffer.alloc(8);
    bytes.writeFloatLE(0.5, 0);
    bytes.writeFloatLE(-2, 4);
    const { vectors } = providers.get("openai")!.embed!.decode({
      data: [
        { index: 1, embedding: [1, 2] },
        { index: 0, embedding: bytes.toString("base64") },
      ],
    });
    expect(vectors).toEqual([
      [0.5, -2],
      [1, 2],
    ]);
  });
});

describe("openai-responses", () => {
  it("gives encrypted reasoning back with its id, and leaves out that of others", () => {
    const think = (redacted: string | null, signature: string | null) =>
      ({ kind: "reasoning", text: "sum", signature, redacted }) as const;
    const { body } = encode(
      "openai-responses",
      {
        messages: [
          ...plainRequest.messages,
          {
            role: "assistant",
            parts: [think("weir.openai.E", "weir.openai.rs_1"), think("weir.anthropic.X", null), think(null, null)],
          },
        ],
      },
      "gpt-5",
    );
    expect((body["input"] as unknown[]).slice(1)).toEqual([
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "sum" }], encrypted_content: "E" },
    ]);
    expect(body["include"]).toEqual(["reasoning.encrypted_content"]);
  });

  it("asks for no fewer tokens than the API takes, and takes instructions alone for the prompt", () => {
    const { body, dropped } = encode("openai-responses", { maxOutputTokens: 5 });
    expect([body["max_output_tokens"], dropped]).toEqual([16, ["max_tokens"]]);
    expect(encode("openai-responses", { maxOutputTokens: 16 })).toMatchObject({
      body: { max_output_tokens: 16 },
      dropped: [],
    });
    const alone = encode("openai-responses", { system: richRequest.system, messages: [] }).body;
    expect(alone["instructions"]).toBeUndefined();
    expect(alone["input"]).toMatchObject([{ role: "user", content: [{ type: "input_text", text: "You are terse." }] }]);
  });

  it("is not sent what another vendor means by the same name", () => {
    const [claudes, gpts] = [{ edits: [] }, [{ type: "compaction", compact_threshold: 1000 }]];
    for (const [provider, own, foreign] of [
      ["openai-responses", gpts, claudes],
      ["anthropic", claudes, gpts],
    ] as const) {
      const told = (context_management: unknown) => encode(provider, { extras: { context_management } });
      expect(told(own)).toMatchObject({ body: { context_management: own }, dropped: [] });
      expect(told(foreign).body).not.toHaveProperty("context_management");
      expect(told(foreign).dropped).toEqual(["context_management"]);
    }
  });

  it("tells an answer cut short from a whole one", () => {
    const provider = providers.get("openai-responses")!;
    const answer = (reason: string) => ({
      id: "r",
      status: "incomplete",
      incomplete_details: { reason },
      output: [{ type: "message", content: [{ type: "output_text", text: "x" }] }],
    });
    expect(provider.decode(answer("max_output_tokens")).choices[0]!.finish).toBe("length");
    expect(provider.decode(answer("content_filter")).choices[0]!.finish).toBe("content_filter");
    const failed = { id: "r", status: "failed", error: { code: "server_error", message: "boom" }, output: [] };
    expect(() => provider.decode(failed)).toThrow("boom");
  });
});

describe("older and spoken answers in the OpenAI chat format", () => {
  const { decode, decodeStream } = providers.get("openai")!;
  const whole = (message: object, finish_reason: string) =>
    decode({ id: "c", model: "m", choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }] });
  const streamed = (deltas: readonly object[], finish_reason: string) => {
    const chunkOf = (delta: object, finish: string | null) => ({
      id: "c",
      model: "m",
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    const decoder = decodeStream();
    const bytes = sse(...deltas.map((delta) => chunkOf(delta, null)), chunkOf({}, finish_reason), "[DONE]");
    return collectResult([...decoder.push(bytes), ...decoder.end()], null);
  };
  const call = { kind: "tool_call", name: "f", argumentsJson: '{"a":1}' };

  it("call the one function, whole and streamed", () => {
    const message = { content: null, function_call: { name: "f", arguments: '{"a":1}' } };
    expect(whole(message, "function_call").choices[0]).toMatchObject({ parts: [call], finish: "tool_calls" });
    const deltas = [
      { content: null, function_call: { name: "f", arguments: "" } },
      { function_call: { arguments: '{"a":' } },
      { function_call: { arguments: "1}" } },
    ];
    expect(streamed(deltas, "function_call").choices[0]).toMatchObject({ parts: [call], finish: "tool_calls" });
  });

  it("are told by their transcript", () => {
    const message = { content: null, audio: { id: "a", data: "AAAA", transcript: "Hello", expires_at: 1 } };
    expect(whole(message, "stop").choices[0]).toMatchObject({
      parts: [{ kind: "text", text: "Hello" }],
      finish: "stop",
    });
    const deltas = [
      { audio: { id: "a", transcript: "Hel" } },
      { audio: { data: "AAAA" } },
      { audio: { transcript: "lo" } },
      { audio: { expires_at: 1 } },
    ];
    expect(streamed(deltas, "stop").choices[0]).toMatchObject({ parts: [{ kind: "text", text: "Hello" }] });
  });
});
