import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../engine/errors.ts";
import type { ChatEvent, ChatRequest, ChatResult, FaultKind } from "./chat.ts";
import type { Dialect, DialectFault, RenderContext } from "./dialect.ts";
import { argumentsObject } from "./dialects/_shared/arguments-object.ts";
import { arbitraryBatches, arbitraryResult } from "./dialects/_testing/arbitrary-answers.ts";
import { type Facts, factsOf, withoutRefusals } from "./dialects/_testing/facts.ts";
import type { Json } from "./dialects/_testing/heard.ts";
import { type Voice, voiceOf } from "./dialects/_testing/voices.ts";
import { eventsOfResult } from "./gateway/events-of-result.ts";
import { faultOf } from "./upstream-fault.ts";

const RUNS = 150;

/** Status of each kind of fault where dialects agree; Anthropic's own is 529 for an overload. */
const STATUS: Record<FaultKind, number> = {
  invalid_request: 400,
  context_length: 400,
  content_policy: 400,
  authentication: 401,
  insufficient_quota: 402,
  permission: 403,
  not_found: 404,
  conflict: 409,
  request_too_large: 413,
  rate_limited: 429,
  overloaded: 503,
  server_error: 500,
  bad_response: 502,
  connection: 502,
  timeout: 504,
};

export function faultFor(kind: FaultKind, known: Partial<DialectFault> = {}): DialectFault {
  return { ...faultOf(kind, "what went wrong"), shouldRetry: null, ...known };
}

/** What every dialect must do; run by dialect.test.ts for each file of server/dialects/. */
export function dialectConformance(dialect: Dialect): void {
  const voice = voiceOf(dialect);
  const hello = (): ChatRequest => dialect.parse(voice.hello, voice.path);
  const context = (request = hello()): RenderContext => ({
    requestId: "req_0123456789",
    model: "the-model",
    nowMs: 1_700_000_000_000,
    request,
  });
  const streamed = (batches: readonly ChatEvent[][], request = hello()) => {
    const renderer = dialect.renderStream(context(request));
    return batches.map((events) => renderer.push(events)).join("");
  };

  describe(`dialect ${dialect.name}`, () => {
    it("parses the smallest request", () => {
      expect(hello()).toMatchObject({
        messages: [{ role: "user", parts: [{ kind: "text", text: "hi" }] }],
        system: [],
        tools: [],
        toolChoice: null,
        output: { kind: "text" },
        count: 1,
        stream: false,
        extras: {},
      });
    });

    it.each(voice.bad)("refuses %j naming the place", (body, place) => {
      const refusal = refusalOf(() => dialect.parse(body, voice.path));
      expect(refusal).toMatchObject({ code: "invalid_request", place });
      expect(refusal!.message).toContain(place);
    });

    it("keeps a field that it does not know as an extra", () => {
      const body = { ...voice.hello, brand_new: { a: 1 } };
      const { extras } = dialect.parse(body, voice.path);
      expect(Object.values(extras)).toEqual([{ a: 1 }]);
    });

    it("parses or refuses any body, and never fails otherwise", () => {
      fc.assert(
        fc.property(mutated(voice.hello), (body) => {
          const refusal = refusalOf(() => dialect.parse(body, voice.path));
          if (refusal !== null) expect(refusal).toMatchObject({ code: "invalid_request" });
        }),
        { seed: 11, numRuns: 600 },
      );
    });

    it("gives any answer so that it comes back whole when the client repeats it", () => {
      const { echo } = voice;
      if (echo === null) return;
      fc.assert(
        fc.property(arbitraryResult(), (result) => {
          const answer = JSON.parse(JSON.stringify(dialect.render(result, context()))) as Json;
          expect(heardFacts(dialect, voice, answer)).toEqual(spokenFacts(voice, result));
        }),
        { seed: 12, numRuns: RUNS },
      );
    });

    it("streams any answer by the rules, and what is heard is what was said", () => {
      fc.assert(
        fc.property(
          arbitraryResult().chain((result) => fc.tuple(fc.constant(result), arbitraryBatches(result))),
          fc.boolean(),
          ([result, batches], streamUsage) => {
            const wantsUsage = streamUsage && result.usage !== null;
            const { answer, error } = voice.hear(
              streamed(batches, { ...hello(), streamUsage: wantsUsage }),
              wantsUsage,
            );
            expect(error).toBeNull();
            if (voice.echo === null) return;
            // Proofs of calls travel only when a call comes whole, as those who sign send it.
            const { callProofs: _, ...facts } = heardFacts(dialect, voice, answer as Json);
            const { callProofs: __, ...spoken } = spokenFacts(voice, result);
            expect(facts).toEqual(spoken);
          },
        ),
        { seed: 13, numRuns: RUNS },
      );
    });

    it("streams a call with its proof when the call comes whole", () => {
      if (voice.echo === null) return;
      fc.assert(
        fc.property(arbitraryResult(), (result) => {
          const { answer } = voice.hear(streamed([eventsOfResult(result)]), false);
          expect(heardFacts(dialect, voice, answer as Json)).toEqual(spokenFacts(voice, result));
        }),
        { seed: 14, numRuns: RUNS },
      );
    });

    it("streams several answers by the rules", () => {
      fc.assert(
        fc.property(
          arbitraryResult(3).chain((result) => arbitraryBatches(result)),
          (batches) => {
            expect(voice.hear(streamed(batches), false).error).toBeNull();
          },
        ),
        { seed: 15, numRuns: 50 },
      );
    });

    it("ends a stream that breaks anywhere with its own error, once", () => {
      fc.assert(
        fc.property(
          arbitraryResult().chain((result) => arbitraryBatches(result)),
          fc.nat(20),
          fc.boolean(),
          (batches, at, isUpstreams) => {
            const renderer = dialect.renderStream(context());
            const before = batches.slice(0, Math.min(at, batches.length - 1)).flat();
            const said = renderer.push(before.filter((event) => event.type !== "end"));
            const fault = faultFor("overloaded");
            const broken = isUpstreams ? renderer.push([{ type: "error", error: fault }]) : renderer.fail(fault);
            const after = renderer.fail(fault) + renderer.push([{ type: "end" }]);
            expect(after).toBe("");
            const { error } = voice.hear(said + broken, false);
            expect(error).toMatchObject({ message: "what went wrong" });
          },
        ),
        { seed: 16, numRuns: 60 },
      );
    });

    it.each(Object.entries(STATUS) as [FaultKind, number][])("answers %s with its status and shape", (kind, status) => {
      const rendered = dialect.renderFault(faultFor(kind), "req_1");
      const expected = kind === "overloaded" && dialect.name === "anthropic-messages" ? 529 : status;
      expect(rendered.status).toBe(expected);
      const { error } = rendered.body as { error: { message: string } };
      expect(error.message).toContain("what went wrong");
    });

    it("passes an upstream's own status on where it says the same", () => {
      const status = (kind: FaultKind, upstream: number) =>
        dialect.renderFault(faultFor(kind, { status: upstream }), "req_1").status;
      expect(status("invalid_request", 422)).toBe(422);
      expect(status("server_error", 502)).toBe(502);
      expect(status("rate_limited", 400)).toBe(429);
      expect(status("authentication", 400)).toBe(401);
      expect(status("overloaded", 503)).toBe(503);
    });

    it("tells how long to wait, and forbids to sleep for hours", () => {
      const headers = (known: Partial<DialectFault>) =>
        dialect.renderFault(faultFor("rate_limited", known), "req_1").headers;
      expect(headers({ retryAfterMs: 1200 })["retry-after"]).toBe("2");
      expect(headers({ retryAfterMs: 1200 })).not.toHaveProperty("x-should-retry");
      expect(headers({ retryAfterMs: 7_200_000, shouldRetry: true })).toMatchObject({
        "retry-after": "3600",
        "x-should-retry": "false",
      });
      expect(headers({ shouldRetry: false })["x-should-retry"]).toBe("false");
      expect(headers({})).not.toHaveProperty("retry-after");
    });
  });
}

/** The facts of an answer that a client heard and gives back as history. */
function heardFacts(dialect: Dialect, voice: Voice, answer: Json): Facts {
  const { messages } = dialect.parse(JSON.parse(JSON.stringify(voice.echo!(answer))), voice.path);
  return factsOf(messages.flatMap((message) => (message.role === "assistant" ? message.parts : [])));
}

/** The facts of the first answer, as far as the dialect can say them. */
function spokenFacts(voice: Voice, result: ChatResult): Facts {
  const choice = result.choices[0]!;
  const facts = factsOf((voice.hasRefusals ? choice : withoutRefusals(choice)).parts);
  if (!voice.wrapsArguments) return facts;
  return { ...facts, calls: facts.calls.map(([id, name, json]) => [id, name, JSON.stringify(argumentsObject(json))]) };
}

function refusalOf(run: () => unknown): AppError | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** A body with something strange put in a place, or nothing of a body at all. */
function mutated(body: object): fc.Arbitrary<unknown> {
  const strange = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom<unknown>(null, [], {}, "", [null], [[]], -1));
  const places = pathsOf(body);
  return fc.oneof(
    strange,
    fc.tuple(fc.constantFrom(...places), strange).map(([path, value]) => withValue(body, path, value)),
  );
}

function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function withValue(body: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(body)) return body.map((inner, i) => (String(i) === key ? withValue(inner, rest, value) : inner));
  const object = body as Record<string, unknown>; // the path leads through objects
  return { ...object, [key]: withValue(object[key], rest, value) };
}
