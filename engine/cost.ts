import type { Price } from "./schema/candidate.ts";

/** Whole nano-USD (1e-9 USD). Safe up to 9 million USD in a number. */
export type NanoUsd = number;

/** Tokens of one request. `input` is all input, cached included. */
export interface TokenUsage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

const PICO_PER_NANO = 1000n;

/**
 * Exact cost: tokens x micro-USD per million tokens is whole pico-USD; rounded half up, once, to nano-USD.
 *
 * @param usage token counts, whole and >= 0; cacheRead + cacheWrite <= input
 */
export function costNanoUsd(usage: TokenUsage, price: Price): NanoUsd {
  const uncached = usage.input - usage.cacheRead - usage.cacheWrite;
  const pico =
    BigInt(uncached) * BigInt(price.inputMicroUsdPerMTok) +
    BigInt(usage.cacheRead) * BigInt(price.cacheReadMicroUsdPerMTok ?? price.inputMicroUsdPerMTok) +
    BigInt(usage.cacheWrite) * BigInt(price.cacheWriteMicroUsdPerMTok ?? price.inputMicroUsdPerMTok) +
    BigInt(usage.output) * BigInt(price.outputMicroUsdPerMTok) +
    BigInt(price.requestNanoUsd ?? 0) * PICO_PER_NANO;
  return Number((pico + PICO_PER_NANO / 2n) / PICO_PER_NANO);
}

/** Estimate for a decision: fractional expected tokens, so floating point, in nano-USD. No allocation. */
export function expectedCostNanoUsd(
  inputTokens: number,
  cachedTokens: number,
  outputTokens: number,
  price: Price,
): number {
  const cacheRead = price.cacheReadMicroUsdPerMTok ?? price.inputMicroUsdPerMTok;
  return (
    ((inputTokens - cachedTokens) * price.inputMicroUsdPerMTok +
      cachedTokens * cacheRead +
      outputTokens * price.outputMicroUsdPerMTok) /
      1000 +
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
