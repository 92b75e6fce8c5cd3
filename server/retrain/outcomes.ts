import type { LogEntry, LoggedDecision } from "../log/entry.ts";
import { isPlanName } from "../observation/routed-choice.ts";
import type { KnownOutcome } from "./compare.ts";
import type { MaterialRow } from "./read-material.ts";

export type SaidBy = "audit" | "people" | "test" | "judge" | "user";

export interface Outcome extends KnownOutcome {
  readonly saidBy: SaidBy;
}

/** Share of each model's answers that somebody spoke of. */
export type FeedbackRates = ReadonlyMap<string, number>;

/** Feedback is taken as given by chance among the answers of a model: how often is counted, not known by design. */
export function feedbackRates(rows: readonly MaterialRow[]): FeedbackRates {
  const counts = new Map<string, { answers: number; said: number }>();
  for (const { entry, feedback } of rows) {
    const count = counts.get(entry.model!) ?? { answers: 0, said: 0 };
    count.answers++;
    if (feedback.length > 0) count.said++;
    counts.set(entry.model!, count);
  }
  return new Map([...counts].map(([model, { answers, said }]) => [model, said / answers]));
}

/** What an audit found of both models; nothing where both are the same one and none was asked. */
export function auditOutcomes({ observed, entry }: MaterialRow): readonly Outcome[] {
  const audit = observed?.audit ?? null;
  if (observed === null || audit === null || audit.incumbent === audit.chosen) return [];
  const isLabelled = audit.goldIncumbent !== null && audit.goldRouted !== null;
  const [kept, routed] = isLabelled
    ? [audit.goldIncumbent, audit.goldRouted]
    : [audit.incumbentQuality, audit.routedQuality];
  if (kept === null || routed === null) return [];
  const saidBy = isLabelled ? "people" : "audit";
  const { inclusion } = observed;
  const ofIncumbent = { candidateId: audit.incumbent, quality: kept, chance: inclusion, saidBy } as const;
  // What a plan of several calls brought is no one model's outcome.
  if (isPlanName(audit.chosen)) return [ofIncumbent];
  return [
    ofIncumbent,
    // A policy that draws lots offered the other model by chance only.
    { candidateId: audit.chosen, quality: routed, chance: inclusion * (entry.decision?.propensity ?? 1), saidBy },
  ];
}

/** What was said of the answer that the client got. */
export function feedbackOutcome({ entry, feedback }: MaterialRow, rates: FeedbackRates): Outcome | null {
  const [said] = feedback;
  const model = entry.model!;
  const chance = servedChance(entry) * (rates.get(model) ?? 0);
  if (said === undefined || chance === 0) return null;
  return { candidateId: model, quality: said.score, chance, saidBy: said.source };
}

/** Chance with which this model answered; 0 where it answered for another reason than a decision or a mode. */
function servedChance({ decision, model }: LogEntry): number {
  if (decision === null) return 0;
  if (!decision.isFollowed) return model === candidateAt(decision, decision.incumbent) ? 1 : 0;
  return model === candidateAt(decision, decision.chosen) ? decision.propensity : 0;
}

export function candidateAt({ candidates }: LoggedDecision, index: number): string | null {
  return candidates[index]?.[0] ?? null;
}
