import { calcPrice, type TieredPrices } from "@pydantic/genai-prices";
import { microUsdPerMTok } from "../engine/cost.ts";
import type { Price } from "../engine/schema/candidate.ts";

export interface ListEntry {
  readonly price: Price;
  readonly contextTokens: number | null;
}

/** Our provider words -> the price list's, where they differ. */
const PRICE_PROVIDER: Readonly<Record<string, string>> = {
  gemini: "google",
  vertex: "google",
  bedrock: "aws",
  "azure-openai": "azure",
  xai: "x-ai",
};

/** Speaks a dialect but names no vendor, so no list price holds. */
const WITHOUT_LIST = new Set(["openai-compatible", "simulated"]);

/**
 * List price and context window of a vendor's model at a time.
 *
 * Prices that rise with the prompt's length (tiers) enter with their base: the tier beyond 200k tokens is not modelled.
 *
 * @returns null when the list does not know the model, or its price is not plain input and output tokens
 */
export function listEntry(provider: string, model: string, at: Date): ListEntry | null {
  if (WITHOUT_LIST.has(provider)) return null;
  const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model, {
    providerId: PRICE_PROVIDER[provider] ?? provider,
    timestamp: at,
  });
  if (found === null) return null;
  const { input_mtok: input, output_mtok: output } = found.model_price;
  if (input === undefined || output === undefined) return null;
  const cacheRead = found.model_price.cache_read_mtok;
  const cacheWrite = found.model_price.cache_write_mtok;
  const perThousand = found.model_price.requests_kcount;
  return {
    price: {
      inputMicroUsdPerMTok: microUsdPerMTok(base(input)),
      outputMicroUsdPerMTok: microUsdPerMTok(base(output)),
      ...(cacheRead === undefined ? {} : { cacheReadMicroUsdPerMTok: microUsdPerMTok(base(cacheRead)) }),
      ...(cacheWrite === undefined ? {} : { cacheWriteMicroUsdPerMTok: microUsdPerMTok(base(cacheWrite)) }),
      ...(perThousand === undefined ? {} : { requestNanoUsd: Math.round(base(perThousand) * 1e6) }),
    },
    contextTokens: found.model.context_window ?? null,
  };
}

function base(price: number | TieredPrices): number {
  return typeof price === "number" ? price : price.base;
}
