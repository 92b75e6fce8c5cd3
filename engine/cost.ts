import type { Price } from "./schema/candidate.ts";

/** Whole nano-USD (1e-9 USD). Safe up to 9 million USD in a number. */
export type NanoUsd = number;

/** Tokens of one request. `input` is all input, cached included. */
export interface TokenUsage {
  readonly input: number;
  readonly cacheRead: number;
  /** All that was written to a cache. */
  readonly cacheWrite: number;
  /** Of that, what is kept for an hour. */
  readonly cacheWrite1h?: number | undefined;
  readonly output: number;
  /** Audio among the input that is neither read from nor written to a cache, among `cacheRead` and among `output`. */
  readonly inputAudio?: number | undefined;
  readonly inputImage?: number | undefined;
  readonly cacheReadAudio?: number | undefined;
  readonly outputAudio?: number | undefined;
  readonly outputImage?: number | undefined;
  /** Searches that the vendor itself made. */
  readonly webSearches?: number | undefined;
  readonly fileSearches?: number | undefined;
}

const PICO_PER_NANO = 1000;
const FULL = 1000;
/** Pico-USD in thousandths to nano-USD. */
const PER_NANO = PICO_PER_NANO * FULL;
const HALF = PER_NANO / 2;
/** Beyond some 9 USD a sum leaves the whole numbers that a number holds. */
const LARGEST_EXACT = (Number.MAX_SAFE_INTEGER - HALF) / FULL / 10;

/**
 * Exact cost: tokens x micro-USD per million tokens is whole pico-USD; rounded half up, once, to nano-USD.
 *
 * @param usage       token counts, whole and >= 0; cacheRead + cacheWrite <= input, and each part within its whole
 * Searches cost the same in every service tier; a price without them takes them for nothing.
 *
 * @param thousandths what the request's service tier costs, in thousandths of the price
 */
export function costNanoUsd(usage: TokenUsage, price: Price, thousandths = FULL): NanoUsd {
  const rates = ratesAt(price, usage.input);
  const { input, cacheRead, cacheWrite, output } = usage;
  const {
    cacheWrite1h = 0,
    inputAudio = 0,
    inputImage = 0,
    cacheReadAudio = 0,
    outputAudio = 0,
    outputImage = 0,
  } = usage;
  const searches =
    (usage.webSearches ?? 0) * (price.webSearchNanoUsd ?? 0) +
    (usage.fileSearches ?? 0) * (price.fileSearchNanoUsd ?? 0);
  const terms = [
    [input - cacheRead - cacheWrite - inputAudio - inputImage, rates.input],
    [inputAudio, rates.inputAudio],
    [inputImage, rates.inputImage],
    [cacheRead - cacheReadAudio, rates.cacheRead],
    [cacheReadAudio, rates.cacheReadAudio],
    [cacheWrite - cacheWrite1h, rates.cacheWrite],
    [cacheWrite1h, rates.cacheWrite1h],
    [output - outputAudio - outputImage, rates.output],
    [outputAudio, rates.outputAudio],
    [outputImage, rates.outputImage],
    [price.requestNanoUsd ?? 0, PICO_PER_NANO],
  ] as const;
  let pico = 0;
  for (const [count, rate] of terms) pico += count * rate;
  if (pico < LARGEST_EXACT) {
    const rounded = pico * thousandths + HALF;
    return (rounded - (rounded % PER_NANO)) / PER_NANO + searches;
  }
  const exact = terms.reduce((sum, [count, rate]) => sum + BigInt(count) * BigInt(rate), 0n);
  return Number((exact * BigInt(thousandths) + BigInt(HALF)) / BigInt(PER_NANO)) + searches;
}

interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h: number;
  readonly inputAudio: number;
  readonly inputImage: number;
  readonly cacheReadAudio: number;
  readonly outputAudio: number;
  readonly outputImage: number;
}

/** Prices of a request with so much input. What has no price of its own costs what its kind costs. */
function ratesAt(price: Price, input: number): Rates {
  let at: Omit<Price, "tiers" | "serviceTiers"> = price;
  for (const tier of price.tiers ?? []) {
    if (input <= tier.overInputTokens) continue;
    const { inputMicroUsdPerMTok = at.inputMicroUsdPerMTok, outputMicroUsdPerMTok = at.outputMicroUsdPerMTok } = tier;
    at = { ...at, ...tier, inputMicroUsdPerMTok, outputMicroUsdPerMTok };
  }
  const cacheRead = at.cacheReadMicroUsdPerMTok ?? at.inputMicroUsdPerMTok;
  const cacheWrite = at.cacheWriteMicroUsdPerMTok ?? at.inputMicroUsdPerMTok;
  return {
    input: at.inputMicroUsdPerMTok,
    output: at.outputMicroUsdPerMTok,
    cacheRead,
    cacheWrite,
    cacheWrite1h: at.cacheWrite1hMicroUsdPerMTok ?? cacheWrite,
    inputAudio: at.inputAudioMicroUsdPerMTok ?? at.inputMicroUsdPerMTok,
    inputImage: at.inputImageMicroUsdPerMTok ?? at.inputMicroUsdPerMTok,
    cacheReadAudio: at.cacheReadAudioMicroUsdPerMTok ?? cacheRead,
    outputAudio: at.outputAudioMicroUsdPerMTok ?? at.outputMicroUsdPerMTok,
    outputImage: at.outputImageMicroUsdPerMTok ?? at.outputMicroUsdPerMTok,
  };
}

/** What a service tier costs in thousandths of the price: 1000 for the usual one; null where its price is not known. */
export function serviceTierThousandths({ serviceTiers }: Price, tier: string | null | undefined): number | null {
  if (tier === null || tier === undefined || USUAL_TIERS.has(tier)) return FULL;
  return serviceTiers?.[tier] ?? null;
}

const USUAL_TIERS = new Set(["auto", "default", "standard", "standard_only", "on_demand"]);

/** Estimate for a decision: fractional expected tokens, so floating point, in nano-USD. No allocation. */
export function expectedCostNanoUsd(
  inputTokens: number,
  cachedTokens: number,
  outputTokens: number,
  price: Price,
): number {
  let input = price.inputMicroUsdPerMTok;
  let output = price.outputMicroUsdPerMTok;
  let cacheRead = price.cacheReadMicroUsdPerMTok ?? input;
  if (price.tiers !== undefined) {
    for (const tier of price.tiers) {
      if (inputTokens <= tier.overInputTokens) break;
      input = tier.inputMicroUsdPerMTok ?? input;
      output = tier.outputMicroUsdPerMTok ?? output;
      cacheRead = tier.cacheReadMicroUsdPerMTok ?? cacheRead;
    }
  }
  return (
    ((inputTokens - cachedTokens) * input + cachedTokens * cacheRead + outputTokens * output) / 1000 +
    (price.requestNanoUsd ?? 0)
  );
}

/** Nano-USD as decimal USD for JSON, e.g. 213000 -> 0.000213. */
export function usdFromNano(nanoUsd: NanoUsd): number {
  return nanoUsd / 1e9;
}

/** Decimal USD to whole nano-USD, rounded half up. */
export function nanoFromUsd(usd: number): NanoUsd {
  return Math.round(usd * 1e9);
}

/** A list price in USD per million tokens to whole micro-USD per million tokens. */
export function microUsdPerMTok(usdPerMTok: number): number {
  return Math.round(usdPerMTok * 1e6);
}
