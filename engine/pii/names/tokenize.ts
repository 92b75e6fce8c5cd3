import type { PiiSpan } from "../pii.ts";

/** Words, numbers, signs and line ends of a text, as columns. */
export interface Tokens {
  readonly length: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly texts: readonly string[];
}

/** A possessive `'s` is no part of its word. */
const TOKEN = /[\p{L}\p{M}]+(?:['’](?!s(?![\p{L}\p{M}]))[\p{L}\p{M}]+)*|\p{N}+|\n|[^\s\p{L}\p{M}\p{N}]/gu;
/** Letters and digits in turns, as in hashes, ids and serial numbers. */
const BLOB = /[A-Za-z\d]+(?:[-_][A-Za-z\d]+)*/y;
const BLOB_STARTS = /^[A-Za-z\d]+$/;
const LEAST_BLOB = 7;
const LEAST_TURNS = 2;
const LEAST_JOINED_BLOB = 12;
const LEAST_JOINED_TURNS = 4;

/** Begins the text of a token that stands for something already known. */
const TAKEN = "\u0002";
export const BLOB_TOKEN = `${TAKEN}BLOB`;

export function isTaken(token: string): boolean {
  return token.startsWith(TAKEN);
}

/** @param taken spans in order that are one token each, such as telephone numbers */
export function tokenize(text: string, taken: readonly PiiSpan[] = []): Tokens {
  const texts: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const add = (token: string, start: number, end: number) => {
    texts.push(token);
    starts.push(start);
    ends.push(end);
  };
  let from = 0;
  let blobsFrom = 0;
  const until = (to: number) => {
    TOKEN.lastIndex = from;
    while (TOKEN.lastIndex < to) {
      const match = TOKEN.exec(text);
      if (match === null || match.index >= to) break;
      const { 0: token, index: start } = match;
      const end = start + token.length;
      const blobEnd = start >= blobsFrom && BLOB_STARTS.test(token) ? blobEndOf(text, start) : 0;
      // What is no blob from its beginning is none further on either.
      if (blobEnd < 0) blobsFrom = -blobEnd;
      if (blobEnd > end && blobEnd <= to) {
        add(BLOB_TOKEN, start, blobEnd);
        TOKEN.lastIndex = blobEnd;
      } else add(token, start, Math.min(end, to));
    }
    from = to;
  };
  for (const { type, start, end } of taken) {
    until(start);
    add(TAKEN + type, start, end);
    from = end;
  }
  until(text.length);
  return { length: texts.length, starts: Int32Array.from(starts), ends: Int32Array.from(ends), texts };
}

/** Where a blob that begins here ends; below zero: where the run that is none ends. */
function blobEndOf(text: string, start: number): number {
  BLOB.lastIndex = start;
  const run = BLOB.exec(text)?.[0] ?? "";
  let turns = 0;
  let isDigit = false;
  let isFirst = true;
  for (let at = 0; at < run.length; at++) {
    const code = run.charCodeAt(at);
    if (code === 45 || code === 95) continue;
    const isNow = code < 58;
    if (!isFirst && isNow !== isDigit) turns++;
    isDigit = isNow;
    isFirst = false;
  }
  const joined = run.length >= LEAST_JOINED_BLOB && turns >= LEAST_JOINED_TURNS;
  const plain = run.length >= LEAST_BLOB && turns >= LEAST_TURNS && !/[-_]/.test(run);
  return joined || plain ? start + run.length : -(start + run.length);
}
