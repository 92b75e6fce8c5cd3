import type { AnswerKind } from "./answer/answer-kind.ts";
import { boundedOutputTokens, incapability, isServable } from "./capability.ts";
import { expectedCostNanoUsd } from "./cost.ts";
import { EngineError } from "./errors.ts";
import type { PlannedCandidate, RoutePlan } from "./plan.ts";
import type { PolicyChoice, PolicyInput, ReadyPolicy, ScoredCandidate } from "./policy.ts";
import type { DecideRequest } from "./request.ts";
import { seededRng } from "./rng.ts";
import type { DecisionReason, ExclusionReason } from "./schema/decision.ts";
import type { DecisionFacts, TracedCandidate } from "./schema/decision-trace.ts";
import type { ChosenPlan, PlanOffer } from "./schema/plan-offer.ts";
import type { ScoreBatch } from "./scorer.ts";

/** What became of scoring one request. */
export type Scoring =
  | { readonly kind: "done"; readonly scores: ScoreBatch; readonly row: number; readonly count: number }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "timeout" };

/** Facts of one request that do not come from the route or the scorer. */
export interface Occasion {
  readonly inputTokens: number;
  /** `text` where the policy looks at no answers. */
  readonly answerKind: AnswerKind;
  readonly rngSeed: number;
  readonly atMs: number;
  readonly outOfDistributionAbove: number;
  readonly tasks: readonly string[];
}

export interface Choice {
  /** Index in the facts' candidates. */
  readonly chosen: number;
  readonly reason: DecisionReason;
  readonly propensity: number;
  /** The policy's own estimates of the eligible candidates; null when it has none or was not asked. */
  readonly estimates: Float64Array | null;
  /** Plans that were weighed, indices among the eligible; null when none applied. */
  readonly offer: PlanOffer | null;
  /** The plan to follow, indices in the facts' candidates; null: one call. */
  readonly plan: ChosenPlan | null;
  /** What went wrong in the policy itself; null when nothing did. */
  readonly error: unknown;
}

/** A policy's own views of a request, which may rest on what is gone at replay. */
export interface StoredViews {
  readonly estimates: Float64Array | null;
  readonly offer: PlanOffer | null;
}

/** Standard deviations between the expected quality and its lower bound. */
const LOWER_BOUND_DEVIATIONS = 1.64;

/** Puts together all that the decision depends on. Pure; what it returns can be stored. */
export function gatherFacts(
  plan: RoutePlan,
  request: DecideRequest,
  scoring: Scoring,
  occasion: Occasion,
): DecisionFacts {
  const { inputTokens, tasks } = occasion;
  const row = scoring.kind === "done" ? readRow(scoring, tasks.length) : null;
  const candidates = plan.candidates.map((planned, i) =>
    trace(planned, i === plan.incumbent, request, row, inputTokens),
  );
  return {
    candidates,
    incumbent: plan.incumbent,
    rule: matchRule(plan, request, candidates, row, occasion),
    scoring: scoring.kind === "done" && row === null ? "failed" : scoring.kind,
    complexity: row?.complexity ?? 0,
    task: row?.task ?? [],
    isOutOfDistribution: row !== null && row.outOfDistribution > occasion.outOfDistributionAbove,
    inputTokens,
    answerKind: occasion.answerKind,
    qualityFloor: request.qualityFloor,
    rngSeed: occasion.rngSeed,
    atMs: occasion.atMs,
  };
}

/**
 * Chooses by facts alone: rules, then what scoring and eligibility leave, then the policy. Equal facts and an equal policy
 * give an equal choice, now or at replay.
 *
 * @param stored what the policy estimated and offered when the decision was first made; absent: it does so now
 * @throws EngineError `no_candidate` when none can serve the request, naming why each cannot
 */
export function choose(
  facts: DecisionFacts,
  policy: { readonly usesScores: boolean; readonly ready: ReadyPolicy },
  stored?: StoredViews,
): Choice {
  if (facts.rule !== null) return plain(facts.rule, "rule");
  const servable = facts.candidates.filter(({ excluded }) => isServable(excluded)).length;
  if (servable === 0) throw new NoCandidateError(facts);
  if (facts.scoring === "failed") return incumbentOrFirst(facts, "scorer_failed");
  if (facts.scoring === "timeout") return incumbentOrFirst(facts, "scorer_timeout");

  const eligible: number[] = [];
  for (let i = 0; i < facts.candidates.length; i++) if (facts.candidates[i]!.excluded === null) eligible.push(i);
  if (servable === 1 && eligible.length === 1) return plain(eligible[0]!, "only_candidate");
  if (facts.isOutOfDistribution && policy.usesScores) return askFarAway(facts, eligible, policy.ready, stored);
  if (eligible.length === 0) return floorUnmet(facts) ?? incumbentOrFirst(facts, "incumbent");
  return askPolicy(facts, eligible, policy.ready, stored);
}

/** The policy's view of the facts. */
export function policyInput(facts: DecisionFacts, eligible: readonly number[]): PolicyInput {
  return {
    // An eligible candidate has quality and cost: it has a trained column and a price.
    scored: eligible.map((i) => facts.candidates[i] as ScoredCandidate),
    incumbent: eligible.indexOf(facts.incumbent),
    qualityFloor: facts.qualityFloor,
    inputTokens: facts.inputTokens,
    complexity: facts.complexity,
    task: Float32Array.from(facts.task),
    answerKind: facts.answerKind,
    rng: seededRng(facts.rngSeed),
    nowMs: facts.atMs,
  };
}

function askPolicy(
  facts: DecisionFacts,
  eligible: readonly number[],
  ready: ReadyPolicy,
  stored: StoredViews | undefined,
): Choice {
  const input = policyInput(facts, eligible);
  let choice: PolicyChoice;
  let estimates: Float64Array | null;
  let offer: PlanOffer | null;
  try {
    estimates = stored === undefined ? (ready.estimate?.(input) ?? null) : stored.estimates;
    offer = stored === undefined ? (ready.offer?.(input) ?? null) : stored.offer;
    choice = ready.decide(input, estimates ?? undefined, offer);
  } catch (error) {
    return { ...incumbentOrFirst(facts, "policy_failed"), error };
  }
  const { chosen, reason, propensity } = choice;
  if (chosen === -1) return incumbentOrFirst(facts, reason);
  const index = eligible[chosen];
  if (index === undefined || !(propensity > 0 && propensity <= 1)) {
    const error = new RangeError(`the policy chose ${chosen} of ${eligible.length} with propensity ${propensity}`);
    return { ...incumbentOrFirst(facts, "policy_failed"), error };
  }
  const plan = choice.plan === undefined ? null : inFacts(choice.plan, eligible);
  return { chosen: index, reason, propensity, estimates, offer, plan, error: null };
}

/** Far from training nothing that is expected of a model counts; that two of them agree does all the same. */
function askFarAway(
  facts: DecisionFacts,
  eligible: readonly number[],
  ready: ReadyPolicy,
  stored: StoredViews | undefined,
): Choice {
  const choice = eligible.length === 0 || ready.offer === undefined ? null : askPolicy(facts, eligible, ready, stored);
  return choice?.plan?.rule === "agreement" ? choice : incumbentOrFirst(facts, "out_of_distribution");
}

/** A plan's candidates as the facts number them. */
function inFacts(plan: ChosenPlan, eligible: readonly number[]): ChosenPlan {
  const place = (index: number) => eligible[index]!;
  return { ...plan, first: plan.first.map(place), candidates: plan.candidates.map(place) };
}

/** When every known candidate is below the floor: the incumbent if it can serve, else the best of them. */
function floorUnmet(facts: DecisionFacts): Choice | null {
  let best = -1;
  facts.candidates.forEach(({ excluded, qualityLow }, i) => {
    if (excluded !== "below_quality_floor") return;
    if (best === -1 || qualityLow! > facts.candidates[best]!.qualityLow!) best = i;
  });
  if (best === -1) return null;
  return plain(isServable(facts.candidates[facts.incumbent]!.excluded) ? facts.incumbent : best, "quality_floor_unmet");
}

/** The incumbent, or the first that can serve when the incumbent cannot. */
function incumbentOrFirst(facts: DecisionFacts, reason: DecisionReason): Choice {
  const { candidates, incumbent } = facts;
  if (isServable(candidates[incumbent]!.excluded)) return plain(incumbent, reason);
  return plain(
    candidates.findIndex(({ excluded }) => isServable(excluded)),
    reason,
  );
}

function plain(chosen: number, reason: DecisionReason): Choice {
  return { chosen, reason, propensity: 1, estimates: null, offer: null, plan: null, error: null };
}

/** With what kept each candidate out, as it is answered. */
class NoCandidateError extends EngineError {
  readonly exclusions: readonly { readonly model: string; readonly excluded_because: ExclusionReason | null }[];

  constructor({ candidates }: DecisionFacts) {
    const reasons = candidates.map(({ candidateId, excluded }) => `${candidateId}: ${excluded}`).join(", ");
    super("no_candidate", `no candidate can serve this request (${reasons})`);
    this.exclusions = candidates.map(({ candidateId, excluded }) => ({
      model: candidateId,
      excluded_because: excluded,
    }));
  }
}

/** One request's scores, copied out of its batch. */
interface Row {
  readonly score: Float32Array;
  readonly spread: Float32Array;
  readonly outputTokens: Float32Array;
  readonly complexity: number;
  readonly outOfDistribution: number;
  readonly task: number[];
}

/** null when a number is not finite: such scores are as good as none. */
function readRow({ scores, row, count }: Scoring & { kind: "done" }, tasks: number): Row | null {
  const width = scores.score.length / count;
  const from = row * width;
  const task: number[] = new Array(tasks);
  for (let t = 0; t < tasks; t++) task[t] = scores.task[row * tasks + t]!;
  const complexity = scores.complexity[row]!;
  const outOfDistribution = scores.outOfDistribution[row]!;
  let sum = complexity + outOfDistribution;
  for (let i = from; i < from + width; i++) sum += scores.score[i]! + scores.spread[i]! + scores.outputTokens[i]!;
  if (!Number.isFinite(sum)) return null;
  return {
    score: scores.score.subarray(from, from + width),
    spread: scores.spread.subarray(from, from + width),
    outputTokens: scores.outputTokens.subarray(from, from + width),
    complexity: Math.min(1, Math.max(0, complexity)),
    outOfDistribution,
    task,
  };
}

function trace(
  { candidate, column, calibrate, standing }: PlannedCandidate,
  isIncumbent: boolean,
  request: DecideRequest,
  row: Row | null,
  inputTokens: number,
): TracedCandidate {
  const { conversation, candidates, qualityFloor, maxCostNanoUsd } = request;
  const unable = incapability(candidate, { conversation, inputTokens, candidates });
  const { candidateId, price } = candidate;
  if (row === null || column === -1) {
    const excluded = unable ?? standing;
    return { candidateId, quality: null, qualityLow: null, costNanoUsd: null, outputTokens: null, excluded };
  }
  const quality = calibrate(row.score[column]!);
  const qualityLow = Math.max(0, quality - LOWER_BOUND_DEVIATIONS * row.spread[column]!);
  const outputTokens = boundedOutputTokens(row.outputTokens[column]!, candidate, conversation.maxOutputTokens);
  const holdsCache = request.cachedBy === null ? isIncumbent : request.cachedBy === candidateId;
  const cached = holdsCache ? Math.min(request.cachedInputTokens, inputTokens) : 0;
  const costNanoUsd = price === null ? null : expectedCostNanoUsd(inputTokens, cached, outputTokens, price);
  const isDear = maxCostNanoUsd !== null && costNanoUsd !== null && costNanoUsd > maxCostNanoUsd;
  const isLow = qualityFloor !== null && qualityLow < qualityFloor;
  const excluded = unable ?? (isDear ? "over_max_cost" : null) ?? standing ?? (isLow ? "below_quality_floor" : null);
  return { candidateId, quality, qualityLow, costNanoUsd, outputTokens, excluded };
}

function matchRule(
  plan: RoutePlan,
  { conversation, metadata }: DecideRequest,
  candidates: readonly TracedCandidate[],
  row: Row | null,
  { inputTokens, tasks }: Occasion,
): number | null {
  if (plan.rules.length === 0) return null;
  const facts = {
    inputTokens,
    task: row === null ? null : (tasks[likeliest(row.task)] ?? null),
    complexity: row?.complexity ?? null,
    hasTools: conversation.toolCount > 0,
    hasImages: conversation.imageCount > 0,
    metadata,
  };
  const matching = plan.rules.find(({ rule, target }) => {
    const { excluded } = candidates[target]!;
    return (isServable(excluded) || excluded === "only_by_rule") && rule.matches(facts);
  });
  return matching?.target ?? null;
}

/** Index of the greatest, the first of equals; -1 for none. */
export function likeliest(values: readonly number[]): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) if (best === -1 || values[i]! > values[best]!) best = i;
  return best;
}
