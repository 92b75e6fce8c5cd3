import { type Choice, choose, policyInput } from "./decide.ts";
import { EngineError } from "./errors.ts";
import type { AnswerSignals } from "./policy.ts";
import { type Policies, policyPlugin, restorePolicy } from "./ready-policy.ts";
import type { DecisionTrace } from "./schema/decision-trace.ts";

/** Makes a stored decision again from its facts; the same choice, whatever router, prices and config are loaded now. */
export function replayDecision(trace: DecisionTrace, policies: Policies): Choice {
  const usesScores = policyPlugin(policies, trace.policy.name).usesScores ?? true;
  const ready = restorePolicy(policies, trace.policy, trace.policyFacts);
  return choose(trace.facts, { usesScores, ready }, storedEstimates(trace));
}

/** An answer that a candidate gave, by the candidate's name. */
export interface CandidateAnswer extends Omit<AnswerSignals, "candidate"> {
  readonly candidateId: string;
}

/** Keep an answer, or call another candidate. `quality` is the policy's estimate for it, given the answers so far. */
export type NextCandidate = { readonly kind: "stop" | "call"; readonly candidateId: string; readonly quality: number };

/**
 * Asks a cascade what to do after the answers so far. Without state: the trace holds all that was known at the decision.
 *
 * @throws EngineError `invalid_request` when the policy looks at no answers or an answer is from no eligible candidate
 */
export function nextCandidate(
  trace: DecisionTrace,
  answers: readonly CandidateAnswer[],
  policies: Policies,
): NextCandidate {
  const ready = restorePolicy(policies, trace.policy, trace.policyFacts);
  if (ready.next === undefined) {
    throw new EngineError("invalid_request", `policy ${trace.policy.name} is not asked again after an answer`, {
      place: "policy",
    });
  }
  const eligible = trace.facts.candidates.flatMap(({ excluded }, i) => (excluded === null ? [i] : []));
  const input = policyInput(trace.facts, eligible);
  const signals = answers.map(({ candidateId, ...signal }, i) => {
    const candidate = input.scored.findIndex((scored) => scored.candidateId === candidateId);
    if (candidate !== -1) return { ...signal, candidate };
    throw new EngineError("invalid_request", `${candidateId} was not eligible`, { place: `answers.${i}.candidateId` });
  });
  const step = ready.next(input, signals, storedEstimates(trace) ?? undefined);
  const index = step.kind === "stop" ? step.answer : step.candidate;
  return { kind: step.kind, candidateId: input.scored[index]!.candidateId, quality: step.quality };
}

function storedEstimates({ estimates }: DecisionTrace): Float64Array | null {
  return estimates === null ? null : Float64Array.from(estimates, (value) => value ?? Number.NaN);
}
