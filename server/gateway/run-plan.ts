import { answerAsk } from "../../engine/answer/answer-kind.ts";
import { measureAnswer } from "../../engine/answer/measure-answer.ts";
import type { CascadePart } from "../../engine/cascade/cascade-part.ts";
import { type NextStep, nextStep, type PlanAnswer } from "../../engine/cascade/next-step.ts";
import { costNanoUsd, nanoFromUsd } from "../../engine/cost.ts";
import type { AnswerMeasures } from "../../engine/schema/answer-measures.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Usage } from "../chat.ts";
import { faultOf } from "../upstream-fault.ts";
import { answerValidity } from "./answer-validity.ts";
import { type AttemptRecord, AttemptsFailed, type AttemptsResult } from "./attempts.ts";
import { answerOfResult, type Buffered, bufferAnswer, replayAnswer } from "./buffer-answer.ts";
import type { Committed } from "./chat-attempt.ts";
import { conversationOfCall } from "./conversation-of-call.ts";
import type { PlanBasis } from "./plan-basis.ts";
import type { PlanRun } from "./plan-run.ts";
import type { ReadCall } from "./read-call.ts";
import type { StopSignal } from "./stop-signal.ts";
import type { Story } from "./story.ts";
import { costOfUsage } from "./usage-meter.ts";

/** While another may still be asked, a call may use up to this share of the time that is left. */
const SHARE_OF_TIME = 0.5;
/** With less time left nobody is asked any more. */
const LEAST_TIME_MS = 250;

export interface PlanDeps {
  readonly story: Story;
  readonly basis: PlanBasis;
  readonly call: ReadCall;
  /** Who may answer, after the stages. */
  readonly candidates: readonly Candidate[];
  readonly deadlineMs: number;
  readonly clock: () => number;
  /** Asks one candidate, at the latest until then. @throws AttemptsFailed, or the signal's reason */
  readonly ask: (candidate: Candidate, deadlineMs: number, signal: StopSignal) => Promise<AttemptsResult<Committed>>;
}

/** A call that was answered. */
interface Made {
  readonly candidate: Candidate;
  readonly target: AttemptsResult<Committed>["target"];
  readonly answer: Buffered;
  readonly costNanoUsd: number | null;
}

/**
 * Follows a plan: calls the cheap models and holds their answers back, decides by what they say, calls another or hands one
 * of them over. The last call is handed over as it streams. When a dear call fails, the best answer in hand is served and
 * marked. Every call is an attempt and on one bill.
 *
 * @returns null when nobody of the plan answered: the route's own order of candidates is next
 * @throws  the signal's reason when the client left
 */
export async function runPlan(deps: PlanDeps, signal: StopSignal): Promise<AttemptsResult<Committed> | null> {
  const { story, basis, call, clock, deadlineMs } = deps;
  const { plan, inputTokens } = basis;
  const nameOf = (index: number) => basis.candidates[index]!.candidateId;
  const candidateOf = (id: string) => deps.candidates.find(({ candidateId }) => candidateId === id);
  const ask = answerAsk(conversationOfCall(call));
  const isFormed = ask.kind === "json" || ask.kind === "tool";
  const validity = isFormed ? answerValidity(call.chat()) : null;
  const made: Made[] = [];
  const answers: PlanAnswer[] = [];
  const attempts: AttemptRecord[] = [];
  const run: PlanRun = {
    rule: plan.rule,
    first: plan.first.map(nameOf),
    calls: [],
    end: "not_judged",
    otherCallsNanoUsd: 0,
    others: [],
  };
  story.planRun = run;

  /** It was bought and is not served. */
  function pay(candidate: Candidate, usage: Usage | null): void {
    const cost = costOf(usage, candidate, inputTokens);
    run.otherCallsNanoUsd = added(run.otherCallsNanoUsd, cost);
    run.others.push({ candidate, usage, costNanoUsd: cost });
  }

  /** Asks one candidate and reads its answer to the end; a fault is an answer that is not there. */
  async function callAndHold(id: string): Promise<void> {
    run.calls.push(id);
    const candidate = candidateOf(id);
    const failed = () => void answers.push({ candidateId: id, measures: null });
    if (candidate === undefined) return failed();
    const nowMs = clock();
    const untilMs = nowMs + (deadlineMs - nowMs) * SHARE_OF_TIME;
    try {
      const done = await deps.ask(candidate, untilMs, signal);
      attempts.push(...done.attempts);
      const answer = await bufferAnswer(done.result, untilMs - clock(), inputTokens, signal);
      if (answer.fault !== null) {
        // It was cut off: what it used so far is on the bill, what it said is not used.
        pay(candidate, answer.usage);
        return failed();
      }
      made.push({
        candidate,
        target: done.target,
        answer,
        costNanoUsd: costOf(answer.usage, candidate, inputTokens),
      });
      answers.push({ candidateId: id, measures: await measured(answer) });
    } catch (error) {
      if (signal.aborted) throw error;
      if (!(error instanceof AttemptsFailed)) throw error;
      attempts.push(...error.attempts);
      failed();
    }
  }

  async function measured({ result }: Buffered): Promise<AnswerMeasures> {
    const answer = answerOfResult(result);
    return measureAnswer({ ...answer, isValid: validity === null ? null : await validity(answer) }, ask);
  }

  function handOver(step: NextStep, end: PlanRun["end"]): AttemptsResult<Committed> {
    const kept = made.find(({ candidate }) => candidate.candidateId === step.candidateId)!;
    run.end = end;
    for (const one of made) if (one !== kept) pay(one.candidate, one.answer.usage);
    return { result: replayAnswer(kept.answer), target: kept.target, attempts };
  }

  async function followOn(): Promise<AttemptsResult<Committed> | null> {
    for (;;) {
      signal.throwIfAborted();
      const step = decide();
      if (step === null) return null;
      if (step.kind === "stop") return handOver(step, endOf(step, answers));
      const isLast = answers.length + 1 >= plan.maxCalls;
      if (!isLast) {
        await callAndHold(step.candidateId);
        continue;
      }
      const last = await callLast(step);
      if (last !== null) return last;
    }
  }

  /** The last call needs no look: it is handed over at its first byte. null: it failed. */
  async function callLast(step: NextStep): Promise<AttemptsResult<Committed> | null> {
    const candidate = candidateOf(step.candidateId);
    run.calls.push(step.candidateId);
    try {
      if (candidate === undefined) throw new AttemptsFailed(LEFT_OUT, []);
      const done = await deps.ask(candidate, deadlineMs, signal);
      for (const one of made) pay(one.candidate, one.answer.usage);
      run.end = step.reason;
      return { ...done, attempts: [...attempts, ...done.attempts] };
    } catch (error) {
      if (signal.aborted || !(error instanceof AttemptsFailed)) throw error;
      attempts.push(...error.attempts);
      answers.push({ candidateId: step.candidateId, measures: null });
      return null;
    }
  }

  function decide(): NextStep | null {
    const spent = made.reduce<number | null>((sum, one) => added(sum, one.costNanoUsd), run.otherCallsNanoUsd);
    const { maxCostUsd } = story.options;
    const leftNanoUsd = maxCostUsd === null ? Number.POSITIVE_INFINITY : nanoFromUsd(maxCostUsd) - (spent ?? 0);
    const mayCall = deadlineMs - clock() > LEAST_TIME_MS;
    try {
      return nextStep(plan, basis, answers, partOf(story, basis), { leftNanoUsd, mayCall });
    } catch {
      // Nobody answered, or the artifact was exchanged in between: an answer in hand is better than none.
      const last = made.at(-1);
      if (last === undefined) return null;
      return { kind: "stop", candidateId: last.candidate.candidateId, quality: null, reason: "not_judged" };
    }
  }

  try {
    await Promise.all(run.first.map(callAndHold));
    // In the plan's order, whoever was first to answer.
    answers.sort((a, b) => run.first.indexOf(a.candidateId) - run.first.indexOf(b.candidateId));
    const done = await followOn();
    if (done === null) run.end = "no_answer";
    else story.candidate = done.target.candidate;
    story.attempts = attempts;
    return done;
  } catch (error) {
    story.attempts = attempts;
    if (signal.aborted) run.end = "client_left";
    for (const one of made) pay(one.candidate, one.answer.usage);
    throw error;
  }
}

const LEFT_OUT = faultOf("not_found", "a candidate of the plan may not answer this request");

/** The cascade of the very router that decided. */
function partOf({ state: { routers } }: Story, { routerVersion }: PlanBasis): CascadePart | null {
  return routers.identity.version === routerVersion ? routers.cascade : null;
}

/** A dear call that failed leaves its mark on the answer that is served instead. */
function endOf(step: NextStep, answers: readonly PlanAnswer[]): PlanRun["end"] {
  return answers.at(-1)?.measures === null ? "call_failed" : step.reason;
}

function added(sum: number | null, cost: number | null): number | null {
  return sum === null || cost === null ? null : sum + cost;
}

/** Of an answer whose usage nobody told, its input. */
function costOf(usage: Usage | null, candidate: Candidate, inputTokens: number): number | null {
  if (usage !== null) return costOfUsage(usage, candidate);
  const input = { input: inputTokens, cacheRead: 0, cacheWrite: 0, output: 0 };
  return candidate.price === null ? null : costNanoUsd(input, candidate.price);
}
