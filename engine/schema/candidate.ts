import { z } from "zod";

const Micro = z.number().int().nonnegative();

/** Prices of the classes of tokens. Whole micro-USD per million tokens, so that tokens x price is exact in pico-USD. */
const TokenPrices = z.strictObject({
  inputMicroUsdPerMTok: Micro,
  outputMicroUsdPerMTok: Micro,
  cacheReadMicroUsdPerMTok: Micro.optional(),
  /** Kept for five minutes, or as long as the vendor's only kind. */
  cacheWriteMicroUsdPerMTok: Micro.optional(),
  cacheWrite1hMicroUsdPerMTok: Micro.optional(),
  inputAudioMicroUsdPerMTok: Micro.optional(),
  inputImageMicroUsdPerMTok: Micro.optional(),
  cacheReadAudioMicroUsdPerMTok: Micro.optional(),
  outputAudioMicroUsdPerMTok: Micro.optional(),
  outputImageMicroUsdPerMTok: Micro.optional(),
});

/** List price. */
export const Price = z.strictObject({
  ...TokenPrices.shape,
  requestNanoUsd: z.number().int().nonnegative().optional(),
  /** What the vendor's own searches cost each, beside the tokens; absent: not known. */
  webSearchNanoUsd: z.number().int().nonnegative().optional(),
  fileSearchNanoUsd: z.number().int().nonnegative().optional(),
  /** Prices of a whole request whose input is longer; rising thresholds. What one does not say stays as below it. */
  tiers: z.array(z.strictObject({ overInputTokens: Micro, ...TokenPrices.partial().shape })).optional(),
  /** What the provider's service tiers cost, in thousandths of the price (flex 500: half); null: not known. */
  serviceTiers: z.record(z.string(), z.number().int().nonnegative().nullable()).optional(),
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
