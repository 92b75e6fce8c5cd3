import { type Choice, choose } from "./decide.ts";
import { type Policies, policyPlugin, restorePolicy } from "./ready-policy.ts";
import type { DecisionTrace } from "./schema/decision-trace.ts";

/** Makes a stored decision again from its facts; the same choice, whatever router, prices and config are loaded now. */
export function replayDecision(trace: DecisionTrace, policies: Policies): Choice {
  const usesScores = policyPlugin(policies, trace.policy.name).usesScores ?? true;
  const ready = restorePolicy(policies, trace.policy, trace.policyFacts);
  const estimates =
    trace.estimates === null ? null : Float64Array.from(trace.estimates, (value) => value ?? Number.NaN);
  return choose(trace.facts, { usesScores, ready }, { estimates, offer: trace.offer });
}
