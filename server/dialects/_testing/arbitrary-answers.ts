import fc from "fast-check";
import type { AssistantPart, ChatChoice, ChatEvent, ChatResult, Usage } from "../../chat.ts";
import { eventsOfResult } from "../../gateway/events-of-result.ts";
import { sealSignature } from "../../signature.ts";

const text = fc.string({ unit: "binary", maxLength: 40 });
const filled = fc.string({ unit: "binary", minLength: 1, maxLength: 40 });
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/);
const proof = fc
  .tuple(fc.constantFrom("anthropic", "google", "openai"), fc.stringMatching(/^[A-Za-z0-9+/]{4,24}={0,2}$/))
  .map(([family, raw]) => sealSignature(family as "anthropic" | "google" | "openai", raw));
const objectJson = fc
  .dictionary(
    fc.string({ maxLength: 8 }).filter((key) => key !== "__proto__"),
    fc.jsonValue({ maxDepth: 2, stringUnit: "binary" }),
    { maxKeys: 4 },
  )
  .map((value) => JSON.stringify(value))
  .filter((json) => !json.includes("__proto__"));
/** Mostly JSON; sometimes what no schema allows, a custom tool's plain text among it. */
const argumentsJson = fc.oneof({ weight: 4, arbitrary: objectJson }, fc.constantFrom("SELECT 1", "[1]", " 7", "null"));

export const arbitraryPart: fc.Arbitrary<AssistantPart> = fc.oneof(
  fc.record({
    kind: fc.constant("text" as const),
    text,
    citations: fc.array(
      fc.record({
        text,
        url: fc.option(fc.webUrl()),
        title: fc.option(text),
        start: fc.option(fc.nat(9)),
        end: fc.option(fc.nat(40)),
      }),
      { maxLength: 2 },
    ),
    cacheControl: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant("reasoning" as const),
    text,
    signature: fc.option(proof),
    redacted: fc.constant(null),
  }),
  fc.record({ kind: fc.constant("reasoning" as const), text, signature: fc.constant(null), redacted: proof }),
  fc.record({ kind: fc.constant("refusal" as const), text: filled }),
  fc.record({
    kind: fc.constant("tool_call" as const),
    id: fc.stringMatching(/^call_[a-z0-9]{8}$/),
    name,
    argumentsJson,
    signature: fc.option(proof),
  }),
);

export const arbitraryUsage: fc.Arbitrary<Usage> = fc
  .tuple(fc.nat(1e6), fc.nat(1e6), fc.nat(1e5), fc.nat(1e5), fc.nat(1e5), fc.nat(1e4))
  .map(([inputUncached, cacheRead, cacheWrite5m, cacheWrite1h, answer, reasoning]) => ({
    inputUncached,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    output: answer + reasoning,
    reasoning,
    estimated: false,
  }));

const arbitraryChoice: fc.Arbitrary<ChatChoice> = fc
  .record({
    parts: fc.uniqueArray(arbitraryPart, {
      maxLength: 6,
      selector: (part) => (part.kind === "tool_call" ? part.id : part),
    }),
    finish: fc.constantFrom("stop", "stop_sequence", "length", "content_filter", "pause", "refusal", "error"),
    stopSequence: fc.option(filled),
    logprobs: fc.option(
      fc.array(
        fc.record({
          token: text,
          logprob: fc.float({ min: -20, max: 0, noNaN: true }),
          bytes: fc.option(fc.array(fc.nat(255), { maxLength: 4 })),
          top: fc.constant([]),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    ),
  })
  .map((choice) =>
    choice.parts.some((part) => part.kind === "tool_call") ? { ...choice, finish: "tool_calls" as const } : choice,
  ) as fc.Arbitrary<ChatChoice>; // finish is one of the words above

/** Answers as any provider may decode them. */
export function arbitraryResult(mostChoices = 1): fc.Arbitrary<ChatResult> {
  return fc.record({
    id: fc.option(fc.stringMatching(/^(?:msg_|resp_|chatcmpl-|gen-)[a-z0-9]{6}$/)),
    model: fc.constant("some-model"),
    createdAtMs: fc.option(fc.nat(2e9).map((seconds) => seconds * 1000)),
    choices: fc.array(arbitraryChoice, { minLength: 1, maxLength: mostChoices }),
    usage: fc.option(arbitraryUsage),
    serviceTier: fc.option(fc.constantFrom("default", "standard", "priority")),
  });
}

/** A result's events, its texts cut anywhere, in batches cut anywhere. */
export function arbitraryBatches(result: ChatResult): fc.Arbitrary<ChatEvent[][]> {
  return fc.infiniteStream(fc.nat(6)).map((numbers) => {
    const draw = () => numbers.next().value as number;
    const pieces = eventsOfResult(result).flatMap((event): ChatEvent[] => {
      if (event.type !== "delta") return [event];
      const cut = Math.min(event.text.length, draw());
      return [event.text.slice(0, cut), event.text.slice(cut)].map((piece) => ({ ...event, text: piece }));
    });
    const batches: ChatEvent[][] = [[]];
    for (const event of pieces) {
      batches.at(-1)!.push(event);
      if (draw() < 3) batches.push([]);
    }
    return batches;
  });
}
