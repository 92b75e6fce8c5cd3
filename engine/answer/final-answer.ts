import { createHash } from "node:crypto";
import { type AnswerKind, NUMBER, plainNumber } from "./answer-kind.ts";
import { canonicalJson, comparablePart, parseJson } from "./canonical-json.ts";

/** A tool call as an answer made it. */
export interface AnsweredCall {
  readonly name: string;
  /** JSON, as the model wrote it. */
  readonly arguments: string;
}

/** The text and calls of an answer. */
export interface AnswerParts {
  readonly text: string;
  readonly calls: readonly AnsweredCall[];
}

/** An answer's final answer in its normal form: equal strings are equal answers. */
export interface FinalAnswer {
  /** "" for none. */
  readonly answer: string;
  /** It stands in the form that was asked for, not merely somewhere. */
  readonly isFound: boolean;
  /** Where in the text it begins; the text's length when it is not in the text. */
  readonly at: number;
  /** Different final answers stated. */
  readonly stated: number;
}

const LONGEST = 120;
const STATED_CHOICE = /\b(?:answer|option|choice)(?:\s+is)?\s*:?\s*(?:\*\*)?\s*\(?([A-J])\b\)?/gi;
const LONE_LETTER = /(?:^|[\s(*])([A-J])(?=[\s).,*]|$)/g;
const STATED_VALUE =
  /(?:####\s*|\\boxed\{|\b(?:final\s+)?answer(?:\s+is|:)\s*:?\s*(?:\*\*)?|\bresult(?:\s+is|:)\s*)([^\n}]{1,120})/gi;
const FENCE = /```[\w+-]*\n([\s\S]*?)(?:```|$)/g;
const NONE: FinalAnswer = { answer: "", isFound: false, at: 0, stated: 0 };

/** The final answer of a kind, by rules alone: never by how alike two texts look. */
export function finalAnswer(parts: AnswerParts, kind: AnswerKind): FinalAnswer {
  if (parts.calls.length > 0) return ofCalls(parts);
  switch (kind) {
    case "choice":
      return ofChoice(parts.text);
    case "number":
    case "value":
      return ofJson(parts.text, true) ?? ofValue(parts.text, kind);
    case "json":
      return ofJson(parts.text, false) ?? { ...NONE, at: parts.text.length };
    case "code":
      return ofCode(parts.text);
    case "tool":
    case "text":
      return { ...NONE, at: parts.text.length };
  }
}

/** A number in its shortest form, a literal without blanks and with single quotes. */
export function normalValue(text: string): string {
  const bare = text
    .trim()
    .replace(/^[\s$€£*`"'(]+|[\s*`"'.,;:!)%]+$/g, "")
    .replace(/\\(?:text|mathrm)\{[^}]*\}/g, "");
  if (/^[-+]?\d[\d,]*(?:\.\d+)?$/.test(bare)) return plainNumber(bare);
  const number = /^[-+$€£]*\d[\d,]*(?:\.\d+)?(?=\s)/.exec(bare);
  if (number !== null && /^\S+\s+[a-z%]+\.?$/i.test(bare)) return plainNumber(number[0].replace(/[$€£+]/g, ""));
  return bounded(bare.replaceAll(/\s+/g, "").replaceAll('"', "'"));
}

function ofCalls({ text, calls }: AnswerParts): FinalAnswer {
  const parsed = calls.map(({ name, arguments: json }) => ({ name, value: json.trim() === "" ? {} : parseJson(json) }));
  const isFound = parsed.every(({ value }) => value !== undefined);
  const answer = parsed.map(({ name, value }) => `${name}(${value === undefined ? "?" : canonicalJson(value)})`);
  return { answer: isFound ? bounded(answer.sort().join(";")) : "", isFound, at: text.length, stated: 1 };
}

function ofChoice(text: string): FinalAnswer {
  const json = ofJson(text, true);
  if (json !== null && /^[A-J]$/i.test(json.answer)) return { ...json, answer: json.answer.toUpperCase() };
  const stated = [...text.matchAll(STATED_CHOICE)];
  const letters = new Set(stated.map(([, letter]) => letter!.toUpperCase()));
  const last = stated.at(-1);
  if (last !== undefined) {
    return { answer: last[1]!.toUpperCase(), isFound: true, at: last.index, stated: letters.size };
  }
  const lone = [...text.matchAll(LONE_LETTER)].at(-1);
  if (lone === undefined) return { ...NONE, at: text.length };
  return { answer: lone[1]!, isFound: text.trim().length <= 4, at: lone.index, stated: 0 };
}

function ofValue(text: string, kind: "number" | "value"): FinalAnswer {
  const stated = [...text.matchAll(STATED_VALUE)];
  const values = new Set(stated.map(([, value]) => reduced(value!, kind)));
  const last = stated.at(-1);
  if (last !== undefined) {
    return { answer: reduced(last[1]!, kind), isFound: true, at: last.index, stated: values.size };
  }
  if (kind === "value") {
    const line = text.trim();
    const isShort = line.length > 0 && line.length <= LONGEST && !line.includes("\n");
    return { answer: isShort ? normalValue(line) : "", isFound: isShort, at: isShort ? 0 : text.length, stated: 0 };
  }
  const number = [...text.matchAll(NUMBER)].at(-1);
  if (number === undefined) return { ...NONE, at: text.length };
  return { answer: plainNumber(number[0]), isFound: true, at: number.index, stated: 0 };
}

/** Of a stated number only the number, whatever stands around it. */
function reduced(value: string, kind: "number" | "value"): string {
  const normal = normalValue(value);
  if (kind === "value") return normal;
  const number = value.match(NUMBER)?.[0];
  return number === undefined ? normal : plainNumber(number);
}

/** @param isOneValue the object's one comparable field stands for it */
function ofJson(text: string, isOneValue: boolean): FinalAnswer | null {
  const from = text.search(/[[{]/);
  if (from === -1) return null;
  const value = parseJson(text);
  if (value === undefined) return null;
  const part = comparablePart(value);
  const isScalar = typeof part !== "object" || part === null;
  if (isOneValue && !isScalar) return null;
  const answer = isScalar ? normalValue(String(part)) : bounded(canonicalJson(part));
  const key = isScalar ? text.lastIndexOf(String(part)) : from;
  return { answer, isFound: true, at: key === -1 ? from : key, stated: 1 };
}

/** Fenced code without comments, blank lines and the spacing that formatting changes. */
function ofCode(text: string): FinalAnswer {
  const blocks = [...text.matchAll(FENCE)];
  const [first] = blocks;
  if (first === undefined) return { ...NONE, at: text.length };
  const code = blocks.map(([, block]) => block!).join("\n");
  const bare = code
    .split("\n")
    .map((line) => line.replace(/(?:#|\/\/).*$/, "").trimEnd())
    .filter((line) => line !== "")
    .map(
      (line) =>
        /^\s*/.exec(line)![0].length +
        line
          .trim()
          .replaceAll(/\s*([^\w\s])\s*/g, "$1")
          .replaceAll('"', "'"),
    )
    .join("\n");
  return { answer: bounded(bare), isFound: true, at: first.index, stated: blocks.length };
}

/** Long answers are compared by digest. */
function bounded(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST - 33)}~${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}
