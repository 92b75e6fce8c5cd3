import type { Registry } from "prom-client";
import type { Candidate } from "../engine/schema/candidate.ts";
import type { Usage } from "./chat.ts";
import type { Settlement } from "./gateway/settlement.ts";
import { createPlanMetrics } from "./plan-metrics.ts";
import { createDistribution, createTally } from "./tallies.ts";

export interface MetricsBounds {
  /** Names that may become labels; every other is "other", so that clients cannot make the metrics grow. */
  readonly isKnownModel: (candidateId: string) => boolean;
}

/** 50 us to 100 ms, in seconds. */
const OVERHEAD_BUCKETS = [50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 50e-3, 100e-3];
const FIRST_TOKEN_BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60];
const DURATION_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 600];
const NANO = 1e9;

/** What the gateway counts of settled requests. */
export function createGatewayMetrics(
  registry: Registry,
  { isKnownModel }: MetricsBounds,
): (settlement: Settlement) => void {
  const requests = createTally({
    name: "weir_requests_total",
    help: "Requests by operation, route, model and status",
    labelNames: ["operation", "route", "model", "status"],
    registry,
  });
  const attempts = createTally({
    name: "weir_attempts_total",
    help: "Tries at upstreams, by how they ended",
    labelNames: ["upstream", "outcome"],
    registry,
  });
  const tokens = createTally({
    name: "weir_tokens_total",
    help: "Tokens by model and class: input, cache_read, cache_write, output",
    labelNames: ["model", "class"],
    registry,
  });
  const cost = createTally({
    name: "weir_cost_usd_total",
    help: "Settled cost by model",
    labelNames: ["model"],
    registry,
  });
  const unpriced = createTally({
    name: "weir_unpriced_requests_total",
    help: "Answered requests whose cost is not known: no price, or no usage was said",
    labelNames: ["model"],
    registry,
  });
  const hedges = createTally({
    name: "weir_hedge_cost_usd_total",
    help: "Estimated input cost of tries that were cancelled because another answered first",
    registry,
  });
  const overhead = createDistribution({
    name: "weir_overhead_seconds",
    help: "Weir's own time before the first upstream is asked",
    buckets: OVERHEAD_BUCKETS,
    registry,
  });
  const firstToken = createDistribution({
    name: "weir_first_token_seconds",
    help: "From the request to its first streamed content, by model",
    labelNames: ["model"],
    buckets: FIRST_TOKEN_BUCKETS,
    registry,
  });
  const guardrails = createTally({
    name: "weir_guardrail_outcomes_total",
    help: "What guardrails said, by their name, the way they guard and how it ended",
    labelNames: ["guardrail", "check", "phase", "outcome"],
    registry,
  });
  const guarding = createDistribution({
    name: "weir_guardrail_seconds",
    help: "Time of one guardrail for one request",
    labelNames: ["guardrail", "phase"],
    buckets: OVERHEAD_BUCKETS,
    registry,
  });
  const lost = createTally({
    name: "weir_answer_parts_lost_total",
    help: "Images, code and the like in answers to clients whose format has no place for them",
    labelNames: ["part", "model", "dialect"],
    registry,
  });
  const duration = createDistribution({
    name: "weir_request_seconds",
    help: "From the request to the end of its answer, by model",
    labelNames: ["model"],
    buckets: DURATION_BUCKETS,
    registry,
  });

  const countPlan = createPlanMetrics(registry);
  const labelOf = ({ candidateId }: Candidate) => (isKnownModel(candidateId) ? candidateId : "other");
  const countCall = (model: string, usage: Usage | null, costNanoUsd: number | null) => {
    if (usage !== null) {
      tokens(usage.inputUncached, model, "input");
      tokens(usage.output, model, "output");
      if (usage.cacheRead > 0) tokens(usage.cacheRead, model, "cache_read");
      const written = usage.cacheWrite5m + usage.cacheWrite1h;
      if (written > 0) tokens(written, model, "cache_write");
    }
    if (costNanoUsd !== null && costNanoUsd > 0) cost(costNanoUsd / NANO, model);
  };

  return (settlement) => {
    const { usage, costNanoUsd, candidate, otherCalls = [] } = settlement;
    const model = candidate === null ? "none" : labelOf(candidate);
    requests(1, settlement.operation, settlement.route ?? "none", model, String(settlement.status));
    for (const { upstream, outcome } of settlement.attempts) attempts(1, upstream, outcome);
    // Each call on its own model; the bill is that of all of them.
    const ofOthers = otherCalls.reduce((sum, other) => sum + (other.costNanoUsd ?? 0), 0);
    countCall(model, usage, costNanoUsd === null ? null : costNanoUsd - ofOthers);
    for (const other of otherCalls) countCall(labelOf(other.candidate), other.usage, other.costNanoUsd);
    countPlan(settlement);
    if (costNanoUsd === null && candidate !== null) unpriced(1, model);
    if (settlement.hedgeCostNanoUsd !== null && settlement.hedgeCostNanoUsd > 0)
      hedges(settlement.hedgeCostNanoUsd / NANO);
    if (settlement.attempts.length > 0) overhead(settlement.overheadMs / 1000);
    if (settlement.firstTokenMs !== null) firstToken(settlement.firstTokenMs / 1000, model);
    for (const { name, check, phase, outcome, ms } of settlement.guardrails ?? []) {
      guardrails(1, name, check, phase, outcome);
      guarding(ms / 1000, name, phase);
    }
    for (const part of settlement.answered?.lost ?? []) lost(1, part, model, settlement.dialect);
    duration(settlement.durationMs / 1000, model);
  };
}
