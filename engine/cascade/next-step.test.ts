import { describe, expect, it } from "vitest";
import { answerAsk } from "../answer/answer-kind.ts";
import { measureAnswer } from "../answer/measure-answer.ts";
import { conversationFromPrompt } from "../conversation.ts";
import type { AnswerMeasures } from "../schema/answer-measures.ts";
import type { ChosenPlan } from "../schema/plan-offer.ts";
import type { CascadePart } from "./cascade-part.ts";
import { NO_LIMITS, nextStep } from "./next-step.ts";

const ask = answerAsk(conversationFromPrompt("Ann has 3 apples and buys 4. How many has she?"));
const says = (text: string): AnswerMeasures =>
  measureAnswer({ text, calls: [], isCutOff: false, isRefused: false, isValid: null }, ask);
const candidate = (candidateId: string, quality: number, costNanoUsd: number) => ({
  candidateId,
  quality,
  qualityLow: quality,
  costNanoUsd,
  outputTokens: 100,
  excluded: null,
});
const facts = { candidates: [candidate("a", 0.7, 10), candidate("b", 0.75, 20), candidate("dear", 0.9, 1000)] };
const plan: ChosenPlan = {
  rule: "informed",
  pool: 0,
  members: [0, 1, 2],
  candidates: [0, 1, 2],
  lambda: 1e-4,
  waitNanoUsd: [0, 0, 0],
  first: [0],
  maxCalls: 2,
  quality: null,
  costNanoUsd: null,
};

/** A cascade that says the same whatever it sees. */
function part(quality: readonly number[] | null): CascadePart {
  const pool = { members: [1, 2, 3], sets: [1] };
  return {
    manifest: { pools: [pool] },
    samples: [],
    scorer: {
      score: () => (quality === null ? null : Float32Array.from(quality)),
    },
  } as unknown as CascadePart; // only what is read here
}

describe("after the first answer", () => {
  const answers = [{ candidateId: "a", measures: says("The answer is 7") }];

  it("keeps an answer that is worth more than another one less its cost", () => {
    // .9 - 1e-4 x 1000 = .8 < .85
    expect(nextStep(plan, facts, answers, part([0.85, 0.7, 0.9]))).toEqual({
      kind: "stop",
      candidateId: "a",
      quality: expect.closeTo(0.85),
      reason: "accepted",
    });
  });

  it("calls another whose expected quality pays for its call", () => {
    expect(nextStep(plan, facts, answers, part([0.5, 0.4, 0.9]))).toMatchObject({
      kind: "call",
      candidateId: "dear",
      reason: "another_is_worth_it",
    });
  });

  it("calls nobody beyond what is left of the request's ceiling, nor when the time is up", () => {
    const low = part([0.1, 0.05, 0.9]);
    for (const [reason, limits] of [
      ["over_max_cost", { ...NO_LIMITS, leftNanoUsd: 15 }],
      ["out_of_time", { ...NO_LIMITS, mayCall: false }],
    ] as const) {
      expect(nextStep(plan, facts, answers, low, limits)).toMatchObject({ kind: "stop", candidateId: "a", reason });
    }
    const high = part([0.95, 0.05, 0.9]);
    expect(nextStep(plan, facts, answers, high, { ...NO_LIMITS, mayCall: false })).toMatchObject({
      reason: "accepted",
    });
    expect(nextStep(plan, facts, answers, part([0.1, 0.6, 0.9]), { ...NO_LIMITS, leftNanoUsd: 25 })).toMatchObject({
      kind: "call",
      candidateId: "b",
    });
  });

  it.each(["", "I'm sorry, I cannot help with that."])("does not take %j, whatever is expected of it", (text) => {
    const given = [{ candidateId: "a", measures: says(text) }];
    expect(nextStep(plan, facts, given, part([0.99, 0.1, 0.2]))).toMatchObject({
      kind: "call",
      reason: "broken_answer",
    });
  });

  it("keeps the answer in hand when it cannot be judged, and one that failed sends it on", () => {
    expect(nextStep(plan, facts, answers, null)).toMatchObject({ kind: "stop", reason: "not_judged" });
    expect(nextStep(plan, facts, answers, part(null))).toMatchObject({ kind: "stop", reason: "not_judged" });
    const failed = [{ candidateId: "a", measures: null }];
    expect(nextStep(plan, facts, failed, null)).toMatchObject({
      kind: "call",
      candidateId: "dear",
      reason: "no_answer",
    });
  });

  it("serves the cheap answer when the dear call failed", () => {
    const both = [...answers, { candidateId: "dear", measures: null }];
    expect(nextStep(plan, facts, both, part([0.1, 0.05, 0.9]))).toMatchObject({ kind: "stop", candidateId: "a" });
  });

  it("names an answer from nobody of the plan", () => {
    expect(() => nextStep(plan, facts, [{ candidateId: "x", measures: null }], null)).toThrowError(
      expect.objectContaining({
        code: "invalid_request",
        place: "answers.0.model",
      }),
    );
  });
});

describe("agreement without labels", () => {
  const pair: ChosenPlan = { ...plan, rule: "agreement", pool: -1, members: [], first: [0, 1], maxCalls: 3 };
  const answered = (a: string, b: string) => [
    { candidateId: "a", measures: says(a) },
    { candidateId: "b", measures: says(b) },
  ];

  it("takes equal final answers however they are put, and asks the dear one otherwise", () => {
    expect(nextStep(pair, facts, answered("3 + 4 = 7. The answer is 7.", "#### 7.0"), null)).toMatchObject({
      kind: "stop",
      candidateId: "a",
      reason: "agreed",
    });
    expect(nextStep(pair, facts, answered("The answer is 7", "The answer is 8"), null)).toMatchObject({
      kind: "call",
      candidateId: "dear",
      reason: "disagreed",
    });
  });

  it("keeps what it has, and says why, where the dear one may not be asked", () => {
    const differ = answered("The answer is 7", "The answer is 8");
    expect(nextStep(pair, facts, differ, null, { ...NO_LIMITS, leftNanoUsd: 500 })).toMatchObject({
      kind: "stop",
      candidateId: "b",
      reason: "over_max_cost",
    });
    expect(nextStep({ ...pair, maxCalls: 2 }, facts, differ, null)).toMatchObject({ reason: "last_call" });
  });

  it("never takes two texts that state no answer for agreeing", () => {
    expect(nextStep(pair, facts, answered("No idea.", "No idea."), null)).toMatchObject({ reason: "disagreed" });
  });
});
