import { type AnswerAsk, answerAsk } from "../engine/answer/answer-kind.ts";
import { measureAnswer } from "../engine/answer/measure-answer.ts";
import { type NextStep, nextStep, type PlanAnswer } from "../engine/cascade/next-step.ts";
import { conversationFromPrompt } from "../engine/conversation.ts";
import { nanoFromUsd } from "../engine/cost.ts";
import type { Policies } from "../engine/ready-policy.ts";
import { replayDecision } from "../engine/replay.ts";
import { measuresOfBody } from "../engine/schema/answer-measures.ts";
import { DecisionTrace } from "../engine/schema/decision-trace.ts";
import type { RouteNext, RouteNextRequest } from "../engine/schema/route-next.ts";
import { ApiError } from "./errors.ts";
import type { RouterService } from "./router-service.ts";

/**
 * What to do after some answers to a stored decision's plan. Without state: the decision holds all that was known.
 *
 * @throws ApiError `not_replayable`, `invalid_request` when the decision has no plan or an answer is from nobody of it
 */
export function nextOfDecision(
  body: RouteNextRequest,
  storedTrace: string,
  { routers, policies }: { readonly routers: RouterService; readonly policies: Policies },
): RouteNext {
  const parsed = DecisionTrace.safeParse(JSON.parse(storedTrace));
  if (!parsed.success) {
    throw new ApiError("not_replayable", "this decision's trace was written by another version of Weir");
  }
  const trace = parsed.data;
  const { plan } = replayDecision(trace, policies);
  if (plan === null) {
    throw new ApiError("invalid_request", "this decision is one call: its answer is the last word", {
      place: "decision_id",
    });
  }
  const asked = body.prompt === undefined ? null : answerAsk(conversationFromPrompt(body.prompt));
  const ask: AnswerAsk = { options: [], numbers: [], ...asked, kind: trace.facts.answerKind };
  const part = routers.identity.version === trace.router.version ? routers.cascade : null;
  const leftNanoUsd = body.max_cost_usd === undefined ? Number.POSITIVE_INFINITY : nanoFromUsd(body.max_cost_usd);
  const answers = body.answers.map((answer) => measured(answer, ask));
  const step: NextStep = nextStep(plan, trace.facts, answers, part, { leftNanoUsd, mayCall: body.may_call });
  return {
    decision_id: body.decision_id,
    action: step.kind,
    model: step.candidateId,
    quality: step.quality,
    reason: step.reason,
  };
}

function measured(answer: RouteNextRequest["answers"][number], ask: AnswerAsk): PlanAnswer {
  const { model, text, tool_calls, finish_reason, valid, measures, failed } = answer;
  if (failed) return { candidateId: model, measures: null };
  if (measures !== undefined) return { candidateId: model, measures: measuresOfBody(measures) };
  const parts = {
    text: text ?? "",
    calls: tool_calls ?? [],
    isCutOff: finish_reason === "length",
    isRefused: finish_reason === "content_filter" || finish_reason === "refusal",
    isValid: valid ?? null,
  };
  return { candidateId: model, measures: measureAnswer(parts, ask) };
}
