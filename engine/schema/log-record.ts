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
  arm: z.enum(["treatment", "holdout", "audit"]).nullish(),
  error: z.string().nullish(),
  /** Absent unless the route keeps text. */
  content: LogContent.nullish(),
  feedback: z.array(Feedback).optional(),
});
export type LogRecord = z.infer<typeof LogRecord>;
