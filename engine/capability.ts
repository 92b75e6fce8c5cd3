import type { Conversation } from "./conversation.ts";
import type { Candidate } from "./schema/candidate.ts";
import type { ExclusionReason } from "./schema/decision.ts";

/** What a request asks of whichever model serves it. */
export interface Demand {
  readonly conversation: Conversation;
  readonly inputTokens: number;
  /** Candidates that the request allows; null for all. */
  readonly candidates: readonly string[] | null;
}

/** Why a candidate could not serve the request at all; null when it could. */
export function incapability(candidate: Candidate, demand: Demand): ExclusionReason | null {
  const { conversation, inputTokens, candidates } = demand;
  const { abilities, contextTokens, maxOutputTokens } = candidate;
  const asked = conversation.maxOutputTokens;
  if (candidates !== null && !candidates.includes(candidate.candidateId)) return "not_in_request_candidates";
  if (contextTokens !== null && inputTokens + (asked ?? 0) > contextTokens) return "context_too_small";
  if (maxOutputTokens !== null && asked !== null && asked > maxOutputTokens) return "output_limit_too_small";
  if (!abilities.tools && (conversation.toolCount > 0 || conversation.toolCallCount > 0)) return "no_tools";
  if (!abilities.vision && conversation.imageCount > 0) return "no_vision";
  if (!abilities.jsonSchema && conversation.responseFormat === "json_schema") return "no_json_schema";
  return null;
}

const SERVABLE: ReadonlySet<ExclusionReason | null> = new Set([
  null,
  "price_unknown",
  "unknown_to_router",
  "not_yet_eligible",
  "below_quality_floor",
] as const);

/** Whether a candidate could serve although the policy may not choose it: it is unknown or unproven, not unable. */
export function isServable(excluded: ExclusionReason | null): boolean {
  return SERVABLE.has(excluded);
}

/** Output tokens to reckon with: the prediction, within what was asked for and what the model can give. */
export function boundedOutputTokens(predicted: number, candidate: Candidate, asked: number | null): number {
  return Math.min(predicted, asked ?? Number.POSITIVE_INFINITY, candidate.maxOutputTokens ?? Number.POSITIVE_INFINITY);
}
