import Anthropic from "@anthropic-ai/sdk";
import { ApiError as GoogleError, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import type { ChatEvent, ChatResult, FaultKind } from "../chat.ts";
import { faultFor } from "../dialect.conformance.ts";
import type { Dialect, RenderContext } from "../dialect.ts";
import { eventsOfResult } from "../gateway/events-of-result.ts";
import { voiceOf } from "./_testing/voices.ts";

const dialects = await discover<Dialect>(new URL("./", import.meta.url));

/** An agent's turn: a thought, some words with a source, two calls in parallel. */
const RESULT: ChatResult = {
  id: null,
  model: "m",
  createdAtMs: null,
  choices: [
    {
      parts: [
        { kind: "reasoning", text: "Think.", signature: "weir.anthropic.c2ln", redacted: null },
        {
          kind: "text",
          text: "Let me look.",
          citations: [{ text: "look", url: "https://e.org", title: "E", start: 0, end: 3 }],
          cacheControl: null,
        },
        { kind: "tool_call", id: "call_1", name: "get_weather", argumentsJson: '{"city":"Paris"}', signature: null },
        { kind: "tool_call", id: "call_2", name: "get_time", argumentsJson: "{}", signature: null },
      ],
      finish: "tool_calls",
      stopSequence: null,
      logprobs: null,
    },
  ],
  usage: {
    inputUncached: 10,
    cacheRead: 20,
    cacheWrite5m: 3,
    cacheWrite1h: 4,
    output: 30,
    reasoning: 5,
    estimated: false,
  },
  serviceTier: null,
};

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  readonly type?: string;
}

/** A network of one answer: what a vendor's own client would get from us. */
function fetchOf({ status = 200, headers = {}, body, type = "application/json" }: Answer): typeof fetch {
  return async () => new Response(body, { status, headers: { "content-type": type, ...headers } });
}

function contextOf(dialect: Dialect): RenderContext {
  const voice = voiceOf(dialect);
  const request = { ...dialect.parse(voice.hello, voice.path), streamUsage: true };
  return { requestId: "req_1", model: "the-model", nowMs: 1_700_000_000_000, request };
}

function whole(name: string): Answer {
  const dialect = dialects.get(name)!;
  return { body: JSON.stringify(dialect.render(RESULT, contextOf(dialect))) };
}

function stream(name: string, events: readonly ChatEvent[] = eventsOfResult(RESULT)): Answer {
  const dialect = dialects.get(name)!;
  const renderer = dialect.renderStream(contextOf(dialect));
  return { body: events.map((event) => renderer.push([event])).join(""), type: dialect.streamType };
}

/** The stream breaks behind its first words. */
function broken(name: string): Answer {
  const events = eventsOfResult(RESULT).filter((event) => event.type !== "end");
  return stream(name, [...events.slice(0, 6), { type: "error", error: faultFor("overloaded") }]);
}

function fault(name: string, kind: FaultKind, status: number): Answer {
  const rendered = dialects.get(name)!.renderFault(faultFor(kind, { status }), "req_1");
  return { status: rendered.status, headers: rendered.headers, body: JSON.stringify(rendered.body) };
}

const FAULTS: readonly (readonly [FaultKind, number])[] = [
  ["invalid_request", 400],
  ["authentication", 401],
  ["permission", 403],
  ["not_found", 404],
  ["request_too_large", 413],
  ["invalid_request", 422],
  ["rate_limited", 429],
  ["server_error", 500],
  ["overloaded", 503],
  ["timeout", 504],
];

describe("OpenAI's client", () => {
  const client = (answer: Answer) => new OpenAI({ apiKey: "k", maxRetries: 0, fetch: fetchOf(answer) });
  const chat = { model: "m", messages: [{ role: "user" as const, content: "hi" }] };
  const CLASSES: Readonly<Record<number, unknown>> = {
    400: OpenAI.BadRequestError,
    401: OpenAI.AuthenticationError,
    403: OpenAI.PermissionDeniedError,
    404: OpenAI.NotFoundError,
    422: OpenAI.UnprocessableEntityError,
    429: OpenAI.RateLimitError,
    500: OpenAI.InternalServerError,
    503: OpenAI.InternalServerError,
    504: OpenAI.InternalServerError,
  };

  it("reads a completion and assembles the same from a stream with its helper", async () => {
    const { choices, usage } = await client(whole("openai-chat")).chat.completions.create(chat);
    expect(choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: "Let me look.",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
          { id: "call_2", type: "function", function: { name: "get_time", arguments: "{}" } },
        ],
      },
    });
    expect(usage).toMatchObject({ prompt_tokens: 37, completion_tokens: 30, total_tokens: 67 });
    expect(usage?.prompt_tokens_details?.cached_tokens).toBe(20);
    const final = await client(stream("openai-chat")).chat.completions.stream(chat).finalChatCompletion();
    expect(final.choices[0]?.message).toMatchObject({
      content: "Let me look.",
      tool_calls: choices[0]!.message.tool_calls!,
    });
    expect(final.usage).toEqual(usage);
  });

  it("reads a legacy completion, whole and streamed", async () => {
    const prompt = { model: "m", prompt: "hi" };
    const completion = await client(whole("openai-completions")).completions.create(prompt);
    expect(completion.choices[0]).toMatchObject({ text: "Let me look.", finish_reason: "stop" });
    let text = "";
    const chunks = await client(stream("openai-completions")).completions.create({ ...prompt, stream: true });
    for await (const chunk of chunks) text += chunk.choices[0]?.text ?? "";
    expect(text).toBe("Let me look.");
  });

  it("reads a response and assembles the same from a stream with its helper", async () => {
    const response = await client(whole("openai-responses")).responses.create({ model: "m", input: "hi" });
    expect(response.output_text).toBe("Let me look.");
    expect(response.output.map(({ type }) => type)).toEqual(["reasoning", "message", "function_call", "function_call"]);
    expect(response.usage).toEqual({
      input_tokens: 37,
      input_tokens_details: { cached_tokens: 20, cache_write_tokens: 7 },
      output_tokens: 30,
      output_tokens_details: { reasoning_tokens: 5 },
      total_tokens: 67,
    });
    const helper = client(stream("openai-responses")).responses.stream({ model: "m", input: "hi" });
    const { output, output_text } = await helper.finalResponse();
    expect(output_text).toBe("Let me look.");
    expect(JSON.parse(JSON.stringify(output))).toMatchObject(JSON.parse(JSON.stringify(response.output)));
  });

  it.each(FAULTS)("raises its class for %s (%d)", async (kind, status) => {
    for (const name of ["openai-chat", "openai-responses", "openai-completions"]) {
      const error = await client(fault(name, kind, status))
        .chat.completions.create(chat)
        .catch((thrown) => thrown);
      expect(error).toBeInstanceOf(CLASSES[status] ?? OpenAI.APIError);
      expect(error.status).toBe(status);
      expect(error.message).toContain("what went wrong");
    }
  });

  it("raises an error in the middle of any stream", async () => {
    const failing = async (run: Promise<AsyncIterable<unknown>>) => {
      const seen: unknown[] = [];
      try {
        for await (const piece of await run) seen.push(piece);
      } catch (error) {
        expect(seen.length).toBeGreaterThan(0);
        return error;
      }
      return null;
    };
    const runs = [
      client(broken("openai-chat")).chat.completions.create({ ...chat, stream: true }),
      client(broken("openai-responses")).responses.create({ model: "m", input: "hi", stream: true }),
      client(broken("openai-completions")).completions.create({ model: "m", prompt: "hi", stream: true }),
    ];
    for (const run of runs) {
      const error = await failing(run);
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(error).toMatchObject({ code: "overloaded", message: "what went wrong" });
    }
  });
});

describe("Anthropic's client", () => {
  const client = (answer: Answer) => new Anthropic({ apiKey: "k", maxRetries: 0, fetch: fetchOf(answer) });
  const body = { model: "m", max_tokens: 10, messages: [{ role: "user" as const, content: "hi" }] };
  const CLASSES: Readonly<Record<number, string>> = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    413: "ContentTooLargeError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
    500: "InternalServerError",
    503: "ServiceUnavailableError",
    504: "GatewayTimeoutError",
    529: "OverloadedError",
  };

  it("reads a message and assembles the same from a stream with its helper", async () => {
    const message = await client(whole("anthropic-messages")).messages.create(body);
    expect(message).toMatchObject({
      type: "message",
      stop_reason: "tool_use",
      content: [
        { type: "thinking", thinking: "Think.", signature: "c2ln" },
        { type: "text", text: "Let me look." },
        { type: "tool_use", id: "call_1", name: "get_weather", input: { city: "Paris" } },
        { type: "tool_use", id: "call_2", name: "get_time", input: {} },
      ],
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 20,
        cache_creation_input_tokens: 7,
        cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
        output_tokens: 30,
      },
    });
    const final = await client(stream("anthropic-messages")).messages.stream(body).finalMessage();
    expect(JSON.parse(JSON.stringify(final))).toMatchObject(JSON.parse(JSON.stringify(message)));
  });

  it.each([...FAULTS, ["overloaded", 529] as const])("raises its class for %s (%d)", async (kind, status) => {
    const error = await client(fault("anthropic-messages", kind, status))
      .messages.create(body)
      .catch((thrown) => thrown);
    expect(error.constructor.name).toBe(CLASSES[status]);
    expect(error.status).toBe(status);
    expect(error.requestID).toBe("req_1");
    expect(error.error).toMatchObject({ type: "error", request_id: "req_1" });
  });

  it("raises an error in the middle of a stream", async () => {
    const helper = client(broken("anthropic-messages")).messages.stream(body);
    await expect(helper.finalMessage()).rejects.toMatchObject({ message: expect.stringContaining("overloaded_error") });
  });
});

describe("Google's client", () => {
  const client = (answer: Answer) => {
    const ai = new GoogleGenAI({ apiKey: "k" });
    return { ai, restore: replaceFetch(fetchOf(answer)) };
  };
  const call = { model: "m", contents: "hi" };

  it("reads an answer and hears the same from a stream", async () => {
    const { ai, restore } = client(whole("gemini"));
    const answer = await ai.models.generateContent(call).finally(restore);
    expect(answer.text).toBe("Let me look.");
    expect(answer.functionCalls).toEqual([
      { id: "call_1", name: "get_weather", args: { city: "Paris" } },
      { id: "call_2", name: "get_time", args: {} },
    ]);
    expect(answer.usageMetadata).toEqual({
      promptTokenCount: 37,
      cachedContentTokenCount: 20,
      candidatesTokenCount: 25,
      thoughtsTokenCount: 5,
      totalTokenCount: 67,
    });
    const streaming = client(stream("gemini"));
    let text = "";
    const calls: unknown[] = [];
    let last: unknown;
    for await (const chunk of await streaming.ai.models.generateContentStream(call)) {
      text += chunk.text ?? "";
      calls.push(...(chunk.functionCalls ?? []));
      last = chunk.usageMetadata ?? last;
    }
    streaming.restore();
    expect({ text, calls, last }).toEqual({
      text: "Let me look.",
      calls: answer.functionCalls,
      last: answer.usageMetadata,
    });
  });

  it("keeps a streamed turn in its chat's history", async () => {
    const { ai, restore } = client(stream("gemini"));
    const chat = ai.chats.create({ model: "m" });
    for await (const _ of await chat.sendMessageStream({ message: "hi" }));
    restore();
    const history = chat.getHistory(true);
    const { messages } = dialects.get("gemini")!.parse({ contents: history }, { model: "m", stream: false });
    expect(messages).toHaveLength(2);
    expect(messages[1]!.parts.map(({ kind }) => kind)).toEqual(["reasoning", "text", "tool_call", "tool_call"]);
  });

  it.each(FAULTS)("raises its error for %s (%d)", async (kind, status) => {
    const { ai, restore } = client(fault("gemini", kind, status));
    const error = await ai.models
      .generateContent(call)
      .catch((thrown) => thrown)
      .finally(restore);
    expect(error).toBeInstanceOf(GoogleError);
    expect(error.status).toBe(status);
    expect(JSON.parse(error.message).error).toMatchObject({ code: status, message: "what went wrong" });
  });

  it("raises an error in the middle of a stream", async () => {
    const { ai, restore } = client(broken("gemini"));
    const read = async () => {
      for await (const _ of await ai.models.generateContentStream(call));
    };
    await expect(read().finally(restore)).rejects.toMatchObject({ status: 503 });
  });
});

/** Google's client takes no fetch of its own. */
function replaceFetch(fake: typeof fetch): () => void {
  const real = globalThis.fetch;
  globalThis.fetch = fake;
  return () => {
    globalThis.fetch = real;
  };
}
