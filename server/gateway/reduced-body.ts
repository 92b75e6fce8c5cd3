import { READ_LIMIT } from "../../engine/features.ts";
import { type Span, scanArray, scanObject, stringHead, stringTail, valueAt } from "../json-scan.ts";
import type { RawBody } from "./upstream-body.ts";

/** What is read of one string: its beginning and its end, the rest replaced by as much of its beginning again. */
const HEAD_BYTES = READ_LIMIT;
const TAIL_BYTES = READ_LIMIT / 2;
/** Bytes of the newest messages that are read in full; of older ones only their number and length matter. */
const NEWEST_BYTES = 2 * READ_LIMIT;
/** The field that holds the messages in each format. */
const MESSAGES = new Set(["messages", "contents", "input"]);
/** What stands in the routers' way only by its length. */
const SKIPPED = new Set(["tools", "functions", "metadata"]);

/**
 * A large body as a value of the same shape that is cheap to make: long strings keep beginning, end and length, older
 * messages their number, role and length together. What the router reads of it is what it would read of the whole.
 */
export function reducedBody({ bytes, fields }: RawBody): Readonly<Record<string, unknown>> {
  const body: Record<string, unknown> = {};
  for (const [name, span] of fields) {
    if (MESSAGES.has(name) && isArray(bytes, span)) body[name] = reducedMessages(bytes, span);
    else if (SKIPPED.has(name) && isArray(bytes, span))
      body[name] = scanArray(bytes, span).map((tool) => declarations(bytes, tool));
    else body[name] = reduced(bytes, span);
  }
  return body;
}

/** A tool without what it says; Gemini declares several in one. */
function declarations(bytes: Buffer, span: Span): Record<string, unknown> {
  if (!isObject(bytes, span)) return {};
  const fields = scanObject(bytes, span);
  const declared = fields.get("functionDeclarations") ?? fields.get("function_declarations");
  return declared === undefined || !isArray(bytes, declared)
    ? {}
    : { functionDeclarations: scanArray(bytes, declared).map(() => ({})) };
}

function reducedMessages(bytes: Buffer, span: Span): unknown[] {
  const spans = scanArray(bytes, span);
  const messages: unknown[] = new Array(spans.length);
  let left = NEWEST_BYTES;
  let at = spans.length - 1;
  for (; at >= 0 && left > 0; at--) {
    const element = spans[at]!;
    messages[at] = reduced(bytes, element);
    left -= element.end - element.start;
  }
  if (at >= 0) fillOlder(bytes, spans, at, messages);
  return messages;
}

/**
 * Older messages keep their role; all their text stands in the longest of them, as a repetition of its beginning. System
 * messages are read like new ones, because the router reads them wherever they stand.
 */
function fillOlder(bytes: Buffer, spans: readonly Span[], newest: number, messages: unknown[]): void {
  let longest = -1;
  let length = 0;
  for (let at = newest; at >= 0; at--) {
    const span = spans[at]!;
    const fields = isObject(bytes, span) ? scanObject(bytes, span) : new Map<string, Span>();
    const roleSpan = fields.get("role");
    const role = roleSpan === undefined ? undefined : valueAt(bytes, roleSpan);
    if (role === "system" || role === "developer") {
      messages[at] = reduced(bytes, span);
      continue;
    }
    messages[at] = skeleton(bytes, fields, role);
    const size = span.end - span.start;
    length += size;
    if (longest === -1 || size > spans[longest]!.end - spans[longest]!.start) longest = at;
  }
  if (longest === -1) return;
  const sample = Buffer.from(bytes.subarray(spans[longest]!.start, spans[longest]!.start + 2048)).toString("latin1");
  const text = repeated(sample.replace(/\\n/g, "\n"), length);
  const filled = messages[longest] as Record<string, unknown>;
  messages[longest] = { ...filled, content: text, parts: [{ text }] };
}

/** A message without its text: who spoke, and how many tools were called. */
function skeleton(bytes: Buffer, fields: ReadonlyMap<string, Span>, role: unknown): Record<string, unknown> {
  const calls = fields.get("tool_calls");
  const type = fields.get("type");
  const content = fields.get("content");
  return {
    role,
    ...(type === undefined ? {} : { type: valueAt(bytes, type) }),
    ...(calls === undefined || !isArray(bytes, calls) ? {} : { tool_calls: scanArray(bytes, calls).map(() => ({})) }),
    content: content !== undefined && isArray(bytes, content) ? partsOf(bytes, content) : "",
    parts: [{ text: "" }],
  };
}

/** Kinds of a message's parts, without what they hold. */
function partsOf(bytes: Buffer, span: Span): unknown[] {
  return scanArray(bytes, span).map((part) => {
    const type = isObject(bytes, part) ? scanObject(bytes, part).get("type") : undefined;
    return type === undefined ? {} : { type: valueAt(bytes, type) };
  });
}

function reduced(bytes: Buffer, span: Span): unknown {
  if (span.end - span.start <= HEAD_BYTES + TAIL_BYTES) return valueAt(bytes, span);
  if (isObject(bytes, span)) {
    return Object.fromEntries([...scanObject(bytes, span)].map(([name, value]) => [name, reduced(bytes, value)]));
  }
  if (isArray(bytes, span)) return scanArray(bytes, span).map((element) => reduced(bytes, element));
  const head = stringHead(bytes, span, HEAD_BYTES);
  const tail = stringTail(bytes, span, TAIL_BYTES);
  // Escapes and other scripts make characters of several bytes: the middle is taken to be like the beginning.
  const length = Math.round(((span.end - span.start) * head.length) / HEAD_BYTES);
  return head + repeated(head, length - head.length - tail.length) + tail;
}

function repeated(sample: string, length: number): string {
  if (length <= 0 || sample === "") return "";
  return sample.repeat(Math.ceil(length / sample.length)).slice(0, length);
}

function isObject(bytes: Buffer, span: Span): boolean {
  return bytes[span.start] === 0x7b;
}

function isArray(bytes: Buffer, span: Span): boolean {
  return bytes[span.start] === 0x5b;
}
