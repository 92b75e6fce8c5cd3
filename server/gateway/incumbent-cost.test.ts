import { describe, expect, it } from "vitest";
import { conversationFromMessages } from "../../engine/conversation.ts";
import type { Decision } from "../../engine/decision.ts";
import { Candidate } from "../../engine/schema/candidate.ts";
import type { Usage } from "../chat.ts";
import type { RouteSection } from "../config-schema.ts";
import { incumbentCost } from "./incumbent-cost.ts";
import type { CallPlan } from "./plan-call.ts";

const LARGE = Candidate.parse({
  candidateId: "up/large",
  upstreamId: "up",
  model: "large",
  maxOutputTokens: 500,
  // $2, $10, $1 and $3 per million tokens.
  price: {
    inputMicroUsdPerMTok: 2_000_000,
    outputMicroUsdPerMTok: 10_000_000,
    cacheReadMicroUsdPerMTok: 1_000_000,
    cacheWriteMicroUsdPerMTok: 3_000_000,
  },
});
const SMALL = Candidate.parse({
  candidateId: "up/small",
  upstreamId: "up",
  model: "small",
  price: { inputMicroUsdPerMTok: 100_000, outputMicroUsdPerMTok: 400_000, serviceTiers: { flex: 500 } },
});
const STRANGER = Candidate.parse({ ...SMALL, candidateId: "up/stranger" });
const CATALOGUE = [LARGE, SMALL, STRANGER];

const USAGE: Usage = {
  inputUncached: 100,
  cacheRead: 800,
  cacheWrite5m: 100,
  cacheWrite1h: 0,
  output: 200,
  reasoning: 40,
  estimated: false,
};

function plan(large: number | null, small: number | null, maxOutputTokens: number | null = null): CallPlan {
  const facts = {
    candidates: [
      { candidateId: "up/large", outputTokens: large },
      { candidateId: "up/small", outputTokens: small },
    ],
  };
  return {
    candidates: CATALOGUE,
    // Only the forecasts and the incumbent's name are read.
    decision: { facts } as unknown as Decision,
    route: { incumbent: "up/large" } as RouteSection,
    routeName: "default",
    isFollowed: true,
    conversation: conversationFromMessages([{ role: "user", content: "hi" }], { maxOutputTokens }),
    inputTokens: 1_000,
    session: null,
  };
}

/** 100 x $2 + 800 x $1 + 100 x $3, in nano-USD. */
const INPUT = 1_300_000;

describe("what the incumbent would have cost", () => {
  it.each([
    { name: "input in its classes, output longer by the ratio of the forecasts", large: 300, small: 200, output: 300 },
    { name: "output shorter by it", large: 100, small: 200, output: 100 },
    { name: "the same length where the forecasts agree", large: 250, small: 250, output: 200 },
    { name: "the same length where there is no forecast of one", large: null, small: 200, output: 200 },
    { name: "no more than the incumbent can write", large: 800, small: 200, output: 500 },
    { name: "no more than was asked for", large: 300, small: 200, asked: 240, output: 240 },
    {
      name: "as much as there was, also where it is more than was asked for",
      large: 300,
      small: 200,
      asked: 50,
      output: 200,
    },
  ])("$name", ({ large, small, asked, output }) => {
    expect(incumbentCost(plan(large, small, asked ?? null), SMALL, USAGE, CATALOGUE)).toBe(INPUT + output * 10_000);
  });

  it("is its own cost where it answered, and of the same length where nobody foretold what answered", () => {
    expect(incumbentCost(plan(300, 200), LARGE, USAGE, CATALOGUE)).toBe(INPUT + 200 * 10_000);
    expect(incumbentCost(plan(300, 200), STRANGER, USAGE, CATALOGUE)).toBe(INPUT + 200 * 10_000);
  });

  it("is at the list price where it sells no such service tier", () => {
    expect(incumbentCost(plan(200, 200), SMALL, { ...USAGE, serviceTier: "flex" }, CATALOGUE)).toBe(INPUT + 2_000_000);
  });

  it("is unknown without its price, and where nothing was decided", () => {
    expect(incumbentCost(plan(1, 1), SMALL, USAGE, [{ ...LARGE, price: null }, SMALL])).toBeNull();
    expect(incumbentCost({ ...plan(1, 1), decision: null }, SMALL, USAGE, CATALOGUE)).toBeNull();
  });
});
