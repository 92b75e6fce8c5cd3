import { z } from "zod";
import { ANSWER_KINDS } from "../answer/answer-kind.ts";
import { Message } from "./conversation.ts";
import { PlanRule } from "./plan-offer.ts";

/** Why a decision fell as it did. Codes are API. */
export const DecisionReason = z.enum([
  "cheapest_meeting_target",
  "best_net_quality",
  "best_quality_within_cost",
  "within_budget_pace",
  "cascade_first",
  "rule",
  "fixed",
  "random",
  "explored",
  "only_candidate",
  "quality_floor_unmet",
  "threshold_met",
  "threshold_unmet",
  "nearest_neighbours",
  "cluster_mean",
  "scorer_failed",
  "scorer_timeout",
  "out_of_distribution",
  "policy_failed",
  "incumbent",
]);
export type DecisionReason = z.infer<typeof DecisionReason>;

export const ExclusionReason = z.enum([
  "not_in_request_candidates",
  "context_too_small",
  "output_limit_too_small",
  "no_tools",
  "no_vision",
  "no_json_schema",
  "price_unknown",
  "unknown_to_router",
  "not_yet_eligible",
  "over_max_cost",
  "below_quality_floor",
  "only_by_rule",
]);
export type ExclusionReason = z.infer<typeof ExclusionReason>;

/** Body of POST /route. */
export const RouteRequest = z
  .strictObject({
    prompt: z.string().min(1).optional(),
    messages: z.array(Message).min(1).optional(),
    /** Anthropic form keeps the system prompt beside the messages. */
    system: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))]).optional(),
    route: z.string().min(1).default("default"),
    /** Floor on the lower bound of the chosen candidate's quality. */
    quality: z.number().min(0).max(1).optional(),
    max_cost_usd: z.number().positive().optional(),
    candidates: z.array(z.string().min(1)).min(1).optional(),
    policy: z.string().min(1).optional(),
    max_output_tokens: z.number().int().positive().optional(),
    tools: z.array(z.unknown()).optional(),
    response_format: z.looseObject({ type: z.string() }).optional(),
    /** Input tokens that the upstream has cached from earlier turns of this session. */
    cached_input_tokens: z.number().int().nonnegative().optional(),
    /** The candidate whose upstream holds that cache; the route's incumbent when absent. */
    cached_by: z.string().min(1).optional(),
    session_id: z.string().optional(),
    metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
    explain: z.boolean().default(false),
  })
  .refine((body) => (body.prompt === undefined) !== (body.messages === undefined), {
    message: "exactly one of prompt and messages is needed",
    path: ["prompt"],
  });
export type RouteRequest = z.infer<typeof RouteRequest>;
export type RouteRequestInput = z.input<typeof RouteRequest>;

/** What to do when one answer may not be the last word: call all of `first` at once, then ask `POST /route/next`. */
export const RoutePlanReport = z.strictObject({
  rule: PlanRule,
  first: z.array(z.string()).min(1),
  /** Who may be asked later. */
  may_call: z.array(z.string()),
  max_calls: z.number().int(),
  answer_kind: z.enum(ANSWER_KINDS),
  /** Expected of the whole plan, all its calls paid; null where nothing was learned of it. `saving_usd` is by it. */
  quality: z.number().nullable(),
  cost_usd: z.number().nullable(),
});

export const CandidateReport = z.strictObject({
  model: z.string(),
  quality: z.number().nullable(),
  quality_low: z.number().nullable(),
  cost_usd: z.number().nullable(),
  input_tokens: z.number(),
  output_tokens: z.number().nullable(),
  eligible: z.boolean(),
  excluded_because: ExclusionReason.nullable(),
});
export type CandidateReport = z.infer<typeof CandidateReport>;

/** Answer of POST /route. */
export const RouteDecision = z.strictObject({
  decision_id: z.string(),
  model: z.string(),
  policy: z.string(),
  reason: DecisionReason,
  /** Probability with which the policy chose this model, given the request. */
  propensity: z.number().positive().max(1),
  route: z.string(),
  router: z.strictObject({ name: z.string(), version: z.string() }),
  /** 0..1: predicted failure of the reference tier. null when scoring failed. */
  complexity: z.number().min(0).max(1).nullable(),
  task: z.string().nullable(),
  quality: z.number().nullable(),
  cost_usd: z.number().nullable(),
  incumbent: z
    .strictObject({ model: z.string(), quality: z.number().nullable(), cost_usd: z.number().nullable() })
    .nullable(),
  saving_usd: z.number().nullable(),
  /** null: call `model` and keep its answer. */
  plan: RoutePlanReport.nullable(),
  out_of_distribution: z.boolean(),
  /** Every candidate of the route when `explain` is set. */
  candidates: z.array(CandidateReport).optional(),
  timing_ms: z.strictObject({ featurize: z.number(), score: z.number(), decide: z.number() }),
});
export type RouteDecision = z.infer<typeof RouteDecision>;
