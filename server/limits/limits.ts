import { z } from "zod";

const Amount = z.number().int().positive().max(1_000_000_000);

const LIMITS = {
  rpm: Amount.optional().describe("requests a minute"),
  tpm: Amount.optional().describe("tokens a minute, input and output together"),
  input_tpm: Amount.optional().describe("input tokens a minute"),
  output_tpm: Amount.optional().describe("output tokens a minute"),
  parallel: Amount.optional().describe("requests under way at once"),
};

/** Most that a key, team, user, model or route may do. What is absent has no limit. */
export const Limits = z.strictObject(LIMITS);
export type Limits = z.infer<typeof Limits>;

export const LIMIT_SCOPES = ["key", "team", "user", "tenant", "model", "route"] as const;
export type LimitScope = (typeof LIMIT_SCOPES)[number];

/** Limits of one subject as weir.yaml says them; `*` is each one by itself, a pattern shares one limit among its models. */
export const LimitsConfig = z.strictObject({
  scope: z.enum(LIMIT_SCOPES).describe("whose or what's requests are counted"),
  subject: z
    .string()
    .min(1)
    .max(300)
    .describe(
      "name or id of the one that is limited; * is each one by itself; for models a pattern, whose models share the limit",
    ),
  ...LIMITS,
});
export type LimitsConfig = z.infer<typeof LimitsConfig>;
