import { z } from "zod";

/** List price. Whole micro-USD per million tokens, so that tokens x price is exact in pico-USD. */
export const Price = z.strictObject({
  inputMicroUsdPerMTok: z.number().int().nonnegative(),
  outputMicroUsdPerMTok: z.number().int().nonnegative(),
  cacheReadMicroUsdPerMTok: z.number().int().nonnegative().optional(),
  cacheWriteMicroUsdPerMTok: z.number().int().nonnegative().optional(),
  requestNanoUsd: z.number().int().nonnegative().optional(),
});
export type Price = z.infer<typeof Price>;

/** What a model can do, as data, so that callers ask instead of knowing names. */
export const Abilities = z.strictObject({
  tools: z.boolean().default(true),
  vision: z.boolean().default(false),
  jsonSchema: z.boolean().default(true),
  reasoning: z.boolean().default(false),
});
export type Abilities = z.infer<typeof Abilities>;

/** A model that the router may choose. */
export const Candidate = z.strictObject({
  /** Name used in requests and decisions, e.g. `openai/gpt-4o-mini`. */
  candidateId: z.string().min(1),
  upstreamId: z.string().min(1),
  /** Model name sent to the upstream. */
  model: z.string().min(1),
  /** null: price unknown, so the candidate cannot be chosen by cost and is reported. */
  price: Price.nullable(),
  contextTokens: z.number().int().positive().nullable().default(null),
  maxOutputTokens: z.number().int().positive().nullable().default(null),
  abilities: Abilities.prefault({}),
  /** The trained model of the artifact whose outcomes stand for this one; null: resolved through the artifact's aliases. */
  resembles: z.string().nullable().default(null),
});
export type Candidate = z.infer<typeof Candidate>;
export type CandidateInput = z.input<typeof Candidate>;
