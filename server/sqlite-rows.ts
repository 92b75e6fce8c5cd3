import type { Feedback, FeedbackSource, StoredDecision } from "./storage.ts";

/** A row of `decisions`. */
export interface DecisionRow {
  readonly decision_id: string;
  readonly created_at_ms: number;
  readonly route: string;
  readonly key_id: string | null;
  readonly session_id: string | null;
  readonly model: string;
  readonly policy: string;
  readonly reason: string;
  readonly propensity: number;
  readonly router_name: string;
  readonly router_version: string;
  readonly quality: number | null;
  readonly cost_nano_usd: number | null;
  readonly incumbent_model: string | null;
  readonly incumbent_cost_nano_usd: number | null;
  readonly out_of_distribution: number;
  readonly answer: string;
  readonly trace: string;
}

/** A row of `feedback`. */
export interface FeedbackRow {
  readonly decision_id: string;
  readonly source: string;
  readonly score: number;
  readonly comment: string | null;
  readonly key_id: string | null;
  readonly updated_at_ms: number;
}

/** Values in the order of the insert; whole numbers stay whole, as STRICT tables ask. */
export function toRow(decision: StoredDecision): (string | number | null)[] {
  return [
    decision.decisionId,
    decision.createdAtMs,
    decision.route,
    decision.keyId,
    decision.sessionId,
    decision.model,
    decision.policy,
    decision.reason,
    decision.propensity,
    decision.routerName,
    decision.routerVersion,
    decision.quality,
    decision.costNanoUsd,
    decision.incumbentModel,
    decision.incumbentCostNanoUsd,
    decision.outOfDistribution ? 1 : 0,
    decision.answer,
    decision.trace,
  ];
}

export function fromRow(row: DecisionRow): StoredDecision {
  return {
    decisionId: row.decision_id,
    createdAtMs: row.created_at_ms,
    route: row.route,
    keyId: row.key_id,
    sessionId: row.session_id,
    model: row.model,
    policy: row.policy,
    reason: row.reason,
    propensity: row.propensity,
    routerName: row.router_name,
    routerVersion: row.router_version,
    quality: row.quality,
    costNanoUsd: row.cost_nano_usd,
    incumbentModel: row.incumbent_model,
    incumbentCostNanoUsd: row.incumbent_cost_nano_usd,
    outOfDistribution: row.out_of_distribution === 1,
    answer: row.answer,
    trace: row.trace,
  };
}

export function feedbackFromRow(row: FeedbackRow): Feedback {
  return {
    decisionId: row.decision_id,
    // Only our own schema writes this column.
    source: row.source as FeedbackSource,
    score: row.score,
    comment: row.comment,
    keyId: row.key_id,
    atMs: row.updated_at_ms,
  };
}
