import { z } from "zod";

const share = z.number().min(0).max(1);

/** How a simulated upstream behaves. Everything left out is calm: no delay, no faults. */
export const SimulatedOptions = z.strictObject({
  /** Share of prompts answered well, or that of each model. The better of two simulated models answers well wherever the other does. */
  quality: z.union([share, z.record(z.string(), share)]).optional(),
  /** Milliseconds until the first token, and between two. */
  firstTokenMs: z.number().nonnegative().optional(),
  tokenMs: z.number().nonnegative().optional(),
  /** Both times vary by this share of themselves, by the request. */
  jitter: share.optional(),
  /** Tokens of an ordinary answer. */
  answerTokens: z.number().int().positive().max(100_000).optional(),
  /** The answer's text, instead of one made up. */
  answer: z.string().optional(),
  /** Share of input tokens told as read from the provider's cache. */
  cachedShare: share.optional(),
  /** Share of requests that fail, how, and after how many tokens (0: before the answer begins). */
  errorShare: share.optional(),
  errorKind: z
    .enum([
      "rate_limited",
      "overloaded",
      "server_error",
      "timeout",
      "invalid_request",
      "context_length",
      "content_policy",
      "authentication",
      "permission",
      "insufficient_quota",
      "not_found",
      "connection",
      "bad_response",
    ])
    .optional(),
  errorAfterTokens: z.number().int().nonnegative().optional(),
  /** Requests a minute of each model, after which 429 with a `retry-after`. */
  requestsPerMinute: z.number().int().positive().optional(),
  /** Longest input in tokens, after which `context_length`. */
  contextTokens: z.number().int().positive().optional(),
});
export type SimulatedOptions = z.infer<typeof SimulatedOptions>;
