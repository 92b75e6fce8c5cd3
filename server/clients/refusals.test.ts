import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { TEST_ADMIN_KEY } from "../testing/build-test-app.ts";
import { BODY_LIMIT_BYTES, type ClientStage, openClientStage } from "../testing/client-stage.ts";

let stage: ClientStage;

beforeAll(async () => {
  stage = await openClientStage(true);
});
afterEach(() => expect(stage.takeRefusals()).toEqual([]));
afterAll(() => stage.close());

/** What each client throws when it asks for a short answer. */
const CLIENTS = [
  {
    name: "openai, chat",
    ask: (apiKey: string, model: string, text: string) =>
      new OpenAI({ apiKey, baseURL: `${stage.url}/v1`, maxRetries: 0 }).chat.completions.create({
        model,
        messages: [{ role: "user", content: text }],
      }),
    classes: {
      401: OpenAI.AuthenticationError,
      404: OpenAI.NotFoundError,
      413: OpenAI.APIError,
      400: OpenAI.BadRequestError,
    },
  },
  {
    name: "openai, responses",
    ask: (apiKey: string, model: string, text: string) =>
      new OpenAI({ apiKey, baseURL: `${stage.url}/v1`, maxRetries: 0 }).responses.create({
        model,
        input: text,
        store: false,
      }),
    classes: {
      401: OpenAI.AuthenticationError,
      404: OpenAI.NotFoundError,
      413: OpenAI.APIError,
      400: OpenAI.BadRequestError,
    },
  },
  {
    name: "anthropic",
    ask: (apiKey: string, model: string, text: string) =>
      new Anthropic({ apiKey, baseURL: stage.url, maxRetries: 0 }).messages.create({
        model,
        max_tokens: 10,
        messages: [{ role: "user", content: text }],
      }),
    classes: {
      401: Anthropic.AuthenticationError,
      404: Anthropic.NotFoundError,
      413: Anthropic.APIError,
      400: Anthropic.BadRequestError,
    },
  },
  {
    name: "google",
    ask: (apiKey: string, model: string, text: string) =>
      new GoogleGenAI({ apiKey, httpOptions: { baseUrl: stage.url } }).models.generateContent({
        model,
        contents: text,
      }),
    classes: { 401: ApiError, 404: ApiError, 413: ApiError, 400: ApiError },
  },
];
const MODEL = "anthropic/claude-sonnet-4-5";

describe.each(CLIENTS)("$name hears in its own words", ({ ask, classes }) => {
  async function refusal(apiKey: string, model: string, text: string): Promise<Error> {
    return ask(apiKey, model, text).then(
      () => new Error("it was answered"),
      (thrown: Error) => thrown,
    );
  }

  it("that its key is not known, without its key in the answer", async () => {
    const error = await refusal("sk-secret-of-nobody", MODEL, "Hi");
    expect(error).toBeInstanceOf(classes[401]);
    expect(error).toMatchObject({ status: 401 });
    expect(error.message).not.toContain("sk-secret-of-nobody");
  });

  it("that there is no such model, and which ones are near", async () => {
    const error = await refusal(TEST_ADMIN_KEY, "claude-sonet-4-5", "Hi");
    expect(error).toBeInstanceOf(classes[404]);
    expect(error.message).toContain("claude-sonnet-4-5");
  });

  it("that there is no such route", async () => {
    const error = await refusal(TEST_ADMIN_KEY, "weir/nowhere", "Hi");
    expect(error).toBeInstanceOf(classes[404]);
    expect(error.message).toContain("nowhere");
  });

  it("that its request is too large", async () => {
    const error = await refusal(TEST_ADMIN_KEY, MODEL, "x".repeat(BODY_LIMIT_BYTES));
    expect(error).toBeInstanceOf(classes[413]);
    expect(error).toMatchObject({ status: 413, message: expect.stringContaining(String(BODY_LIMIT_BYTES)) });
  });

  it("that the quality behind the @ is none", async () => {
    const error = await refusal(TEST_ADMIN_KEY, "weir/auto@2", "Hi");
    expect(error).toBeInstanceOf(classes[400]);
    expect(error.message).toContain("@");
  });

  it("nothing but an answer when all is well", async () => {
    await expect(ask(TEST_ADMIN_KEY, MODEL, "Hi")).resolves.toBeDefined();
    await expect(ask(TEST_ADMIN_KEY, "weir/auto@0.9", "Hi")).resolves.toBeDefined();
  });
});

/** The parts of every dialect's error, for bodies that no client of theirs would send. */
const DIALECTS = [
  {
    url: "/v1/chat/completions",
    key: "authorization",
    read: (body: ErrorBody) => [body.error.type, body.error.message],
  },
  { url: "/v1/responses", key: "authorization", read: (body: ErrorBody) => [body.error.type, body.error.message] },
  { url: "/v1/embeddings", key: "authorization", read: (body: ErrorBody) => [body.error.type, body.error.message] },
  {
    url: "/v1/messages",
    key: "x-api-key",
    read: (body: ErrorBody) => [body.type === "error" ? body.error.type : "", body.error.message],
  },
  {
    url: "/v1beta/models/m:generateContent",
    key: "x-goog-api-key",
    read: ({ error }: ErrorBody) => [
      error.status === "INVALID_ARGUMENT" && typeof error.code === "number" ? "invalid_request_error" : "",
      error.message,
    ],
  },
];
interface ErrorBody {
  readonly type?: string;
  readonly error: {
    readonly type?: string;
    readonly status?: string;
    readonly code?: unknown;
    readonly message: string;
  };
}

describe.each(DIALECTS)("$url refuses in its dialect", ({ url, key, read }) => {
  async function post(body: string, type: string) {
    const headers = {
      "content-type": type,
      [key]: key === "authorization" ? `Bearer ${TEST_ADMIN_KEY}` : TEST_ADMIN_KEY,
    };
    const response = await fetch(stage.url + url, { method: "POST", headers, body });
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
    const [kind, message] = read((await response.json()) as ErrorBody);
    return { status: response.status, kind, message };
  }

  it("broken JSON, naming the offset", async () => {
    // by hand: the bare word begins at byte 10
    const { status, kind, message } = await post('{"model": oops}', "application/json");
    expect({ status, kind }).toEqual({ status: 400, kind: "invalid_request_error" });
    expect(message).toMatch(/\b10\b/);
  });

  it("an empty body", async () => {
    expect(await post("", "application/json")).toMatchObject({ status: 400, kind: "invalid_request_error" });
  });

  it("other types of content", async () => {
    expect(await post("model=x", "application/x-www-form-urlencoded")).toMatchObject({ status: 415 });
  });
});
