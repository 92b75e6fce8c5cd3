import { z } from "zod";
import { ANSWER_KINDS } from "../answer/answer-kind.ts";
import { AnswerMeasuresBody } from "./answer-measures.ts";

/**
 * One request that several models answered, as a cascade learns from it: what was expected of each before anybody was
 * asked, what its answer showed of itself, and how good it was. Holds no text but short final answers. A line of JSON.
 */
export const CascadeLesson = z.strictObject({
  id: z.string().min(1),
  /** Lessons of one group never fall on two sides of a split. */
  group: z.string().min(1),
  /** null: of no route. */
  route: z.string().min(1).nullable(),
  kind: z.enum(ANSWER_KINDS),
  input_tokens: z.number().int().nonnegative(),
  answers: z
    .array(
      z.strictObject({
        /** Trained model that stands for who answered. */
        model: z.string().min(1),
        /** Calibrated quality that the router expects before the call. */
        expected: z.number().min(0).max(1),
        quality: z.number().min(0).max(1),
        cost_usd: z.number().nonnegative(),
        /** That the router expects. */
        output_tokens: z.number().nonnegative(),
        measures: AnswerMeasuresBody,
      }),
    )
    .min(2),
});
export type CascadeLesson = z.infer<typeof CascadeLesson>;
