import { type AIMessageChunk, HumanMessage, SystemMessage, type ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type ClientStage, FAULT_STATUSES, MODELS, openClientStage } from "../testing/client-stage.ts";

let stage: ClientStage;
beforeAll(async () => {
  stage = await openClientStage();
});
afterEach(() => expect(stage.takeRefusals()).toEqual([]));
afterAll(() => stage.close());

const chat = (model: string, useResponsesApi: boolean) =>
  new ChatOpenAI({
    model,
    apiKey: "sk-of-the-client",
    maxRetries: 0,
    useResponsesApi,
    configuration: { baseURL: `${stage.url}/v1` },
  });
const weather = tool(({ city }) => `sunny in ${city}`, {
  name: "get_weather",
  description: "Weather of a city",
  schema: z.object({ city: z.string() }),
});
const textOf = (message: { readonly text: string }) => message.text;

describe.each([false, true])("LangChain's ChatOpenAI (Responses API: %s)", (isResponses) => {
  describe.each(MODELS)("before $vendor", ({ vendor, model, says }) => {
    it("invokes with usage", async () => {
      const answer = await chat(model, isResponses).invoke([new SystemMessage("Be kind."), new HumanMessage("Hi")]);
      expect(textOf(answer)).toBe(says);
      expect(answer.usage_metadata).toMatchObject({
        input_tokens: 25,
        output_tokens: 9,
        input_token_details: { cache_read: 5 },
      });
    });

    it("streams with usage", async () => {
      let whole: AIMessageChunk | undefined;
      for await (const chunk of await chat(model, isResponses).stream("Hi")) whole = whole?.concat(chunk) ?? chunk;
      expect(whole?.text).toBe(says);
      expect(whole?.usage_metadata).toMatchObject({ input_tokens: 25, output_tokens: 9 });
    });

    it("binds tools, whole and streamed, and takes their messages", async () => {
      const bound = chat(model, isResponses).bindTools([weather]);
      const question = new HumanMessage("Weather in Rome and Oslo?");
      const first = await bound.invoke([question]);
      expect(first.tool_calls?.map(({ name, args }) => [name, args])).toEqual([
        ["get_weather", { city: "Rome" }],
        ["get_weather", { city: "Oslo" }],
      ]);
      let streamed: AIMessageChunk | undefined;
      for await (const chunk of await bound.stream([question])) streamed = streamed?.concat(chunk) ?? chunk;
      expect(streamed?.tool_calls?.map(({ args }) => args)).toEqual([{ city: "Rome" }, { city: "Oslo" }]);
      const results: ToolMessage[] = [];
      for (const call of first.tool_calls ?? [])
        results.push((await weather.invoke({ ...call, type: "tool_call" })) as ToolMessage);
      const second = await bound.invoke([question, first, ...results]);
      expect(textOf(second)).toMatch(/sunny in Rome.*sunny in Oslo/);
    });

    it("gives structured output", async () => {
      const structured = chat(model, isResponses).withStructuredOutput(
        z.object({ city: z.string(), celsius: z.number() }),
        {
          name: "weather",
          method: "jsonSchema",
        },
      );
      expect(await structured.invoke("Paris?")).toEqual({ city: "Paris", celsius: 21 });
    });

    it.each(FAULT_STATUSES)("throws with status %i", async (status) => {
      const failing = chat(`${vendor}/fail-${status}`, isResponses);
      await expect(failing.invoke("Hi")).rejects.toMatchObject({
        status,
        message: expect.stringContaining("told to fail"),
      });
    });

    it("throws in the middle of a stream that breaks", async () => {
      let text = "";
      const read = async () => {
        for await (const chunk of await chat(`${vendor}/break-stream`, isResponses).stream("Hi")) text += chunk.text;
      };
      // Over the Responses API the client itself is silent about `response.failed`.
      if (isResponses) await read().catch(() => {});
      else await expect(read()).rejects.toThrow();
      expect(text).toBe("Hello");
    });
  });
});

describe("LangChain's OpenAIEmbeddings", () => {
  it.each(["openai/text-embedding-3-small", "google/gemini-embedding-001"])("embeds with %s", async (model) => {
    const embeddings = new OpenAIEmbeddings({
      model,
      apiKey: "sk-of-the-client",
      maxRetries: 0,
      configuration: { baseURL: `${stage.url}/v1` },
    });
    expect(await embeddings.embedDocuments(["one", "three"])).toEqual([
      [3, 1],
      [5, 1],
    ]);
  });
});
