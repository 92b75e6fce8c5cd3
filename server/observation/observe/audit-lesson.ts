import { z } from "zod";
import { ANSWER_KINDS, answerAsk } from "../../../engine/answer/answer-kind.ts";
import { measureAnswer } from "../../../engine/answer/measure-answer.ts";
import type { Conversation } from "../../../engine/conversation.ts";
import type { Decision } from "../../../engine/decision.ts";
import { bodyOfMeasures } from "../../../engine/schema/answer-measures.ts";
import type { CascadeLesson } from "../../../engine/schema/cascade-lesson.ts";
import type { TracedCandidate } from "../../../engine/schema/decision-trace.ts";

const Expected = z.strictObject({
  model: z.string(),
  expected: z.number(),
  cost_usd: z.number(),
  output_tokens: z.number(),
});
type Expected = z.infer<typeof Expected>;

/** What was known of a request before an audit asked the other model, as far as a lesson tells it. */
export const LessonTerms = z.strictObject({
  group: z.string(),
  kind: z.enum(ANSWER_KINDS),
  incumbent: Expected,
  chosen: Expected,
});
export type LessonTerms = z.infer<typeof LessonTerms>;

/** null where the choice was a plan, whose calls nobody audits one by one, or nothing was expected of a model. */
export function lessonTermsOf(
  { choice, chosen, incumbent }: Decision,
  conversation: Conversation,
  group: string,
): LessonTerms | null {
  const [kept, other] = [expectedOf(incumbent), expectedOf(chosen)];
  if (choice.plan !== null || kept === null || other === null) return null;
  return { group, kind: answerAsk(conversation).kind, incumbent: kept, chosen: other };
}

function expectedOf({ candidateId, quality, costNanoUsd, outputTokens }: TracedCandidate): Expected | null {
  if (quality === null || costNanoUsd === null || outputTokens === null) return null;
  return { model: candidateId, expected: quality, cost_usd: costNanoUsd / 1e9, output_tokens: outputTokens };
}

interface Judged {
  readonly requestId: string;
  readonly route: string;
  readonly inputTokens: number;
  readonly conversation: Conversation;
  /** Texts, and how good each was found. */
  readonly incumbent: readonly [text: string, quality: number];
  readonly chosen: readonly [text: string, quality: number];
}

/** What two answers showed of themselves and how good they were; their texts are not in it. Models go by their candidates' ids. */
export function lessonOf(terms: LessonTerms, judged: Judged): CascadeLesson {
  const ask = answerAsk(judged.conversation);
  const answer = (expected: Expected, [text, quality]: readonly [string, number]) => ({
    ...expected,
    quality,
    measures: bodyOfMeasures(measureAnswer({ text, calls: [], isCutOff: false, isRefused: false, isValid: null }, ask)),
  });
  return {
    id: judged.requestId,
    group: terms.group,
    route: judged.route,
    kind: terms.kind,
    input_tokens: Math.round(judged.inputTokens),
    answers: [answer(terms.incumbent, judged.incumbent), answer(terms.chosen, judged.chosen)],
  };
}
