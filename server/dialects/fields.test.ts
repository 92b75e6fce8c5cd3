import { describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import type { Dialect } from "../dialect.ts";
import { ApiError } from "../errors.ts";
import type { Provider } from "../provider.ts";
import { DOCUMENTED_FIELDS, type DocumentedFields } from "./_testing/documented-fields.ts";
import { fieldsOf, tagsOf } from "./_testing/sdk-fields.ts";
import { voiceOf } from "./_testing/voices.ts";

const dialects = await discover<Dialect>(new URL("./", import.meta.url));
const providers = await discover<Provider>(new URL("../providers/", import.meta.url));
/** An upstream of each format, and two that are told apart by what they lack. */
const MODELS: Readonly<Record<string, string>> = {
  openai: "gpt-4o",
  "openai-responses": "gpt-5",
  anthropic: "claude-sonnet-4-5",
  google: "gemini-2.5-flash",
  bedrock: "anthropic.claude-sonnet-4-5-20250929-v1:0",
  cohere: "command-a-03-2025",
  mistral: "mistral-large-latest",
  deepseek: "deepseek-chat",
};

const groups = Object.entries(DOCUMENTED_FIELDS).flatMap(([name, list]) =>
  list.map((fields, index) => [`${name} ${index}`, dialects.get(name)!, fields] as const),
);
const cases = groups.flatMap(([, dialect, fields]) =>
  Object.entries(fields.values).flatMap(([field, value]) => [[dialect.name, field, value, dialect, fields] as const]),
);

function bodyOf({ base, within }: DocumentedFields, field: string, value: unknown): Record<string, unknown> {
  return within === undefined ? { ...base, [field]: value } : { ...base, [within]: { [field]: value } };
}

/** What an upstream would be sent, and what the client would be told that it was not. */
function sentBy(provider: Provider, model: string, dialect: Dialect, body: unknown): string {
  const { body: sent, dropped } = provider.encode(dialect.parse(body, voiceOf(dialect).path), model, {});
  return JSON.stringify([sent, dropped]);
}

describe("documented fields", () => {
  it.each(groups)("of %s are all listed, those of the vendor's newest client among them", (_name, _dialect, fields) => {
    const listed = new Set([...Object.keys(fields.values), ...Object.keys(fields.silent)]);
    const documented = fields.types.flatMap(([file, name]) => fieldsOf(file, name));
    expect(documented.filter((field) => !listed.has(field))).toEqual([]);
    expect(fields.types.length === 0 || documented.length > 10).toBe(true);
    expect(fields.refused.filter((field) => !listed.has(field))).toEqual([]);
  });

  it.each(cases)("%s %s is translated, or said to be dropped, or refused", (_name, field, value, dialect, fields) => {
    const body = bodyOf(fields, field, value);
    if (fields.refused.includes(field)) {
      expect(() => dialect.parse(body, voiceOf(dialect).path)).toThrow(ApiError);
      return;
    }
    const lost = Object.entries(MODELS).flatMap(([name, model]) => {
      const provider = providers.get(name)!;
      if (provider.format === dialect.format) return [];
      const isTold = sentBy(provider, model, dialect, body) !== sentBy(provider, model, dialect, fields.base);
      return isTold ? [] : [name];
    });
    expect(lost).toEqual([]);
  });
});

/** Where a block of a union stands in a body. */
const PLACES: readonly (readonly [dialect: string, file: string, union: string, bodyOf: (block: object) => object])[] =
  [
    [
      "anthropic-messages",
      "@anthropic-ai/sdk/resources/beta/messages/messages.d.ts",
      "BetaContentBlockParam",
      (block) => ({ ...hello("anthropic-messages"), messages: [{ role: roleOf(block), content: [block] }] }),
    ],
    [
      "openai-responses",
      "openai/resources/responses/responses.d.ts",
      "ResponseInputItem",
      (item) => ({ ...hello("openai-responses"), input: [item] }),
    ],
    [
      "openai-responses",
      "openai/resources/responses/responses.d.ts",
      "ResponseInputContent",
      (part) => ({ ...hello("openai-responses"), input: [{ role: "user", content: [part] }] }),
    ],
    [
      "openai-chat",
      "openai/resources/chat/completions/completions.d.ts",
      "ChatCompletionContentPart",
      (part) => ({ ...hello("openai-chat"), messages: [{ role: "user", content: [part] }] }),
    ],
  ];

function hello(name: string): object {
  return voiceOf(dialects.get(name)!).hello;
}

function roleOf(block: object): string {
  const { type } = block as { type: string };
  return ["tool_use", "thinking", "redacted_thinking"].includes(type) ? "assistant" : "user";
}

describe("documented blocks of a conversation", () => {
  const blocks = PLACES.flatMap(([name, file, union, body]) =>
    tagsOf(file, union).map((type) => [name, type, body] as const),
  );

  it("are found in the types of the vendors' clients", () => {
    expect(blocks.length).toBeGreaterThan(50);
  });

  it.each(blocks)("%s: %s is known, though a bare one may lack what it needs", (name, type, body) => {
    const dialect = dialects.get(name)!;
    let place = "";
    try {
      dialect.parse(body({ type }), voiceOf(dialect).path);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      place = error.message;
    }
    expect(place).not.toMatch(/\.type:/);
  });
});
