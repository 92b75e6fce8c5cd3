/** Words, numbers, signs and line ends of a text, as columns. */
export interface Tokens {
  readonly length: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly texts: readonly string[];
}

/** A possessive `'s` is no part of its word. */
const TOKEN = /[\p{L}\p{M}]+(?:['’](?!s(?![\p{L}\p{M}]))[\p{L}\p{M}]+)*|\p{N}+|\n|[^\s\p{L}\p{M}\p{N}]/gu;

export function tokenize(text: string): Tokens {
  const texts: string[] = [];
  const bounds: number[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    texts.push(match[0]);
    bounds.push(match.index);
  }
  const starts = Int32Array.from(bounds);
  const ends = starts.map((start, index) => start + texts[index]!.length);
  return { length: texts.length, starts, ends, texts };
}
