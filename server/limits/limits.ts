import { z } from "zod";

const Amount = z.number().int().positive().max(1_000_000_000);

/** Most that a key, team, user, model or route may do. What is absent has no limit. */
export const Limits = z.strictObject({
  /** Requests a minute. */
  rpm: Amount.optional(),
  /** Tokens a minute: input and output together, or each alone. */
  tpm: Amount.optional(),
  input_tpm: Amount.optional(),
  output_tpm: Amount.optional(),
  /** Requests under way at once. */
  parallel: Amount.optional(),
});
export type Limits = z.infer<typeof Limits>;
