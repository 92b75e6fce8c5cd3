import { expect, it } from "vitest";
import type { RouteSection } from "../config-schema.ts";
import type { Settlement } from "../gateway/settlement.ts";
import type { LoggedPlan } from "../log/entry.ts";
import { rampEventOf } from "./ramp-event.ts";

const route = { incumbent: "up/dear", fallbacks: ["up/spare"] } as unknown as RouteSection; // what is read
const PLAN: LoggedPlan = {
  rule: "informed",
  first: ["up/cheap"],
  mayCall: ["up/dear"],
  maxCalls: 2,
  quality: 0.9,
  costNanoUsd: 1,
  calls: ["up/cheap", "up/dear"],
  accepted: "up/dear",
  end: "another_is_worth_it",
  otherCallsNanoUsd: 1,
};

/** Of a followed decision for the cheap model. */
function settled(answered: string | null, fields: Partial<Settlement> = {}): Settlement {
  return {
    decision: { chosen: { candidateId: "up/cheap" }, incumbent: { candidateId: "up/dear" } },
    activation: { isFollowed: true, because: "certified", lot: null },
    candidate: answered === null ? null : { candidateId: answered },
    status: 200,
    cache: "bypass",
    error: null,
    firstTokenMs: null,
    durationMs: 5,
    plan: null,
    ...fields,
  } as unknown as Settlement; // what is read
}

it.each<[string, Settlement, boolean]>([
  ["what was chosen answers", settled("up/cheap"), false],
  ["the incumbent answers in its place", settled("up/dear"), true],
  ["a fallback answers in its place", settled("up/spare"), true],
  ["the request fails", settled(null, { status: 502 }), true],
  ["a plan asks the incumbent after the cheap one", settled("up/dear", { plan: PLAN }), false],
  ["the dear call of a plan fails", settled("up/cheap", { plan: { ...PLAN, end: "call_failed" } }), true],
  ["nobody of a plan answers", settled("up/spare", { plan: { ...PLAN, accepted: null, end: "no_answer" } }), true],
  ["the incumbent answers, and no plan was followed", settled("up/dear", { plan: { ...PLAN, calls: [] } }), true],
])("routing goes wrong where it should not have come to this: %s: %s", (_, settlement, isError) => {
  expect(rampEventOf(settlement, route)).toMatchObject({ kind: "routed", isError });
});
