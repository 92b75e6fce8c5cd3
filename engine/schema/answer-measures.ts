import { z } from "zod";

/**
 * What an answer shows of itself, without a key or a judge: the same counts whether they were taken from a text here, by
 * whoever recorded it, or by a client that keeps its texts to itself. null: not known.
 */
export interface AnswerMeasures {
  /** Final answer in its normal form; equal strings are equal answers, "" is none. */
  readonly answer: string;
  /** The final answer stands in the form that was asked for. */
  readonly isFound: boolean;
  readonly characters: number;
  readonly words: number;
  readonly lines: number;
  /** List items and sentence starts. */
  readonly steps: number;
  /** Characters before the final answer. */
  readonly reasonCharacters: number;
  /** Statements `a op b = c`, and how many of them are wrong. */
  readonly equations: number;
  readonly wrongEquations: number;
  /** Hedges: however, but; about, closest; likely, assume; cannot, none of the; wait, mistake. */
  readonly contrasts: number;
  readonly approximations: number;
  readonly conjectures: number;
  readonly denials: number;
  readonly rechecks: number;
  /** Different final answers stated. */
  readonly stated: number;
  /** The prompt's options whose text occurs in the answer. */
  readonly optionsSeen: number | null;
  readonly isTruncated: boolean;
  readonly isRefusal: boolean;
  /** The final answer follows from the text before it. */
  readonly isSupported: boolean | null;
  /** Share of the prompt's numbers that the answer uses. */
  readonly numbersUsed: number | null;
  /** Numbers in the answer. */
  readonly numbers: number;
  /** Empty, refused, cut off before its end, or not in the form asked for: no answer, whatever is expected of who gave it. */
  readonly isBroken: boolean;
}

const count = z.number().nonnegative();

/** The same on the wire, for clients that keep their texts to themselves. */
export const AnswerMeasuresBody = z.strictObject({
  answer: z.string().max(200),
  found: z.boolean(),
  characters: count,
  words: count,
  lines: count,
  steps: count,
  reason_characters: count,
  equations: count,
  wrong_equations: count,
  contrasts: count,
  approximations: count,
  conjectures: count,
  denials: count,
  rechecks: count,
  stated: count,
  options_seen: count.nullable(),
  truncated: z.boolean(),
  refusal: z.boolean(),
  supported: z.boolean().nullable(),
  numbers_used: z.number().min(0).max(1).nullable(),
  numbers: count,
  /** Where nobody says, an answer of nothing or a refusal is. */
  broken: z.boolean().nullable().default(null),
});
export type AnswerMeasuresBody = z.infer<typeof AnswerMeasuresBody>;

export function bodyOfMeasures(measures: AnswerMeasures): AnswerMeasuresBody {
  const {
    isFound,
    reasonCharacters,
    wrongEquations,
    optionsSeen,
    isTruncated,
    isRefusal,
    isSupported,
    numbersUsed,
    isBroken,
    ...same
  } = measures;
  return {
    ...same,
    found: isFound,
    reason_characters: reasonCharacters,
    wrong_equations: wrongEquations,
    options_seen: optionsSeen,
    truncated: isTruncated,
    refusal: isRefusal,
    supported: isSupported,
    numbers_used: numbersUsed,
    broken: isBroken,
  };
}

export function measuresOfBody(body: AnswerMeasuresBody): AnswerMeasures {
  const {
    found,
    reason_characters,
    wrong_equations,
    options_seen,
    truncated,
    refusal,
    supported,
    numbers_used,
    broken,
    ...same
  } = body;
  return {
    ...same,
    isFound: found,
    reasonCharacters: reason_characters,
    wrongEquations: wrong_equations,
    optionsSeen: options_seen,
    isTruncated: truncated,
    isRefusal: refusal,
    isSupported: supported,
    numbersUsed: numbers_used,
    isBroken: broken ?? (refusal || (body.characters === 0 && body.answer === "")),
  };
}
