import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Usage } from "../chat.ts";
import type { AttemptRecord } from "./attempts.ts";
import type { CallPlan } from "./plan-call.ts";
import { NO_USAGE } from "./usage-meter.ts";

/** A call that its provider bills, or may. */
export interface BilledAttempt {
  readonly candidate: Candidate;
  readonly usage: Usage;
}

export interface BilledFacts {
  readonly plan: Pick<CallPlan, "candidates" | "inputTokens">;
  readonly attempts: readonly AttemptRecord[];
  /** Who answered, and what that used; null where nobody said. */
  readonly candidate: Candidate | null;
  readonly usage: Usage | null;
  /** Calls of a plan whose answers were not served. */
  readonly others: readonly { readonly candidate: Candidate; readonly usage: Usage | null }[];
}

/** The model was asked and we did not hear all of it: what went in is billed, what came out is not known. */
const UNHEARD: ReadonlySet<AttemptRecord["outcome"]> = new Set([
  "hedge_lost",
  "timeout",
  "client_left",
  "bad_response",
]);

/** Every call of a request that may stand on a bill, the one that was served first. */
export function billedAttempts({ plan, attempts, candidate, usage, others }: BilledFacts): BilledAttempt[] {
  const input = { ...NO_USAGE, inputUncached: plan.inputTokens ?? 0, estimated: true };
  const billed: BilledAttempt[] = candidate === null || usage === null ? [] : [{ candidate, usage }];
  for (const other of others) billed.push({ candidate: other.candidate, usage: other.usage ?? input });
  for (const { outcome, upstream, model } of attempts) {
    if (!UNHEARD.has(outcome)) continue;
    const asked = plan.candidates.find((one) => one.upstreamId === upstream && one.model === model);
    if (asked !== undefined) billed.push({ candidate: asked, usage: input });
  }
  return billed;
}
