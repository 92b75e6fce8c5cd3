import { z } from "zod";
import { PlanBasis } from "../../gateway/plan-basis.ts";
import { LessonTerms } from "./audit-lesson.ts";

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** What an audit needs of a request to ask it again: kept apart, and no longer than until the audit has ended. */
export const AuditText = z.strictObject({
  body: z.string(),
  dialect: z.string(),
  path: z.strictObject({
    model: z.string().nullable(),
    stream: z.boolean().nullable(),
    asArray: z.boolean(),
  }),
  /** Those that the vendor understands. */
  headers: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), Scalar),
  /** Whose guardrails hold; nobody's limits and budgets do. */
  keyId: z.string().nullable(),
  tenant: z.string().nullable(),
  inputTokens: z.number(),
  task: z.string().nullable(),
  complexity: z.number().nullable(),
  /** What the client was answered. */
  answer: z.string(),
  /** The plan that was chosen, where it was one: an audit follows it anew. */
  basis: PlanBasis.optional(),
  /** What a lesson tells of it beside the two answers; absent where none can be learned. */
  lesson: LessonTerms.optional(),
  /** The other model's answer, for people who label. */
  otherAnswer: z.string().optional(),
});
export type AuditText = z.infer<typeof AuditText>;
