import { hashText, mix } from "../hash-text.ts";

/** Words in a shingle. */
const SHINGLE_WORDS = 3;

/** A Han, kana or Hangul character counts as a word, for these scripts write no spaces. */
const WORD = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]|[\p{L}\p{N}]+/gu;

/**
 * Hashes of the distinct runs of three words of a text, ascending. A text of fewer words is one shingle; words are
 * lower-case letters and digits, so spacing, case and punctuation do not count. A text without words counts its
 * characters.
 */
export function shingles(text: string): Uint32Array {
  const words = (text.toLowerCase().match(WORD) ?? [text]).map(hashText);
  const count = Math.max(1, words.length - SHINGLE_WORDS + 1);
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    let hash = 0;
    for (let j = i; j < i + SHINGLE_WORDS && j < words.length; j++) hash = mix(Math.imul(hash, 31) + words[j]!);
    out[i] = hash;
  }
  out.sort();
  let distinct = 0;
  for (let i = 0; i < count; i++) if (i === 0 || out[i] !== out[i - 1]) out[distinct++] = out[i]!;
  return out.slice(0, distinct);
}

/** Share of the shingles of both that they have in common, in [0, 1]. Both ascending. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let common = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const difference = a[i]! - b[j]!;
    if (difference === 0) common++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  return common / (a.length + b.length - common);
}
