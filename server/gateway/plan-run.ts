import type { StepReason } from "../../engine/cascade/next-step.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { CachePart } from "../cache/cache-part.ts";
import type { Usage } from "../chat.ts";
import type { LoggedPlan } from "../log/entry.ts";
import { planBasisOf } from "./plan-basis.ts";
import type { CallPlan } from "./plan-call.ts";

/** How a plan that looks at answers went. */
export interface PlanRun {
  readonly rule: string;
  /** Who was asked at once. */
  readonly first: readonly string[];
  /** Everybody who was asked, in order. */
  readonly calls: string[];
  /** Why the answer that was served was served; `call_failed`: because a call that was to better it failed. */
  end: StepReason | "call_failed" | "client_left";
  /** Cost of the calls whose answers were not served; null where one is not known. */
  otherCallsNanoUsd: number | null;
  readonly others: OtherCall[];
}

/** A call whose answer was bought and is not served. */
export interface OtherCall {
  readonly candidate: Candidate;
  /** null where nobody told. */
  readonly usage: Usage | null;
  /** null where no price is known. */
  readonly costNanoUsd: number | null;
}

/** Why a decision's plan was left for one call. Codes are API. */
export type PlanLeft =
  /** The route keeps its incumbent. */
  | "not_followed"
  /** A stream begins at once and escalates never. */
  | "streams_at_once"
  /** A budget has no room for all its calls. */
  | "no_room"
  /** The answer was there already. */
  | "cached";

interface Went {
  readonly plan: CallPlan | null;
  readonly planRun: PlanRun | null;
  readonly planLeft: PlanLeft | null;
  readonly candidate: Candidate | null;
  readonly cached: CachePart | null;
}

/** What the log keeps of a decision's plan and how it went; null where the decision was one call. */
export function loggedPlan({ plan, planRun, planLeft, candidate, cached }: Went): LoggedPlan | null {
  const basis = plan?.basis ?? (plan?.decision == null ? null : planBasisOf(plan.decision));
  if (basis === null) return null;
  const { plan: chosen, candidates } = basis;
  const name = (index: number) => candidates[index]!.candidateId;
  const left = cached?.pays === false ? "cached" : (planLeft ?? "not_followed");
  return {
    rule: chosen.rule,
    first: chosen.first.map(name),
    mayCall: chosen.candidates.filter((index) => !chosen.first.includes(index)).map(name),
    maxCalls: chosen.maxCalls,
    quality: chosen.quality,
    costNanoUsd: chosen.costNanoUsd,
    calls: planRun?.calls ?? [],
    accepted: planRun === null || planRun.end === "no_answer" ? null : (candidate?.candidateId ?? null),
    end: planRun?.end ?? left,
    otherCallsNanoUsd: planRun === null ? 0 : planRun.otherCallsNanoUsd,
  };
}
