import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createUnigramTokenizer } from "./unigram.ts";

const PIECES: readonly (readonly [string, number])[] = [
  ["?", 0],
  ["<s>", 0],
  ["▁", -2],
  ["a", -1],
  ["b", -1],
  ["ab", -1.5],
  ["▁ab", -3.5],
  ["free", 0],
  ["f", -5],
  ["r", -5],
  ["e", -5],
  ["a", -0.5],
];
const { encode } = createUnigramTokenizer({
  firstPiece: 2,
  pieces: PIECES.map(([piece]) => piece),
  scores: PIECES.map(([, score]) => score),
});

describe("createUnigramTokenizer", () => {
  // By hand, from the scores above.
  it.each([
    { text: "", ids: [], because: "there is nothing to cut" },
    { text: "b", ids: [2, 4], because: "the mark stands before the text" },
    { text: "ba", ids: [2, 4, 11], because: "a piece that occurs twice has its last id" },
    {
      text: "ab",
      ids: [2, 11, 4],
      because: "of three equal ways, -2 -0.5 -1, -2 -1.5 and -3.5, the latest start wins",
    },
    { text: "b b", ids: [2, 4, 2, 4], because: "a space is a mark" },
    { text: "中文b", ids: [2, 0, 4], because: "unknown characters in a row are one id 0" },
    { text: "中b文", ids: [2, 0, 4, 0], because: "known ones part them" },
    { text: "😀b", ids: [2, 0, 4], because: "a surrogate pair is one character" },
    { text: "ｂ", ids: [2, 4], because: "text is put in NFKC" },
    { text: "\ud800", ids: [2, 0], because: "half a pair is a character too" },
    { text: "<s>", ids: [2, 0], because: "control symbols never match" },
  ])("cuts $text into $ids: $because", ({ text, ids }) => {
    expect([...encode(text)]).toEqual(ids);
  });

  it("gives ids of the vocabulary, never two unknowns in a row, for any text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "b", " ", "f", "r", "e", "中", "😀", "\ud83d", "\n") }),
        (text) => {
          const ids = [...encode(text)];
          expect(ids.every((id) => id === 0 || (id >= 2 && id < PIECES.length))).toBe(true);
          expect(ids.every((id, i) => id !== 0 || ids[i + 1] !== 0)).toBe(true);
        },
      ),
      { seed: 3 },
    );
  });
});
