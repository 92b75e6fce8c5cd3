import OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import type { ChatCompletionCreateParamsNonStreaming, ChatCompletionTool } from "openai/resources";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type ClientStage, FAULT_STATUSES, MODELS, openClientStage } from "../testing/client-stage.ts";

let stage: ClientStage;
let client: OpenAI;

beforeAll(async () => {
  stage = await openClientStage();
  client = new OpenAI({ apiKey: "sk-of-the-client", baseURL: `${stage.url}/v1`, maxRetries: 0 });
});
afterEach(() => expect(stage.takeRefusals()).toEqual([]));
afterAll(() => stage.close());

const ask = (text: string) => [{ role: "user" as const, content: text }];
const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather of a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
    strict: true,
  },
} as const satisfies ChatCompletionTool;
const Weather = z.object({ city: z.string(), celsius: z.number() });

describe.each(MODELS)("openai's chat completions before $vendor", ({ model, says }) => {
  it("answers with text, a finish reason and usage", async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: [
        { role: "developer", content: "Be kind." },
        ...ask("Hi"),
        { role: "assistant", content: "Yes?" },
        ...ask("Go on"),
      ],
      max_completion_tokens: 100,
      temperature: 0.5,
      stop: ["END"],
      user: "u-1",
    });
    expect(answer.object).toBe("chat.completion");
    expect(answer.choices).toHaveLength(1);
    expect(answer.choices[0]).toMatchObject({
      index: 0,
      finish_reason: "stop",
      message: { role: "assistant", content: says },
    });
    expect(answer.usage).toMatchObject({ prompt_tokens: 25, completion_tokens: 9, total_tokens: 34 });
    expect(answer.usage?.prompt_tokens_details?.cached_tokens).toBe(5);
    expect(answer._request_id).toMatch(/^req_/);
  });

  it("streams the same, with usage only when it was asked for", async () => {
    const stream = await client.chat.completions.create({ model, messages: ask("Hi"), stream: true });
    let text = "";
    let finishes = 0;
    for await (const chunk of stream) {
      expect(chunk.object).toBe("chat.completion.chunk");
      expect(chunk.usage ?? null).toBeNull();
      text += chunk.choices[0]?.delta.content ?? "";
      if ((chunk.choices[0]?.finish_reason ?? null) !== null) finishes++;
    }
    expect({ text, finishes }).toEqual({ text: says, finishes: 1 });
    const metered = await client.chat.completions.create({
      model,
      messages: ask("Hi"),
      stream: true,
      stream_options: { include_usage: true },
    });
    let last: OpenAI.ChatCompletionChunk | undefined;
    for await (const chunk of metered) last = chunk;
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toMatchObject({ prompt_tokens: 25, completion_tokens: 9 });
  });

  it("feeds the helper stream, whose events and final completion hold", async () => {
    const stream = client.chat.completions.stream({
      model,
      messages: ask("Hi"),
      stream_options: { include_usage: true },
    });
    const pieces: string[] = [];
    stream.on("content", (piece) => pieces.push(piece));
    const final = await stream.finalChatCompletion();
    expect(pieces.join("")).toBe(says);
    expect(final.choices[0]?.message.content).toBe(says);
    expect(await stream.totalUsage()).toMatchObject({ prompt_tokens: 25 });
  });

  it("makes parallel tool calls and takes their results", async () => {
    const first = await client.chat.completions.create({
      model,
      messages: ask("Weather in Paris and Oslo?"),
      tools: [weather],
    });
    expect(first.choices[0]?.finish_reason).toBe("tool_calls");
    const { message } = first.choices[0]!;
    const calls = (message.tool_calls ?? []).flatMap((call) => (call.type === "function" ? [call] : []));
    expect(calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)])).toEqual([
      ["get_weather", { city: "Paris" }],
      ["get_weather", { city: "Oslo" }],
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    const results = calls.map(({ id }, index) => ({
      role: "tool" as const,
      tool_call_id: id,
      content: `${index + 20} degrees`,
    }));
    const second = await client.chat.completions.create({
      model,
      messages: [...ask("Weather in Paris and Oslo?"), message, ...results],
      tools: [weather],
    });
    expect(second.choices[0]?.message.content).toContain("20 degrees");
    expect(second.choices[0]?.message.content).toContain("21 degrees");
  });

  it.each([true, false])("runs tools by itself until the answer is there (stream: %s)", async (stream) => {
    const asked: string[] = [];
    const tools = [
      zodFunction({
        name: "get_weather",
        description: "Weather of a city",
        parameters: z.object({ city: z.string() }),
        function: ({ city }) => {
          asked.push(city);
          return `sunny in ${city}`;
        },
      }),
    ];
    const messages = ask("Weather in Rome and Oslo?");
    const run = stream
      ? client.chat.completions.runTools({ model, messages, tools, stream: true })
      : client.chat.completions.runTools({ model, messages, tools });
    const content = await run.finalContent();
    expect(asked).toEqual(["Rome", "Oslo"]);
    expect(content).toContain("sunny in Rome");
    expect(content).toContain("sunny in Oslo");
  });

  it("insists on a tool when told to", async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: ask("Hello"),
      tools: [weather],
      tool_choice: { type: "function", function: { name: "get_weather" } },
      parallel_tool_calls: false,
    });
    expect(answer.choices[0]?.message.tool_calls).toHaveLength(1);
  });

  it("answers by a schema, parsed by the client's own helper", async () => {
    const request = { model, messages: ask("Paris?"), response_format: zodResponseFormat(Weather, "weather") };
    const answer = await client.chat.completions.parse(request);
    expect(answer.choices[0]?.message.parsed).toEqual({ city: "Paris", celsius: 21 });
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    expect(streamed.choices[0]?.message.parsed).toEqual({ city: "Paris", celsius: 21 });
  });

  it("sends pictures", async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
          ],
        },
      ],
    });
    expect(answer.choices[0]?.message.content).toBe("I see a picture.");
  });

  it("tells that it ran out of tokens", async () => {
    const request = { model, messages: ask("a long story"), max_completion_tokens: 16 };
    const answer = await client.chat.completions.create(request);
    expect(answer.choices[0]?.finish_reason).toBe("length");
    let streamed: string | null = null;
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true }))
      streamed = chunk.choices[0]?.finish_reason ?? streamed;
    expect(streamed).toBe("length");
  });

  it("tells that the vendor withheld the answer: filtered, or a refusal where it gives one", async () => {
    const answer = await client.chat.completions.create({ model, messages: ask("something forbidden") });
    const { finish_reason: finish, message } = answer.choices[0]!;
    if (model.startsWith("anthropic")) expect(message.refusal).toMatch(/declined/);
    else expect(finish).toBe("content_filter");
  });

  it.each(FAULT_STATUSES)("throws the client's own class for %i, streamed or not", async (status) => {
    const request = {
      model: `${model.split("/")[0]}/fail-${status}`,
      messages: ask("Hi"),
    } as const satisfies ChatCompletionCreateParamsNonStreaming;
    for (const stream of [false, true]) {
      const error = await client.chat.completions.create({ ...request, stream }).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ERRORS[status] ?? OpenAI.APIError);
      if (!(error instanceof OpenAI.APIError)) continue;
      expect(error.status).toBe(status);
      expect(error.message).toContain("told to fail");
      expect(error.requestID).toMatch(/^req_/);
      if (status === 429) expect(error.headers?.get("retry-after")).toBe("1");
    }
  });

  it("throws in the middle of a stream that breaks, with what came before it delivered", async () => {
    const stream = await client.chat.completions.create({
      model: `${model.split("/")[0]}/break-stream`,
      messages: ask("Hi"),
      stream: true,
    });
    let text = "";
    const error = await (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    })().catch((thrown: unknown) => thrown);
    expect(text).toBe("Hello");
    expect(error).toBeInstanceOf(OpenAI.APIError);
  });
});

describe("openai's client before simulated models", () => {
  it("gets an answer, a stream and a tool call, all labelled as simulated", async () => {
    const model = "simulated/small";
    const answer = await client.chat.completions.create({ model, messages: ask("Hi") });
    expect(answer.choices[0]?.message.content).toMatch(/simulated/i);
    const final = await client.chat.completions.stream({ model, messages: ask("Hi") }).finalChatCompletion();
    expect(final.choices[0]?.message.content).toMatch(/simulated/i);
    const called = await client.chat.completions.create({
      model,
      messages: ask("Hi"),
      tools: [weather],
      tool_choice: "required",
    });
    const call = called.choices[0]?.message.tool_calls?.[0];
    expect(call?.type === "function" ? JSON.parse(call.function.arguments) : null).toHaveProperty("city");
    const parsed = await client.chat.completions.parse({
      model,
      messages: ask("Hi"),
      response_format: zodResponseFormat(Weather, "weather"),
    });
    expect(Weather.safeParse(parsed.choices[0]?.message.parsed).success).toBe(true);
  });
});

const ERRORS: Readonly<Record<number, new (...args: never[]) => Error>> = {
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
