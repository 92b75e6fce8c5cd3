import { createHash } from "node:crypto";
import type { AnswerMeasures } from "../schema/answer-measures.ts";

/** Raised whenever the meaning of a feature changes; cascades trained on another version are refused. */
const VERSION = 1;
const LONG_ANSWER = 1500;
const BARE_REASON = 30;
const MOST_HEDGES = 6;
const LETTERS = "ABCDEFGHIJ";

type Feature = readonly [name: string, value: (measures: AnswerMeasures, value: ValueShape) => number];

const FEATURES: readonly Feature[] = [
  ["found", (m) => Number(m.isFound)],
  ["truncated", (m) => Number(m.isTruncated)],
  ["refusal", (m) => Number(m.isRefusal)],
  ["log_characters", (m) => Math.log1p(m.characters)],
  ["log_words", (m) => Math.log1p(m.words)],
  ["log_lines", (m) => Math.log1p(m.lines)],
  ["log_steps", (m) => Math.log1p(m.steps)],
  ["log_reason_characters", (m) => Math.log1p(m.reasonCharacters)],
  ["log_numbers", (m) => Math.log1p(m.numbers)],
  ["log_characters_beyond", (m) => Math.log1p(Math.max(0, m.characters - LONG_ANSWER))],
  ["bare", (m) => Number(m.reasonCharacters < BARE_REASON)],
  ["contrasts", (m) => hedges(m.contrasts)],
  ["approximations", (m) => hedges(m.approximations)],
  ["conjectures", (m) => hedges(m.conjectures)],
  ["denials", (m) => hedges(m.denials)],
  ["rechecks", (m) => hedges(m.rechecks)],
  ["log_equations", (m) => Math.log1p(m.equations)],
  ["wrong_equations", (m) => Math.min(m.wrongEquations, 3)],
  ["any_wrong_equation", (m) => Number(m.wrongEquations > 0)],
  ["supported", (m) => (m.isSupported === null ? 0.5 : Number(m.isSupported))],
  ["support_unknown", (m) => Number(m.isSupported === null)],
  ["stated", (m) => Math.min(m.stated, 4)],
  ["log_options_seen", (m) => Math.log1p(m.optionsSeen ?? 0)],
  ["numbers_used", (m) => m.numbersUsed ?? 0.5],
  ...[...LETTERS].map((letter): Feature => [`letter_${letter}`, (m) => Number(m.answer === letter)]),
  ["none", (m) => Number(m.answer === "")],
  ["integer", (_, v) => Number(v.kind === "number" && v.isInteger)],
  ["decimal", (_, v) => Number(v.kind === "number" && !v.isInteger)],
  ["negative", (_, v) => Number(v.kind === "number" && v.value < 0)],
  ["log_magnitude", (_, v) => (v.kind === "number" ? Math.log10(1 + Math.min(1e12, Math.abs(v.value))) : 0)],
  ["multiple_of_ten", (_, v) => Number(v.kind === "number" && v.value !== 0 && v.value % 10 === 0)],
  ["log_answer_length", (m) => Math.log1p(m.answer.length)],
  ["bracketed", (m) => Number(/^[[({]/.test(m.answer))],
  ["constant", (m) => Number(/^(true|false|none|null)$/i.test(m.answer))],
];

export const ANSWER_FEATURE_NAMES: readonly string[] = FEATURES.map(([name]) => name);
export const ANSWER_FEATURE_COUNT = FEATURES.length;

/** SHA-256 over version and names, as `featureDigest` of the prompt's features. */
export function answerFeatureDigest(): string {
  return createHash("sha256")
    .update([VERSION, ...ANSWER_FEATURE_NAMES].join("\n"))
    .digest("hex");
}

/** Writes the `ANSWER_FEATURE_COUNT` features of an answer to `out` from `offset` on; every value is finite. */
export function answerFeatures(measures: AnswerMeasures, out: Float32Array, offset: number): void {
  const shape = valueShape(measures.answer);
  for (let i = 0; i < FEATURES.length; i++) {
    const value = FEATURES[i]![1](measures, shape);
    out[offset + i] = Number.isFinite(value) ? value : 0;
  }
}

type ValueShape =
  | { readonly kind: "other" }
  | { readonly kind: "number"; readonly value: number; readonly isInteger: boolean };

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function valueShape(answer: string): ValueShape {
  if (!NUMBER.test(answer)) return { kind: "other" };
  const value = Number(answer);
  return { kind: "number", value, isInteger: Number.isInteger(value) };
}

function hedges(count: number): number {
  return Math.log1p(Math.min(count, MOST_HEDGES));
}
