import { EngineError } from "../errors.ts";
import type { AnswerMeasures } from "../schema/answer-measures.ts";
import type { DecisionFacts } from "../schema/decision-trace.ts";
import type { ChosenPlan } from "../schema/plan-offer.ts";
import type { CascadePart } from "./cascade-part.ts";
import { reRoute } from "./re-route.ts";

/** What came of one call of a plan. */
export interface PlanAnswer {
  readonly candidateId: string;
  /** null: the call failed, was late or is not over. */
  readonly measures: AnswerMeasures | null;
}

/** Why a plan goes on or ends as it does. Codes are API. */
export type StepReason =
  | "accepted"
  | "agreed"
  | "disagreed"
  | "another_is_worth_it"
  | "broken_answer"
  | "no_answer"
  | "last_call"
  | "not_judged"
  /** Another would have been asked, but for the request's ceiling of cost, or its time. */
  | "over_max_cost"
  | "out_of_time";

/** Keep the answer of a candidate, or call one. */
export interface NextStep {
  readonly kind: "stop" | "call";
  readonly candidateId: string;
  /** Quality expected of it, given the answers so far; null where nothing judged them. */
  readonly quality: number | null;
  readonly reason: StepReason;
}

/** What a request allows beside its plan. */
export interface StepLimits {
  /** Cost that further calls may be expected to have, nano-USD. */
  readonly leftNanoUsd: number;
  /** false: no further call, e.g. because the time is up. */
  readonly mayCall: boolean;
}

export const NO_LIMITS: StepLimits = { leftNanoUsd: Number.POSITIVE_INFINITY, mayCall: true };

/**
 * Decides after some answers by the same rule as before the first call: sunk costs, what the best answer in hand is worth,
 * what another would add. Without state: plan and facts hold all that was known at the decision.
 *
 * @throws EngineError `invalid_request` when an answer is from nobody of the plan
 */
export function nextStep(
  plan: ChosenPlan,
  facts: Pick<DecisionFacts, "candidates">,
  answers: readonly PlanAnswer[],
  part: CascadePart | null,
  limits: StepLimits = NO_LIMITS,
): NextStep {
  const tried = answers.map(({ candidateId, measures }, i) => {
    const place = plan.candidates.findIndex((index) => facts.candidates[index]!.candidateId === candidateId);
    if (place !== -1) return { place, measures };
    throw new EngineError("invalid_request", `${candidateId} is not asked by this plan`, {
      place: `answers.${i}.model`,
    });
  });
  const call = createCaller(plan, facts, tried, limits);
  const answered = tried.filter(({ measures }) => measures !== null) as { place: number; measures: AnswerMeasures }[];
  if (answered.length === 0) return call.any("no_answer") ?? call.nothing();
  const whole = answered.filter(({ measures }) => !measures.isBroken);
  if (whole.length === 0) return call.any("broken_answer") ?? call.keepForLack(answered.at(-1)!.place);
  if (plan.rule === "format") return call.keep(whole[0]!.place, null, "accepted");
  if (plan.rule === "agreement") {
    const later = whole.find(({ place }) => !plan.first.includes(plan.candidates[place]!));
    if (later !== undefined) return call.keep(later.place, null, "last_call");
    const [first, second] = whole.map(({ measures }) => measures.answer);
    if (first !== undefined && first !== "" && first === second) return call.keep(whole[0]!.place, null, "agreed");
    return call.any("disagreed") ?? call.keepForLack(call.likeliest(whole));
  }
  return informedStep(plan, facts, answered, part, call);
}

function informedStep(
  plan: ChosenPlan,
  { candidates }: Pick<DecisionFacts, "candidates">,
  answered: readonly { readonly place: number; readonly measures: AnswerMeasures }[],
  part: CascadePart | null,
  call: Caller,
): NextStep {
  const last = answered.at(-1)!;
  if (answered.length >= plan.maxCalls) return call.keep(last.place, null, "last_call");
  const members = part?.manifest.pools[plan.pool]?.members.length ?? 0;
  const expected = new Float64Array(members).fill(Number.NaN);
  const cost = new Float64Array(members);
  const measures: (AnswerMeasures | null)[] = new Array(members).fill(null);
  plan.members.forEach((member, place) => {
    const { quality, costNanoUsd } = candidates[plan.candidates[place]!]!;
    expected[member] = quality ?? Number.NaN;
    cost[member] = (costNanoUsd ?? Number.POSITIVE_INFINITY) + plan.waitNanoUsd[place]!;
  });
  let called = 0;
  for (const { place, measures: own } of answered) {
    measures[plan.members[place]!] = own;
    called |= 1 << plan.members[place]!;
  }
  const quality = part?.scorer.score({ pool: plan.pool, called, expected, answers: measures });
  // No model was learned for these answers: the one that was paid for last was wanted over those before it.
  if (quality == null)
    return call.keep(last.place, null, answered.length > plan.first.length ? "last_call" : "not_judged");
  const judged = Float64Array.from(quality);
  for (const { place, measures: own } of answered) if (own.isBroken) judged[plan.members[place]!] = 0;
  const stepWhere = (isAllowed: (place: number) => boolean) => {
    const mayCall = (member: number) => plan.members.includes(member) && isAllowed(plan.members.indexOf(member));
    return reRoute({ called, quality: judged, cost, at: 0 }, plan.lambda, mayCall, members);
  };
  const step = stepWhere(call.isAllowed);
  const place = plan.members.indexOf(step.model);
  if (step.kind === "call") return call.ask(place, step.quality, "another_is_worth_it");
  const limit = call.limit();
  if (limit !== null && stepWhere(call.isWanted).kind === "call") return call.keep(place, step.quality, limit);
  const [own, other] = answered.map((one) => one.measures.answer);
  const isAgreed = answered.length > 1 && own !== "" && own === other;
  return call.keep(place, step.quality, isAgreed ? "agreed" : "accepted");
}

type Caller = ReturnType<typeof createCaller>;

/** Who may still be called, and the steps as they are told. */
function createCaller(
  plan: ChosenPlan,
  { candidates }: Pick<DecisionFacts, "candidates">,
  tried: readonly { readonly place: number }[],
  { leftNanoUsd, mayCall }: StepLimits,
) {
  const idOf = (place: number) => candidates[plan.candidates[place]!]!.candidateId;
  const qualityOf = (place: number) => candidates[plan.candidates[place]!]!.quality;
  const isWanted = (place: number) => {
    const isNew = !tried.some((one) => one.place === place);
    return tried.length < plan.maxCalls && candidates[plan.candidates[place]!]!.excluded === null && isNew;
  };
  const isAllowed = (place: number) => {
    const { costNanoUsd } = candidates[plan.candidates[place]!]!;
    const isAffordable =
      leftNanoUsd === Number.POSITIVE_INFINITY || (costNanoUsd ?? Number.POSITIVE_INFINITY) <= leftNanoUsd;
    return mayCall && isAffordable && isWanted(place);
  };
  const step = (kind: NextStep["kind"], place: number, quality: number | null, reason: StepReason): NextStep => ({
    kind,
    candidateId: idOf(place),
    quality,
    reason,
  });
  return {
    isAllowed,
    isWanted,
    /** What may keep somebody from being asked who would be; null: nothing does. */
    limit(): "out_of_time" | "over_max_cost" | null {
      if (!mayCall) return "out_of_time";
      return leftNanoUsd === Number.POSITIVE_INFINITY ? null : "over_max_cost";
    },
    /** The same answer where nobody may be asked who would be: told so. */
    keepForLack(place: number): NextStep {
      const reason = plan.candidates.some((_, at) => isWanted(at)) ? this.limit() : null;
      return step("stop", place, null, reason ?? "last_call");
    },
    keep: (place: number, quality: number | null, reason: StepReason) => step("stop", place, quality, reason),
    ask: (place: number, quality: number | null, reason: StepReason) => step("call", place, quality, reason),
    /** Of answers that nothing tells apart, the one that was expected to be best. */
    likeliest: (answered: readonly { readonly place: number }[]) =>
      answered.reduce((a, b) => ((qualityOf(b.place) ?? 0) > (qualityOf(a.place) ?? 0) ? b : a)).place,
    /** The best of those that may be called; null when nobody may. */
    any(reason: StepReason): NextStep | null {
      const open = plan.candidates.map((_, place) => place).filter(isAllowed);
      if (open.length === 0) return null;
      const worth = (place: number) => qualityOf(place) ?? 0;
      return step(
        "call",
        open.reduce((a, b) => (worth(b) > worth(a) ? b : a)),
        null,
        reason,
      );
    },
    nothing(): NextStep {
      throw new EngineError("no_candidate", "none of the plan's calls answered and no other may be made");
    },
  };
}
