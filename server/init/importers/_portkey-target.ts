// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { type Fields, fieldsOf, numberOf, textOf } from "./_parse.ts";
import type { UpstreamBook } from "./_upstreams.ts";

export type Note = (place: string, message: string) => void;

/** Portkey's provider slugs where they differ from ours. */
const PROVIDERS: Readonly<Record<string, string>> = {
  "vertex-ai": "vertex",
  "together-ai": "together",
  "fireworks-ai": "fireworks",
  "mistral-ai": "mistral",
  "x-ai": "xai",
  "perplexity-ai": "perplexity",
};

/** Those that we serve by the same name. */
const SAME = [
  ...["azure-openai", "openai", "anthropic", "bedrock", "google", "groq", "cohere", "deepseek", "openrouter", "ollama"],
  ...["cerebras", "deepinfra", "moonshot", "nvidia", "sambanova"],
];

/** Vendors by how their models are called, for slugs that people gave and that tell nothing. */
const BY_MODEL: readonly (readonly [RegExp, string])[] = [
  [/^claude/, "anthropic"],
  [/^gemini/, "google"],
  [/^grok/, "xai"],
  [/^deepseek/, "deepseek"],
  [/^(mistral|codestral|ministral)/, "mistral"],
  [/^command/, "cohere"],
  [/^(gpt|o\d|text-embedding|chatgpt)/, "openai"],
];

const DEFAULT_MODELS: Readonly<Record<string, string>> = {
  openai: "gpt-4o",
  anthropic: "claude-sonnet-4-5",
  google: "gemini-2.5-flash",
};

export interface Target {
  /** What conditions call it; null where it has no name. */
  readonly name: string | null;
  readonly id: string;
  readonly weight: number;
}

/** A target's fields that are read here; the rest is noted. */
const READ = new Set([
  ...["provider", "virtual_key", "api_key", "custom_host", "weight", "name", "override_params", "retry"],
  ...["request_timeout", "targets", "strategy", "resource_name", "deployment_id", "api_version", "aws_region"],
  ...["aws_access_key_id", "aws_secret_access_key", "vertex_project_id", "vertex_region"],
]);

const GUARDS = "checks are set under guardrails (docs/guardrails.md)";
const ELSEWHERE: Readonly<Record<string, string>> = {
  cache: "caching is set under cache and a route's cache (docs/caching.md)",
  before_request_hooks: GUARDS,
  after_request_hooks: GUARDS,
  input_guardrails: GUARDS,
  output_guardrails: GUARDS,
  forward_headers: "vendors' own headers are passed on by themselves",
  metadata: "requests bring theirs (x-weir-metadata, x-portkey-metadata)",
};

/** What a config or target says that ours has no place for. */
export function noteTheRest(config: Fields, at: string, note: Note): void {
  for (const [field, value] of Object.entries(config)) {
    if (!READ.has(field) && value !== null) note(join(at, field), ELSEWHERE[field] ?? "is not carried over");
  }
  for (const field of Object.keys(fieldsOf(config.override_params))) {
    if (field !== "model") note(join(at, `override_params.${field}`), "clients send it: nothing is put into requests");
  }
  for (const field of ["strategy", "retry"]) {
    if (fieldsOf(config[field]).on_status_codes !== undefined) {
      note(join(at, `${field}.on_status_codes`), "passing faults are tried again and fall back, whatever their code");
    }
  }
}

/** The model that a target names: by provider, virtual key, or `@slug/model`. None, with a note, where nobody serves it. */
export function targetOf(config: Fields, at: string, book: UpstreamBook, note: Note): Target[] {
  const asked = textOf(fieldsOf(config.override_params).model) ?? textOf(config.deployment_id);
  const [, catalogued, behind] = /^@([^/]+)\/(.+)$/.exec(asked ?? "") ?? [];
  const provider = textOf(config.provider);
  const slug = catalogued ?? textOf(config.virtual_key) ?? (provider?.startsWith("@") ? provider.slice(1) : null);
  const called = slug ?? provider;
  if (called === null) return [];
  const named = behind ?? asked;
  const spoken = textOf(config.custom_host) === null ? providerOf(called, slug === null, named) : "openai-compatible";
  if (spoken === null) {
    note(join(at, "provider"), `"${called}": no provider of ours speaks to it without a custom_host: left out`);
    return [];
  }
  if (slug !== null && slug !== spoken) {
    const place = join(
      at,
      catalogued === undefined ? (provider === null ? "virtual_key" : "provider") : "override_params.model",
    );
    note(place, `"${slug}" is taken for ${spoken}: say so if it is another`);
  }
  if (textOf(config.api_key) !== null) note(join(at, "api_key"), "a key in the file stays out: a variable is named");
  const variable = called.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  const upstream = book.nameFor(slug ?? spoken, { provider: spoken, ...settingsOf(config, spoken, variable) });
  const model = named ?? DEFAULT_MODELS[spoken];
  if (named === null) note(join(at, "override_params.model"), `names no model: ${model ?? "write one"} stands in`);
  const weight = numberOf(config.weight) ?? 1;
  if (weight === 0) note(join(at, "weight"), "no share of the pool: it is a fallback only");
  return [{ name: textOf(config.name), id: `${upstream}/${model ?? "model"}`, weight }];
}

/** `openai-eu-1234` is a name that somebody gave; most hold the provider's, else the model tells. null: it is a provider, and not one of ours. */
function providerOf(called: string, isProvider: boolean, model: string | null): string | null {
  if (isProvider) return PROVIDERS[called] ?? (SAME.includes(called) ? called : null);
  const words = [...Object.keys(PROVIDERS), ...SAME];
  const found =
    words.find((name) => `-${called}-`.includes(`-${name}-`)) ?? words.find((name) => called.includes(name));
  if (found !== undefined) return PROVIDERS[found] ?? found;
  return BY_MODEL.find(([pattern]) => pattern.test(model ?? ""))?.[1] ?? "openai";
}

function settingsOf(config: Fields, provider: string, variable: string): Fields {
  const apiKey = `\${${variable}_API_KEY:-}`;
  const host = textOf(config.custom_host);
  if (provider === "azure-openai") {
    const resource = textOf(config.resource_name);
    const apiVersion = textOf(config.api_version);
    const baseUrl = host ?? (resource === null ? `\${${variable}_BASE_URL}` : `https://${resource}.openai.azure.com`);
    return { apiKey, baseUrl, ...(apiVersion === null ? {} : { options: { apiVersion } }) };
  }
  if (provider === "bedrock") {
    const region = textOf(config.aws_region) ?? "${AWS_REGION:-us-east-1}";
    const secrets = { accessKeyId: "${AWS_ACCESS_KEY_ID}", secretAccessKey: "${AWS_SECRET_ACCESS_KEY}" };
    return { options: { region, ...secrets } };
  }
  if (provider === "vertex") {
    const project = textOf(config.vertex_project_id) ?? "${GOOGLE_CLOUD_PROJECT}";
    const location = textOf(config.vertex_region) ?? "global";
    return { options: { project, location, accessToken: `\${${variable}_ACCESS_TOKEN}` } };
  }
  return { apiKey, ...(host === null ? {} : { baseUrl: host }) };
}

export function join(at: string, field: string): string {
  return at === "" ? field : `${at}.${field}`;
}
