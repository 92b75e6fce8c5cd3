import Anthropic from "@anthropic-ai/sdk";
import { ApiError as GoogleError, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import type { Dialect } from "../dialect.ts";
import type { Provider } from "../provider.ts";
import { DOCUMENTED_ERRORS } from "../providers/_documented/errors.ts";

const dialects = await discover<Dialect>(new URL("./", import.meta.url));
const providers = await discover<Provider>(new URL("../providers/", import.meta.url));

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const answering =
  ({ status, headers, body }: Answer): typeof fetch =>
  async () =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

/** Google's client knows no fetch of its own. */
async function googleError(answer: Answer): Promise<unknown> {
  const own = globalThis.fetch;
  globalThis.fetch = answering(answer);
  try {
    return await new GoogleGenAI({ apiKey: "k" }).models
      .generateContent({ model: "m", contents: "hi" })
      .catch((thrown: unknown) => thrown);
  } finally {
    globalThis.fetch = own;
  }
}

const messages = [{ role: "user" as const, content: "hi" }];
/** What each vendor's own client throws at an answer, and the class that it has for the status. */
const CLIENTS = {
  "openai-chat": {
    thrown: (answer: Answer) =>
      new OpenAI({ apiKey: "k", maxRetries: 0, fetch: answering(answer) }).chat.completions
        .create({ model: "m", messages })
        .catch((thrown: unknown) => thrown),
    classOf: (status: number) => OpenAI.APIError.generate(status, {}, "", new Headers()).constructor.name,
  },
  "openai-responses": {
    thrown: (answer: Answer) =>
      new OpenAI({ apiKey: "k", maxRetries: 0, fetch: answering(answer) }).responses
        .create({ model: "m", input: "hi" })
        .catch((thrown: unknown) => thrown),
    classOf: (status: number) => OpenAI.APIError.generate(status, {}, "", new Headers()).constructor.name,
  },
  "anthropic-messages": {
    thrown: (answer: Answer) =>
      new Anthropic({ apiKey: "k", maxRetries: 0, fetch: answering(answer) }).messages
        .create({ model: "m", max_tokens: 1, messages })
        .catch((thrown: unknown) => thrown),
    classOf: (status: number) => Anthropic.APIError.generate(status, {}, "", new Headers()).constructor.name,
  },
  gemini: { thrown: googleError, classOf: () => GoogleError.name },
} as const;

/** A vendor's refusal of the client's own fault is the client's; a fault of the vendor is never told as the client's. */
const CLASS_OF_KIND: Readonly<Record<string, number>> = {
  overloaded: 5,
  server_error: 5,
  timeout: 5,
  bad_response: 5,
  connection: 5,
};

const rows = DOCUMENTED_ERRORS.map((row) => [row.provider, row.status, row.kind, row] as const);

describe("errors that vendors document", () => {
  it.each(rows)("%s %d is %s", (name, status, kind, { headers = {}, body, retryAfterMs = null }) => {
    const fault = providers.get(name)!.decodeError(status, headers, body, 0);
    expect({ kind: fault.kind, status: fault.status, retryAfterMs: fault.retryAfterMs }).toEqual({
      kind,
      status,
      retryAfterMs,
    });
    // Words for a person: neither a page nor an object's name.
    expect(fault.message).toMatch(/\w+/);
    expect(fault.message).not.toMatch(/<html|\[object/);
  });

  it.each(rows)("%s %d (%s) is thrown by every client as its class, with the words and the wait", async (...row) => {
    const [name, status, kind, { headers = {}, body }] = row;
    const fault = { ...providers.get(name)!.decodeError(status, headers, body, 0), shouldRetry: null };
    for (const [dialect, { thrown, classOf }] of Object.entries(CLIENTS)) {
      const answer = dialects.get(dialect)!.renderFault(fault, "req_1");
      const error = (await thrown(answer)) as Error & { status: number; headers?: Headers };
      expect({ dialect, class: error.constructor.name, status: error.status }).toEqual({
        dialect,
        class: classOf(answer.status),
        status: answer.status,
      });
      expect(Math.floor(answer.status / 100)).toBe(CLASS_OF_KIND[kind] ?? 4);
      expect(error.message).toContain(JSON.stringify(fault.message).slice(1, -1).slice(0, 20));
      if (fault.retryAfterMs !== null) {
        expect(answer.headers["retry-after"]).toBe(String(Math.ceil(fault.retryAfterMs / 1000)));
      }
    }
  });
});
