import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import { AppError } from "../../engine/errors.ts";
import type { AssistantPart, ChatMessage, ChatRequest, ToolDefinition, UserPart } from "../chat.ts";
import type { Dialect } from "../dialect.ts";
import type { Provider } from "../provider.ts";
import { plainRequest, richRequest } from "../providers/_samples/rich-request.ts";
import { factsOf } from "./_testing/facts.ts";
import { voiceOf } from "./_testing/voices.ts";

const dialects = await discover<Dialect>(new URL("./", import.meta.url));
const providers = await discover<Provider>(new URL("../providers/", import.meta.url));
const MODELS: Readonly<Record<string, string>> = { anthropic: "claude-sonnet-4-5", google: "gemini-3-pro" };

/** Dialects whose wire format a provider writes, with that provider as the client. */
const pairs = [...dialects.values()].flatMap((dialect) => {
  const provider = providers.get(voiceOf(dialect).provider ?? "");
  return provider === undefined ? [] : [[dialect.name, { dialect, provider }] as const];
});

/** The body that a client of this dialect would send, as it comes over the wire. */
function bodyOf(request: ChatRequest, provider: Provider): Record<string, unknown> {
  const { body } = provider.encode(request, MODELS[provider.name] ?? "m", {});
  return JSON.parse(JSON.stringify(body));
}

const words = fc.string({ unit: "binary", minLength: 1, maxLength: 30 }).filter((text) => /\p{L}/u.test(text));
const textPart = words.map((text) => ({ kind: "text" as const, text, citations: [], cacheControl: null }));
const imagePart = fc
  .oneof(
    fc.constant({ kind: "base64" as const, mediaType: "image/png", data: "iVBORw0KGgo=" }),
    fc.webUrl().map((url) => ({ kind: "url" as const, url })),
  )
  .map((source) => ({ kind: "image" as const, source, detail: null }));
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/);
const call = fc.record({
  kind: fc.constant("tool_call" as const),
  id: fc.stringMatching(/^call_[a-z0-9]{8}$/),
  name,
  argumentsJson: fc
    .dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 })
    .map((value) => JSON.stringify(value)),
  signature: fc.constant(null),
});
const tool: fc.Arbitrary<ToolDefinition> = fc.record({
  name,
  description: fc.option(words),
  parameters: fc.constant({ type: "object", properties: { a: { type: "string" } }, required: ["a"] }),
  strict: fc.constant(null),
  cacheControl: fc.constant(null),
});

/** A user's turn, then perhaps an answer with calls and their results, again and again; the user has the last word. */
const conversation: fc.Arbitrary<ChatMessage[]> = fc
  .array(
    fc.record({
      asked: fc.array(fc.oneof(textPart, imagePart), { minLength: 1, maxLength: 3 }),
      said: fc.option(textPart),
      calls: fc.uniqueArray(call, { maxLength: 3, selector: ({ id }) => id }),
      results: fc.array(words, { minLength: 3, maxLength: 3 }),
    }),
    { maxLength: 3 },
  )
  .map((turns) => [
    ...turns.flatMap(({ asked, said, calls, results }, turn): ChatMessage[] => {
      const parts: AssistantPart[] = [said ?? [], calls.map((each) => ({ ...each, id: `${each.id}_${turn}` }))].flat();
      return [
        { role: "user", parts: asked },
        ...(parts.length === 0 ? [] : [{ role: "assistant" as const, parts }]),
        ...calls.map((each, i) => ({
          role: "tool" as const,
          toolCallId: `${each.id}_${turn}`,
          name: each.name,
          parts: [{ kind: "text" as const, text: results[i]!, citations: [], cacheControl: null }],
          isError: false,
        })),
      ];
    }),
    { role: "user", parts: [{ kind: "text", text: "last word", citations: [], cacheControl: null }] },
  ]);

const arbitraryRequest: fc.Arbitrary<ChatRequest> = fc
  .record({
    system: fc.array(textPart, { maxLength: 1 }),
    messages: conversation,
    tools: fc.uniqueArray(tool, { minLength: 1, maxLength: 3, selector: (each) => each.name }),
    choice: fc.constantFrom("auto", "none", "required", "tool", null),
    // The Responses API takes no less.
    maxOutputTokens: fc.integer({ min: 16, max: 4000 }),
  })
  .map(({ choice, ...fields }) => ({
    ...plainRequest,
    ...fields,
    toolChoice:
      choice === null ? null : choice === "tool" ? { kind: choice, name: fields.tools[0]!.name } : { kind: choice },
  }));

/** A conversation as a script: who says what, turns of one speaker run together. */
function scriptOf(messages: readonly ChatMessage[]): unknown[] {
  const script: { role: string; lines: unknown[] }[] = [];
  for (const message of messages) {
    const lines =
      message.role === "user"
        ? message.parts.map(lineOf)
        : message.role === "assistant"
          ? [{ ...factsOf(message.parts), callProofs: [] }]
          : [{ id: message.toolCallId, parts: message.parts.map(lineOf) }];
    const last = script.at(-1);
    if (last?.role === message.role && message.role !== "assistant") last.lines.push(...lines);
    else script.push({ role: message.role, lines });
  }
  return script;
}

function lineOf(part: UserPart): unknown {
  if (part.kind === "text") return part.text;
  return part.source.kind === "url" ? part.source.url : part.source;
}

describe.each(pairs)("requests in %s", (_name, { dialect, provider }) => {
  it("come back whole from the vendor's own form", () => {
    const { path } = voiceOf(dialect);
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const parsed = dialect.parse(bodyOf(request, provider), path);
        expect(parsed.extras).toEqual({});
        expect(scriptOf(parsed.messages)).toEqual(scriptOf(request.messages));
        expect(parsed.system.map(({ text }) => text)).toEqual(request.system.map(({ text }) => text));
        expect(parsed.tools.map(({ name: id, description, parameters }) => [id, description, parameters])).toEqual(
          request.tools.map(({ name: id, description, parameters }) => [id, description, parameters]),
        );
        if (request.toolChoice !== null) expect(parsed.toolChoice).toEqual(request.toolChoice);
        expect(parsed.maxOutputTokens).toBe(request.maxOutputTokens);
      }),
      { seed: 21, numRuns: 100 },
    );
  });

  it("keep of a rich conversation all that the form has a place for", () => {
    const parsed = dialect.parse(bodyOf(richRequest, provider), voiceOf(dialect).path);
    expect(parsed.extras).toEqual({});
    // Forms that have no images within a result put them behind it.
    expect(new Set(parsed.messages.map(({ role }) => role))).toEqual(new Set(["user", "assistant", "tool"]));
    expect(parsed.tools.map((each) => each.parameters)).toEqual(richRequest.tools.map((each) => each.parameters));
    const { calls } = factsOf(parsed.messages.flatMap((each) => (each.role === "assistant" ? each.parts : [])));
    expect(calls.map(([, called, json]) => [called, json])).toEqual([
      ["get_weather", '{"city":"Paris"}'],
      ["get_time", "{}"],
    ]);
    const results = parsed.messages.flatMap((each) => (each.role === "tool" ? [each] : []));
    expect(results.map(({ toolCallId }) => toolCallId)).toEqual(calls.map(([id]) => id));
    expect(results.map(({ name: called }) => called)).toEqual(["get_weather", "get_time"]);
    expect(parsed.output).toMatchObject({ kind: "json_schema" });
  });

  it("parse or are refused, whatever stands in a place of a rich body", () => {
    const body = bodyOf(richRequest, provider);
    const { path } = voiceOf(dialect);
    fc.assert(
      fc.property(fc.nat(), fc.jsonValue({ maxDepth: 2 }), (place, value) => {
        const spoiled = withPlace(body, place, value);
        try {
          dialect.parse(spoiled, path);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(error).toMatchObject({ code: "invalid_request" });
        }
      }),
      { seed: 22, numRuns: 500 },
    );
  });
});

/** A copy with the value at one place, of all that there are, replaced. */
function withPlace(body: object, place: number, value: unknown): unknown {
  const copy = structuredClone({ body });
  const places: (readonly [Record<string, unknown>, string])[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const [key, inner] of Object.entries(node)) {
      places.push([node as Record<string, unknown>, key]);
      walk(inner);
    }
  };
  walk(copy);
  const [owner, key] = places[place % places.length]!;
  owner[key] = value;
  return copy.body;
}
