import { usdFromNano } from "../../engine/cost.ts";
import type { DecisionReason, ExclusionReason, RouteDecision } from "../../engine/schema/decision.ts";
import type { Feedback, LogRecord } from "../../engine/schema/log-record.ts";
import { type LogEntry, type LoggedDecision, type LoggedPlan, savedNanoUsd } from "./entry.ts";

/** The public form of an entry: what `/admin/requests` answers, exports hold and `datasets` reads. */
export function recordOfEntry(entry: LogEntry, feedback: readonly Feedback[] = []): LogRecord {
  const { usage, decision } = entry;
  const write = usage === null ? null : usage.cacheWrite5m + usage.cacheWrite1h;
  const input = usage === null ? null : usage.inputUncached + usage.cacheRead + (write ?? 0);
  return {
    id: entry.id,
    at: new Date(entry.atMs).toISOString(),
    operation: entry.operation,
    key_id: entry.keyId,
    tenant: entry.tenant,
    team: entry.team,
    user: entry.user,
    feature: entry.feature,
    route: entry.route,
    session: entry.session,
    metadata: entry.metadata,
    dialect: entry.dialect,
    stream: entry.isStream,
    requested_model: entry.requestedModel,
    model: entry.model,
    upstream: entry.upstream,
    decision: decision === null ? null : decisionBody(decision, entry.route, input),
    plan: entry.plan === null ? null : planBody(entry.plan),
    attempts: [...entry.attempts],
    status: entry.status,
    input_tokens: input,
    cache_read_tokens: usage?.cacheRead ?? null,
    cache_write_tokens: write,
    output_tokens: usage?.output ?? null,
    reasoning_tokens: usage?.reasoning ?? null,
    tokens_estimated: usage?.isEstimated ?? null,
    cost_usd: usdOrNull(entry.costNanoUsd),
    incumbent_cost_usd: usdOrNull(entry.incumbentCostNanoUsd),
    saved_usd: usdOrNull(savedNanoUsd(entry)),
    cache: entry.cache,
    guardrails: entry.guardrails === null ? null : [...entry.guardrails],
    overhead_ms: entry.overheadMs,
    first_token_ms: entry.firstTokenMs,
    duration_ms: entry.durationMs,
    arm: entry.arm,
    error: entry.error,
    ...(entry.content === null ? {} : { content: entry.content }),
    ...(feedback.length === 0 ? {} : { feedback: [...feedback] }),
  };
}

/** @param settledInput stands in for the estimate in entries that an older version wrote */
function decisionBody(decision: LoggedDecision, route: string | null, settledInput: number | null) {
  const { candidates } = decision;
  const chosen = candidates[decision.chosen];
  const incumbent = candidates[decision.incumbent];
  const saving = chosen?.[3] == null || incumbent?.[3] == null ? null : incumbent[3] - chosen[3];
  const body: Partial<RouteDecision> = {
    decision_id: decision.id,
    ...(chosen === undefined ? {} : { model: chosen[0] }),
    policy: decision.policy,
    // The engine's own words went in; only its type is lost in the database.
    reason: decision.reason as DecisionReason,
    propensity: decision.propensity,
    ...(route === null ? {} : { route }),
    router: { name: decision.router, version: decision.version },
    complexity: decision.complexity,
    task: decision.task,
    quality: chosen?.[1] ?? null,
    cost_usd: usdOrNull(chosen?.[3] ?? null),
    incumbent:
      incumbent === undefined
        ? null
        : { model: incumbent[0], quality: incumbent[1], cost_usd: usdOrNull(incumbent[3]) },
    saving_usd: usdOrNull(saving),
    out_of_distribution: decision.isOutOfDistribution,
    candidates: candidates.map(([model, quality, qualityLow, costNanoUsd, outputTokens, excluded]) => ({
      model,
      quality,
      quality_low: qualityLow,
      cost_usd: usdOrNull(costNanoUsd),
      input_tokens: decision.inputTokens ?? settledInput ?? 0,
      output_tokens: outputTokens,
      eligible: excluded === null,
      excluded_because: excluded as ExclusionReason | null,
    })),
  };
  return body;
}

function planBody(plan: LoggedPlan): LogRecord["plan"] {
  const { calls, first } = plan;
  return {
    rule: plan.rule,
    first: [...first],
    may_call: [...plan.mayCall],
    max_calls: plan.maxCalls,
    quality: plan.quality,
    cost_usd: usdOrNull(plan.costNanoUsd),
    followed: calls.length > 0,
    escalated: calls.some((model) => !first.includes(model)),
    calls: [...calls],
    accepted: plan.accepted,
    end: plan.end,
    other_calls_usd: usdOrNull(plan.otherCallsNanoUsd),
  };
}

function usdOrNull(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : usdFromNano(Math.round(nanoUsd));
}
