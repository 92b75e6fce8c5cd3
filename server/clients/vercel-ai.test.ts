import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embedMany, generateText, type LanguageModel, Output, stepCountIs, streamText, tool } from "ai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type ClientStage, FAULT_STATUSES, MODELS, openClientStage } from "../testing/client-stage.ts";

// Models under other names than the vendor's own make it talk.
globalThis.AI_SDK_LOG_WARNINGS = false;

let stage: ClientStage;
let providers: Readonly<Record<string, (model: string) => LanguageModel>>;

beforeAll(async () => {
  stage = await openClientStage();
  const baseURL = `${stage.url}/v1`;
  const openai = createOpenAI({ apiKey: "sk-of-the-client", baseURL });
  const compatible = createOpenAICompatible({
    name: "weir",
    apiKey: "sk-of-the-client",
    baseURL,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  providers = {
    // Its default is the Responses API.
    openai,
    "openai.chat": openai.chat,
    anthropic: createAnthropic({ apiKey: "sk-ant-of-the-client", baseURL }),
    "openai-compatible": compatible,
  };
});
afterEach(() => expect(stage.takeRefusals()).toEqual([]));
afterAll(() => stage.close());

const CLIENTS = ["openai", "openai.chat", "anthropic", "openai-compatible"];
const weather = (asked: string[]) => ({
  get_weather: tool({
    description: "Weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => {
      asked.push(city);
      return `sunny in ${city}`;
    },
  }),
});

describe.each(CLIENTS)("Vercel's ai with its %s provider", (name) => {
  describe.each(MODELS)("before $vendor", ({ vendor, model: modelName, says }) => {
    const model = () => providers[name]!(modelName);

    it("generates text with usage and a finish reason", async () => {
      const { text, finishReason, usage } = await generateText({
        model: model(),
        system: "Be kind.",
        prompt: "Hi",
        maxOutputTokens: 100,
        maxRetries: 0,
      });
      expect({ text, finishReason }).toEqual({ text: says, finishReason: "stop" });
      expect(usage).toMatchObject({ inputTokens: 25, outputTokens: 9 });
    });

    it("streams text with usage and a finish reason", async () => {
      const result = streamText({ model: model(), prompt: "Hi", maxRetries: 0 });
      let text = "";
      for await (const piece of result.textStream) text += piece;
      expect(text).toBe(says);
      expect(await result.finishReason).toBe("stop");
      expect(await result.usage).toMatchObject({ inputTokens: 25, outputTokens: 9 });
    });

    it("runs tools over several steps, whole and streamed", async () => {
      const asked: string[] = [];
      const request = {
        model: model(),
        prompt: "Weather in Rome and Oslo?",
        tools: weather(asked),
        stopWhen: stepCountIs(3),
        maxRetries: 0,
      };
      const { text, steps } = await generateText(request);
      expect(asked).toEqual(["Rome", "Oslo"]);
      expect(steps).toHaveLength(2);
      expect(text).toMatch(/sunny in Rome.*sunny in Oslo/);
      asked.length = 0;
      expect(await streamText(request).text).toMatch(/sunny in Rome.*sunny in Oslo/);
      expect(asked).toEqual(["Rome", "Oslo"]);
    });

    it("generates an object by a schema", async () => {
      const { output } = await generateText({
        model: model(),
        prompt: "Paris?",
        output: Output.object({ schema: z.object({ city: z.string(), celsius: z.number() }) }),
        maxRetries: 0,
      });
      expect(output).toEqual({ city: "Paris", celsius: 21 });
    });

    it("sends pictures", async () => {
      const { text } = await generateText({
        model: model(),
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What is this?" },
              { type: "image", image: "iVBORw0KGgo=", mediaType: "image/png" },
            ],
          },
        ],
        maxRetries: 0,
      });
      expect(text).toBe("I see a picture.");
    });

    it.each(FAULT_STATUSES)(
      "throws an APICallError with %i that is retryable where a retry may help",
      async (status) => {
        const error: unknown = await generateText({
          model: providers[name]!(`${vendor}/fail-${status}`),
          prompt: "Hi",
          maxRetries: 0,
        }).catch((thrown: unknown) => thrown);
        expect(APICallError.isInstance(error)).toBe(true);
        if (!APICallError.isInstance(error)) return;
        expect(error).toMatchObject({ statusCode: status, isRetryable: status === 429 || status >= 500 });
        expect(error.message).toContain("told to fail");
      },
    );

    it("tells of a stream that breaks, after what came before it", async () => {
      const errors: unknown[] = [];
      const { fullStream } = streamText({
        model: providers[name]!(`${vendor}/break-stream`),
        prompt: "Hi",
        maxRetries: 0,
        onError: ({ error }) => void errors.push(error),
      });
      let text = "";
      let finish = "";
      for await (const part of fullStream) {
        if (part.type === "text-delta") text += part.text;
        if (part.type === "finish") finish = part.finishReason;
      }
      expect(text).toBe("Hello");
      expect(errors.length > 0 || finish === "error").toBe(true);
    });
  });
});

describe("Vercel's ai and embeddings", () => {
  it.each(["openai/text-embedding-3-small", "google/gemini-embedding-001"])(
    "embeds many texts with %s",
    async (model) => {
      const openai = createOpenAI({ apiKey: "sk-of-the-client", baseURL: `${stage.url}/v1` });
      const { embeddings } = await embedMany({
        model: openai.embeddingModel(model),
        values: ["one", "three"],
        maxRetries: 0,
      });
      expect(embeddings).toEqual([
        [3, 1],
        [5, 1],
      ]);
    },
  );
});
