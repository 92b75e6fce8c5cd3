import { microUsdPerMTok, nanoFromUsd } from "../engine/cost.ts";
import { Abilities, Candidate, type Price } from "../engine/schema/candidate.ts";
import { isImplied } from "./config-references.ts";
import type { CandidateConfig, PriceConfig } from "./config-schema.ts";
import type { Problem } from "./errors.ts";
import { listEntry, serviceTiersOf } from "./list-prices.ts";
import { modelFacts } from "./model-facts.ts";
import type { Settings } from "./settings.ts";

/** Everything that routes may choose from, with what is known of it. */
export interface Catalogue {
  readonly candidates: readonly Candidate[];
  /** What needs an operator: candidates without a price cannot be chosen by cost. */
  readonly alerts: readonly Problem[];
  /** The candidate that `<upstream>/<model>` means although nothing declares it. */
  implied(id: string): Candidate;
}

/** Clients may name any model of an upstream; looking its price up takes longer than remembering it. */
const MOST_IMPLIED = 1000;

/**
 * Builds the candidates of a configuration: declared ones first, then those that routes name as `<upstream>/<model>`.
 * Price, context and abilities come from weir.yaml, then the price list, then the model's family.
 */
export function buildCatalogue(settings: Entries, at: Date): Catalogue {
  const alerts: Problem[] = [];
  const implied = new Map<string, Candidate>();
  const candidates = allConfigs(settings).map((config) => {
    const candidate = candidateOf(config, settings, at);
    if (candidate.price === null) {
      const message =
        "no price is known; set price.inputUsdPerMTok and price.outputUsdPerMTok, or it is never chosen by cost";
      alerts.push({ path: `candidates.${config.id}.price`, message });
    }
    return candidate;
  });
  return {
    candidates,
    alerts,
    implied(id) {
      const known = implied.get(id);
      if (known !== undefined) return known;
      if (implied.size >= MOST_IMPLIED) implied.delete(implied.keys().next().value!);
      const candidate = candidateOf({ id, upstream: id.slice(0, id.indexOf("/")) }, settings, at);
      implied.set(id, candidate);
      return candidate;
    },
  };
}

type Entries = Pick<Settings, "upstreams" | "candidates" | "routes" | "pools">;

function allConfigs({ upstreams, candidates, routes, pools }: Entries) {
  const configs = new Map(candidates.map((config) => [config.id, config]));
  const used = [
    ...Object.values(routes).flatMap(({ incumbent, candidates: routed, fallbacks, rules }) => [
      incumbent,
      ...routed,
      ...fallbacks,
      ...rules.map((rule) => rule.use),
    ]),
    ...Object.values(pools).flatMap(({ members }) => members.map(({ use }) => use)),
  ];
  for (const id of used) {
    if (!configs.has(id) && isImplied(id, upstreams)) configs.set(id, { id, upstream: id.slice(0, id.indexOf("/")) });
  }
  return [...configs.values()];
}

function candidateOf(config: CandidateConfig, { upstreams }: Pick<Settings, "upstreams">, at: Date): Candidate {
  const upstream = upstreams[config.upstream];
  const model = config.model ?? config.id.slice(config.id.indexOf("/") + 1);
  const vendor = upstream?.pricesFrom ?? upstream?.provider ?? config.upstream;
  const listed = listEntry(vendor, model, at);
  const facts = modelFacts(model);
  return Candidate.parse({
    candidateId: config.id,
    upstreamId: config.upstream,
    model,
    price: config.price === undefined ? (listed?.price ?? null) : configuredPrice(config.price, vendor, at),
    contextTokens: config.contextTokens ?? listed?.contextTokens ?? facts.contextTokens ?? null,
    maxOutputTokens: config.maxOutputTokens ?? facts.maxOutputTokens ?? null,
    abilities: Abilities.parse({ ...facts.abilities, ...config.abilities }),
    resembles: config.resembles ?? null,
  });
}

function configuredPrice(prices: NonNullable<CandidateConfig["price"]>, vendor: string, at: Date): Price | null {
  const price = begunPrice(prices, at);
  return price === undefined ? null : priceOf(price, vendor);
}

/** Of several the last one that has begun; before all of them none is known. */
export function begunPrice(prices: NonNullable<CandidateConfig["price"]>, at: Date): PriceConfig | undefined {
  const begun = [prices].flat().filter(({ from }) => from === undefined || Date.parse(from) <= at.getTime());
  return begun.sort((a, b) => startOf(a) - startOf(b)).at(-1);
}

function startOf({ from }: PriceConfig): number {
  return from === undefined ? 0 : Date.parse(from);
}

function priceOf(price: PriceConfig, vendor: string): Price {
  const { usdPerRequest, usdPerWebSearch, usdPerFileSearch, tiers } = price;
  const serviceTiers = price.serviceTiers === undefined ? serviceTiersOf(vendor) : inThousandths(price.serviceTiers);
  return {
    ...tokenPrices(price),
    inputMicroUsdPerMTok: microUsdPerMTok(price.inputUsdPerMTok),
    outputMicroUsdPerMTok: microUsdPerMTok(price.outputUsdPerMTok),
    ...(usdPerRequest === undefined ? {} : { requestNanoUsd: nanoFromUsd(usdPerRequest) }),
    ...(usdPerWebSearch === undefined ? {} : { webSearchNanoUsd: nanoFromUsd(usdPerWebSearch) }),
    ...(usdPerFileSearch === undefined ? {} : { fileSearchNanoUsd: nanoFromUsd(usdPerFileSearch) }),
    ...(tiers === undefined
      ? {}
      : {
          tiers: [...tiers]
            .sort((a, b) => a.overInputTokens - b.overInputTokens)
            .map((tier) => ({ overInputTokens: tier.overInputTokens, ...tokenPrices(tier) })),
        }),
    ...(serviceTiers === undefined ? {} : { serviceTiers }),
  };
}

function inThousandths(shares: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, Math.round(share * 1000)]));
}

const TOKEN_PRICES = {
  inputUsdPerMTok: "inputMicroUsdPerMTok",
  outputUsdPerMTok: "outputMicroUsdPerMTok",
  cacheReadUsdPerMTok: "cacheReadMicroUsdPerMTok",
  cacheWriteUsdPerMTok: "cacheWriteMicroUsdPerMTok",
  cacheWrite1hUsdPerMTok: "cacheWrite1hMicroUsdPerMTok",
  inputAudioUsdPerMTok: "inputAudioMicroUsdPerMTok",
  inputImageUsdPerMTok: "inputImageMicroUsdPerMTok",
  cacheReadAudioUsdPerMTok: "cacheReadAudioMicroUsdPerMTok",
  outputAudioUsdPerMTok: "outputAudioMicroUsdPerMTok",
  outputImageUsdPerMTok: "outputImageMicroUsdPerMTok",
} as const;
type UsdName = keyof typeof TOKEN_PRICES;

function tokenPrices(
  prices: Readonly<Partial<Record<UsdName, number | undefined>>>,
): Partial<Record<(typeof TOKEN_PRICES)[UsdName], number>> {
  const found: Partial<Record<(typeof TOKEN_PRICES)[UsdName], number>> = {};
  for (const name of Object.keys(TOKEN_PRICES) as UsdName[]) {
    const usd = prices[name];
    if (usd !== undefined) found[TOKEN_PRICES[name]] = microUsdPerMTok(usd);
  }
  return found;
}
