import { READ_LIMIT } from "../../engine/features.ts";
import { firstField, type Span, scanArray, scanObject, stringHead, stringTail, valueAt } from "../json-scan.ts";
import { tokensOfBytes } from "./tokens-of-bytes.ts";
import type { RawBody } from "./upstream-body.ts";

/** What is read of one long string: its beginning and its end. */
const HEAD_BYTES = READ_LIMIT;
const TAIL_BYTES = READ_LIMIT / 2;
/** Bytes of the newest messages that are read in full; of older ones only their number, roles and length matter. */
const NEWEST_BYTES = READ_LIMIT;
/** What the router counts only. */
const COUNTED = new Set(["tools", "functions"]);
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * A large body as a value of the same shape that is cheap to make: long strings keep beginning, end and length, older
 * messages their number, roles and length together. What the router reads of it is nearly what it would read of the whole.
 *
 * @param count where only tokens are asked for: long texts are counted there and left out
 */
export function reducedBody(
  { bytes, fields, elements }: RawBody,
  count: TextCount | null = null,
): Readonly<Record<string, unknown>> {
  const body: Record<string, unknown> = {};
  for (const [name, span] of fields) {
    const messages = elements.get(name);
    if (messages !== undefined) body[name] = reducedMessages(bytes, messages, count);
    else if (COUNTED.has(name) && isArray(bytes, span))
      body[name] = scanArray(bytes, span).map((tool) => declared(bytes, tool));
    else body[name] = reduced(bytes, span, name, count);
  }
  return body;
}

/** Expected tokens of texts that were left out. A text of so many bytes takes longer to make than all else that is read. */
export interface TextCount {
  tokens: number;
}

/** Fields whose strings are read as text. */
const TEXTS = new Set(["content", "text", "input", "instructions", "prompt", "output", "system"]);
/** Stands for a text that was counted; a message without one would be none. */
const COUNTED_TEXT = " ";

/** A tool without what it says; Gemini declares several in one. */
function declared(bytes: Buffer, span: Span): Record<string, unknown> {
  if (!isObject(bytes, span)) return {};
  const fields = scanObject(bytes, span);
  const several = fields.get("functionDeclarations") ?? fields.get("function_declarations");
  return several === undefined || !isArray(bytes, several)
    ? {}
    : { functionDeclarations: scanArray(bytes, several).map(() => ({})) };
}

function reducedMessages(bytes: Buffer, spans: readonly Span[], count: TextCount | null): unknown[] {
  const messages: unknown[] = new Array(spans.length);
  let left = NEWEST_BYTES;
  let at = spans.length - 1;
  for (; at >= 0 && left > 0; at--) {
    const span = spans[at]!;
    messages[at] = reduced(bytes, span, "", count);
    left -= span.end - span.start;
  }
  if (at >= 0) readOlder(bytes, spans, at, messages, count);
  return messages;
}

/**
 * Older messages keep who spoke and which images and tool calls they hold; all their text stands in the longest of them,
 * as its own bytes and what follows them. System messages are read like new ones, because the router reads them wherever
 * they stand.
 */
function readOlder(
  bytes: Buffer,
  spans: readonly Span[],
  newest: number,
  messages: unknown[],
  count: TextCount | null,
): void {
  let longest = -1;
  let length = 0;
  for (let at = 0; at <= newest; at++) {
    const span = spans[at]!;
    const role = isObject(bytes, span) ? firstField(bytes, span, "role") : null;
    if (role !== null && (role.text === "system" || role.text === "developer")) {
      messages[at] = reduced(bytes, span, "", count);
      continue;
    }
    const isPlain = role !== null && isPlainMessage(bytes, span, role.end);
    messages[at] = isPlain ? { role: role.text, content: "", parts: [] } : withoutText(reduced(bytes, span, "", null));
    const size = span.end - span.start;
    length += size;
    if (isPlain && (longest === -1 || size > spans[longest]!.end - spans[longest]!.start)) longest = at;
  }
  if (longest === -1) return;
  const { start } = spans[longest]!;
  const from = Math.max(0, Math.min(start, bytes.length - length));
  if (count !== null) {
    count.tokens += tokensOfBytes(bytes, from, from + length);
    return;
  }
  const text = bytes.toString("latin1", from, from + length);
  messages[longest] = { ...(messages[longest] as object), content: text };
}

/** Whether a message is its role and a text, told by its beginning and its end: no parts, no calls. */
function isPlainMessage(bytes: Buffer, span: Span, roleEnd: number): boolean {
  const start = bytes.indexOf(COLON, roleEnd);
  let first = start + 1;
  while (bytes[first] === 0x20) first++;
  let last = span.end - 2;
  while (bytes[last] === 0x20 || bytes[last] === 0x0a) last--;
  return bytes[first] === QUOTE && bytes[last] !== CLOSE_BRACKET;
}

const COLON = 0x3a;

/** A message with its images and calls, and without its words. */
function withoutText(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutText);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      name === "text" || name === "content" || name === "parts" ? stripped(field) : field,
    ]),
  );
}

function stripped(field: unknown): unknown {
  return typeof field === "string" ? "" : withoutText(field);
}

/** @param name of the field that holds it */
function reduced(bytes: Buffer, span: Span, name: string, count: TextCount | null): unknown {
  if (span.end - span.start <= HEAD_BYTES + TAIL_BYTES) return valueAt(bytes, span);
  if (isObject(bytes, span)) {
    const fields = [...scanObject(bytes, span)];
    return Object.fromEntries(fields.map(([field, value]) => [field, reduced(bytes, value, field, count)]));
  }
  if (isArray(bytes, span)) return scanArray(bytes, span).map((element) => reduced(bytes, element, name, count));
  if (count !== null && TEXTS.has(name)) {
    count.tokens += tokensOfBytes(bytes, span.start + 1, span.end - 1);
    return COUNTED_TEXT;
  }
  const head = stringHead(bytes, span, HEAD_BYTES);
  const tail = stringTail(bytes, span, TAIL_BYTES);
  // Escapes and other scripts make characters of several bytes: the middle is taken to be like the beginning.
  const length = Math.round(((span.end - span.start) * head.length) / HEAD_BYTES);
  return withMiddle(head, tail, length - head.length - tail.length, bytes.subarray(span.start + HEAD_BYTES, span.end));
}

/** Beginning and end with raw bytes between them, which nobody reads; one flat string, made with one copy. */
function withMiddle(head: string, tail: string, length: number, middle: Buffer): string {
  const filler = middle.subarray(0, Math.max(0, length));
  const total = head.length + filler.length + tail.length;
  if (total > scratch.length || NOT_LATIN1.test(head) || NOT_LATIN1.test(tail))
    return head + filler.toString("latin1") + tail;
  scratch.write(head, 0, "latin1");
  filler.copy(scratch, head.length);
  scratch.write(tail, head.length + filler.length, "latin1");
  return scratch.toString("latin1", 0, total);
}

const NOT_LATIN1 = /[\u0100-\uffff]/;
/** Used within one synchronous call only; fresh memory of this size costs more than the copy. */
const scratch = Buffer.allocUnsafeSlow(1024 * 1024);

function isObject(bytes: Buffer, span: Span): boolean {
  return bytes[span.start] === OPEN_BRACE;
}

function isArray(bytes: Buffer, span: Span): boolean {
  return bytes[span.start] === OPEN_BRACKET;
}
