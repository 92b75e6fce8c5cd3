import { resolveModel } from "../../engine/aliases.ts";
import { type Conversation, conversationFromMessages } from "../../engine/conversation.ts";
import type { LearnedOutcome, LearningRow } from "../../engine/learning-row.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { LogContent } from "../../engine/schema/log-record.ts";
import type { Manifest } from "../../engine/schema/manifest.ts";
import type { LogEntry } from "../log/entry.ts";
import { auditOutcomes, type FeedbackRates, feedbackOutcome, type Outcome } from "./outcomes.ts";
import type { MaterialRow } from "./read-material.ts";

/** Trained model that stands for a candidate; its own id where none does. */
export type ModelOf = (candidateId: string) => string;

export function modelsOf(candidates: readonly Candidate[], manifest: Manifest): ModelOf {
  const models = new Map(
    candidates.map((candidate) => {
      const named = candidate.resembles ?? candidate.candidateId;
      return [candidate.candidateId, resolveModel(candidate, manifest)?.model ?? named];
    }),
  );
  return (candidateId) => models.get(candidateId) ?? candidateId;
}

export interface LearningContext {
  readonly modelOf: ModelOf;
  readonly router: { readonly name: string; readonly version: string };
  readonly rates: FeedbackRates;
}

/** What can be learned from a request; null where nobody said anything of it. */
export function learningRow(row: MaterialRow, { modelOf, router, rates }: LearningContext): LearningRow | null {
  const { entry } = row;
  const { decision } = entry;
  const said = feedbackOutcome(row, rates);
  const outcomes = best([...auditOutcomes(row), ...(said === null ? [] : [said])]);
  if (decision === null || outcomes.length === 0) return null;
  const isOwn = decision.router === router.name && decision.version === router.version;
  const expected = new Map(decision.candidates.map(([id, quality]) => [id, isOwn ? quality : null]));
  return {
    requestId: entry.id,
    atMs: entry.atMs,
    session: entry.session ?? entry.id,
    conversation: conversationOf(entry.content),
    task: decision.task,
    inputTokens: decision.inputTokens ?? entry.usage?.inputUncached ?? 0,
    outcomes: outcomes.map(({ candidateId, quality, chance, saidBy }): LearnedOutcome => {
      const isServed = candidateId === entry.model;
      return {
        model: modelOf(candidateId),
        quality,
        saidBy,
        chance,
        expected: expected.get(candidateId) ?? null,
        costUsd: isServed && entry.costNanoUsd !== null ? entry.costNanoUsd / 1e9 : null,
        outputTokens: isServed ? (entry.usage?.output ?? null) : null,
      };
    }),
  };
}

const WEIGHT = { people: 4, test: 3, audit: 2, judge: 1, user: 0 } as const;

/** One outcome a candidate: the word that counts most. */
function best(outcomes: readonly Outcome[]): readonly Outcome[] {
  const found = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    const known = found.get(outcome.candidateId);
    if (known === undefined || WEIGHT[outcome.saidBy] > WEIGHT[known.saidBy]) found.set(outcome.candidateId, outcome);
  }
  return [...found.values()];
}

/** The request as the router read it; null where its text was not kept. */
export function conversationOf(content: LogContent | null): Conversation | null {
  if (content === null) return null;
  const messages =
    content.messages ?? (content.prompt === undefined ? [] : [{ role: "user" as const, content: content.prompt }]);
  if (messages.length === 0) return null;
  const { type } = content.response_format ?? { type: "text" };
  return conversationFromMessages(messages, {
    system: content.system ?? "",
    tools: content.tools ?? [],
    responseFormat: type === "json_schema" ? "json_schema" : type === "json_object" ? "json" : "text",
    maxOutputTokens: content.max_output_tokens ?? null,
  });
}

/** What rules match by. */
export function metadataOf({
  metadata,
  feature,
  user,
  tenant,
  team,
}: LogEntry): Record<string, string | number | boolean | null> {
  const fields: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries({ ...metadata, feature, user, tenant, team })) {
    if (value === null || ["string", "number", "boolean"].includes(typeof value)) {
      // Just looked at.
      fields[name] = value as string | number | boolean | null;
    }
  }
  return fields;
}
