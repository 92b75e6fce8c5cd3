import { createHash } from "node:crypto";
import type { Reading } from "./batcher.ts";
import { usdFromNano } from "./cost.ts";
import type { Choice } from "./decide.ts";
import type { PolicyFacts } from "./policy.ts";
import type { DecisionReason, RouteDecision } from "./schema/decision.ts";
import type { DecisionFacts, DecisionTrace, TracedCandidate } from "./schema/decision-trace.ts";
import type { PolicyConfig } from "./schema/route-config.ts";

interface DecisionTimings {
  readonly featurize: number;
  readonly score: number;
  readonly decide: number;
}

/** Where one request goes, and all that it was decided by. */
export interface Decision {
  readonly decisionId: string;
  readonly route: string;
  readonly router: { readonly name: string; readonly version: string };
  /** Name of the policy that was asked, or would have been. */
  readonly policy: PolicyConfig;
  readonly policyFacts: PolicyFacts;
  readonly facts: DecisionFacts;
  /** The chosen candidate and the route's incumbent. */
  readonly chosen: TracedCandidate;
  readonly incumbent: TracedCandidate;
  readonly reason: DecisionReason;
  readonly propensity: number;
  /** Likeliest task; null when scoring failed or the artifact knows no tasks. */
  readonly task: string | null;
  readonly choice: Choice;
  readonly reading: Reading | null;
  readonly timingMs: DecisionTimings;
}

/** What following a decision to its end is expected to bring: its plan with all its calls, or its one call. */
export interface Expectation {
  /** null where nothing was learned of it. */
  readonly quality: number | null;
  readonly costNanoUsd: number | null;
}

export function expectationOf({ chosen, choice }: Pick<Decision, "chosen" | "choice">): Expectation {
  const { quality, costNanoUsd } = choice.plan ?? chosen;
  return { quality, costNanoUsd };
}

/** Answer of POST /route. */
export function renderDecision(decision: Decision, options: { readonly explain: boolean }): RouteDecision {
  const { facts, chosen, incumbent } = decision;
  const expected = expectationOf(decision);
  const saving =
    expected.costNanoUsd === null || incumbent.costNanoUsd === null
      ? null
      : incumbent.costNanoUsd - expected.costNanoUsd;
  return {
    decision_id: decision.decisionId,
    model: chosen.candidateId,
    policy: decision.policy.name,
    reason: decision.reason,
    propensity: decision.propensity,
    route: decision.route,
    router: { ...decision.router },
    complexity: facts.scoring === "done" ? facts.complexity : null,
    task: decision.task,
    quality: chosen.quality,
    cost_usd: usdOrNull(chosen.costNanoUsd),
    incumbent: { model: incumbent.candidateId, quality: incumbent.quality, cost_usd: usdOrNull(incumbent.costNanoUsd) },
    saving_usd: usdOrNull(saving),
    plan: renderPlan(decision),
    out_of_distribution: facts.isOutOfDistribution,
    ...(options.explain && {
      candidates: facts.candidates.map((candidate) => ({
        model: candidate.candidateId,
        quality: candidate.quality,
        quality_low: candidate.qualityLow,
        cost_usd: usdOrNull(candidate.costNanoUsd),
        input_tokens: facts.inputTokens,
        output_tokens: candidate.outputTokens,
        eligible: candidate.excluded === null,
        excluded_because: candidate.excluded,
      })),
    }),
    timing_ms: { ...decision.timingMs },
  };
}

function renderPlan({ choice: { plan }, facts }: Decision): RouteDecision["plan"] {
  if (plan === null) return null;
  const name = (index: number) => facts.candidates[index]!.candidateId;
  return {
    rule: plan.rule,
    first: plan.first.map(name),
    may_call: plan.candidates.filter((index) => !plan.first.includes(index)).map(name),
    max_calls: plan.maxCalls,
    answer_kind: facts.answerKind,
    quality: plan.quality,
    cost_usd: usdOrNull(plan.costNanoUsd),
  };
}

/** What to store of a decision, so that `replayDecision` can make it again. */
export function traceDecision(decision: Decision): DecisionTrace {
  const { facts, choice } = decision;
  return {
    schemaVersion: 1,
    decisionId: decision.decisionId,
    route: decision.route,
    router: { ...decision.router },
    featuresDigest: decision.reading === null ? null : digestOf(decision.reading),
    facts,
    policy: decision.policy,
    policyFacts: { ...decision.policyFacts },
    estimates:
      choice.estimates === null ? null : Array.from(choice.estimates, (value) => (Number.isNaN(value) ? null : value)),
    offer: choice.offer,
    chosen: choice.chosen,
    reason: choice.reason,
    propensity: choice.propensity,
  };
}

function digestOf({ features, ngrams, embedding }: Reading): string {
  const hash = createHash("sha256").update(features);
  if (ngrams !== null) hash.update(ngrams.ids).update(ngrams.weights);
  if (embedding !== null) hash.update(embedding);
  return hash.digest("hex");
}

/** Nine decimals are whole nano-USD; an estimate has no more to say. */
function usdOrNull(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : usdFromNano(Math.round(nanoUsd));
}
