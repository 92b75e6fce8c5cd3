import { ANSWER_FEATURE_COUNT, answerFeatures } from "../../engine/answer/answer-features.ts";
import type { AnswerMeasures } from "../../engine/schema/answer-measures.ts";

/** Prompts that several models of a pool answered, as a cascade learns from them. Matrices are row-major. */
export interface CascadeRows {
  readonly count: number;
  readonly models: readonly string[];
  /** [count x models] quality expected before any call, from a router that has not seen the row. */
  readonly expected: Float32Array;
  /** [count x models x features] of each answer, unscaled; 0 where there is none. */
  readonly features: Float32Array;
  /** [count x models] final answers in normal form; null: no answer is recorded. */
  readonly answers: readonly (string | null)[];
  /** [count x models] observed quality in [0, 1], NaN where unknown. */
  readonly observed: Float32Array;
  /** [count] group index. */
  readonly group: Int32Array;
}

/** The rows of answers that were measured. */
export function cascadeRows(
  models: readonly string[],
  expected: Float32Array,
  measures: readonly (AnswerMeasures | null)[],
  observed: Float32Array,
  group: Int32Array,
): CascadeRows {
  const features = new Float32Array(measures.length * ANSWER_FEATURE_COUNT);
  measures.forEach((answer, cell) => {
    if (answer !== null) answerFeatures(answer, features, cell * ANSWER_FEATURE_COUNT);
  });
  const answers = measures.map((answer) => answer?.answer ?? null);
  return { count: group.length, models, expected, features, answers, observed, group };
}

export function pickCascadeRows(rows: CascadeRows, picked: Int32Array): CascadeRows {
  const width = rows.models.length;
  const take = (matrix: Float32Array, columns: number) => {
    const out = new Float32Array(picked.length * columns);
    picked.forEach((row, at) => {
      out.set(matrix.subarray(row * columns, (row + 1) * columns), at * columns);
    });
    return out;
  };
  return {
    count: picked.length,
    models: rows.models,
    expected: take(rows.expected, width),
    features: take(rows.features, width * ANSWER_FEATURE_COUNT),
    answers: Array.from(picked).flatMap((row) => rows.answers.slice(row * width, (row + 1) * width)),
    observed: take(rows.observed, width),
    group: picked.map((row) => rows.group[row]!),
  };
}
