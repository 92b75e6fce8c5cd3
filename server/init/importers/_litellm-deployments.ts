// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { ADDRESSES, PROVIDERS, USUAL_KEYS } from "./_litellm-names.ts";
import { noteOfEntry } from "./_litellm-notes.ts";
import { type Fields, fieldsOf, isFields, numberOf, textOf } from "./_parse.ts";
import type { UpstreamBook } from "./_upstreams.ts";

export type Note = (place: string, message: string) => void;

/** An entry of model_list that a provider of ours serves. */
export interface Deployment {
  readonly alias: string;
  readonly place: string;
  readonly upstream: string;
  readonly provider: string;
  readonly model: string;
  readonly parameters: Fields;
  readonly info: Fields;
  /** Most requests and tokens a minute, wherever the entry says them. */
  readonly limits: { readonly rpm: number | null; readonly tpm: number | null };
}

interface Spoken {
  readonly provider: string;
  readonly model: string;
  /** Name of the upstream. */
  readonly name: string;
  readonly baseUrl: string | null;
  /** Variable of the key where the entry names none. */
  readonly key: string | null;
  readonly options: Fields;
}

/** Names of any model of an upstream, such as `openai/*`. */
export const isWildcard = ({ alias }: Deployment): boolean => alias.includes("*");

/** null, with a note, when nothing of ours can serve it. */
export function deploymentOf(entry: unknown, i: number, book: UpstreamBook, note: Note): Deployment | null {
  const place = `model_list.${i}`;
  const fields = fieldsOf(entry);
  const parameters = fieldsOf(fields.litellm_params);
  const info = fieldsOf(fields.model_info);
  const called = textOf(parameters.model);
  const alias = textOf(fields.model_name);
  if (called === null || alias === null) {
    note(place, "has no model_name or no litellm_params.model: left out");
    return null;
  }
  const spoken = spokenOf(called, parameters);
  if (spoken === null) {
    note(
      `${place}.litellm_params.model`,
      `"${called}": no provider of ours speaks to it without an api_base: left out`,
    );
    return null;
  }
  noteOfEntry(place, fields, note);
  const { provider, model, name, baseUrl, options } = spoken;
  const upstream = book.nameFor(name, {
    provider,
    ...keyOf(parameters, spoken, `${place}.litellm_params.api_key`, note),
    ...(baseUrl === null ? {} : { baseUrl }),
    ...(isFields(parameters.extra_headers) ? { headers: parameters.extra_headers } : {}),
    ...(Object.keys(options).length === 0 ? {} : { options }),
  });
  const limitOf = (field: "rpm" | "tpm") => numberOf(parameters[field]) ?? numberOf(fields[field]);
  const limits = { rpm: limitOf("rpm"), tpm: limitOf("tpm") };
  return { alias, place, upstream, provider, model, parameters, info, limits };
}

/** Who speaks to `prefix/model`, or to a bare name. */
function spokenOf(called: string, parameters: Fields): Spoken | null {
  const slash = called.indexOf("/");
  const given = textOf(parameters.custom_llm_provider);
  const beginning = slash < 0 ? null : called.slice(0, slash);
  const isKnown = beginning !== null && (beginning in PROVIDERS || beginning in ADDRESSES);
  const prefix =
    isKnown || (given === null && beginning !== null) ? beginning : (given ?? prefixOf(called, parameters));
  const model = slash < 0 || (!isKnown && given !== null) ? called : called.slice(slash + 1);
  const base = baseOf(parameters);
  const known = PROVIDERS[prefix];
  if (known === "openai" && base !== null && !/api\.openai\.com/.test(base))
    return compatible("compatible", model, base);
  if (known !== undefined) return served(known, model, base, parameters);
  const address = base ?? ADDRESSES[prefix] ?? null;
  if (address === null) return null;
  return prefix in ADDRESSES
    ? { ...compatible(prefix, model, address), key: `${prefix.toUpperCase()}_API_KEY` }
    : compatible("compatible", model, address);
}

/** Which vendor LiteLLM takes a name without a prefix for. */
function prefixOf(model: string, parameters: Fields): string {
  if (textOf(parameters.vertex_project) !== null) return "vertex_ai";
  const [, name] = /^(claude|gemini|command)-/.exec(model) ?? [];
  return { claude: "anthropic", gemini: "gemini", command: "cohere_chat" }[name ?? ""] ?? "openai";
}

function compatible(name: string, model: string, baseUrl: string): Spoken {
  return { provider: "openai-compatible", model, name, baseUrl, key: null, options: {} };
}

/** LiteLLM's ways to speak to a vendor stand between prefix and model: `azure/responses/o3`, `bedrock/converse/...`. */
function served(provider: string, called: string, baseUrl: string | null, parameters: Fields): Spoken {
  const way = /^(responses|converse|converse_like|invoke|chat|o_series|gpt5_series)\/(?=.)/.exec(called)?.[1] ?? null;
  const behind = way === null ? called : called.slice(way.length + 1);
  const region = provider === "bedrock" ? /^([a-z]{2}(?:-[a-z]+)+-\d)\/(?=.)/.exec(behind)?.[1] : undefined;
  const model = region === undefined ? behind : behind.slice(region.length + 1);
  const isResponses = provider === "openai" && way === "responses";
  return {
    provider: isResponses ? "openai-responses" : provider,
    model,
    name: provider === "azure-openai" ? "azure" : isResponses ? "openai-responses" : provider,
    baseUrl,
    key: USUAL_KEYS[provider] ?? null,
    options: optionsOf(provider, parameters, region),
  };
}

function optionsOf(provider: string, parameters: Fields, region: string | undefined): Fields {
  const wanted = OPTIONS[provider] ?? {};
  const found = Object.entries(wanted).flatMap(([ours, { theirs, otherwise }]) => {
    const value = settingOf(parameters[theirs]) ?? otherwise ?? null;
    return value === null ? [] : [[ours, value] as const];
  });
  return { ...Object.fromEntries(found), ...(region === undefined ? {} : { region }) };
}

/** Options of a provider by LiteLLM's parameter; AWS's own variables are read where an entry names none. */
const OPTIONS: Readonly<
  Record<string, Readonly<Record<string, { readonly theirs: string; readonly otherwise?: string }>>>
> = {
  "azure-openai": { apiVersion: { theirs: "api_version" } },
  bedrock: {
    region: { theirs: "aws_region_name", otherwise: "${AWS_REGION_NAME:-us-east-1}" },
    accessKeyId: { theirs: "aws_access_key_id", otherwise: "${AWS_ACCESS_KEY_ID}" },
    secretAccessKey: { theirs: "aws_secret_access_key", otherwise: "${AWS_SECRET_ACCESS_KEY}" },
  },
  vertex: { project: { theirs: "vertex_project" }, location: { theirs: "vertex_location" } },
};

/** Providers that serve without a key. */
const KEYLESS = new Set(["openai-compatible", "ollama", "vllm"]);

/** `os.environ/NAME` is LiteLLM's way to name a variable; a key in the file stays out of ours. */
function keyOf(parameters: Fields, { provider, key, name }: Spoken, place: string, note: Note): Fields {
  const given = textOf(parameters.api_key);
  const usual = key ?? `${name.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}_API_KEY`;
  if (given === null) return key === null ? {} : { apiKey: `\${${usual}:-}` };
  const variable = variableOf(given);
  if (variable !== null) return { apiKey: variable };
  if (KEYLESS.has(provider)) {
    note(place, `a key in the file stays out: ${usual} is read instead, and no key is sent where it is not set`);
    return { apiKey: `\${${usual}:-}` };
  }
  note(place, `a key in the file stays out: \${${usual}} is read instead`);
  return { apiKey: `\${${usual}}` };
}

function variableOf(text: string): string | null {
  const name = /^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1];
  return name === undefined ? null : `\${${name}}`;
}

function settingOf(value: unknown): string | null {
  const text = textOf(value);
  return text === null ? null : (variableOf(text) ?? text);
}

function baseOf(parameters: Fields): string | null {
  return settingOf(parameters.api_base) ?? settingOf(parameters.base_url);
}
