import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costNanoUsd } from "../../engine/cost.ts";
import { Candidate } from "../../engine/schema/candidate.ts";
import { createWorstCase, mostNanoUsd } from "./worst-case.ts";

const candidate = (fields: object = {}) =>
  Candidate.parse({
    candidateId: "a/b",
    upstreamId: "a",
    model: "b",
    price: { inputMicroUsdPerMTok: 3_000_000, outputMicroUsdPerMTok: 15_000_000 },
    contextTokens: 200_000,
    maxOutputTokens: 8_000,
    ...fields,
  });
const used = (input: number, output: number) => ({
  inputUncached: input,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output,
  reasoning: 0,
  estimated: false,
});

it("counts the searches that a vendor may make, at their price", () => {
  const price = { inputMicroUsdPerMTok: 1_000_000, outputMicroUsdPerMTok: 2_000_000, webSearchNanoUsd: 10_000_000 };
  // by hand: 1,000 x $1 + 100 x $2 per million, and 3 x $0.01
  expect(mostNanoUsd({ input: 1_000, output: 100 }, candidate({ price }), null, 3)).toBe(1_200_000 + 30_000_000);
});

describe("the most that a request can use", () => {
  it("is its input with a margin, and its own output limit, else the model's, times the answers", () => {
    const { tokens } = createWorstCase();
    // by hand: 1,000 x 1.1 + 16
    expect(tokens({ input: 1_000, maxOutput: 50, answers: 3 }, candidate())).toEqual({ input: 1_116, output: 150 });
    expect(tokens({ input: 1, maxOutput: null, answers: 1 }, candidate()).output).toBe(8_000);
    expect(tokens({ input: 1, maxOutput: null, answers: 1 }, candidate({ maxOutputTokens: null })).output).toBe(
      200_000,
    );
  });

  it("is never more than the context holds", () => {
    const bound = createWorstCase().tokens({ input: 199_000, maxOutput: 1e9, answers: 1 }, candidate());
    expect(bound).toEqual({ input: 200_000, output: 200_000 });
  });

  it("grows for a model whose own count passed ours, and for no other", () => {
    const worstCase = createWorstCase();
    const asked = { input: 10, maxOutput: 100, answers: 1 };
    worstCase.observe(asked, used(1_000, 150), candidate());
    const bound = worstCase.tokens(asked, candidate());
    expect(bound.input).toBeGreaterThanOrEqual(1_000);
    expect(bound.output).toBe(150);
    expect(worstCase.tokens(asked, candidate({ candidateId: "other" })).input).toBeLessThan(50);
    // a fixed number was missed, not a hundred times of a long prompt
    expect(worstCase.tokens({ ...asked, input: 50_000 }, candidate()).input).toBeLessThan(60_000);
  });
});

describe("the most that tokens can cost", () => {
  it("is no less than any mix of their classes costs", () => {
    const price = {
      inputMicroUsdPerMTok: 3_000_000,
      outputMicroUsdPerMTok: 15_000_000,
      cacheReadMicroUsdPerMTok: 300_000,
      cacheWriteMicroUsdPerMTok: 3_750_000,
      requestNanoUsd: 5_000,
    };
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(10_000), share, share, (input, output, a, b) => {
        const cacheRead = Math.floor(input * a);
        const cacheWrite = Math.floor((input - cacheRead) * b);
        const cost = costNanoUsd({ input, cacheRead, cacheWrite, output }, price);
        expect(mostNanoUsd({ input, output }, candidate({ price }), null)).toBeGreaterThanOrEqual(cost);
      }),
    );
  });

  it("counts the dearer prices of long prompts and of the service tier that is asked for", () => {
    const price = {
      inputMicroUsdPerMTok: 1_000_000,
      outputMicroUsdPerMTok: 1_000_000,
      tiers: [{ overInputTokens: 100, inputMicroUsdPerMTok: 2_000_000 }],
      serviceTiers: { priority: 2_000, flex: 500 },
    };
    const most = (input: number, tier: string | null) => mostNanoUsd({ input, output: 0 }, candidate({ price }), tier);
    expect([most(100, null), most(101, null), most(100, "priority"), most(100, "flex")]).toEqual([
      100_000, 202_000, 200_000, 100_000,
    ]);
  });

  it("is not known without a price", () => {
    expect(mostNanoUsd({ input: 1, output: 1 }, candidate({ price: null }), null)).toBeNull();
  });
});
