import { calcPrice, type ModelPrice, type TieredPrices } from "@pydantic/genai-prices";
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

/** What vendors charge for their service tiers, in thousandths of the list price; null: it differs by model. */
const SERVICE_TIERS: Readonly<Record<string, Readonly<Record<string, number | null>>>> = {
  openai: { flex: 500, batch: 500, priority: null },
  anthropic: { batch: 500, priority: 1000 },
  google: { batch: 500, flex: 500 },
  groq: { flex: 1000, batch: 500 },
  mistral: { batch: 500 },
};

/** What a vendor charges for its service tiers; undefined where it has none that we know. */
export function serviceTiersOf(provider: string): Record<string, number | null> | undefined {
  const tiers = SERVICE_TIERS[PRICE_PROVIDER[provider] ?? provider];
  return tiers === undefined ? undefined : { ...tiers };
}

/** Fields of the price list and ours. */
const FIELDS = {
  input_mtok: "inputMicroUsdPerMTok",
  output_mtok: "outputMicroUsdPerMTok",
  cache_read_mtok: "cacheReadMicroUsdPerMTok",
  cache_write_mtok: "cacheWriteMicroUsdPerMTok",
  cache_write_1h_mtok: "cacheWrite1hMicroUsdPerMTok",
  input_audio_mtok: "inputAudioMicroUsdPerMTok",
  input_image_mtok: "inputImageMicroUsdPerMTok",
  cache_audio_read_mtok: "cacheReadAudioMicroUsdPerMTok",
  output_audio_mtok: "outputAudioMicroUsdPerMTok",
  output_image_mtok: "outputImageMicroUsdPerMTok",
} as const satisfies Record<string, keyof Price>;
type TokenPrices = Partial<Record<(typeof FIELDS)[keyof typeof FIELDS], number>>;

/**
 * List price and context window of a vendor's model at a time.
 *
 * @returns null when the list does not know the model, or its price is not plain input and output tokens
 */
export function listEntry(provider: string, model: string, at: Date): ListEntry | null {
  if (WITHOUT_LIST.has(provider)) return null;
  const vendor = PRICE_PROVIDER[provider] ?? provider;
  const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model, { providerId: vendor, timestamp: at });
  if (found === null) return null;
  const listed = found.model_price;
  if (listed.input_mtok === undefined || listed.output_mtok === undefined) return null;
  const base = pricesOver(listed, null, model);
  const tiers = startsOf(listed).map((start) => ({ overInputTokens: start, ...pricesOver(listed, start, model) }));
  const each = (field: "requests_kcount" | "web_searches_kcount" | "storage_searches_kcount") => {
    const perThousand = listed[field];
    return perThousand === undefined ? undefined : Math.round(priceOver(perThousand, null) * 1e6);
  };
  const [requestNanoUsd, webSearchNanoUsd] = [each("requests_kcount"), each("web_searches_kcount")];
  const fileSearchNanoUsd = each("storage_searches_kcount");
  const serviceTiers = serviceTiersOf(provider);
  return {
    price: {
      ...base,
      // Both were checked above.
      inputMicroUsdPerMTok: base.inputMicroUsdPerMTok!,
      outputMicroUsdPerMTok: base.outputMicroUsdPerMTok!,
      ...(requestNanoUsd === undefined ? {} : { requestNanoUsd }),
      ...(webSearchNanoUsd === undefined ? {} : { webSearchNanoUsd }),
      ...(fileSearchNanoUsd === undefined ? {} : { fileSearchNanoUsd }),
      ...(tiers.length === 0 ? {} : { tiers }),
      ...(serviceTiers === undefined ? {} : { serviceTiers }),
    },
    contextTokens: found.model.context_window ?? null,
  };
}

/** Prices of requests with more input than this. */
function pricesOver(listed: ModelPrice, start: number | null, model: string): TokenPrices {
  const prices: TokenPrices = {};
  for (const [field, name] of Object.entries(FIELDS)) {
    const price = listed[field];
    if (price !== undefined) prices[name] = microUsdPerMTok(priceOver(price, start));
  }
  // Anthropic: "1-hour cache write tokens are 2 times the base input tokens price", wherever its models are sold.
  if (prices.cacheWrite1hMicroUsdPerMTok === undefined && /claude/i.test(model)) {
    const { inputMicroUsdPerMTok: input } = prices;
    if (input !== undefined) prices.cacheWrite1hMicroUsdPerMTok = 2 * input;
  }
  return prices;
}

function priceOver(price: number | TieredPrices, start: number | null): number {
  if (typeof price === "number") return price;
  return price.tiers.reduce((found, tier) => (start !== null && tier.start <= start ? tier.price : found), price.base);
}

function startsOf(listed: ModelPrice): number[] {
  const starts = Object.keys(FIELDS).flatMap((field) => {
    const price = listed[field];
    return price === undefined || typeof price === "number" ? [] : price.tiers.map(({ start }) => start);
  });
  return [...new Set(starts)].sort((a, b) => a - b);
}
