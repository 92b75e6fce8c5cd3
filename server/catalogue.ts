import { microUsdPerMTok, nanoFromUsd } from "../engine/cost.ts";
import { Abilities, Candidate, type Price } from "../engine/schema/candidate.ts";
import { isImplied } from "./config-references.ts";
import type { CandidateConfig } from "./config-schema.ts";
import type { Problem } from "./errors.ts";
import { listEntry } from "./list-prices.ts";
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
  const listed = listEntry(upstream?.pricesFrom ?? upstream?.provider ?? config.upstream, model, at);
  const facts = modelFacts(model);
  return Candidate.parse({
    candidateId: config.id,
    upstreamId: config.upstream,
    model,
    price: config.price === undefined ? (listed?.price ?? null) : priceOf(config.price),
    contextTokens: config.contextTokens ?? listed?.contextTokens ?? facts.contextTokens ?? null,
    maxOutputTokens: config.maxOutputTokens ?? facts.maxOutputTokens ?? null,
    abilities: Abilities.parse({ ...facts.abilities, ...config.abilities }),
    resembles: config.resembles ?? null,
  });
}

function priceOf(price: NonNullable<CandidateConfig["price"]>): Price {
  const { cacheReadUsdPerMTok, cacheWriteUsdPerMTok, usdPerRequest } = price;
  return {
    inputMicroUsdPerMTok: microUsdPerMTok(price.inputUsdPerMTok),
    outputMicroUsdPerMTok: microUsdPerMTok(price.outputUsdPerMTok),
    ...(cacheReadUsdPerMTok === undefined ? {} : { cacheReadMicroUsdPerMTok: microUsdPerMTok(cacheReadUsdPerMTok) }),
    ...(cacheWriteUsdPerMTok === undefined ? {} : { cacheWriteMicroUsdPerMTok: microUsdPerMTok(cacheWriteUsdPerMTok) }),
    ...(usdPerRequest === undefined ? {} : { requestNanoUsd: nanoFromUsd(usdPerRequest) }),
  };
}
