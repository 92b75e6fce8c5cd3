import { ApiError, type Content, FunctionCallingConfigMode, GoogleGenAI, Type } from "@google/genai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ClientStage, FAULT_STATUSES, MODELS, openClientStage } from "../testing/client-stage.ts";

let stage: ClientStage;
let client: GoogleGenAI;

beforeAll(async () => {
  stage = await openClientStage();
  client = new GoogleGenAI({ apiKey: "key-of-the-client", httpOptions: { baseUrl: stage.url } });
});
afterEach(() => expect(stage.takeRefusals()).toEqual([]));
afterAll(() => stage.close());

const weather = {
  functionDeclarations: [
    {
      name: "get_weather",
      description: "Weather of a city",
      parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ["city"] },
    },
  ],
};

describe.each(MODELS)("google's client before $vendor", ({ vendor, model, says }) => {
  it("generates content with a finish reason and usage", async () => {
    const answer = await client.models.generateContent({
      model,
      contents: "Hi",
      config: { systemInstruction: "Be kind.", temperature: 0.5, maxOutputTokens: 100, stopSequences: ["END"] },
    });
    expect(answer.text).toBe(says);
    expect(answer.candidates?.[0]).toMatchObject({ finishReason: "STOP", content: { role: "model" } });
    expect(answer.usageMetadata).toMatchObject({
      promptTokenCount: 25,
      cachedContentTokenCount: 5,
      candidatesTokenCount: 9,
      totalTokenCount: 34,
    });
  });

  it("streams the same", async () => {
    let text = "";
    let last: unknown = null;
    for await (const chunk of await client.models.generateContentStream({ model, contents: "Hi" })) {
      text += chunk.text ?? "";
      last = chunk.usageMetadata ?? last;
    }
    expect(text).toBe(says);
    expect(last).toMatchObject({ promptTokenCount: 25, candidatesTokenCount: 9 });
  });

  it("calls functions in parallel, whole and streamed, and takes their responses", async () => {
    const question: Content = { role: "user", parts: [{ text: "Weather in Paris and Oslo?" }] };
    const request = { model, contents: [question], config: { tools: [weather] } };
    const first = await client.models.generateContent(request);
    const calls = first.functionCalls ?? [];
    expect(calls.map(({ name, args }) => [name, args])).toEqual([
      ["get_weather", { city: "Paris" }],
      ["get_weather", { city: "Oslo" }],
    ]);
    const streamed = [];
    for await (const chunk of await client.models.generateContentStream(request))
      streamed.push(...(chunk.functionCalls ?? []));
    expect(streamed.map(({ args }) => args)).toEqual([{ city: "Paris" }, { city: "Oslo" }]);
    const responses = calls.map(({ id, name }, index) => ({
      functionResponse: {
        ...(id === undefined ? {} : { id }),
        name: name!,
        response: { output: `${index + 20} degrees` },
      },
    }));
    const second = await client.models.generateContent({
      ...request,
      contents: [question, first.candidates![0]!.content!, { role: "user", parts: responses }],
    });
    expect(second.text).toMatch(/20 degrees.*21 degrees/);
  });

  it("insists on a function when told to", async () => {
    const answer = await client.models.generateContent({
      model,
      contents: "Hello",
      config: {
        tools: [weather],
        toolConfig: {
          functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ["get_weather"] },
        },
      },
    });
    expect(answer.functionCalls).toHaveLength(1);
  });

  it.each(["responseSchema", "responseJsonSchema"])("answers by a schema given as %s", async (field) => {
    const schema =
      field === "responseSchema"
        ? {
            type: Type.OBJECT,
            properties: { city: { type: Type.STRING }, celsius: { type: Type.NUMBER } },
            required: ["city", "celsius"],
          }
        : {
            type: "object",
            properties: { city: { type: "string" }, celsius: { type: "number" } },
            required: ["city", "celsius"],
          };
    const answer = await client.models.generateContent({
      model,
      contents: "Paris?",
      config: { responseMimeType: "application/json", [field]: schema },
    });
    expect(JSON.parse(answer.text!)).toEqual({ city: "Paris", celsius: 21 });
  });

  it("sends pictures", async () => {
    const answer = await client.models.generateContent({
      model,
      contents: [{ text: "What is this?" }, { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } }],
    });
    expect(answer.text).toBe("I see a picture.");
  });

  it("chats over turns", async () => {
    const chat = client.chats.create({ model });
    expect((await chat.sendMessage({ message: "Hi" })).text).toBe(says);
    expect((await chat.sendMessage({ message: "Again" })).text).toBe(says);
    expect(chat.getHistory()).toHaveLength(4);
  });

  it("tells that it ran out of tokens", async () => {
    const answer = await client.models.generateContent({
      model,
      contents: "a long story",
      config: { maxOutputTokens: 16 },
    });
    expect(answer.candidates?.[0]?.finishReason).toBe("MAX_TOKENS");
  });

  it.each(FAULT_STATUSES)("throws the client's error with %i, streamed or not", async (status) => {
    const request = { model: `${model.split("/")[0]}/fail-${status}`, contents: "Hi" };
    for (const send of [client.models.generateContent, client.models.generateContentStream] as const) {
      const error: unknown = await send(request).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status, message: expect.stringContaining("told to fail") });
    }
  });

  it("throws in the middle of a stream that breaks, with what came before it delivered", async () => {
    const stream = await client.models.generateContentStream({
      model: `${model.split("/")[0]}/break-stream`,
      contents: "Hi",
    });
    let text = "";
    const error = await (async () => {
      for await (const chunk of stream) text += chunk.text ?? "";
    })().catch((thrown: unknown) => thrown);
    expect(text).toBe("Hello");
    expect(error).toBeInstanceOf(ApiError);
  });

  it("counts tokens before it asks", async () => {
    const { totalTokens } = await client.models.countTokens({ model, contents: "Hi there" });
    if (vendor === "anthropic" || vendor === "google") expect(totalTokens).toBe(42);
    else expect(totalTokens).toBeGreaterThan(0);
  });
});

describe("google's client and embeddings", () => {
  it.each(["google/gemini-embedding-001", "openai/text-embedding-3-small"])("embeds texts with %s", async (model) => {
    const one = await client.models.embedContent({ model, contents: "four" });
    expect(one.embeddings?.[0]?.values).toEqual([4, 1]);
    const two = await client.models.embedContent({ model, contents: ["one", "three"] });
    expect(two.embeddings?.map(({ values }) => values)).toEqual([
      [3, 1],
      [5, 1],
    ]);
  });
});

describe("google's client before simulated models", () => {
  it("gets an answer, a stream and a function call, all labelled as simulated", async () => {
    const model = "simulated/small";
    expect((await client.models.generateContent({ model, contents: "Hi" })).text).toMatch(/simulated/i);
    let text = "";
    for await (const chunk of await client.models.generateContentStream({ model, contents: "Hi" }))
      text += chunk.text ?? "";
    expect(text).toMatch(/simulated/i);
    const called = await client.models.generateContent({
      model,
      contents: "Hi",
      config: { tools: [weather], toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } },
    });
    expect(called.functionCalls?.[0]?.name).toBe("get_weather");
  });
});
