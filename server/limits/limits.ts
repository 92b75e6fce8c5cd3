import { z } from "zod";

const Amount = z.number().int().positive().max(1_000_000_000);

const LIMITS = {
  /** Requests a minute. */
  rpm: Amount.optional(),
  /** Tokens a minute: input and output together, or each alone. */
  tpm: Amount.optional(),
  input_tpm: Amount.optional(),
  output_tpm: Amount.optional(),
  /** Requests under way at once. */
  parallel: Amount.optional(),
};

/** Most that a key, team, user, model or route may do. What is absent has no limit. */
export const Limits = z.strictObject(LIMITS);
export type Limits = z.infer<typeof Limits>;

export const LIMIT_SCOPES = ["key", "team", "user", "tenant", "model", "route"] as const;
export type LimitScope = (typeof LIMIT_SCOPES)[number];

/** Limits of one subject as weir.yaml says them; `*` is each one by itself, a pattern shares one limit among its models. */
export const LimitsConfig = z.strictObject({
  scope: z.enum(LIMIT_SCOPES),
  subject: z.string().min(1).max(300),
  ...LIMITS,
});
export type LimitsConfig = z.infer<typeof LimitsConfig>;
