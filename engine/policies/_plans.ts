import { z } from "zod";
import { bestPlan, planExpectation, planValues } from "../cascade/plan-choice.ts";
import { planStatistics, statisticCount } from "../cascade/plan-statistics.ts";
import type { RouteCascade } from "../cascade/route-cascade.ts";
import { referenceCost, type SolvedCascade, solveCascade } from "../cascade/solve-cascade.ts";
import type {
  PolicyChoice,
  PolicyFacts,
  PolicyInput,
  ReadyPolicy,
  RouteCalibration,
  ScoredCandidate,
} from "../policy.ts";
import type { ChosenPlan, PlanOffer } from "../schema/plan-offer.ts";

/** What an operator says of plans that look at answers. */
export const PlanOptions = z.strictObject({
  /** Most calls of one request. */
  maxCalls: z.number().int().min(1).max(3).default(3),
  /** What a second of waiting is worth, USD: the time of each call is added to its cost. */
  waitUsdPerSecond: z.number().nonnegative().default(0),
  /** Two candidates to ask at once, whose equal final answers are taken, and one to ask when they differ. Needs no labels. */
  agreement: z
    .strictObject({ ask: z.tuple([z.string().min(1), z.string().min(1)]), else: z.string().min(1) })
    .optional(),
  /** A streaming client waits until an answer is accepted, or gets the first model's at once and no other is asked. */
  whenStreaming: z.enum(["buffer", "first"]).default("buffer"),
  /** Whether an answer that is empty, refused, cut off or not in the form asked for is asked of another candidate. */
  escalateBroken: z.boolean().default(true),
});
export type PlanOptions = z.infer<typeof PlanOptions>;

/** What a call takes beside its tokens, and how fast they come; for pricing time before any was measured. */
const SECONDS_TO_FIRST_TOKEN = 0.5;
const TOKENS_PER_SECOND = 80;
const USUAL_TOKENS = 300;
const NANO = 1e9;
const COMPARABLE = new Set(["choice", "number", "value", "json", "tool", "code"]);

/** A pool whose plans keep the target for less than choosing before the call does. */
interface Paying {
  readonly cascade: RouteCascade;
  readonly solved: SolvedCascade;
  readonly lambda: number;
  readonly quality: number;
  readonly costNanoUsd: number;
}

/**
 * A policy that may look at answers, around one that does not. Its plans are followed only where they were shown to pay on
 * the pool's rows at the route's prices and keep the share of the incumbent's quality; all else is left to the inner one.
 *
 * Facts beside the inner one's: for each pool `cascade<pool>.gain`, `.gainLow`, `.pays`, and where it pays `.lambda`,
 * `.expectedQuality` and `.expectedCostNanoUsd`.
 */
export function withPlans(
  inner: ReadyPolicy,
  share: number,
  options: PlanOptions,
  calibration: RouteCalibration | null,
): ReadyPolicy {
  const solved = calibration === null || options.maxCalls < 2 ? [] : solvePools(calibration, options);
  const facts: Record<string, number> = { ...inner.facts };
  const paying: Paying[] = [];
  for (const one of solved) {
    const name = `cascade${one.cascade.pool}`;
    facts[`${name}.gain`] = one.solved.gain;
    facts[`${name}.gainLow`] = one.solved.gainLow;
    const kept = one.solved.pays ? keepingTarget(one, share, calibration!) : null;
    facts[`${name}.pays`] = kept === null ? 0 : 1;
    if (kept === null) continue;
    paying.push(kept);
    facts[`${name}.lambda`] = kept.lambda;
    facts[`${name}.expectedQuality`] = kept.quality;
    facts[`${name}.expectedCostNanoUsd`] = kept.costNanoUsd;
  }
  return followingOffers(inner, facts, (input) => offerOf(input, paying, options, inner));
}

/** The same from stored facts: offers are stored with each decision. */
export function restoredPlans(inner: ReadyPolicy, facts: PolicyFacts): ReadyPolicy {
  return followingOffers(inner, facts, () => null);
}

function followingOffers(
  inner: ReadyPolicy,
  facts: PolicyFacts,
  offer: (input: PolicyInput) => PlanOffer | null,
): ReadyPolicy {
  return {
    ...inner,
    facts,
    offer,
    decide(input, estimates, offered = offer(input)) {
      const alone = inner.decide(input, estimates);
      return offered === null || alone.chosen === -1 ? alone : bestOf(offered, alone);
    },
  };
}

function bestOf({ plans, ...basis }: PlanOffer, alone: PolicyChoice): PolicyChoice {
  const best = plans[bestPlan(plans.map(({ value }) => value))];
  if (best === undefined) return alone;
  const [chosen] = best.first as [number, ...number[]];
  if (best.maxCalls === 1) return { ...alone, chosen };
  const { first, maxCalls, quality, costNanoUsd } = best;
  const plan: ChosenPlan = { ...basis, first, maxCalls, quality, costNanoUsd };
  const reason = plan.rule === "format" ? alone.reason : "cascade_first";
  return { ...alone, chosen, reason, plan };
}

function offerOf(
  input: PolicyInput,
  paying: readonly Paying[],
  options: PlanOptions,
  inner: ReadyPolicy,
): PlanOffer | null {
  if (options.maxCalls < 2) return null;
  const { scored, answerKind = "text" } = input;
  const agreement = agreementOffer(scored, answerKind, options, inner.facts.lambda ?? 0);
  if (agreement !== null) return agreement;
  for (const one of paying) {
    if (!one.cascade.kinds.includes(answerKind)) continue;
    const offer = informedOffer(scored, one, options);
    if (offer !== null) return offer;
  }
  return options.escalateBroken ? formatOffer(input, inner) : null;
}

/** null when a candidate of the pool may not serve this request: its plans were weighed with all of them. */
function informedOffer(scored: readonly ScoredCandidate[], one: Paying, options: PlanOptions): PlanOffer | null {
  const { cascade, solved, lambda } = one;
  const candidates = cascade.candidateIds.map((id) => scored.findIndex(({ candidateId }) => candidateId === id));
  if (candidates.includes(-1)) return null;
  const waitNanoUsd = candidates.map((index) => waitOf(scored[index]!.outputTokens ?? USUAL_TOKENS, options));
  const costs = candidates.map((index, at) => scored[index]!.costNanoUsd + waitNanoUsd[at]!);
  const statistics = new Float64Array(statisticCount(candidates.length));
  const quality = candidates.map((index) => scored[index]!.quality);
  planStatistics(quality, 0, candidates.length, statistics, 0);
  const reference = referenceCost(costs);
  const kappa = lambda * reference;
  const values = planValues(solved.choice, kappa, statistics);
  return {
    rule: "informed",
    pool: cascade.pool,
    members: [...cascade.members],
    candidates,
    lambda,
    waitNanoUsd,
    plans: solved.choice.plans.map(({ first, maxCalls }, plan) => {
      const expected = planExpectation(solved.choice, plan, kappa, statistics);
      return {
        first: first.map((model) => candidates[model]!),
        maxCalls,
        value: values[plan]!,
        quality: expected.quality,
        costNanoUsd: expected.cost * reference,
      };
    }),
  };
}

function agreementOffer(
  scored: readonly ScoredCandidate[],
  kind: string,
  { agreement, maxCalls }: PlanOptions,
  lambda: number,
): PlanOffer | null {
  if (agreement === undefined || maxCalls < 3 || !COMPARABLE.has(kind)) return null;
  const candidates = [...agreement.ask, agreement.else].map((id) =>
    scored.findIndex(({ candidateId }) => candidateId === id),
  );
  if (candidates.includes(-1)) return null;
  const plan = { first: candidates.slice(0, 2), maxCalls: 3, value: 1, quality: null, costNanoUsd: null };
  return { rule: "agreement", pool: -1, members: [], candidates, lambda, waitNanoUsd: [0, 0, 0], plans: [plan] };
}

/** The inner choice first; should its answer be broken, the incumbent, or else whoever is expected to do best. */
function formatOffer(input: PolicyInput, inner: ReadyPolicy): PlanOffer | null {
  const { scored, incumbent } = input;
  const { chosen } = inner.decide(input);
  const others = scored.map((_, index) => index).filter((index) => index !== chosen);
  if (chosen === -1 || others.length === 0) return null;
  const best = others.reduce((a, b) => (scored[b]!.quality > scored[a]!.quality ? b : a));
  const own = scored[chosen]!;
  const next = incumbent !== -1 && incumbent !== chosen ? incumbent : best;
  return {
    rule: "format",
    pool: -1,
    members: [],
    candidates: [chosen, next],
    lambda: inner.facts.lambda ?? 0,
    waitNanoUsd: [0, 0],
    plans: [{ first: [chosen], maxCalls: 2, value: 0, quality: own.quality, costNanoUsd: own.costNanoUsd }],
  };
}

function solvePools({ cascades = [] }: RouteCalibration, options: PlanOptions) {
  return cascades.map((cascade) => {
    const cost = cascade.rows.cost.map((own, cell) => own + waitOf(cascade.outputTokens[cell]!, options));
    const rows = { ...cascade.rows, cost };
    const solved = solveCascade(rows, cascade.group, { maxCalls: options.maxCalls, structures: 2, steps: 20 });
    return { cascade: { ...cascade, rows }, solved };
  });
}

/** The cheapest trade-off of the plans that keeps the share of the incumbent's quality; null when none does. */
function keepingTarget(
  { cascade, solved }: { readonly cascade: RouteCascade; readonly solved: SolvedCascade },
  share: number,
  { candidateIds, incumbent }: RouteCalibration,
): Paying | null {
  const { rows, models, observed, cost } = cascade.rows;
  const own = cascade.candidateIds.indexOf(candidateIds[incumbent] ?? "");
  if (own === -1) return null;
  let quality = 0;
  let incumbentCost = 0;
  let reference = 0;
  let known = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * models;
    reference += referenceCost(cost.subarray(at, at + models)) / rows;
    incumbentCost += cost[at + own]! / rows;
    if (Number.isNaN(observed[at + own]!)) continue;
    quality += observed[at + own]!;
    known++;
  }
  const target = (share * quality) / Math.max(1, known);
  const [found] = solved.points
    .filter((point) => point.quality >= target && point.cost < incumbentCost)
    .sort((a, b) => a.cost - b.cost);
  if (found === undefined || reference === 0) return null;
  return { cascade, solved, lambda: found.kappa / reference, quality: found.quality, costNanoUsd: found.cost };
}

/** What the wait for an answer of so many tokens is worth, nano-USD. */
function waitOf(outputTokens: number, { waitUsdPerSecond }: PlanOptions): number {
  return waitUsdPerSecond === 0
    ? 0
    : NANO * waitUsdPerSecond * (SECONDS_TO_FIRST_TOKEN + outputTokens / TOKENS_PER_SECOND);
}
