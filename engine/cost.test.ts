import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costNanoUsd, expectedCostNanoUsd, serviceTierThousandths, type TokenUsage } from "./cost.ts";
import type { Price } from "./schema/candidate.ts";

const PLAIN: Price = { inputMicroUsdPerMTok: 3_000_000, outputMicroUsdPerMTok: 15_000_000 };
/** Anthropic's list price of claude-sonnet-4-5. */
const SONNET: Price = {
  ...PLAIN,
  cacheReadMicroUsdPerMTok: 300_000,
  cacheWriteMicroUsdPerMTok: 3_750_000,
  cacheWrite1hMicroUsdPerMTok: 6_000_000,
  tiers: [
    {
      overInputTokens: 200_000,
      inputMicroUsdPerMTok: 6_000_000,
      outputMicroUsdPerMTok: 22_500_000,
      cacheReadMicroUsdPerMTok: 600_000,
      cacheWriteMicroUsdPerMTok: 7_500_000,
      cacheWrite1hMicroUsdPerMTok: 12_000_000,
    },
  ],
};
/** OpenAI's list price of gpt-realtime. */
const REALTIME: Price = {
  inputMicroUsdPerMTok: 4_000_000,
  outputMicroUsdPerMTok: 16_000_000,
  cacheReadMicroUsdPerMTok: 400_000,
  inputAudioMicroUsdPerMTok: 32_000_000,
  inputImageMicroUsdPerMTok: 5_000_000,
  cacheReadAudioMicroUsdPerMTok: 500_000,
  outputAudioMicroUsdPerMTok: 64_000_000,
};
const NONE: TokenUsage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };

type Case = readonly [what: string, usage: TokenUsage, price: Price, nanoUsd: number];

describe("cost", () => {
  // Expected by hand: tokens x USD per million tokens, in nano-USD.
  it.each<Case>([
    ["plain input and output", { ...NONE, input: 1_000, output: 200 }, PLAIN, 3_000_000 + 3_000_000],
    [
      "each class at its own price",
      { input: 1_000, cacheRead: 400, cacheWrite: 300, cacheWrite1h: 100, output: 10 },
      SONNET,
      300 * 3_000 + 400 * 300 + 200 * 3_750 + 100 * 6_000 + 10 * 15_000,
    ],
    ["the last token of the lower tier", { ...NONE, input: 200_000, output: 1 }, SONNET, 200_000 * 3_000 + 15_000],
    [
      "all tokens of a request over the tier at its price",
      { input: 200_001, cacheRead: 1_000, cacheWrite: 2_000, cacheWrite1h: 500, output: 10 },
      SONNET,
      197_001 * 6_000 + 1_000 * 600 + 1_500 * 7_500 + 500 * 12_000 + 10 * 22_500,
    ],
    [
      "cache classes without a price at the input's",
      { input: 100, cacheRead: 40, cacheWrite: 30, cacheWrite1h: 10, output: 0 },
      PLAIN,
      100 * 3_000,
    ],
    [
      "an hour's writes without a price at the write's",
      { input: 100, cacheRead: 0, cacheWrite: 100, cacheWrite1h: 100, output: 0 },
      { ...PLAIN, cacheWriteMicroUsdPerMTok: 3_750_000 },
      375_000,
    ],
    [
      "audio and images apart from text",
      {
        input: 1_000,
        cacheRead: 300,
        cacheReadAudio: 200,
        cacheWrite: 0,
        output: 500,
        inputAudio: 400,
        inputImage: 100,
        outputAudio: 450,
      },
      REALTIME,
      200 * 4_000 + 400 * 32_000 + 100 * 5_000 + 100 * 400 + 200 * 500 + 50 * 16_000 + 450 * 64_000,
    ],
    ["a price a request", NONE, { ...PLAIN, requestNanoUsd: 5_000_000 }, 5_000_000],
    ["half up, once", { ...NONE, input: 1, output: 0 }, { inputMicroUsdPerMTok: 500, outputMicroUsdPerMTok: 0 }, 1],
  ])("is %s", (_, usage, price, expected) => {
    expect(costNanoUsd(usage, price)).toBe(expected);
  });

  it("is a service tier's share, rounded once", () => {
    expect(costNanoUsd({ ...NONE, input: 1_001 }, PLAIN, 500)).toBe(1_501_500);
    // 3 x 333 pico-USD, half of it: 0.4995 nano-USD.
    expect(costNanoUsd({ ...NONE, input: 3 }, { inputMicroUsdPerMTok: 333, outputMicroUsdPerMTok: 0 }, 500)).toBe(0);
  });

  it("is exact for any amount", () => {
    const count = fc.integer({ min: 0, max: 50_000_000 });
    const micro = fc.integer({ min: 0, max: 1_000_000_000 });
    fc.assert(
      fc.property(count, count, micro, micro, fc.integer({ min: 0, max: 10_000 }), (input, output, a, b, share) => {
        const price = { inputMicroUsdPerMTok: a, outputMicroUsdPerMTok: b };
        const pico = (BigInt(input) * BigInt(a) + BigInt(output) * BigInt(b)) * BigInt(share);
        const expected = Number((pico + 500_000n) / 1_000_000n);
        expect(costNanoUsd({ input, cacheRead: 0, cacheWrite: 0, output }, price, share)).toBe(expected);
      }),
      { numRuns: 2_000, seed: 4 },
    );
  });

  it("is what is expected of it where the tokens are known before", () => {
    for (const input of [100, 200_000, 200_001, 500_000]) {
      const usage = { input, cacheRead: 50, cacheWrite: 0, output: 70 };
      expect(expectedCostNanoUsd(input, 50, 70, SONNET)).toBeCloseTo(costNanoUsd(usage, SONNET), 3);
    }
  });

  it("knows the usual service tiers, those with a price, and that it does not know others", () => {
    const price = { ...PLAIN, serviceTiers: { flex: 500, priority: null } };
    expect(
      [undefined, "default", "flex", "priority", "scale"].map((tier) => serviceTierThousandths(price, tier)),
    ).toEqual([1000, 1000, 500, null, null]);
  });
});
