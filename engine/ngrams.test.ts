import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conversationFromPrompt } from "./conversation.ts";
import { firstCharacterRow, hashNgrams } from "./ngrams.ts";

const SPEC = { buckets: 65_536, maxTerms: 4096, wordOrders: [1, 2], charOrders: [3, 4, 5] };

/** The definition, written plainly: FNV-1a over the UTF-8 bytes, murmur3's finalizer, mod the rows of the kind. */
function rowOf(
  term: string,
  kind: "word" | "character",
  [first, end] = kind === "word" ? [1, 30_720] : [30_720, 61_440],
) {
  let hash = kind === "word" ? 0x811c9dc5 : 0xda2b4459;
  for (const byte of Buffer.from(term)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return first! + ((hash >>> 0) % (end! - first!));
}

describe("hashNgrams", () => {
  it("hashes words, pairs of words and the characters inside words", () => {
    const { ids, weights } = hashNgrams(conversationFromPrompt("Go Éa go"), SPEC);
    const words = ["go", "éa", "go éa", "éa go"].map((term) => rowOf(term, "word"));
    const characters = ["<go", "<go>", "go>", "<éa", "<éa>", "éa>"].map((term) => rowOf(term, "character"));
    expect([...ids].sort()).toEqual([...words, ...characters].sort());
    expect(weights[ids.indexOf(rowOf("go", "word"))]).toBeCloseTo(Math.log1p(2), 6);
    expect(weights[ids.indexOf(rowOf("éa go", "word"))]).toBeCloseTo(Math.log1p(1), 6);
    expect(ids[0]).toBe(rowOf("go", "word"));
  });

  it("writes numbers as zeros, punctuation alone, and ideographs without marks", () => {
    const { ids } = hashNgrams(conversationFromPrompt("12345+7 中文"), SPEC);
    const words = ["0000", "+", "0", "中文", "0000 +", "+ 0", "0 中文"].map((term) => rowOf(term, "word"));
    const characters = ["中", "文", "中文"].map((term) => rowOf(term, "character"));
    expect([...ids].sort()).toEqual([...words, ...characters].sort());
  });

  it("keeps the first maxTerms terms and goes on counting them", () => {
    const spec = { buckets: 1000, maxTerms: 2, wordOrders: [1], charOrders: [] };
    const { ids, weights } = hashNgrams(conversationFromPrompt("one two three one"), spec);
    expect([...ids]).toEqual([rowOf("one", "word", [1, 938]), rowOf("two", "word", [1, 938])]);
    expect(weights[0]).toBeCloseTo(Math.log1p(2), 6);
  });

  it("gives distinct rows in 1..buckets-1 for any text and spec", () => {
    const orders = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        fc.record({
          buckets: fc.integer({ min: 1, max: 5000 }),
          maxTerms: fc.integer({ min: 1, max: 300 }),
          wordOrders: orders,
          charOrders: orders,
        }),
        (text, spec) => {
          const { ids, weights } = hashNgrams(conversationFromPrompt(text), spec);
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids.length).toBeLessThanOrEqual(spec.maxTerms);
          expect(ids.every((id) => id >= 1 && id < spec.buckets)).toBe(true);
          expect(weights.every((weight) => weight > 0 && Number.isFinite(weight))).toBe(true);
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });

  it.each([
    { wordOrders: [1], charOrders: [3], first: 47 }, // by hand: rows 1..46 and 47..93; 94..99 are the system prompt's
    { wordOrders: [], charOrders: [3], first: 1 },
    { wordOrders: [1], charOrders: [], first: 94 },
  ])("puts character terms from row $first on", ({ first, ...orders }) => {
    const spec = { buckets: 100, maxTerms: 500, ...orders };
    expect(firstCharacterRow(spec)).toBe(first);
    const { ids } = hashNgrams(conversationFromPrompt("several words that fill a good part of the rows"), spec);
    const words = hashNgrams(conversationFromPrompt("1 2 ! ?"), spec).ids;
    expect(ids.some((id) => id >= first)).toBe(orders.charOrders.length > 0);
    expect(words.every((id) => id < first)).toBe(true);
  });

  it("puts words of a system prompt in rows of their own, after those of the ask", () => {
    const ask = conversationFromPrompt("one two");
    const bare = hashNgrams(ask, SPEC).ids;
    const { ids } = hashNgrams({ ...ask, system: "two words" }, SPEC);
    expect([...ids.subarray(0, bare.length)]).toEqual([...bare]);
    const own = ["two", "words", "two words"].map((term) => rowOf(term, "word", [61_440, 65_536]));
    expect([...ids.subarray(bare.length)].sort()).toEqual(own.sort());
  });

  it("is linear: a huge prompt reads its first and last part only", () => {
    const { ids } = hashNgrams(conversationFromPrompt(`first ${"x".repeat(10_000_000)} last`), SPEC);
    expect(ids).toContain(rowOf("first", "word"));
    expect(ids).toContain(rowOf("last", "word"));
  });
});
