import { AppError } from "../engine/errors.ts";

/** Half-open range of bytes that holds one JSON value, white space around it left out. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Bytes that are no JSON. `offset` counts from the start of the body. */
export class JsonSyntaxError extends AppError<"invalid_json"> {
  readonly offset: number;

  constructor(offset: number, expected: string) {
    super("invalid_json", `the body is not valid JSON: expected ${expected} at byte ${offset}`);
    this.offset = offset;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Deepest nesting that we follow; no request needs a tenth of it. */
const MAX_DEPTH = 512;
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/**
 * The whole body as one value. Strings are jumped over with a native search, so the time goes with the number of
 * values, not of bytes. Everything but the escapes inside strings is checked.
 *
 * @throws JsonSyntaxError
 */
export function scanValue(bytes: Buffer): Span {
  const start = skipSpace(bytes, 0);
  const end = skipValue(bytes, start, 0);
  const rest = skipSpace(bytes, end);
  if (rest !== bytes.length) throw new JsonSyntaxError(rest, "the end of the body");
  return { start, end };
}

/** Fields of the object at `span`; of repeated names the last one holds, as in JSON.parse. */
export function scanObject(bytes: Buffer, span: Span): Map<string, Span> {
  const fields = new Map<string, Span>();
  readObject(bytes, span.start, fields);
  return fields;
}

/** All fields of the object at `span` in their order, repeated names too: other readers may take another one of them. */
export function scanEntries(bytes: Buffer, span: Span): (readonly [name: string, value: Span])[] {
  const entries: (readonly [string, Span])[] = [];
  readObject(bytes, span.start, { set: (name, value) => entries.push([name, value]) });
  return entries;
}

/** A body that is one object: its fields, and the elements of those that are arrays and were asked for. */
export interface ScannedBody {
  readonly fields: ReadonlyMap<string, Span>;
  readonly elements: ReadonlyMap<string, readonly Span[]>;
}

/**
 * Scans a body in a single pass: what `scanObject(bytes, scanValue(bytes))` gives, and `scanArray` for some of its fields.
 *
 * @param lists names of the fields whose elements are wanted
 * @throws JsonSyntaxError
 */
export function scanBody(bytes: Buffer, lists: ReadonlySet<string> = NONE): ScannedBody {
  const fields = new Map<string, Span>();
  const elements = new Map<string, Span[]>();
  const rest = skipSpace(bytes, readObject(bytes, skipSpace(bytes, 0), fields, lists, elements));
  if (rest !== bytes.length) throw new JsonSyntaxError(rest, "the end of the body");
  return { fields, elements };
}

const NONE: ReadonlySet<string> = new Set();

/** Adds the fields of the object that starts at `start`. @returns its end */
function readObject(
  bytes: Buffer,
  start: number,
  fields: { set(name: string, value: Span): unknown },
  lists: ReadonlySet<string> = NONE,
  elements: Map<string, Span[]> | null = null,
): number {
  if (bytes[start] !== OPEN_BRACE) throw new JsonSyntaxError(start, "an object");
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    const nameEnd = skipString(bytes, at);
    const name = nameAt(bytes, at, nameEnd);
    at = skipSpace(bytes, skipByte(bytes, skipSpace(bytes, nameEnd), COLON, "':'"));
    const isList = bytes[at] === OPEN_BRACKET && lists.has(name);
    if (isList) elements?.set(name, []);
    else elements?.delete(name); // of a repeated name only the last value holds
    const end = isList ? readArray(bytes, at, elements!.get(name)!) : skipValue(bytes, at, 1);
    fields.set(name, { start: at, end });
    at = skipSpace(bytes, end);
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    at = skipSpace(bytes, skipByte(bytes, at, COMMA, "',' or '}'"));
  }
}

function nameAt(bytes: Buffer, start: number, end: number): string {
  // Nearly every name is plain ASCII without an escape, which needs no parser.
  const plain = bytes.toString("latin1", start + 1, end - 1);
  if (PLAIN_NAME.test(plain)) return plain;
  try {
    return JSON.parse(bytes.toString("utf8", start, end)) as string;
  } catch {
    throw new JsonSyntaxError(start, "a name");
  }
}

const PLAIN_NAME = /^[\w$-]*$/;

/** Elements of the array at `span`. */
export function scanArray(bytes: Buffer, span: Span): Span[] {
  const elements: Span[] = [];
  readArray(bytes, span.start, elements);
  return elements;
}

/** Adds the elements of the array that starts at `start`. @returns its end */
function readArray(bytes: Buffer, start: number, elements: Span[]): number {
  if (bytes[start] !== OPEN_BRACKET) throw new JsonSyntaxError(start, "an array");
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACKET) return at + 1;
  for (;;) {
    const end = skipValue(bytes, at, 1);
    elements.push({ start: at, end });
    at = skipSpace(bytes, end);
    if (bytes[at] === CLOSE_BRACKET) return at + 1;
    at = skipSpace(bytes, skipByte(bytes, at, COMMA, "',' or ']'"));
  }
}

/**
 * Text of a short first field of an object, when it has this name and is a string: enough to know a message's role without
 * a scan. @returns null when it is not so
 */
export function firstField(
  bytes: Buffer,
  span: Span,
  name: string,
): { readonly text: string; readonly end: number } | null {
  const start = skipSpace(bytes, span.start + 1);
  const nameEnd = start + name.length + 2;
  if (bytes[start] !== QUOTE || bytes[nameEnd - 1] !== QUOTE) return null;
  if (bytes.toString("latin1", start + 1, nameEnd - 1) !== name) return null;
  const colon = skipSpace(bytes, nameEnd);
  const at = skipSpace(bytes, colon + 1);
  if (bytes[colon] !== COLON || bytes[at] !== QUOTE) return null;
  const end = skipString(bytes, at);
  const value = valueAt(bytes, { start: at, end });
  return typeof value === "string" ? { text: value, end } : null;
}

/** The value itself; cheap for scalars and short strings, which is what it is for. */
export function valueAt(bytes: Buffer, span: Span): unknown {
  try {
    return JSON.parse(bytes.toString("utf8", span.start, span.end));
  } catch {
    throw new JsonSyntaxError(span.start, "a value");
  }
}

/**
 * At most about `maxBytes` of a string value, decoded: its head when it is longer. Never cuts an escape or a character.
 */
export function stringHead(bytes: Buffer, span: Span, maxBytes: number): string {
  if (span.end - span.start <= maxBytes + 2) return valueAt(bytes, span) as string;
  let end = span.start + 1 + maxBytes;
  // Back off over continuation bytes of UTF-8, then over a backslash run or \uXXXX that would be cut.
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  const backslash = bytes.lastIndexOf(BACKSLASH, end - 1);
  if (backslash > span.start && end - backslash < 12) {
    let first = backslash;
    while (bytes[first - 1] === BACKSLASH || isUnicodeEscape(bytes, first - 6)) {
      first = bytes[first - 1] === BACKSLASH ? first - 1 : first - 6;
      if (first <= span.start + 1) break;
    }
    end = Math.max(span.start + 1, first);
  }
  return JSON.parse(`${bytes.toString("utf8", span.start, end)}"`) as string;
}

/** At most about `maxBytes` of the end of a string value, from behind a space on; "" when none is near. */
export function stringTail(bytes: Buffer, span: Span, maxBytes: number): string {
  const from = Math.max(span.start + 1, span.end - 1 - maxBytes);
  // No escape holds a space, so what follows one begins no escape and no character in its middle.
  const space = bytes.indexOf(0x20, from);
  if (space === -1 || space >= span.end - 1) return "";
  return JSON.parse(`"${bytes.toString("utf8", space + 1, span.end)}`) as string;
}

/** A value to be replaced by other JSON. */
export interface Edit {
  readonly span: Span;
  readonly json: string;
}

/** The body with some values replaced; copies once. */
export function spliceValues(bytes: Buffer, edits: readonly Edit[]): Buffer {
  return edits.length === 0 ? bytes : Buffer.concat(splicedPieces(bytes, edits));
}

/** The same in pieces, without a copy. */
export function splicedPieces(bytes: Buffer, edits: readonly Edit[]): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { span, json } of [...edits].sort((a, b) => a.span.start - b.span.start)) {
    pieces.push(bytes.subarray(from, span.start), Buffer.from(json));
    from = span.end;
  }
  pieces.push(bytes.subarray(from));
  return pieces;
}

function isUnicodeEscape(bytes: Buffer, at: number): boolean {
  return at >= 0 && bytes[at] === BACKSLASH && bytes[at + 1] === 0x75;
}

/** End of the value that starts at `at`. */
function skipValue(bytes: Buffer, at: number, depth: number): number {
  const byte = bytes[at];
  if (byte === QUOTE) return skipString(bytes, at);
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return skipContainer(bytes, at, depth);
  return skipScalar(bytes, at);
}

function skipContainer(bytes: Buffer, start: number, depth: number): number {
  if (depth >= MAX_DEPTH) throw new JsonSyntaxError(start, `no more than ${MAX_DEPTH} levels`);
  const isObject = bytes[start] === OPEN_BRACE;
  const close = isObject ? CLOSE_BRACE : CLOSE_BRACKET;
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === close) return at + 1;
  for (;;) {
    if (isObject) {
      const nameEnd = skipString(bytes, at);
      at = skipSpace(bytes, skipByte(bytes, skipSpace(bytes, nameEnd), COLON, "':'"));
    }
    at = skipSpace(bytes, skipValue(bytes, at, depth + 1));
    if (bytes[at] === close) return at + 1;
    at = skipSpace(bytes, skipByte(bytes, at, COMMA, isObject ? "',' or '}'" : "',' or ']'"));
  }
}

function skipString(bytes: Buffer, start: number): number {
  if (bytes[start] !== QUOTE) throw new JsonSyntaxError(start, "a string");
  let at = start + 1;
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) throw new JsonSyntaxError(bytes.length, "the end of a string");
    let backslashes = 0;
    while (bytes[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function skipScalar(bytes: Buffer, start: number): number {
  let end = start;
  while (end < bytes.length && isScalarByte(bytes[end]!)) end++;
  if (end === start || end - start > 64 || !SCALAR.test(bytes.toString("latin1", start, end))) {
    throw new JsonSyntaxError(start, "a value");
  }
  return end;
}

function isScalarByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x45 ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

function skipByte(bytes: Buffer, at: number, wanted: number, name: string): number {
  if (bytes[at] !== wanted) throw new JsonSyntaxError(at, name);
  return at + 1;
}
