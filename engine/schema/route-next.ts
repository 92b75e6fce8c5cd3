import { z } from "zod";
import { AnswerMeasuresBody } from "./answer-measures.ts";

const MOST_CHARACTERS = 200_000;

/** Body of POST /route/next: the answers to a plan's calls so far, as texts or only as what they show of themselves. */
export const RouteNextRequest = z.strictObject({
  decision_id: z.string().min(1),
  /** What was asked, so that texts can be held against its options and numbers; never stored. */
  prompt: z.string().max(MOST_CHARACTERS).optional(),
  answers: z
    .array(
      z
        .strictObject({
          model: z.string().min(1),
          text: z.string().max(MOST_CHARACTERS).optional(),
          tool_calls: z.array(z.strictObject({ name: z.string(), arguments: z.string() })).optional(),
          /** As OpenAI's API says it; `length` and `content_filter` count. */
          finish_reason: z.string().nullish(),
          /** Whether the answer fits the schema asked for, where the client has checked. */
          valid: z.boolean().optional(),
          /** In place of a text. */
          measures: AnswerMeasuresBody.optional(),
          /** The call gave no answer. */
          failed: z.boolean().default(false),
        })
        .refine(
          ({ text, tool_calls, measures, failed }) =>
            failed || measures !== undefined || text !== undefined || tool_calls !== undefined,
          { message: "an answer needs text, tool_calls or measures, or failed: true", path: ["text"] },
        ),
    )
    .min(1)
    .max(3),
  /** Expected cost that further calls may have. */
  max_cost_usd: z.number().positive().optional(),
  /** false: no further call, e.g. because the time is up. */
  may_call: z.boolean().default(true),
});
export type RouteNextRequest = z.infer<typeof RouteNextRequest>;

/** Answer of POST /route/next. */
export const RouteNext = z.strictObject({
  decision_id: z.string(),
  /** `stop`: keep the answer of `model`; `call`: ask it. */
  action: z.enum(["stop", "call"]),
  model: z.string(),
  /** Quality expected of it, given the answers; null where nothing judged them. */
  quality: z.number().nullable(),
  reason: z.string(),
});
export type RouteNext = z.infer<typeof RouteNext>;
