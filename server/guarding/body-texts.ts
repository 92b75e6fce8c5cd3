import type { Passage, Voice } from "../guardrail.ts";
import { type Edit, type Span, scanArray, scanEntries, scanValue, spliceValues, valueAt } from "../json-scan.ts";
import type { WireFormat } from "../provider.ts";

/** The texts of a body, and the body with others in their place. */
export interface BodyTexts {
  /** System texts first, then the conversation, whatever the order of the body's fields. */
  readonly passages: readonly Passage[];
  /**
   * The body with some texts replaced; everything else keeps its bytes.
   *
   * @param replaced the new text of a passage; null for its own
   */
  rewrite(replaced: (passage: number) => string | null): Buffer;
}

/** A value that holds text: itself, or JSON within a string. */
type Slot =
  | { readonly span: Span; readonly passage: number }
  | { readonly span: Span; readonly inner: { readonly bytes: Buffer; readonly slots: readonly Slot[] } };

/** Numbers that are long enough to be somebody's. */
const LEAST_DIGITS = 7;
/** Longer texts are looked at as they are, even when they are JSON. */
const MOST_INNER_CHARS = 512 * 1024;
const MOST_DEPTH = 3;

/** Finds every text that a request's format gives the model to read, but for the definitions of its tools. */
export function textsOfBody(bytes: Buffer, format: WireFormat | null): BodyTexts {
  const passages: Passage[] = [];
  const slots: Slot[] = [];
  walk({ bytes, slots, passages, depth: 0 }, scanValue(bytes), format);
  return {
    passages,
    rewrite: (replaced) => rewritten(bytes, slots, replaced),
  };
}

function rewritten(bytes: Buffer, slots: readonly Slot[], replaced: (passage: number) => string | null): Buffer {
  const edits: Edit[] = [];
  for (const slot of slots) {
    if ("passage" in slot) {
      const text = replaced(slot.passage);
      if (text !== null) edits.push({ span: slot.span, json: JSON.stringify(text) });
    } else {
      const inner = rewritten(slot.inner.bytes, slot.inner.slots, replaced);
      if (inner !== slot.inner.bytes) edits.push({ span: slot.span, json: JSON.stringify(inner.toString("utf8")) });
    }
  }
  return spliceValues(bytes, edits);
}

interface Walk {
  readonly bytes: Buffer;
  readonly slots: Slot[];
  readonly passages: Passage[];
  readonly depth: number;
}

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

type Entries = readonly (readonly [name: string, value: Span])[];

function entriesOf({ bytes }: Walk, span: Span): Entries {
  return bytes[span.start] === OPEN_BRACE ? scanEntries(bytes, span) : [];
}

function itemsOf({ bytes }: Walk, span: Span): readonly Span[] {
  return bytes[span.start] === OPEN_BRACKET ? scanArray(bytes, span) : [];
}

/** Values of one name, in the order of the names asked for. */
function* named(entries: Entries, ...names: readonly string[]): Generator<Span> {
  for (const name of names) for (const [own, span] of entries) if (own === name) yield span;
}

function stringOf({ bytes }: Walk, entries: Entries, name: string): string {
  for (const span of named(entries, name)) if (bytes[span.start] === QUOTE) return String(valueAt(bytes, span));
  return "";
}

function walk(at: Walk, span: Span, format: WireFormat | null): void {
  const body = entriesOf(at, span);
  switch (format) {
    case "gemini":
      for (const one of named(body, "systemInstruction", "system_instruction")) geminiContent(at, one, "system");
      for (const list of named(body, "contents")) for (const one of itemsOf(at, list)) geminiContent(at, one, null);
      return;
    case "openai-responses":
      for (const one of named(body, "instructions")) content(at, one, "system");
      for (const one of named(body, "prompt"))
        for (const variables of named(entriesOf(at, one), "variables")) deep(at, variables, "user", null);
      for (const input of named(body, "input")) {
        if (at.bytes[input.start] === QUOTE) text(at, input, "user", null);
        for (const item of itemsOf(at, input)) responseItem(at, item);
      }
      return;
    case "openai-chat":
    case "anthropic-messages":
    case "cohere-chat":
    case "bedrock-converse":
      for (const one of named(body, "system")) content(at, one, "system");
      for (const list of named(body, "messages")) for (const one of itemsOf(at, list)) message(at, one);
      for (const list of named(body, "documents")) deep(at, list, "user", null);
      for (const one of named(body, "prediction"))
        for (const predicted of named(entriesOf(at, one), "content")) content(at, predicted, "assistant");
      return;
    default:
      // Completions, embeddings and what we do not translate: whatever bears the usual names.
      for (const one of named(body, "instructions")) content(at, one, "system");
      for (const one of named(body, "prompt", "input", "inputs", "texts", "query", "suffix")) content(at, one, "user");
      for (const one of named(body, "content")) geminiContent(at, one, "user");
      for (const list of named(body, "messages")) for (const one of itemsOf(at, list)) message(at, one);
      for (const list of named(body, "requests"))
        for (const one of itemsOf(at, list))
          for (const inner of named(entriesOf(at, one), "content")) geminiContent(at, inner, "user");
  }
}

function voiceOf(role: string): Voice {
  if (role === "system" || role === "developer") return "system";
  if (role === "assistant" || role === "model") return "assistant";
  return role === "tool" || role === "function" ? "tool" : "user";
}

function message(at: Walk, span: Span): void {
  const entries = entriesOf(at, span);
  const voice = voiceOf(stringOf(at, entries, "role"));
  for (const one of named(entries, "content")) content(at, one, voice);
  for (const one of named(entries, "refusal", "reasoning_content", "reasoning", "tool_plan")) content(at, one, voice);
  for (const list of named(entries, "tool_calls")) for (const call of itemsOf(at, list)) toolCall(at, call);
  for (const call of named(entries, "function_call")) functionCall(at, call);
}

function toolCall(at: Walk, span: Span): void {
  for (const [name, value] of entriesOf(at, span)) {
    if (name === "function") functionCall(at, value);
    else if (name === "custom")
      for (const one of named(entriesOf(at, value), "input")) text(at, one, "arguments", null);
  }
}

function functionCall(at: Walk, span: Span): void {
  for (const one of named(entriesOf(at, span), "arguments")) deep(at, one, "arguments", null);
}

/** A text, or parts in OpenAI's, Anthropic's or Bedrock's form. */
function content(at: Walk, span: Span, voice: Voice): void {
  if (at.bytes[span.start] === QUOTE) text(at, span, voice, null);
  if (at.bytes[span.start] === OPEN_BRACKET) {
    for (const part of itemsOf(at, span)) content(at, part, voice);
    return;
  }
  const entries = entriesOf(at, span);
  const type = stringOf(at, entries, "type");
  // What is signed comes back as it was said, and was said without anything that is hidden.
  if (type === "thinking" || type === "redacted_thinking") return;
  for (const [name, value] of entries) {
    switch (name) {
      case "text":
      case "refusal":
        content(at, value, voice);
        break;
      case "content":
        content(at, value, type.endsWith("tool_result") ? "tool" : voice);
        break;
      case "title":
      case "context":
        if (type === "document" || type === "search_result") content(at, value, voice);
        break;
      case "input":
        if (type === "tool_use" || type === "server_tool_use") deep(at, value, "arguments", null);
        break;
      case "source": {
        const source = entriesOf(at, value);
        if (stringOf(at, source, "type") === "text")
          for (const data of named(source, "data")) text(at, data, voice, null);
        else for (const inner of named(source, "content")) content(at, inner, voice);
        break;
      }
      case "toolUse":
        for (const input of named(entriesOf(at, value), "input")) deep(at, input, "arguments", null);
        break;
      case "toolResult":
        for (const inner of named(entriesOf(at, value), "content")) content(at, inner, "tool");
        break;
      case "json":
      case "document":
        deep(at, value, voice, null);
        break;
    }
  }
}

function responseItem(at: Walk, span: Span): void {
  if (at.bytes[span.start] === QUOTE) text(at, span, "user", null);
  const entries = entriesOf(at, span);
  const role = stringOf(at, entries, "role");
  for (const [name, value] of entries) {
    if (name === "content") content(at, value, role === "" ? "assistant" : voiceOf(role));
    else if (name === "arguments") deep(at, value, "arguments", null);
    else if (name === "input") content(at, value, "arguments");
    else if (name === "output") content(at, value, "tool");
    else if (name === "text" && role === "") content(at, value, "user");
  }
}

function geminiContent(at: Walk, span: Span, voice: Voice | null): void {
  if (at.bytes[span.start] === QUOTE) text(at, span, voice ?? "user", null);
  const entries = entriesOf(at, span);
  const own = voice ?? voiceOf(stringOf(at, entries, "role"));
  for (const list of named(entries, "parts")) {
    const parts = itemsOf(at, list);
    for (const part of parts.length === 0 ? [list] : parts) {
      for (const [name, value] of entriesOf(at, part)) {
        if (name === "text") text(at, value, own, null);
        else if (name === "functionCall" || name === "function_call")
          for (const one of named(entriesOf(at, value), "args")) deep(at, one, "arguments", null);
        else if (name === "functionResponse" || name === "function_response")
          for (const one of named(entriesOf(at, value), "response")) deep(at, one, "tool", null);
        else if (name === "executableCode")
          for (const one of named(entriesOf(at, value), "code")) text(at, one, own, null);
        else if (name === "codeExecutionResult")
          for (const one of named(entriesOf(at, value), "output")) text(at, one, "tool", null);
      }
    }
  }
}

/** Every value below, with the name of its field; names stay as they are. */
function deep(at: Walk, span: Span, voice: Voice, label: string | null): void {
  const first = at.bytes[span.start];
  if (first === OPEN_BRACE) for (const [name, value] of scanEntries(at.bytes, span)) deep(at, value, voice, name);
  else if (first === OPEN_BRACKET) for (const one of scanArray(at.bytes, span)) deep(at, one, voice, label);
  else if (first === QUOTE) text(at, span, voice, label);
  else if (span.end - span.start >= LEAST_DIGITS && (first === 0x2d || (first! >= 0x30 && first! <= 0x39)))
    add(at, span, at.bytes.toString("latin1", span.start, span.end), voice, label);
}

/** A string; one that is JSON itself is read by its values. */
function text(at: Walk, span: Span, voice: Voice, label: string | null): void {
  if (at.bytes[span.start] !== QUOTE) return;
  const value = String(valueAt(at.bytes, span));
  if (at.depth < MOST_DEPTH && looksLikeJson(value) && value.length <= MOST_INNER_CHARS) {
    const { length } = at.passages;
    const bytes = Buffer.from(value);
    const slots: Slot[] = [];
    try {
      deep({ bytes, slots, passages: at.passages, depth: at.depth + 1 }, scanValue(bytes), voice, label);
      at.slots.push({ span, inner: { bytes, slots } });
      return;
    } catch {
      at.passages.length = length; // it only looked like JSON
    }
  }
  add(at, span, value, voice, label);
}

function add({ slots, passages }: Walk, span: Span, value: string, voice: Voice, label: string | null): void {
  if (value === "") return;
  slots.push({ span, passage: passages.length });
  passages.push({ text: value, voice, label });
}

export function looksLikeJson(text: string): boolean {
  return /^\s{0,64}[{[]/.test(text) && /[}\]]\s{0,64}$/.test(text);
}
