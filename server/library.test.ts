import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { generateText, streamText } from "ai";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import type { RouteDecision as EngineDecision, RouteRequestInput } from "../engine/schema/decision.ts";
import { TINY, writeTinyArtifact } from "../engine/testing/tiny-artifact.ts";
import type { CandidateConfig, RouteSection, UpstreamConfig } from "./config-schema.ts";
import { createWeir, WeirError } from "./library.ts";
import type { Settings } from "./settings.ts";
import { type FaultUpstream, startFaultUpstream } from "./testing/fault-upstream.ts";
import { anthropicVendor } from "./testing/vendors/anthropic.ts";
import { geminiVendor } from "./testing/vendors/gemini.ts";
import { type RunningVendor, startVendor } from "./testing/vendors/vendor.ts";
import type * as types from "./weir.d.ts";

let folder: string;
let anthropic: RunningVendor;
let google: RunningVendor;
let faulty: FaultUpstream;
let config: types.WeirConfig;
let weir: types.Weir;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "weir-library-"));
  const artifact = pathToFileURL(`${join(folder, "models", "default", "1")}/`);
  await writeTinyArtifact(artifact, { ...TINY, models: ["small", "medium", "large"], seed: 1, rows: 200 });
  [anthropic, google, faulty] = await Promise.all([
    startVendor(anthropicVendor),
    startVendor(geminiVendor),
    startFaultUpstream(),
  ]);
  config = {
    upstreams: {
      anthropic: { provider: "anthropic", baseUrl: anthropic.url, apiKey: "sk-ant-double" },
      google: { provider: "google", baseUrl: google.url, apiKey: "AIzaDouble" },
      faulty: { provider: "openai-compatible", baseUrl: `${faulty.url}/v1` },
    },
    candidates: [
      { id: "anthropic/claude-sonnet-4-5", upstream: "anthropic", resembles: "large" },
      { id: "google/gemini-2.5-flash", upstream: "google", resembles: "small" },
    ],
    routes: {
      default: {
        incumbent: "anthropic/claude-sonnet-4-5",
        candidates: ["google/gemini-2.5-flash", "anthropic/claude-sonnet-4-5"],
        mode: "active",
        activation: { override: "test" },
      },
    },
    router: { path: join(folder, "models", "default", "1") },
    gateway: { retries: 0 },
  };
  weir = await createWeir(config);
});
afterEach(() => expect([...anthropic.refusals, ...google.refusals]).toEqual([]));
afterAll(async () => {
  await weir.close();
  await Promise.all([anthropic.close(), google.close(), faulty.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const MODELS = [
  { model: "anthropic/claude-sonnet-4-5", says: "Hello from anthropic." },
  { model: "google/gemini-2.5-flash", says: "Hello from gemini." },
];
const messages = [{ role: "user" as const, content: "Hi" }];

describe.each(MODELS)("clients given nothing but weir.fetch, before $model", ({ model, says }) => {
  it("openai: chat, responses, streams", async () => {
    const client = new OpenAI({ apiKey: "sk-of-the-client", fetch: weir.fetch, maxRetries: 0 });
    expect((await client.chat.completions.create({ model, messages })).choices[0]?.message.content).toBe(says);
    expect(await client.chat.completions.stream({ model, messages }).finalContent()).toBe(says);
    expect((await client.responses.stream({ model, input: "Hi", store: false }).finalResponse()).output_text).toBe(
      says,
    );
    const missing = client.chat.completions.create({ model: "gemini-2.5-flush", messages });
    await expect(missing).rejects.toThrow(OpenAI.NotFoundError);
    await expect(missing).rejects.toThrow("gemini-2.5-flash");
  });

  it("anthropic: messages, streams, token counts", async () => {
    const client = new Anthropic({ apiKey: "sk-ant-of-the-client", fetch: weir.fetch, maxRetries: 0 });
    const request = { model, max_tokens: 100, messages };
    expect((await client.messages.create(request)).content).toMatchObject([{ type: "text", text: says }]);
    expect(await client.messages.stream(request).finalText()).toBe(says);
    expect((await client.messages.countTokens({ model, messages })).input_tokens).toBe(42);
  });

  it("google: content, streams", async () => {
    const client = new GoogleGenAI({ apiKey: "key-of-the-client", httpOptions: { fetch: weir.fetch } });
    expect((await client.models.generateContent({ model, contents: "Hi" })).text).toBe(says);
    let text = "";
    for await (const chunk of await client.models.generateContentStream({ model, contents: "Hi" }))
      text += chunk.text ?? "";
    expect(text).toBe(says);
  });

  it("Vercel's ai: its providers for OpenAI and Anthropic", async () => {
    const fetch = weir.fetch as typeof globalThis.fetch;
    for (const provider of [createOpenAI({ apiKey: "x", fetch }), createAnthropic({ apiKey: "x", fetch })]) {
      const request = { model: provider(model), prompt: "Hi", maxOutputTokens: 100, maxRetries: 0 };
      expect((await generateText(request)).text).toBe(says);
      expect(await streamText(request).text).toBe(says);
    }
  });
});

describe("weir.fetch", () => {
  it("routes weir/auto and says what it chose", async () => {
    const response = await weir.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "weir/auto", messages }),
    });
    expect(response.status).toBe(200);
    expect(MODELS.map(({ model }) => model)).toContain(response.headers.get("x-weir-model"));
    expect(response.headers.get("x-weir-decision")).not.toBeNull();
  });

  it("gives each piece of a stream as it comes, and ends the upstream's call when its caller leaves", async () => {
    const chunk = (content: string) =>
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", choices: [{ index: 0, delta: { content } }] })}\n\n`;
    faulty.behave({ kind: "sse", frames: [chunk("Hel"), chunk("lo")], end: "stall" });
    const client = new OpenAI({ apiKey: "x", fetch: weir.fetch, maxRetries: 0 });
    const stream = await client.chat.completions.create({ model: "faulty/m", messages, stream: true });
    let text = "";
    for await (const part of stream) {
      text += part.choices[0]?.delta.content ?? "";
      if (text === "Hello") break;
    }
    // It stalls for ever, so that only the caller's leaving can close it.
    expect(await faulty.received.at(-1)!.closed).toBeGreaterThan(0);
  });

  it("ends the upstream's call when its caller leaves before the answer", async () => {
    faulty.behave({ kind: "stall" });
    const controller = new AbortController();
    const client = new OpenAI({ apiKey: "x", fetch: weir.fetch, maxRetries: 0 });
    const count = faulty.received.length;
    const answer = client.chat.completions.create({ model: "faulty/m", messages }, { signal: controller.signal });
    const refused = expect(answer).rejects.toThrow(OpenAI.APIUserAbortError);
    await expect.poll(() => faulty.received.length, { interval: 5 }).toBe(count + 1);
    controller.abort();
    await refused;
    await faulty.received.at(-1)!.closed;
  });

  it("serves what is no gateway's too: health, models, metrics", async () => {
    expect((await weir.fetch("/healthz")).status).toBe(200);
    const models = (await (await weir.fetch("https://api.openai.com/v1/models")).json()) as { data: { id: string }[] };
    expect(models.data.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["weir/auto", "anthropic/claude-sonnet-4-5"]),
    );
    expect((await weir.fetch("/metrics")).status).toBe(200);
  });
});

describe("weir.route", () => {
  it("decides as POST /route does", async () => {
    const decision = await weir.route({ prompt: "What is 2 + 2?", explain: true });
    expect(decision.candidates?.map(({ model }) => model)).toContain(decision.model);
    const stored = await (await weir.fetch(`/decisions/${decision.decision_id}`)).json();
    expect(JSON.stringify(stored)).toContain(decision.decision_id);
  });

  it("says why it does not decide: status, code and field", async () => {
    const refusal: unknown = await weir
      .route({ prompt: "Hi", candidates: ["nobody/nothing"] })
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(WeirError);
    expect(refusal).toMatchObject({ status: 404, code: "unknown_model" });
    await expect(weir.route({ prompt: "" })).rejects.toMatchObject({ status: 400, param: "prompt" });
  });
});

describe("createWeir", () => {
  it("is usable before it has started, and listens nowhere", async () => {
    const listeners = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPServerWrap").length;
    const before = listeners();
    const early = createWeir(config);
    const [health, decision] = await Promise.all([early.fetch("/healthz"), early.route({ prompt: "Hi" })]);
    expect([health.status, typeof decision.model]).toEqual([200, "string"]);
    expect(listeners()).toBe(before);
    await early.close();
  });

  it("runs the demo without any configuration, as the server does", async () => {
    const demo = await createWeir({ router: config.router });
    const client = new OpenAI({ apiKey: "x", fetch: demo.fetch, maxRetries: 0 });
    const answer = await client.chat.completions.create({ model: "openai/gpt-4o-mini", messages });
    expect(answer.choices[0]?.message.content).toMatch(/simulated/i);
    await demo.close();
  });

  it("reads the file whose path it is given", async () => {
    const file = join(folder, "weir.yaml");
    writeFileSync(file, JSON.stringify({ ...config, storage: { url: "sqlite::memory:" } }));
    const fromFile = await createWeir(file);
    expect((await fromFile.route({ prompt: "Hi" })).route).toBe("default");
    await fromFile.close();
  });

  it("refuses a bad configuration with every problem, from the start and from each call", async () => {
    const bad = createWeir({ routes: { default: { incumbent: "a", candidates: ["b"] } } });
    await expect(bad).rejects.toThrow(/routes\.default\.incumbent[\s\S]*routes\.default\.candidates/);
    await expect(bad.fetch("/healthz")).rejects.toThrow("routes.default.incumbent");
    await expect(createWeir(join(folder, "missing.yaml"))).rejects.toThrow("missing.yaml");
  });

  it("breaks off what is under way when it is closed", async () => {
    faulty.behave({ kind: "stall" });
    const closing = await createWeir(config);
    const count = faulty.received.length;
    const body = JSON.stringify({ model: "faulty/m", messages });
    const pending = closing.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const broken = expect(pending).rejects.toThrow();
    await expect.poll(() => faulty.received.length, { interval: 5 }).toBe(count + 1);
    await closing.close();
    await broken;
    await faulty.received.at(-1)!.closed;
  });
});

describe("the types that the package ships", () => {
  it("say what the code does (checked by the compiler)", () => {
    expectTypeOf(createWeir).toExtend<typeof types.createWeir>();
    expectTypeOf<WeirError>().toExtend<Omit<types.WeirError, never>>();
    expectTypeOf<EngineDecision>().toExtend<types.RouteDecision>();
    expectTypeOf<keyof EngineDecision>().toEqualTypeOf<keyof types.RouteDecision>();
    expectTypeOf<RouteRequestInput>().toExtend<types.RouteRequest>();
    expectTypeOf<keyof RouteRequestInput>().toEqualTypeOf<keyof types.RouteRequest>();
  });

  it("name only settings that the configuration has (checked by the compiler)", () => {
    expectTypeOf<Spelt<types.Upstream>>().toExtend<keyof UpstreamConfig>();
    expectTypeOf<Spelt<types.Candidate>>().toExtend<keyof CandidateConfig>();
    expectTypeOf<Spelt<types.Route>>().toExtend<Spelt<RouteSection>>();
    expectTypeOf<keyof NonNullable<types.WeirConfig["gateway"]>>().toExtend<keyof Settings["gateway"]>();
    expectTypeOf<keyof NonNullable<types.WeirConfig["router"]>>().toExtend<keyof Settings["router"]>();
    expectTypeOf<keyof NonNullable<types.WeirConfig["storage"]>>().toExtend<keyof Settings["storage"]>();
    expectTypeOf<Spelt<types.WeirConfig>>().toExtend<keyof Settings>();
  });
});

/** Names of the fields that a type spells out beside those that it lets through. */
type Spelt<T> = keyof { [Key in keyof T as string extends Key ? never : Key]: true };
