import { z } from "zod";
import { ANSWER_KINDS } from "../answer/answer-kind.ts";
import { DecisionReason, ExclusionReason } from "./decision.ts";
import { PlanOffer } from "./plan-offer.ts";
import { PolicyConfig } from "./route-config.ts";

/** A candidate as one decision saw it. Numbers are null where they could not be known. */
export const TracedCandidate = z.strictObject({
  candidateId: z.string(),
  quality: z.number().nullable(),
  qualityLow: z.number().nullable(),
  costNanoUsd: z.number().nullable(),
  outputTokens: z.number().nullable(),
  /** null: eligible. */
  excluded: ExclusionReason.nullable(),
});
export type TracedCandidate = z.infer<typeof TracedCandidate>;

/** All that a decision depends on. Two decisions with equal facts are equal. */
export const DecisionFacts = z.strictObject({
  /** Candidates of the route in its order. */
  candidates: z.array(TracedCandidate),
  /** Index in `candidates`. */
  incumbent: z.number().int(),
  /** Index in `candidates` of what the first matching rule uses; null when no rule matched. */
  rule: z.number().int().nullable(),
  scoring: z.enum(["done", "failed", "timeout"]),
  complexity: z.number(),
  /** Task probabilities in the artifact's order. */
  task: z.array(z.number()),
  isOutOfDistribution: z.boolean(),
  inputTokens: z.number(),
  /** What kind of final answer was asked for; of decisions stored before anybody looked, `text`. */
  answerKind: z.enum(ANSWER_KINDS).default("text"),
  qualityFloor: z.number().nullable(),
  rngSeed: z.number().int(),
  atMs: z.number(),
});
export type DecisionFacts = z.infer<typeof DecisionFacts>;

/** What is stored of a decision so that it can be explained and made again. Holds no text of the request. */
export const DecisionTrace = z.strictObject({
  schemaVersion: z.literal(1),
  decisionId: z.string(),
  route: z.string(),
  router: z.strictObject({ name: z.string(), version: z.string() }),
  /** SHA-256 over the features that were scored; null when scoring failed. */
  featuresDigest: z.string().nullable(),
  facts: DecisionFacts,
  policy: PolicyConfig,
  policyFacts: z.record(z.string(), z.number()),
  /** The policy's own estimate for each eligible candidate, null where it does not consider one; null: it has none. */
  estimates: z.array(z.number().nullable()).nullable(),
  /** Plans that were weighed, indices among the eligible candidates; null: none applied. */
  offer: PlanOffer.nullable().default(null),
  /** Index in `facts.candidates`. */
  chosen: z.number().int(),
  reason: DecisionReason,
  propensity: z.number().positive().max(1),
});
export type DecisionTrace = z.infer<typeof DecisionTrace>;
