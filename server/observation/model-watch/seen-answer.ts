import type { Settlement } from "../../gateway/settlement.ts";
import type { AnswerSource, SeenAnswer } from "./model-state.ts";

/** Faults that are the model's own refusal. */
const REFUSALS: ReadonlySet<string> = new Set(["content_policy"]);

/** What a settled request tells of the model that answered; null where no model was heard. */
export function seenAnswer(settlement: Settlement, source: AnswerSource): SeenAnswer | null {
  const { candidate, answered = null, usage, error, status, atMs, decision, operation } = settlement;
  if (candidate === null || operation !== "chat") return null;
  const isRefused = error === null ? isRefusal(answered) : REFUSALS.has(error);
  if (!isRefused && (error !== null || status !== 200 || answered === null)) return null;
  const { candidateId: model } = candidate;
  const expected = decision?.facts.candidates.find(({ candidateId }) => candidateId === model)?.outputTokens ?? null;
  return {
    model,
    source,
    atMs,
    version: answered === null || answered.model === "" ? null : answered.model,
    fingerprint: answered?.fingerprint ?? null,
    isRefused,
    outputTokens: usage === null || usage.estimated ? null : usage.output,
    expectedTokens: expected,
    hasPassed: null,
    costNanoUsd: Math.round(settlement.costNanoUsd ?? 0),
  };
}

function isRefusal(answered: Settlement["answered"]): boolean {
  return answered?.finish === "refusal" || answered?.finish === "content_filter";
}
