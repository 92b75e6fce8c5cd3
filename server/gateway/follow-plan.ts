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

/** What a request may buy. */
export interface AdmittedPlan {
  readonly admitted: readonly Candidate[];
  readonly followed: PlanBasis | null;
  /** A model may be asked once more to mend its answer. */
  readonly mayMend: boolean;
}

/**
 * Reserves the worst case of the whole plan, and of a call that mends the answer. Where a budget has no room for that,
 * first no plan is followed, and then nothing mended: one call is reserved.
 *
 * @param repairTokens that a model is told so that it may mend its answer; null: it never is
 */
export async function admitPlan(
  story: Story,
  facts: Omit<StageFacts, "incoming" | "options" | "isHedged" | "mayDecline" | "calls" | "repairTokens">,
  basis: PlanBasis | null,
  repairTokens: number | null,
): Promise<AdmittedPlan> {
  const mending = repairTokens === null ? {} : { repairTokens };
  const mayMend = repairTokens !== null;
  if (basis !== null) {
    const whole = await roomFor(() => story.admit({ ...facts, ...mending, calls: basis.plan.maxCalls }));
    if (whole !== null) return { admitted: whole, followed: basis, mayMend };
    story.planLeft = "no_room";
  }
  if (mayMend) {
    const both = await roomFor(() => story.admit({ ...facts, ...mending }));
    if (both !== null) return { admitted: both, followed: null, mayMend };
  }
  return { admitted: await story.admit(facts), followed: null, mayMend: false };
}

/** null: a budget has none. */
async function roomFor(admit: () => Promise<readonly Candidate[]>): Promise<readonly Candidate[] | null> {
  try {
    return await admit();
  } catch (error) {
    if (error instanceof BudgetExceeded) return null;
    throw error;
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
