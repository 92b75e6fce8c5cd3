import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ClientStage, MODELS, openClientStage } from "../testing/client-stage.ts";

let stage: ClientStage;
let client: OpenAI;

beforeAll(async () => {
  stage = await openClientStage();
  client = new OpenAI({ apiKey: "sk-of-the-client", baseURL: `${stage.url}/v1`, maxRetries: 0 });
});
afterEach(() => expect(stage.takeRefusals()).toEqual([]));
afterAll(() => stage.close());

const messages = [{ role: "user" as const, content: "Hi" }];

describe("openai's embeddings", () => {
  it.each(["openai/text-embedding-3-small", "google/gemini-embedding-001"])(
    "of %s come as floats and as base64",
    async (model) => {
      // The client asks for base64 by itself and decodes it.
      const usual = await client.embeddings.create({ model, input: ["one", "three"] });
      expect(usual.data.map(({ embedding }) => embedding)).toEqual([
        [3, 1],
        [5, 1],
      ]);
      expect(usual.usage.prompt_tokens).toBeGreaterThan(0);
      const plain = await client.embeddings.create({ model, input: "four", encoding_format: "float" });
      expect(plain.data).toMatchObject([{ object: "embedding", index: 0, embedding: [4, 1] }]);
    },
  );
});

describe("openai's legacy completions", () => {
  it.each(MODELS)("of $model answer and stream", async ({ model, says }) => {
    expect((await client.completions.create({ model, prompt: "Hi", max_tokens: 100 })).choices[0]?.text).toBe(says);
    let text = "";
    for await (const chunk of await client.completions.create({ model, prompt: "Hi", max_tokens: 100, stream: true }))
      text += chunk.choices[0]?.text ?? "";
    expect(text).toBe(says);
  });
});

describe("the list of models", () => {
  it("has every candidate and route, for each vendor's client", async () => {
    const wanted = expect.arrayContaining(["weir/auto", "weir/default", ...MODELS.map(({ model }) => model)]);
    const openai: string[] = [];
    for await (const { id } of client.models.list()) openai.push(id);
    expect(openai).toEqual(wanted);
    expect(await client.models.retrieve("openai/gpt-4o")).toMatchObject({ id: "openai/gpt-4o", object: "model" });
    await expect(client.models.retrieve("openai/none")).rejects.toThrow(OpenAI.NotFoundError);

    const anthropic: string[] = [];
    const claude = new Anthropic({ apiKey: "sk-ant-of-the-client", baseURL: stage.url, maxRetries: 0 });
    for await (const { id } of claude.models.list()) anthropic.push(id);
    expect(anthropic).toEqual(wanted);
    expect(await claude.models.retrieve("anthropic/claude-sonnet-4-5")).toMatchObject({ type: "model" });

    const google: string[] = [];
    const gemini = new GoogleGenAI({ apiKey: "key-of-the-client", httpOptions: { baseUrl: stage.url } });
    for await (const { name } of await gemini.models.list()) google.push((name ?? "").replace(/^models\//, ""));
    expect(google).toEqual(wanted);
  });
});

describe("what Weir adds", () => {
  it("routes weir/auto and tells what it chose in headers that the client can read", async () => {
    const { data, response } = await client.chat.completions.create({ model: "weir/auto", messages }).withResponse();
    const { headers } = response;
    expect(MODELS.map(({ model }) => model)).toContain(headers.get("x-weir-model"));
    expect(headers.get("x-weir-decision")).not.toBeNull();
    expect(headers.get("x-weir-attempts")).toBe("1");
    expect(Number(headers.get("x-weir-cost-usd"))).toBeGreaterThan(0);
    expect(data.choices[0]?.message.content).toMatch(/^Hello from/);
  });

  it("names what a vendor could not take", async () => {
    const { response } = await client.chat.completions
      .create({ model: "anthropic/claude-sonnet-4-5", messages, seed: 7, logit_bias: { "1": 1 } })
      .withResponse();
    expect(response.headers.get("x-weir-dropped")?.split(", ")).toEqual(expect.arrayContaining(["seed", "logit_bias"]));
  });

  it("falls back where the named route says so", async () => {
    const answer = await client.chat.completions.create(
      { model: "openai/fail-503", messages },
      { headers: { "x-weir-route": "backed" } },
    );
    expect(answer.choices[0]?.message.content).toBe("Hello from anthropic.");
  });

  it("passes a vendor's own API by /proxy with the client's own key", async () => {
    const proxied = new OpenAI({ apiKey: "sk-of-the-client", baseURL: `${stage.url}/proxy/openai/v1`, maxRetries: 0 });
    expect((await proxied.chat.completions.create({ model: "gpt-4o", messages })).choices[0]?.message.content).toBe(
      "Hello from openai-chat.",
    );
    expect(stage.vendors.openai.calls.at(-1)?.headers.authorization).toBe("Bearer sk-of-the-client");
    const claude = new Anthropic({
      apiKey: "sk-ant-of-the-client",
      baseURL: `${stage.url}/proxy/anthropic`,
      maxRetries: 0,
    });
    const request = { max_tokens: 10, messages };
    expect(await claude.messages.stream({ ...request, model: "claude-haiku-4-5" }).finalText()).toBe(
      "Hello from anthropic.",
    );
    expect(stage.vendors.anthropic.calls.at(-1)?.headers.authorization).toBe("Bearer sk-ant-of-the-client");
    // The incumbent of an active route is routed, and the answer still speaks the client's dialect.
    expect(await claude.messages.stream({ ...request, model: "claude-sonnet-4-5" }).finalText()).toMatch(/^Hello from/);
  });
});
