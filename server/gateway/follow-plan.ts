import type { Candidate } from "../../engine/schema/candidate.ts";
import { BudgetExceeded } from "../budgets/reservation.ts";
import { AttemptsFailed, type AttemptsResult } from "./attempts.ts";
import type { Committed } from "./chat-attempt.ts";
import { type PlanBasis, planBasisOf } from "./plan-basis.ts";
import type { ReadCall } from "./read-call.ts";
import { type PlanDeps, runPlan } from "./run-plan.ts";
import type { StageFacts } from "./stage.ts";
import type { StopSignal } from "./stop-signal.ts";
import type { Story } from "./story.ts";

/** What plan is to be followed for this call; a stream may be configured to begin at once and never escalate. */
export function planToFollow(story: Story, call: ReadCall): PlanBasis | null {
  const { plan } = story;
  const decided = plan?.isFollowed === true && plan.decision !== null ? planBasisOf(plan.decision) : null;
  const basis = plan?.basis ?? decided;
  if (basis === null || !call.stream || !basis.streamsAtOnce) return basis;
  story.planLeft = "streams_at_once";
  return null;
}

/** Reserves the worst case of the whole plan; where a budget has no room for that, one call is reserved and no plan followed. */
export async function admitPlan(
  story: Story,
  facts: Omit<StageFacts, "incoming" | "options" | "isHedged" | "mayDecline" | "calls">,
  basis: PlanBasis | null,
): Promise<{ readonly admitted: readonly Candidate[]; readonly followed: PlanBasis | null }> {
  if (basis === null) return { admitted: await story.admit(facts), followed: null };
  try {
    return { admitted: await story.admit({ ...facts, calls: basis.plan.maxCalls }), followed: basis };
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    story.planLeft = "no_room";
    return { admitted: await story.admit(facts), followed: null };
  }
}

/** By the plan where there is one and somebody of it answers; else by the route's own order of candidates. */
export async function withPlan(
  basis: PlanBasis | null,
  deps: Omit<PlanDeps, "basis" | "ask">,
  ask: PlanDeps["ask"],
  inOrder: () => Promise<AttemptsResult<Committed>>,
  signal: StopSignal,
): Promise<AttemptsResult<Committed>> {
  if (basis === null) return inOrder();
  const done = await runPlan({ ...deps, basis, ask }, signal);
  if (done !== null) return done;
  const before = deps.story.attempts;
  try {
    const rest = await inOrder();
    return { ...rest, attempts: [...before, ...rest.attempts] };
  } catch (error) {
    if (error instanceof AttemptsFailed) throw new AttemptsFailed(error.fault, [...before, ...error.attempts]);
    throw error;
  }
}
