// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { ApiError } from "../../errors.ts";
import { defineConfigImporter } from "../config-importer.ts";
import { draftNotes } from "../draft.ts";
import { PROVIDERS, USUAL_KEYS } from "./_litellm-names.ts";
import { noteOfEntry, noteTheRest } from "./_litellm-notes.ts";
import { type Fields, fieldsOf, isFields, listOf, numberOf, parseMapping, plainName, textOf } from "./_parse.ts";
import { type UpstreamBook, upstreamBook } from "./_upstreams.ts";

const SELECTIONS: Readonly<Record<string, string>> = {
  "simple-shuffle": "weighted",
  "least-busy": "round-robin",
  "usage-based-routing": "weighted",
  "usage-based-routing-v2": "weighted",
  "latency-based-routing": "least-latency",
  "cost-based-routing": "least-cost",
};

interface Deployment {
  readonly alias: string;
  readonly place: string;
  readonly upstream: string;
  readonly model: string;
  readonly parameters: Fields;
  readonly info: Fields;
}

interface Draft {
  readonly deployments: readonly Deployment[];
  readonly book: UpstreamBook;
  readonly note: (place: string, message: string) => void;
}

/** The proxy's `config.yaml`: model_list, router_settings, litellm_settings, general_settings. */
export default defineConfigImporter({
  name: "litellm",
  title: "LiteLLM proxy configuration (config.yaml)",
  draft(text) {
    const file = parseMapping(text, "LiteLLM configuration");
    const { notes, note } = draftNotes();
    const book = upstreamBook();
    const deployments = listOf(file.model_list).flatMap((entry, i) => deploymentOf(entry, i, book, note));
    if (deployments.length === 0) {
      throw new ApiError("config_invalid", "not a LiteLLM configuration: model_list names no model", {
        place: "model_list",
      });
    }
    const draft = { deployments, book, note };
    const settings = { ...fieldsOf(file.litellm_settings), ...fieldsOf(file.router_settings) };
    const names = namesOf(draft, settings);
    noteTheRest(file, note);
    return {
      sections: {
        upstreams: book.sections,
        candidates: names.candidates,
        ...(Object.keys(names.pools).length === 0 ? {} : { pools: names.pools }),
        routes: { default: routeOf(draft, names, settings) },
        ...gatewayOf(settings),
        ...budgetsOf(fieldsOf(file.litellm_settings)),
        ...(names.limits.length === 0 ? {} : { limits: names.limits }),
      },
      notes,
    };
  },
});

function deploymentOf(entry: unknown, i: number, book: UpstreamBook, note: Draft["note"]): Deployment[] {
  const place = `model_list.${i}`;
  const { model_name: alias, litellm_params: parameters, model_info: info } = fieldsOf(entry);
  const params = fieldsOf(parameters);
  const called = textOf(params.model);
  const name = textOf(alias);
  if (called === null || name === null) {
    note(place, "has no model_name or no litellm_params.model: left out");
    return [];
  }
  const { provider, model } = providerOf(called, params);
  if (provider === null) {
    note(`${place}.litellm_params.model`, `"${called}": no provider of ours speaks to it: left out`);
    return [];
  }
  noteOfEntry(place, params, fieldsOf(info), note);
  const key = textOf(params.api_key);
  if (key !== null && variableOf(key) === null) {
    note(`${place}.litellm_params.api_key`, `a key in the file stays out: \${${usualKey(provider)}} is read instead`);
  }
  const upstream = book.nameFor(provider === "openai-compatible" ? "compatible" : upstreamName(provider), {
    provider,
    ...keyOf(params, provider),
    ...(baseOf(params) === null ? {} : { baseUrl: baseOf(params) }),
    ...(isFields(params.extra_headers) ? { headers: params.extra_headers } : {}),
    ...optionsOf(params, provider),
  });
  if (name.includes("*")) {
    note(`${place}.model_name`, `"${name}": any model of this upstream is served as ${upstream}/<model>`);
    return [];
  }
  return [{ alias: name, place, upstream, model, parameters: params, info: fieldsOf(info) }];
}

function providerOf(called: string, params: Fields): { provider: string | null; model: string } {
  const slash = called.indexOf("/");
  const prefix = slash < 0 ? (textOf(params.custom_llm_provider) ?? "openai") : called.slice(0, slash);
  const model = slash < 0 ? called : called.slice(slash + 1);
  const provider = PROVIDERS[prefix] ?? (baseOf(params) === null ? null : "openai-compatible");
  if (provider === "openai" && baseOf(params) !== null && !/api\.openai\.com/.test(baseOf(params)!)) {
    return { provider: "openai-compatible", model };
  }
  return { provider, model };
}

function upstreamName(provider: string): string {
  return provider === "azure-openai" ? "azure" : provider;
}

/** `os.environ/NAME` is LiteLLM's way to name a variable; a key in the file stays out of ours. */
function keyOf(params: Fields, provider: string): Record<string, unknown> {
  const given = textOf(params.api_key);
  if (given !== null) return { apiKey: variableOf(given) ?? `\${${usualKey(provider)}}` };
  const usual = USUAL_KEYS[provider];
  return usual === undefined ? {} : { apiKey: `\${${usual}:-}` };
}

function usualKey(provider: string): string {
  return USUAL_KEYS[provider] ?? `${provider.toUpperCase().replaceAll("-", "_")}_API_KEY`;
}

function variableOf(text: string): string | null {
  const name = /^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1];
  return name === undefined ? null : `\${${name}}`;
}

function settingOf(value: unknown): string | null {
  const text = textOf(value);
  return text === null ? null : (variableOf(text) ?? text);
}

function baseOf(params: Fields): string | null {
  return settingOf(params.api_base) ?? settingOf(params.base_url);
}

function optionsOf(params: Fields, provider: string): Record<string, unknown> {
  const wanted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "azure-openai": { apiVersion: "api_version" },
    bedrock: {
      region: "aws_region_name",
      accessKeyId: "aws_access_key_id",
      secretAccessKey: "aws_secret_access_key",
    },
    vertex: { project: "vertex_project", location: "vertex_location" },
  };
  const options = Object.entries(wanted[provider] ?? {}).flatMap(([ours, theirs]) => {
    const value = settingOf(params[theirs]);
    return value === null ? [] : [[ours, value] as const];
  });
  return options.length === 0 ? {} : { options: Object.fromEntries(options) };
}

interface Names {
  readonly candidates: readonly Fields[];
  readonly pools: Readonly<Record<string, unknown>>;
  readonly limits: readonly Fields[];
  /** Candidate that an alias means first. */
  readonly first: ReadonlyMap<string, string>;
}

/** Aliases with one deployment become candidates of that name, those with several become pools. */
function namesOf({ deployments, note }: Draft, settings: Fields): Names {
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
      candidates.push(candidateOf(id, deployment));
      const { rpm, tpm } = deployment.parameters;
      if (numberOf(rpm) !== null || numberOf(tpm) !== null) {
        limits.push({
          scope: "model",
          subject: id,
          ...(numberOf(rpm) === null ? {} : { rpm }),
          ...(numberOf(tpm) === null ? {} : { tpm }),
        });
      }
      return { use: id, weight: weightOf(deployment.parameters) };
    });
    first.set(alias, members[0]!.use);
    if (members.length === 1) continue;
    const name = plainName(alias);
    if (name !== alias) note("model_list", `"${alias}" is called "${name}" now: pools have plain names`);
    pools[name] = { select: select ?? "weighted", members };
  }
  return { candidates, pools, limits, first };
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

function weightOf({ weight, rpm, tpm }: Fields): number {
  return numberOf(weight) ?? numberOf(rpm) ?? numberOf(tpm) ?? 1;
}

function candidateOf(id: string, { upstream, model, parameters, info }: Deployment): Fields {
  const input = numberOf(parameters.input_cost_per_token) ?? numberOf(info.input_cost_per_token);
  // What makes vectors has no output to pay for.
  const output =
    numberOf(parameters.output_cost_per_token) ?? numberOf(info.output_cost_per_token) ?? (isSpoken(info) ? null : 0);
  const context = numberOf(info.max_input_tokens);
  const maxOutput = numberOf(info.max_output_tokens);
  return {
    id,
    upstream,
    model,
    ...(input === null || output === null
      ? {}
      : { price: { inputUsdPerMTok: perMillion(input), outputUsdPerMTok: perMillion(output) } }),
    ...(context === null ? {} : { contextTokens: context }),
    ...(maxOutput === null ? {} : { maxOutputTokens: maxOutput }),
  };
}

/** Whether it answers in words, so that a route may choose it. */
function isSpoken(info: Fields): boolean {
  return [null, "chat", "completion", "responses"].includes(textOf(info.mode));
}

/** Without the dust of binary fractions. */
function perMillion(usdPerToken: number): number {
  return Number((usdPerToken * 1e6).toPrecision(9));
}

/** Lists of whom to ask next, for one model each or for all. */
const FALLBACKS = ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks"] as const;

function routeOf({ deployments, note }: Draft, { first }: Names, settings: Fields): Fields {
  const lists = FALLBACKS.flatMap((field) =>
    listOf(settings[field]).flatMap((entry) => Object.values(fieldsOf(entry)).flatMap(listOf)),
  );
  if (lists.length > 0) {
    note(
      "fallbacks",
      "fallbacks belong to a route here: those of all models are together under routes.default.fallbacks",
    );
  }
  const targets = [...lists, ...listOf(settings.default_fallbacks)].flatMap((alias) => first.get(String(alias)) ?? []);
  const spoken = new Set(deployments.flatMap(({ alias, info }) => (isSpoken(info) ? [alias] : [])));
  const ids = [...first].flatMap(([alias, id]) => (spoken.has(alias) ? [id] : []));
  if (ids.length === 0) {
    throw new ApiError("config_invalid", "no model of model_list answers in words: a route needs one", {
      place: "model_list",
    });
  }
  return {
    incumbent: ids[0],
    candidates: ids,
    mode: "observe",
    policy: { name: "quality-target", quality: 0.95 },
    fallbacks: [...new Set(targets)],
  };
}

function gatewayOf(settings: Fields): Fields {
  const retries = numberOf(settings.num_retries);
  const timeout = numberOf(settings.timeout) ?? numberOf(settings.request_timeout);
  const gateway = {
    ...(retries === null ? {} : { retries: Math.max(0, Math.min(10, Math.round(retries))) }),
    ...(timeout === null ? {} : { requestTimeoutMs: timeout * 1000 }),
    ...(settings.drop_params === false ? { strict: true } : {}),
    ...(listOf(settings.content_policy_fallbacks).length === 0 ? {} : { fallBackOnContentPolicy: true }),
  };
  return Object.keys(gateway).length === 0 ? {} : { gateway };
}

function budgetsOf(settings: Fields): Fields {
  const usd = numberOf(settings.max_budget);
  if (usd === null) return {};
  return { budgets: [{ scope: "global", usd, window: textOf(settings.budget_duration) ?? "30d" }] };
}
