import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import type { FunctionTool, ResponseInputItem } from "openai/resources/responses/responses";
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

const weather: FunctionTool = {
  type: "function",
  name: "get_weather",
  description: "Weather of a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
  strict: true,
};
const Weather = z.object({ city: z.string(), celsius: z.number() });

describe.each(MODELS)("openai's responses before $vendor", ({ model, says }) => {
  it("answers with text and usage", async () => {
    const answer = await client.responses.create({
      model,
      instructions: "Be kind.",
      input: "Hi",
      max_output_tokens: 100,
      store: false,
    });
    expect(answer).toMatchObject({ object: "response", status: "completed", output_text: says, error: null });
    expect(answer.usage).toMatchObject({
      input_tokens: 25,
      output_tokens: 9,
      total_tokens: 34,
      input_tokens_details: { cached_tokens: 5 },
    });
  });

  it("streams typed events in order, numbered, from created to completed", async () => {
    const stream = await client.responses.create({
      model,
      input: [{ role: "user", content: "Hi" }],
      stream: true,
      store: false,
    });
    const types: string[] = [];
    const numbers: number[] = [];
    let text = "";
    for await (const event of stream) {
      types.push(event.type);
      if ("sequence_number" in event) numbers.push(event.sequence_number);
      if (event.type === "response.output_text.delta") text += event.delta;
      if (event.type === "response.completed")
        expect(event.response.usage).toMatchObject({ input_tokens: 25, output_tokens: 9 });
    }
    expect(types[0]).toBe("response.created");
    expect(types.at(-1)).toBe("response.completed");
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(text).toBe(says);
  });

  it("feeds the helper stream, whose final response holds", async () => {
    const stream = client.responses.stream({ model, input: "Hi", store: false });
    const pieces: string[] = [];
    stream.on("response.output_text.delta", ({ delta }) => pieces.push(delta));
    const final = await stream.finalResponse();
    expect(pieces.join("")).toBe(says);
    expect(final.output_text).toBe(says);
  });

  it("makes parallel tool calls, whole and streamed, and takes their outputs", async () => {
    const input: ResponseInputItem[] = [{ role: "user", content: "Weather in Paris and Oslo?" }];
    const request = { model, input, tools: [weather], store: false };
    const first = await client.responses.create(request);
    const calls = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
    expect(calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([
      ["get_weather", { city: "Paris" }],
      ["get_weather", { city: "Oslo" }],
    ]);
    const streamed = await client.responses.stream(request).finalResponse();
    expect(
      streamed.output.flatMap((item) => (item.type === "function_call" ? [JSON.parse(item.arguments)] : [])),
    ).toEqual([{ city: "Paris" }, { city: "Oslo" }]);
    const outputs = calls.map(({ call_id }, index) => ({
      type: "function_call_output" as const,
      call_id,
      output: `${index + 20} degrees`,
    }));
    const second = await client.responses.create({
      ...request,
      input: [...input, ...(first.output as ResponseInputItem[]), ...outputs],
    });
    expect(second.output_text).toContain("20 degrees");
    expect(second.output_text).toContain("21 degrees");
  });

  it("answers by a schema, parsed by the client's own helper", async () => {
    const request = { model, input: "Paris?", text: { format: zodTextFormat(Weather, "weather") }, store: false };
    expect((await client.responses.parse(request)).output_parsed).toEqual({ city: "Paris", celsius: 21 });
    expect((await client.responses.stream(request).finalResponse()).output_parsed).toEqual({
      city: "Paris",
      celsius: 21,
    });
  });

  it("says plainly that an earlier response cannot be gone on from, where nobody stores it", async () => {
    const request = client.responses.create({ model, input: "And then?", previous_response_id: "resp_1" });
    if (model.startsWith("responses/")) await expect(request).rejects.toThrow(OpenAI.BadRequestError);
    else await expect(request).rejects.toThrow(/previous_response_id/);
    stage.takeRefusals();
  });

  it("sends pictures", async () => {
    const answer = await client.responses.create({
      model,
      store: false,
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "What is this?" },
            { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "auto" },
          ],
        },
      ],
    });
    expect(answer.output_text).toBe("I see a picture.");
  });

  it("is incomplete when it ran out of tokens", async () => {
    const answer = await client.responses.create({ model, input: "a long story", max_output_tokens: 16, store: false });
    expect(answer).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
    const types: string[] = [];
    for await (const { type } of await client.responses.create({
      model,
      input: "a long story",
      stream: true,
      store: false,
    }))
      types.push(type);
    expect(types.at(-1)).toBe("response.incomplete");
  });

  it.each(FAULT_STATUSES)("throws the client's own class for %i", async (status) => {
    const request = { model: `${model.split("/")[0]}/fail-${status}`, input: "Hi", store: false };
    for (const stream of [false, true]) {
      const error: unknown = await client.responses.create({ ...request, stream }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(error).toMatchObject({ status, message: expect.stringContaining("told to fail") });
    }
  });

  it("tells a stream that breaks by its own last event, after what came before it", async () => {
    const stream = await client.responses.create({
      model: `${model.split("/")[0]}/break-stream`,
      input: "Hi",
      stream: true,
      store: false,
    });
    let text = "";
    let last = "";
    const error = await (async () => {
      for await (const event of stream) {
        last = event.type;
        if (event.type === "response.output_text.delta") text += event.delta;
      }
    })().catch((thrown: unknown) => thrown);
    expect(text).toBe("Hello");
    if (error === undefined) expect(["response.failed", "error"]).toContain(last);
    else expect(error).toBeInstanceOf(OpenAI.APIError);
  });
});
