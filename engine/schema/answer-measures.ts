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
}
