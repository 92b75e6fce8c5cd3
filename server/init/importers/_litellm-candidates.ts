import type { Deployment, Note } from "./_litellm-deployments.ts";
import { type Fields, fieldsOf, numberOf, plainName, textOf } from "./_parse.ts";

const SELECTIONS: Readonly<Record<string, string>> = {
  "simple-shuffle": "weighted",
  "least-busy": "round-robin",
  "usage-based-routing": "weighted",
  "usage-based-routing-v2": "weighted",
  "latency-based-routing": "least-latency",
  "cost-based-routing": "least-cost",
};

/** Model names that make vectors, sound or pictures where `mode` does not say so. */
const NOT_WORDS =
  /embed|rerank|whisper|transcribe|(^|[-/_])tts([-/_]|$)|dall-e|imagen|veo-|-image($|-)|stable-diffusion|moderation/i;

export interface Names {
  readonly candidates: readonly Fields[];
  readonly pools: Readonly<Record<string, unknown>>;
  readonly limits: readonly Fields[];
  /** Candidate that an alias means first. */
  readonly first: ReadonlyMap<string, string>;
}

/** Aliases with one deployment become candidates of that name, those with several become pools. */
export function namesOf(deployments: readonly Deployment[], settings: Fields, note: Note): Names {
  const candidates: Fields[] = [];
  const pools: Record<string, unknown> = {};
  const limits: Fields[] = [];
  const first = new Map<string, string>();
  const strategy = textOf(settings.routing_strategy) ?? "simple-shuffle";
  const select = SELECTIONS[strategy];
  if (select === undefined) note("router_settings.routing_strategy", `"${strategy}" is not known: weighted instead`);
  for (const [alias, group] of groupByAlias(deployments)) {
    const members = group.map((deployment, i) => {
      const id = group.length === 1 ? alias : `${alias}/${i + 1}`;
      candidates.push(candidateOf(id, deployment, note));
      const { rpm, tpm } = deployment.limits;
      const most = { ...(rpm === null ? {} : { rpm }), ...(tpm === null ? {} : { tpm }) };
      if (rpm !== null || tpm !== null) limits.push({ scope: "model", subject: id, ...most });
      return { use: id, weight: numberOf(deployment.parameters.weight) ?? rpm ?? tpm ?? 1 };
    });
    first.set(alias, members[0]!.use);
    if (members.length === 1) continue;
    const name = plainName(alias);
    if (name !== alias) note("model_list", `"${alias}" is called "${name}" now: pools have plain names`);
    pools[name] = { select: select ?? "weighted", members };
  }
  candidates.push(...furtherNames(candidates, fieldsOf(settings.model_group_alias), note));
  return { candidates, pools, limits, first };
}

/** `model_group_alias`: another name of a model is a candidate of its own to the same upstream. */
function furtherNames(candidates: readonly Fields[], aliases: Fields, note: Note): Fields[] {
  return Object.entries(aliases).flatMap(([alias, target]) => {
    const name = textOf(target) ?? textOf(fieldsOf(target).model);
    const candidate = candidates.find(({ id }) => id === name);
    if (candidate !== undefined) return [{ ...candidate, id: alias }];
    const place = `router_settings.model_group_alias.${alias}`;
    note(place, `"${name}" is no single model: let clients ask for the pool by its own name`);
    return [];
  });
}

function groupByAlias(deployments: readonly Deployment[]): ReadonlyMap<string, readonly Deployment[]> {
  const groups = new Map<string, Deployment[]>();
  for (const deployment of deployments) {
    const group = groups.get(deployment.alias) ?? [];
    group.push(deployment);
    groups.set(deployment.alias, group);
  }
  return groups;
}

/** Our names of LiteLLM's abilities. */
const ABILITIES = {
  tools: "supports_function_calling",
  vision: "supports_vision",
  jsonSchema: "supports_response_schema",
  reasoning: "supports_reasoning",
} as const;

function candidateOf(id: string, deployment: Deployment, note: Note): Fields {
  const { upstream, model, info } = deployment;
  const price = priceOf(deployment, note);
  const context = numberOf(info.max_input_tokens);
  const maxOutput = numberOf(info.max_output_tokens);
  const abilities = Object.entries(ABILITIES).flatMap(([ours, theirs]) =>
    typeof info[theirs] === "boolean" ? [[ours, info[theirs]] as const] : [],
  );
  return {
    id,
    upstream,
    model,
    ...(price === null ? {} : { price }),
    ...(context === null ? {} : { contextTokens: context }),
    ...(maxOutput === null ? {} : { maxOutputTokens: maxOutput }),
    ...(abilities.length === 0 ? {} : { abilities: Object.fromEntries(abilities) }),
  };
}

/** Ours by LiteLLM's, which count by the token. */
const PRICES = {
  inputUsdPerMTok: "input_cost_per_token",
  outputUsdPerMTok: "output_cost_per_token",
  cacheReadUsdPerMTok: "cache_read_input_token_cost",
  cacheWriteUsdPerMTok: "cache_creation_input_token_cost",
} as const;

function priceOf(deployment: Deployment, note: Note): Fields | null {
  const { parameters, info, place } = deployment;
  const priced = Object.entries(PRICES).flatMap(([ours, theirs]) => {
    const usd = numberOf(parameters[theirs]) ?? numberOf(info[theirs]);
    return usd === null ? [] : [[ours, perMillion(usd)] as const];
  });
  const price: Fields = Object.fromEntries(priced);
  // What makes vectors has no output to pay for.
  const output = price.outputUsdPerMTok ?? (isSpoken(deployment) ? undefined : 0);
  if (price.inputUsdPerMTok !== undefined && output !== undefined) return { ...price, outputUsdPerMTok: output };
  if (priced.length > 0) note(place, "a price needs both input and output: what stands here is left out");
  return null;
}

/** Whether it answers in words, so that a route may choose it. */
export function isSpoken({ info, model }: Deployment): boolean {
  const mode = textOf(info.mode);
  if (mode !== null) return ["chat", "completion", "responses"].includes(mode);
  return !NOT_WORDS.test(model);
}

/** Without the dust of binary fractions. */
function perMillion(usdPerToken: number): number {
  return Number((usdPerToken * 1e6).toPrecision(9));
}
