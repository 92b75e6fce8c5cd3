import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import type { MessageParam, Tool } from "@anthropic-ai/sdk/resources/messages";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type ClientStage, FAULT_STATUSES, MODELS, openClientStage } from "../testing/client-stage.ts";

let stage: ClientStage;
let client: Anthropic;

beforeAll(async () => {
  stage = await openClientStage();
  client = new Anthropic({ apiKey: "sk-ant-of-the-client", baseURL: stage.url, maxRetries: 0 });
});
afterEach(() => expect(stage.takeRefusals()).toEqual([]));
afterAll(() => stage.close());

const ask = (text: string): MessageParam[] => [{ role: "user", content: text }];
const weather: Tool = {
  name: "get_weather",
  description: "Weather of a city",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

describe.each(MODELS)("anthropic's messages before $vendor", ({ vendor, model, says }) => {
  it("answers with a text block, a stop reason and usage in disjoint classes", async () => {
    const answer = await client.messages.create({
      model,
      max_tokens: 100,
      system: [{ type: "text", text: "Be kind.", cache_control: { type: "ephemeral" } }],
      messages: [...ask("Hi"), { role: "assistant", content: "Yes?" }, ...ask("Go on")],
      stop_sequences: ["END"],
      metadata: { user_id: "u-1" },
    });
    expect(answer).toMatchObject({ type: "message", role: "assistant", stop_reason: "end_turn", stop_sequence: null });
    expect(answer.content).toMatchObject([{ type: "text", text: says }]);
    expect(answer.usage).toMatchObject({ input_tokens: 20, cache_read_input_tokens: 5, output_tokens: 9 });
    expect(answer._request_id).toMatch(/^req_/);
  });

  it("feeds the helper stream, whose events and final message hold", async () => {
    const stream = client.messages.stream({ model, max_tokens: 100, messages: ask("Hi") });
    const pieces: string[] = [];
    stream.on("text", (piece) => pieces.push(piece));
    const final = await stream.finalMessage();
    expect(pieces.join("")).toBe(says);
    expect(final).toMatchObject({ stop_reason: "end_turn", content: [{ type: "text", text: says }] });
    expect(final.usage).toMatchObject({ input_tokens: 20, cache_read_input_tokens: 5, output_tokens: 9 });
  });

  it("streams raw events in the documented order", async () => {
    const types: string[] = [];
    for await (const { type } of await client.messages.create({
      model,
      max_tokens: 100,
      messages: ask("Hi"),
      stream: true,
    })) {
      if (type !== types.at(-1)) types.push(type);
    }
    expect(types).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  it("uses tools in parallel, whole and streamed, and takes their results", async () => {
    const request = { model, max_tokens: 100, messages: ask("Weather in Paris and Oslo?"), tools: [weather] };
    const first = await client.messages.create(request);
    expect(first.stop_reason).toBe("tool_use");
    const uses = first.content.flatMap((block) => (block.type === "tool_use" ? [block] : []));
    expect(uses.map(({ name, input }) => [name, input])).toEqual([
      ["get_weather", { city: "Paris" }],
      ["get_weather", { city: "Oslo" }],
    ]);
    const streamed = await client.messages.stream(request).finalMessage();
    expect(streamed.content.flatMap((block) => (block.type === "tool_use" ? [block.input] : []))).toEqual([
      { city: "Paris" },
      { city: "Oslo" },
    ]);
    expect(streamed.stop_reason).toBe("tool_use");
    const second = await client.messages.create({
      ...request,
      messages: [
        ...request.messages,
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: uses.map(({ id }, index) => ({
            type: "tool_result" as const,
            tool_use_id: id,
            content: [{ type: "text" as const, text: `${index + 20} degrees` }],
          })),
        },
      ],
    });
    expect(second.content).toMatchObject([{ type: "text", text: expect.stringMatching(/20 degrees.*21 degrees/) }]);
  });

  it("insists on a tool when told to", async () => {
    const answer = await client.messages.create({
      model,
      max_tokens: 100,
      messages: ask("Hello"),
      tools: [weather],
      tool_choice: { type: "tool", name: "get_weather", disable_parallel_tool_use: true },
    });
    expect(answer.content.at(-1)).toMatchObject({ type: "tool_use", name: "get_weather", input: { city: "Paris" } });
  });

  it("answers by a schema", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" }, celsius: { type: "number" } },
      required: ["city", "celsius"],
      additionalProperties: false,
    };
    const answer = await client.messages.create({
      model,
      max_tokens: 100,
      messages: ask("Paris?"),
      output_config: { format: { type: "json_schema", schema } },
    });
    const [block] = answer.content;
    expect(block?.type === "text" ? JSON.parse(block.text) : null).toEqual({ city: "Paris", celsius: 21 });
  });

  it("sends pictures", async () => {
    const answer = await client.messages.create({
      model,
      max_tokens: 100,
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
            { type: "text", text: "What is this?" },
          ],
        },
      ],
    });
    expect(answer.content).toMatchObject([{ type: "text", text: "I see a picture." }]);
  });

  it("tells that it ran out of tokens", async () => {
    const answer = await client.messages.create({ model, max_tokens: 16, messages: ask("a long story") });
    expect(answer.stop_reason).toBe("max_tokens");
  });

  it("thinks aloud where the vendor shows its thoughts, and takes them back", async () => {
    const request = {
      model,
      max_tokens: 4000,
      thinking: { type: "enabled" as const, budget_tokens: 2000 },
      messages: ask("think hard"),
    };
    const answer = await client.messages.create(request);
    const shows = vendor !== "openai";
    expect(answer.content.map(({ type }) => type)).toEqual(shows ? ["thinking", "text"] : ["text"]);
    const streamed = await client.messages.stream(request).finalMessage();
    expect(streamed.content.map(({ type }) => type)).toEqual(shows ? ["thinking", "text"] : ["text"]);
    const next = await client.messages.create({
      ...request,
      messages: [...request.messages, { role: "assistant", content: answer.content }, ...ask("Hi")],
    });
    expect(next.content.at(-1)).toMatchObject({ type: "text", text: says });
  });

  it.each(FAULT_STATUSES)("throws the client's own class for %i, streamed or not", async (status) => {
    const request = { model: `${model.split("/")[0]}/fail-${status}`, max_tokens: 100, messages: ask("Hi") };
    for (const stream of [false, true]) {
      const error: unknown = await client.messages.create({ ...request, stream }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ERRORS[status] ?? Anthropic.APIError);
      expect(error).toMatchObject({
        status,
        message: expect.stringContaining("told to fail"),
        error: { type: "error" },
      });
      if (error instanceof Anthropic.APIError) expect(error.requestID).toMatch(/^req_/);
    }
  });

  it("throws in the middle of a stream that breaks, with what came before it delivered", async () => {
    const stream = await client.messages.create({
      model: `${model.split("/")[0]}/break-stream`,
      max_tokens: 100,
      messages: ask("Hi"),
      stream: true,
    });
    let text = "";
    const error = await (async () => {
      for await (const event of stream)
        if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
    })().catch((thrown: unknown) => thrown);
    expect(text).toBe("Hello");
    expect(error).toBeInstanceOf(Anthropic.APIError);
  });

  it("counts tokens before it asks", async () => {
    const { input_tokens } = await client.messages.countTokens({ model, messages: ask("Hi there"), tools: [weather] });
    if (vendor === "anthropic" || vendor === "google") expect(input_tokens).toBe(42);
    else expect(input_tokens).toBeGreaterThan(0);
  });
});

describe.each(MODELS)("anthropic's beta helpers before $vendor", ({ model, vendor }) => {
  it("run tools by themselves until the answer is there", async () => {
    const asked: string[] = [];
    const runner = client.beta.messages.toolRunner({
      model,
      max_tokens: 100,
      messages: [{ role: "user", content: "Weather in Rome and Oslo?" }],
      tools: [
        betaZodTool({
          name: "get_weather",
          description: "Weather of a city",
          inputSchema: z.object({ city: z.string() }),
          run: ({ city }) => {
            asked.push(city);
            return `sunny in ${city}`;
          },
        }),
      ],
    });
    const final = await runner;
    expect(asked).toEqual(["Rome", "Oslo"]);
    expect(final.content.at(-1)).toMatchObject({
      type: "text",
      text: expect.stringMatching(/sunny in Rome.*sunny in Oslo/),
    });
  });

  it("name the beta features that they want, which reach their vendor word for word", async () => {
    const betas = ["context-1m-2025-08-07", "made-up-2026-01-01"];
    await client.beta.messages.create({ model, max_tokens: 100, messages: [{ role: "user", content: "Hi" }], betas });
    const headers = stage.vendors[vendor].calls.at(-1)?.headers;
    expect(headers?.["anthropic-beta"]).toBe(vendor === "anthropic" ? betas.join(",") : undefined);
  });
});

describe("anthropic's client before simulated models", () => {
  it("gets an answer, a stream and a tool use, all labelled as simulated", async () => {
    const request = { model: "simulated/small", max_tokens: 200, messages: ask("Hi") };
    expect((await client.messages.create(request)).content).toMatchObject([
      { type: "text", text: expect.stringMatching(/simulated/i) },
    ]);
    expect((await client.messages.stream(request).finalMessage()).content).toMatchObject([{ type: "text" }]);
    const used = await client.messages.create({ ...request, tools: [weather], tool_choice: { type: "any" } });
    expect(used.content.at(-1)).toMatchObject({
      type: "tool_use",
      name: "get_weather",
      input: { city: expect.any(String) },
    });
    expect(
      (await client.messages.countTokens({ model: request.model, messages: request.messages })).input_tokens,
    ).toBeGreaterThan(0);
  });
});

const ERRORS: Readonly<Record<number, new (...args: never[]) => Error>> = {
  400: Anthropic.BadRequestError,
  401: Anthropic.AuthenticationError,
  403: Anthropic.PermissionDeniedError,
  404: Anthropic.NotFoundError,
  422: Anthropic.UnprocessableEntityError,
  429: Anthropic.RateLimitError,
  500: Anthropic.InternalServerError,
  503: Anthropic.InternalServerError,
  504: Anthropic.InternalServerError,
};
