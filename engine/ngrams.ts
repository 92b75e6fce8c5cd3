import type { Conversation } from "./conversation.ts";
import {
  CHARACTER_FLAGS,
  CHARACTER_SCRIPT,
  DIGIT,
  LETTER,
  LOWER_CASE,
  PUNCTUATION,
  SCRIPTS,
} from "./features/characters.ts";
import { questionIndex } from "./features/reading.ts";
import type { NgramSpec } from "./schema/manifest.ts";

/** At most so many UTF-16 units of a conversation become n-grams. */
const NGRAM_TEXT_LIMIT = 6000;

const PRIME = 0x01000193;
const WORD_SEED = 0x811c9dc5 | 0;
const CHARACTER_SEED = 0xda2b4459 | 0;
const LONGEST_WORD = 32;
const LONGEST_NUMBER = 4;
const SPACE_BYTE = 0x20;
const OPENING = 0x3c;
const CLOSING = 0x3e;
const ZERO = 0x30;
const IDEOGRAPHIC = new Set([SCRIPTS.indexOf("cjk"), SCRIPTS.indexOf("kana"), SCRIPTS.indexOf("hangul")]);
const NOT_ASCII = /[\u0080-\uffff]/;

export interface HashedNgrams {
  /** Distinct rows of the table, each in 1..buckets-1, in order of first occurrence. */
  readonly ids: Int32Array;
  /** log1p of the times each was met. */
  readonly weights: Float32Array;
}

/** Open-addressing set of the terms met so far. One a process: hashing is synchronous, and the scratch is reset by a stamp. */
const TERMS = {
  slots: new Int32Array(0),
  stamps: new Int32Array(0),
  stamp: 0,
  ids: new Int32Array(0),
  counts: new Int32Array(0),
  count: 0,
  limit: 0,
  firstWord: 0,
  endOfWords: 0,
  firstCharacter: 0,
  endOfCharacters: 0,
};
/** Units of the token being read, between its boundary marks when it has any. */
const TOKEN = new Uint16Array(LONGEST_WORD + 2);
/** [order] FNV state of the word n-gram of that order which ends at the last token; 0 while there are too few tokens. */
const WORD_STATES = new Int32Array(9);
const MOST_WORD_ORDER = WORD_STATES.length - 1;

/**
 * Hashes a conversation's word n-grams and the character n-grams inside its words to rows of a table.
 *
 * Tokens of the NFKC form in lower case: runs of letters (the first 32 units), runs of digits as one to four zeros, any
 * other visible character alone. A word n-gram is its tokens joined by one space; a character n-gram is n units of `<`
 * word `>`, or n - 2 (at least one) of an unmarked word in Chinese, Japanese or Korean script. A term's hash is 32-bit
 * FNV-1a over the UTF-8 bytes of its units, with one seed for words and another for characters, then murmur3's
 * finalizer. Its row is its range's first row plus hash mod the range's size; word terms have the rows from 1, character
 * terms those from `firstCharacterRow`, and words of the system prompt those from `firstSystemRow`. Read are the question,
 * then the other turns, newest first, then the system prompt, up to `NGRAM_TEXT_LIMIT` together; of a longer question the
 * first three quarters and the last.
 */
export function hashNgrams(conversation: Conversation, spec: NgramSpec): HashedNgrams {
  prepare(spec);
  const wordOrders = orderBits(spec.wordOrders);
  const characterOrders = orderBits(spec.charOrders);
  const { system, turns } = conversation;
  const asked = questionIndex(conversation);
  let left = NGRAM_TEXT_LIMIT;
  if (asked >= 0) {
    const { text } = turns[asked]!;
    if (text.length <= left) left -= read(text, wordOrders, characterOrders);
    else {
      const tail = left >> 2;
      read(text.slice(0, left - tail), wordOrders, characterOrders);
      read(text.slice(-tail), wordOrders, characterOrders);
      left = 0;
    }
  }
  for (let i = turns.length - 1; i >= 0 && left > 0; i--) {
    if (i !== asked) left -= read(turns[i]!.text.slice(0, left), wordOrders, characterOrders);
  }
  TERMS.firstWord = firstSystemRow(spec);
  TERMS.endOfWords = spec.buckets;
  read(system.slice(0, left), wordOrders, 0);

  const ids = TERMS.ids.slice(0, TERMS.count);
  const weights = new Float32Array(TERMS.count);
  for (let i = 0; i < TERMS.count; i++) weights[i] = Math.log1p(TERMS.counts[i]!);
  return { ids, weights };
}

/**
 * First of the rows, the last sixteenth, that words of system prompts have to themselves: where training saw none, an
 * ask reads the same with one and without.
 */
export function firstSystemRow(spec: NgramSpec): number {
  return spec.buckets - (spec.buckets >> 4);
}

/** First row of character terms; word terms lie below it. With one kind of term only, that kind has all rows from 1. */
export function firstCharacterRow(spec: NgramSpec): number {
  const end = firstSystemRow(spec);
  if (spec.charOrders.length === 0) return end;
  return spec.wordOrders.length === 0 ? 1 : 1 + ((end - 1) >> 1);
}

function prepare(spec: NgramSpec): void {
  if (TERMS.ids.length < spec.maxTerms) {
    let size = 64;
    while (size < 2 * spec.maxTerms) size *= 2;
    TERMS.slots = new Int32Array(size);
    TERMS.stamps = new Int32Array(size);
    TERMS.stamp = 0;
    TERMS.ids = new Int32Array(spec.maxTerms);
    TERMS.counts = new Int32Array(spec.maxTerms);
  }
  TERMS.stamp = (TERMS.stamp + 1) | 0;
  TERMS.count = 0;
  TERMS.limit = spec.maxTerms;
  TERMS.firstWord = 1;
  TERMS.endOfWords = firstCharacterRow(spec);
  TERMS.firstCharacter = TERMS.endOfWords;
  TERMS.endOfCharacters = firstSystemRow(spec);
}

/** Orders as bits: order n is bit n. Orders above 30 for characters and 8 for words are never met. */
function orderBits(orders: readonly number[]): number {
  return orders.reduce((bits, order) => (order < 31 ? bits | (1 << order) : bits), 0);
}

/** Adds the terms of one text and returns its length. */
function read(original: string, wordOrders: number, characterOrders: number): number {
  const isAscii = !NOT_ASCII.test(original);
  const text = isAscii ? original : original.normalize("NFKC");
  const end = Math.min(text.length, 2 * NGRAM_TEXT_LIMIT);
  WORD_STATES.fill(0);
  let at = 0;
  while (at < end) {
    const code = text.charCodeAt(at);
    const flags = CHARACTER_FLAGS[code]!;
    const kind = flags & (LETTER | DIGIT | PUNCTUATION);
    if (kind === 0) {
      at++;
      continue;
    }
    let length = 0;
    if ((kind & LETTER) !== 0) {
      const ideographic = !isAscii && IDEOGRAPHIC.has(CHARACTER_SCRIPT[code]!);
      TOKEN[0] = OPENING;
      for (; at < end; at++) {
        const next = text.charCodeAt(at);
        if ((CHARACTER_FLAGS[next]! & LETTER) === 0) break;
        if (length < LONGEST_WORD) TOKEN[++length] = LOWER_CASE[next]!;
      }
      TOKEN[length + 1] = CLOSING;
      addWords(1, length + 1, wordOrders);
      if (ideographic) addCharacters(1, length + 1, shortened(characterOrders));
      else addCharacters(0, length + 2, characterOrders);
      continue;
    }
    if ((kind & DIGIT) !== 0) {
      for (; at < end && (CHARACTER_FLAGS[text.charCodeAt(at)]! & DIGIT) !== 0; at++) {
        if (length < LONGEST_NUMBER) TOKEN[++length] = ZERO;
      }
    } else {
      TOKEN[++length] = code;
      at++;
      if (code >= 0xd800 && code < 0xdc00 && at < end && (text.charCodeAt(at) & 0xfc00) === 0xdc00) {
        TOKEN[++length] = text.charCodeAt(at);
        at++;
      }
    }
    addWords(1, length + 1, wordOrders);
  }
  return original.length;
}

/** Orders two less each, and at least one: two ideographs say as much as four letters. */
function shortened(orders: number): number {
  return (orders >>> 2) | ((orders & 0b110) === 0 ? 0 : 0b10);
}

function addWords(from: number, to: number, orders: number): void {
  const most = Math.min(31 - Math.clz32(orders), MOST_WORD_ORDER);
  for (let order = most; order >= 1; order--) {
    let state = WORD_SEED;
    if (order > 1) {
      const before = WORD_STATES[order - 1]!;
      if (before === 0) continue;
      state = Math.imul(before ^ SPACE_BYTE, PRIME);
    }
    for (let i = from; i < to; i++) state = addUnit(state, TOKEN[i]!);
    WORD_STATES[order] = state === 0 ? 1 : state;
  }
  for (let order = 1; order <= most; order++) {
    if ((orders & (1 << order)) !== 0 && WORD_STATES[order] !== 0)
      addTerm(WORD_STATES[order]!, TERMS.firstWord, TERMS.endOfWords);
  }
}

function addCharacters(from: number, to: number, orders: number): void {
  const most = 31 - Math.clz32(orders);
  for (let begin = from; begin < to; begin++) {
    const end = Math.min(begin + most, to);
    let state = CHARACTER_SEED;
    for (let i = begin; i < end; i++) {
      state = addUnit(state, TOKEN[i]!);
      if ((orders & (1 << (i - begin + 1))) !== 0) addTerm(state, TERMS.firstCharacter, TERMS.endOfCharacters);
    }
  }
}

/** FNV-1a over the UTF-8 bytes of one UTF-16 unit; a surrogate counts as three bytes. */
function addUnit(state: number, unit: number): number {
  if (unit < 0x80) return Math.imul(state ^ unit, PRIME);
  if (unit < 0x800) {
    const first = Math.imul(state ^ (0xc0 | (unit >> 6)), PRIME);
    return Math.imul(first ^ (0x80 | (unit & 63)), PRIME);
  }
  const first = Math.imul(state ^ (0xe0 | (unit >> 12)), PRIME);
  const second = Math.imul(first ^ (0x80 | ((unit >> 6) & 63)), PRIME);
  return Math.imul(second ^ (0x80 | (unit & 63)), PRIME);
}

/** Counts a term among the rows first..end - 1; without any row there is no term. */
function addTerm(state: number, first: number, end: number): void {
  const { slots, stamps, stamp, ids, counts, limit } = TERMS;
  if (end <= first) return;
  let hash = state ^ (state >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  const id = first + ((hash >>> 0) % (end - first));
  const mask = slots.length - 1;
  let slot = Math.imul(id, 0x9e3779b1) >>> 7;
  for (slot &= mask; stamps[slot] === stamp; slot = (slot + 1) & mask) {
    const term = slots[slot]!;
    if (ids[term] === id) {
      counts[term] = counts[term]! + 1;
      return;
    }
  }
  if (TERMS.count >= limit) return;
  stamps[slot] = stamp;
  slots[slot] = TERMS.count;
  ids[TERMS.count] = id;
  counts[TERMS.count] = 1;
  TERMS.count++;
}
