import { COMMON, type Lexicon } from "./lexicon.ts";
import type { Tokens } from "./tokenize.ts";

/** Buckets of hashed features; a power of two. */
export const BUCKETS = 1 << 16;
/** Features of one token. */
export const WIDTH = 40;

/** A layout and meaning of features; another one needs a model of its own. */
export const FEATURE_VERSION = 4;

const SEED = 0x811c9dc5;
const NO_WORD = 255;

/** What is looked at of one word by itself. */
interface Word {
  readonly hash: number;
  readonly shape: number;
  readonly prefix2: number;
  readonly prefix3: number;
  readonly suffix2: number;
  readonly suffix3: number;
  readonly suffix4: number;
  /** What the lexicon knows it as; `NO_WORD` for what is no word. */
  readonly use: number;
}

const EDGE: Word = {
  hash: hashText("\u0000"),
  shape: hashText("\u0001"),
  prefix2: 1,
  prefix3: 1,
  suffix2: 1,
  suffix3: 1,
  suffix4: 1,
  use: NO_WORD,
};

/**
 * Buckets of every token's features, [tokens][WIDTH]: the word, its ends and shape, its neighbours' words and shapes, and
 * whether its text writes names with capitals at all.
 *
 * @param lexicon what words are known as
 * @param label hash of the name of the field that holds the text; 0 for none
 * @param disguise another hash for a word, as if it had never been seen, or 0 for its own; for training
 */
export function featuresOf(
  tokens: Tokens,
  lexicon: Lexicon,
  label: number,
  disguise: ((index: number) => number) | null = null,
): Int32Array {
  const { length, texts } = tokens;
  const words = new Array<Word>(length);
  const seen = new Map<string, Word>();
  let upper = 0;
  let letters = 0;
  for (let i = 0; i < length; i++) {
    const text = texts[i]!;
    let word = seen.get(text);
    if (word === undefined) {
      word = wordOf(text, lexicon);
      seen.set(text, word);
    }
    words[i] = word;
    const code = text.charCodeAt(0);
    if (code > 64 && text !== "I") {
      letters++;
      if (text[0] !== text[0]!.toLowerCase()) upper++;
    }
  }
  // A text without capitals, one of capitals only, and what is usual.
  const mode = upper === 0 ? 11 : upper === letters && letters > 1 ? 13 : 17;
  const out = new Int32Array(length * WIDTH);
  let lineStart = 0;
  for (let i = 0; i < length; i++) {
    if (i > 0 && texts[i - 1] === "\n") lineStart = i;
    const b3 = at(words, i - 3);
    const b2 = at(words, i - 2);
    const b1 = at(words, i - 1);
    const w = words[i]!;
    const a1 = at(words, i + 1);
    const a2 = at(words, i + 2);
    const a3 = at(words, i + 3);
    const other = disguise === null ? 0 : disguise(i);
    const own = other === 0 ? w.hash : other;
    // A name that was never seen is in no list either.
    const use = other === 0 ? w.use : w.use & COMMON;
    const [useBefore, useAfter] = [b1.use, a1.use];
    const isFirst = i === lineStart || isEnd(texts[i - 1]) ? 1 : 0;
    let n = i * WIDTH;
    out[n++] = mix(1, own);
    out[n++] = mix(2, b1.hash);
    out[n++] = mix(3, a1.hash);
    out[n++] = mix(4, b2.hash);
    out[n++] = mix(5, a2.hash);
    out[n++] = mix(6, w.prefix3, w.shape);
    out[n++] = mix(7, w.suffix2, w.shape);
    out[n++] = mix(8, w.suffix3, w.shape);
    out[n++] = mix(9, other === 0 ? w.suffix4 : other);
    out[n++] = mix(10, w.shape, mode, isFirst);
    out[n++] = mix(11, b1.shape, w.shape, mode);
    out[n++] = mix(12, w.shape, a1.shape, mode);
    out[n++] = mix(13, b1.shape, w.shape, a1.shape);
    out[n++] = mix(14, b1.hash, own);
    out[n++] = mix(15, own, a1.hash);
    out[n++] = mix(16, b2.hash, b1.hash, w.shape);
    out[n++] = mix(17, a1.hash, a2.hash, w.shape);
    out[n++] = mix(18, b1.hash, w.shape);
    out[n++] = mix(19, w.shape, a1.hash);
    out[n++] = mix(20, own, w.shape, isFirst);
    out[n++] = mix(21, b1.suffix3, w.shape);
    out[n++] = mix(22, w.shape, a1.suffix3);
    out[n++] = mix(23, b3.hash, w.shape);
    out[n++] = mix(24, a3.hash, w.shape);
    out[n++] = mix(25, label, w.shape);
    out[n++] = mix(26, w.prefix2, w.suffix2);
    out[n++] = mix(27, mix(b2.shape, b1.shape), w.shape, mix(a1.shape, a2.shape));
    out[n++] = mix(28, b2.hash, w.shape);
    out[n++] = mix(29, a2.hash, w.shape);
    out[n++] = mix(30, words[lineStart]!.hash, w.shape);
    out[n++] = mix(31, b1.suffix4, other === 0 ? w.suffix4 : other);
    out[n++] = mix(32, label, lineStart === i ? 1 : 0, mode);
    out[n++] = mix(33, use, w.shape, mode + isFirst);
    out[n++] = mix(34, mix(useBefore, b1.shape), mix(use, w.shape), mix(useAfter, a1.shape));
    out[n++] = mix(35, b1.hash, mix(use, w.shape), a1.hash);
    out[n++] = mix(36, mix(b1.hash, useBefore), mix(use, w.shape), mix(useAfter, a1.shape));
    out[n++] = mix(37, useBefore, use, mode);
    out[n++] = mix(38, use, useAfter, mode);
    out[n++] = mix(39, mix(b2.use, useBefore), use, mix(useAfter, a2.use));
    out[n++] = mix(40, mix(use, w.shape), w.suffix3, isFirst);
  }
  return out;
}

function at(words: readonly Word[], index: number): Word {
  return index < 0 || index >= words.length ? EDGE : words[index]!;
}

/** Never 0. */
export function hashText(text: string): number {
  let hash = SEED;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 1;
}

function wordOf(text: string, lexicon: Lexicon): Word {
  const lower = text.toLowerCase().replaceAll("’", "'");
  const { length } = lower;
  const isWord = lower !== text.toUpperCase();
  const hash = /^\p{N}/u.test(text) ? hashText(`#${length}`) : hashText(lower);
  return {
    hash,
    shape: shapeOf(text),
    prefix2: hashText(lower.slice(0, 2)),
    prefix3: hashText(lower.slice(0, 3)),
    suffix2: hashText(lower.slice(length - 2)),
    suffix3: hashText(lower.slice(length - 3)),
    suffix4: hashText(lower.slice(length - 4)),
    use: isWord ? lexicon.classOf(hash) : NO_WORD,
  };
}

/** Numbers by their length, words by their capitals, signs as they are. */
function shapeOf(text: string): number {
  const first = text[0]!;
  if (first >= "0" && first <= "9") return hashText(`d${Math.min(text.length, 7)}`);
  if (first.toLowerCase() === first.toUpperCase()) return hashText(text);
  if (first === first.toLowerCase()) return SHAPE_LOWER;
  if (text.length === 1) return SHAPE_INITIAL;
  const rest = text.slice(1);
  if (rest === rest.toLowerCase()) return text.length <= 3 ? SHAPE_SHORT_TITLE : SHAPE_TITLE;
  return rest === rest.toUpperCase() ? (text.length <= 3 ? SHAPE_SHORT_UPPER : SHAPE_UPPER) : SHAPE_MIXED;
}

const SHAPE_LOWER = hashText("x");
const SHAPE_INITIAL = hashText("X");
const SHAPE_TITLE = hashText("Xx");
const SHAPE_SHORT_TITLE = hashText("Xx-");
const SHAPE_UPPER = hashText("XX");
const SHAPE_SHORT_UPPER = hashText("XX-");
const SHAPE_MIXED = hashText("XxX");

function isEnd(text: string | undefined): boolean {
  return text === "." || text === "!" || text === "?" || text === '"' || text === "“" || text === ":";
}

function mix(kind: number, x: number, y = 0, z = 0): number {
  let hash = Math.imul(kind + 0x9e3779b9, 0x85ebca6b) ^ x;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^ y;
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39) ^ z;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 15)) & (BUCKETS - 1);
}
