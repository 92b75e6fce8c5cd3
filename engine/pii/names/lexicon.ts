/** What a word is known as; a word may be several. */
export const COMMON = 1;
export const FIRST_NAME = 2;
export const LAST_NAME = 4;
export const PLACE = 8;
/** Stands in places' names of several words. */
export const PLACE_PART = 16;

/** Hashes of words in lower case, and what they are known as. */
export type WordClasses = ReadonlyMap<number, number>;

/** Looks words up by their hash; 0 for one that is not known. */
export interface Lexicon {
  readonly classOf: (hash: number) => number;
  readonly size: number;
}

/** A table with open addressing: one read for most words. @param hashes none of them 0 */
export function createLexicon(hashes: Int32Array, classes: Uint8Array): Lexicon {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(2, hashes.length * 2)));
  const keys = new Int32Array(slots);
  const values = new Uint8Array(slots);
  const last = slots - 1;
  for (let i = 0; i < hashes.length; i++) {
    let at = slotOf(hashes[i]!, last);
    while (keys[at] !== 0) at = (at + 1) & last;
    keys[at] = hashes[i]!;
    values[at] = classes[i]!;
  }
  return {
    size: hashes.length,
    classOf(hash) {
      let at = slotOf(hash, last);
      while (keys[at] !== 0) {
        if (keys[at] === hash) return values[at]!;
        at = (at + 1) & last;
      }
      return 0;
    },
  };
}

export function lexiconOf(words: WordClasses): Lexicon {
  return createLexicon(Int32Array.from(words.keys()), Uint8Array.from(words.values()));
}

function slotOf(hash: number, last: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> 8) & last;
}
