import { describe, expect, it } from "vitest";
import type { ChatResult } from "../chat.ts";
import { faultFor } from "../dialect.conformance.ts";
import dialect from "./gemini.ts";

const hi = { role: "user", parts: [{ text: "hi" }] };
const parse = (fields: object) => dialect.parse({ contents: [hi], ...fields }, { model: "m", stream: false });
const context = { requestId: "req_1", model: "the-model", nowMs: 0, request: parse({}) };

describe("gemini requests", () => {
  it("mean the same in both spellings", () => {
    const camel = {
      systemInstruction: { parts: [{ text: "s" }] },
      contents: [
        { role: "user", parts: [{ inlineData: { mimeType: "image/png", data: "AA==" } }] },
        { role: "model", parts: [{ functionCall: { name: "f", args: { some_arg: 1 } }, thoughtSignature: "c2ln" }] },
        { role: "user", parts: [{ functionResponse: { name: "f", response: { output: "x" } } }] },
      ],
      tools: [{ functionDeclarations: [{ name: "f", parametersJsonSchema: { type: "object" } }], googleSearch: {} }],
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] } },
      generationConfig: {
        maxOutputTokens: 5,
        stopSequences: ["E"],
        thinkingConfig: { thinkingBudget: 7 },
        newField: 1,
      },
      safetySettings: [{ category: "c" }],
    };
    const snake = {
      system_instruction: { parts: { text: "s" } },
      contents: [
        { parts: [{ inline_data: { mime_type: "image/png", data: "AA==" } }] },
        { role: "model", parts: [{ function_call: { name: "f", args: { some_arg: 1 } }, thought_signature: "c2ln" }] },
        { role: "function", parts: { function_response: { name: "f", response: { output: "x" } } } },
      ],
      tools: { function_declarations: [{ name: "f", parameters_json_schema: { type: "object" } }], google_search: {} },
      tool_config: { function_calling_config: { mode: "any", allowed_function_names: ["f"] } },
      generation_config: {
        max_output_tokens: 5,
        stop_sequences: ["E"],
        thinking_config: { thinking_budget: 7 },
        new_field: 1,
      },
      safety_settings: [{ category: "c" }],
    };
    expect(parse(snake)).toEqual(parse(camel));
    expect(parse(camel)).toMatchObject({
      toolChoice: { kind: "tool", name: "f" },
      reasoning: { budgetTokens: 7 },
      extras: {
        "tools.googleSearch": {},
        "generationConfig.newField": 1,
        safetySettings: [{ category: "c" }],
      },
    });
  });

  it("pair calls and responses without ids by name, in order", () => {
    const call = (name: string) => ({ functionCall: { name, args: {} } });
    const response = (name: string, n: number) => ({ functionResponse: { name, response: { result: n } } });
    const { messages } = parse({
      contents: [
        hi,
        { role: "model", parts: [call("f"), call("g"), call("f")] },
        { role: "user", parts: [response("f", 1), response("g", 2), response("f", 3)] },
      ],
    });
    const results = messages.flatMap((each) => (each.role === "tool" ? [[each.toolCallId, each.parts[0]]] : []));
    expect(results).toMatchObject([
      ["call_0", { text: "1" }],
      ["call_1", { text: "2" }],
      ["call_2", { text: "3" }],
    ]);
  });

  it.each([
    [{ output: "x" }, "x", false],
    [{ error: "broken" }, "broken", true],
    [{ output: "x", more: 1 }, '{"output":"x","more":1}', false],
    [{}, "{}", false],
  ])("read the response %j", (response, text, isError) => {
    const contents = [hi, { role: "user", parts: [{ functionResponse: { name: "f", response } }] }];
    expect(parse({ contents }).messages[1]).toMatchObject({ role: "tool", isError, parts: [{ text }] });
  });

  it("turn Google's schemas into JSON Schema", () => {
    const parameters = {
      type: "OBJECT",
      propertyOrdering: ["b", "a"],
      properties: {
        a: { type: "STRING", nullable: true, enum: ["x"] },
        b: { type: "ARRAY", min_items: "1", items: { any_of: [{ type: "INTEGER" }, { type: "NUMBER" }] } },
        type: { type: "BOOLEAN" },
      },
    };
    const [tool] = parse({ tools: [{ functionDeclarations: [{ name: "f", parameters }] }] }).tools;
    expect(tool!.parameters).toEqual({
      type: "object",
      properties: {
        b: { type: "array", minItems: 1, items: { anyOf: [{ type: "integer" }, { type: "number" }] } },
        a: { type: ["string", "null"], enum: ["x", null] },
        type: { type: "boolean" },
      },
    });
    expect(Object.keys((tool!.parameters as { properties: object }).properties)).toEqual(["b", "a", "type"]);
  });

  it.each([
    [{ responseMimeType: "application/json" }, { kind: "json" }],
    [{ responseMimeType: "application/json", responseSchema: { type: "STRING" } }, { schema: { type: "string" } }],
    [{ responseJsonSchema: { type: "string" } }, { schema: { type: "string" } }],
    [{ responseMimeType: "text/x.enum" }, { kind: "text" }],
  ])("read the output of %j", (generationConfig, expected) => {
    expect(parse({ generationConfig }).output).toMatchObject(expected);
  });

  it.each([
    [{ thinkingBudget: -1 }, { effort: null, budgetTokens: null }],
    [{ thinkingBudget: 0 }, { effort: null, budgetTokens: 0 }],
    [
      { thinkingLevel: "HIGH", includeThoughts: true },
      { effort: "high", includeText: true },
    ],
  ])("read the wish for reasoning of %j", (thinkingConfig, expected) => {
    expect(parse({ generationConfig: { thinkingConfig } }).reasoning).toMatchObject(expected);
  });

  it("put the pieces of a streamed turn together again", () => {
    const model = (part: object) => ({ role: "model", parts: [part] });
    const { messages } = parse({
      contents: [
        hi,
        model({ text: "Hm", thought: true }),
        model({ text: "m.", thought: true, thoughtSignature: "c2ln" }),
        model({ text: "Hel" }),
        model({ text: "lo" }),
        model({ text: "" }),
      ],
    });
    expect(messages[1]!.parts).toMatchObject([
      { kind: "reasoning", text: "Hmm.", signature: "weir.google.c2ln" },
      { kind: "text", text: "Hello" },
    ]);
  });
});

describe("gemini answers", () => {
  it("wrap a foreign proof in base64, which Google's Python client decodes, in either alphabet", () => {
    const signature = "weir.anthropic.?>?>~~";
    const result: ChatResult = {
      id: null,
      model: "m",
      createdAtMs: null,
      choices: [
        {
          parts: [{ kind: "reasoning", text: "t", signature, redacted: null }],
          finish: "stop",
          stopSequence: null,
          logprobs: null,
        },
      ],
      usage: null,
      serviceTier: null,
    };
    const answer = dialect.render(result, context) as {
      candidates: { content: { parts: { thoughtSignature: string }[] } }[];
    };
    const [part] = answer.candidates[0]!.content.parts;
    expect(part!.thoughtSignature).toMatch(/^[A-Za-z0-9+/]+=*$/);
    const urlSafe = part!.thoughtSignature.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    for (const thoughtSignature of [part!.thoughtSignature, urlSafe]) {
      const contents = [hi, { role: "model", parts: [{ ...part, thoughtSignature }] }];
      expect(parse({ contents }).messages[1]!.parts[0]).toMatchObject({ signature });
    }
  });
});

describe("gemini faults", () => {
  it.each([
    ["rate_limited", 429, "RESOURCE_EXHAUSTED"],
    ["authentication", 401, "UNAUTHENTICATED"],
    ["not_found", 404, "NOT_FOUND"],
    ["timeout", 504, "DEADLINE_EXCEEDED"],
    ["server_error", 500, "INTERNAL"],
  ] as const)("call %s %d %s", (kind, code, status) => {
    const { body } = dialect.renderFault(faultFor(kind, { retryAfterMs: 1500 }), "req_1");
    expect(body).toMatchObject({
      error: { code, status, details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1.5s" }] },
    });
  });
});
