import { z } from "zod";
import { Message } from "./conversation.ts";
import { RouteDecision } from "./decision.ts";

/** One try at an upstream. */
export const Attempt = z.strictObject({
  upstream: z.string(),
  model: z.string(),
  outcome: z.string(),
  status: z.number().int().nullable(),
  ms: z.number().nonnegative(),
  /** Of the try that answered: the provider's own name of the model, and its mark of what ran it where it gives one. */
  version: z.string().optional(),
});
export type Attempt = z.infer<typeof Attempt>;

/** What somebody said of an answer: body of POST /feedback, idempotent per (id, source). */
export const Feedback = z
  .strictObject({
    /** Decision or request id. */
    id: z.string().min(1),
    score: z.number().min(0).max(1).optional(),
    label: z.enum(["good", "bad"]).optional(),
    source: z.enum(["user", "judge", "test"]).default("user"),
    comment: z.string().optional(),
    /** RFC 3339; set by the server. */
    at: z.string().optional(),
  })
  .refine((body) => (body.score === undefined) !== (body.label === undefined), {
    message: "exactly one of score and label is needed",
    path: ["score"],
  });
export type Feedback = z.infer<typeof Feedback>;

/** Text of a request, kept only where the route's `log.content` says so. */
export const LogContent = z.strictObject({
  prompt: z.string().optional(),
  messages: z.array(Message).optional(),
  system: z.string().optional(),
  tools: z.array(z.unknown()).optional(),
  response_format: z.looseObject({ type: z.string() }).optional(),
  max_output_tokens: z.number().int().positive().optional(),
  answer: z.string().optional(),
  redacted: z.boolean().optional(),
});
export type LogContent = z.infer<typeof LogContent>;

const Count = z.number().int().nonnegative();

/** A decision for several calls: what it planned, and how that went. */
export const LoggedPlan = z.strictObject({
  rule: z.string(),
  /** Who was to be asked at once, and who later. */
  first: z.array(z.string()),
  may_call: z.array(z.string()),
  max_calls: z.number().int(),
  /** Expected of the whole plan before any call, all its calls paid; null where nothing was learned of it. */
  quality: z.number().nullable(),
  cost_usd: z.number().nullable(),
  /** false: one call was made, and `end` says why. */
  followed: z.boolean(),
  /** Somebody was asked beside those who were to be asked at once. */
  escalated: z.boolean(),
  /** Who was asked, in order. */
  calls: z.array(z.string()),
  /** Whose answer was served; null: nobody's of the plan. */
  accepted: z.string().nullable(),
  /** Why it ended as it did, or was not followed. */
  end: z.string(),
  /** Cost of the calls whose answers were not served: part of `cost_usd` of the request. */
  other_calls_usd: z.number().nullable(),
});
export type LoggedPlan = z.infer<typeof LoggedPlan>;

/** Everything of one request but the text: what the server writes and datasets read back. */
export const LogRecord = z.strictObject({
  id: z.string().min(1),
  /** RFC 3339. */
  at: z.string(),
  /** What was asked for: chat, embeddings, count_tokens, models, pass_through. */
  operation: z.string().nullish(),
  key_id: z.string().nullish(),
  tenant: z.string().nullish(),
  team: z.string().nullish(),
  user: z.string().nullish(),
  feature: z.string().nullish(),
  route: z.string().nullish(),
  session: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  dialect: z.string().nullish(),
  stream: z.boolean().nullish(),
  requested_model: z.string().nullish(),
  /** The model that answered, or for a bare decision the one chosen; null when none did. */
  model: z.string().min(1).nullable(),
  upstream: z.string().nullish(),
  decision: RouteDecision.partial().nullish(),
  /** null: one call was all there was to decide. */
  plan: LoggedPlan.nullish(),
  attempts: z.array(Attempt).default([]),
  status: z.number().int().nullish(),
  /** All input, cached included. */
  input_tokens: Count.nullish(),
  cache_read_tokens: Count.nullish(),
  cache_write_tokens: Count.nullish(),
  /** All output, reasoning included. */
  output_tokens: Count.nullish(),
  reasoning_tokens: Count.nullish(),
  tokens_estimated: z.boolean().nullish(),
  /** null: the price is unknown. */
  cost_usd: z.number().nonnegative().nullish(),
  incumbent_cost_usd: z.number().nonnegative().nullish(),
  saved_usd: z.number().nullish(),
  /** `semantic-shadow`: answered upstream, and compared with what a similar ask was answered. */
  cache: z.enum(["hit", "semantic", "semantic-shadow", "miss", "bypass"]).nullish(),
  guardrails: z.array(z.unknown()).nullish(),
  overhead_ms: z.number().nonnegative().nullish(),
  first_token_ms: z.number().nonnegative().nullish(),
  duration_ms: z.number().nonnegative().nullish(),
  arm: z.enum(["treatment", "holdout", "audit", "canary"]).nullish(),
  error: z.string().nullish(),
  /** Absent unless the route keeps text. */
  content: LogContent.nullish(),
  feedback: z.array(Feedback).optional(),
});
export type LogRecord = z.infer<typeof LogRecord>;
