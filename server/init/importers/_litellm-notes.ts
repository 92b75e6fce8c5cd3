// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import type { DraftNote } from "../draft.ts";
import { type Fields, fieldsOf } from "./_parse.ts";

type Note = (place: DraftNote["place"], message: DraftNote["message"]) => void;

/** What is read of an entry's parameters; the rest is noted. */
const KNOWN_PARAMETERS = new Set([
  "model",
  "api_key",
  "api_base",
  "base_url",
  "api_version",
  "rpm",
  "tpm",
  "weight",
  "max_parallel_requests",
  "extra_headers",
  "input_cost_per_token",
  "output_cost_per_token",
  "aws_region_name",
  "aws_access_key_id",
  "aws_secret_access_key",
  "vertex_project",
  "vertex_location",
  "custom_llm_provider",
  "cache_read_input_token_cost",
  "cache_creation_input_token_cost",
]);

const KNOWN_FIELDS = new Set(["model_name", "litellm_params", "model_info", "rpm", "tpm"]);

/** What is read of an entry's `model_info`, or says nothing that a gateway acts on. */
const KNOWN_INFO = new Set([
  "id",
  "mode",
  "input_cost_per_token",
  "output_cost_per_token",
  "cache_read_input_token_cost",
  "cache_creation_input_token_cost",
  "max_tokens",
  "max_input_tokens",
  "max_output_tokens",
  "supports_function_calling",
  "supports_vision",
  "supports_response_schema",
  "supports_reasoning",
]);

const READ: Readonly<Record<string, ReadonlySet<string>>> = {
  litellm_settings: new Set([
    "num_retries",
    "request_timeout",
    "timeout",
    "drop_params",
    "fallbacks",
    "default_fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
    "max_budget",
    "budget_duration",
  ]),
  router_settings: new Set([
    "routing_strategy",
    "model_group_alias",
    "num_retries",
    "timeout",
    "fallbacks",
    "default_fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
  ]),
  general_settings: new Set(),
};

const STAYS = "is not carried over";
const KEYS = "the admin key is WEIR_ADMIN_KEY; virtual keys are made by `weir keys create`";
const LOGGING = "server.logLevel says how much is logged";
const CACHING = "caching is set under cache and a route's cache (docs/caching.md)";
const CALLBACKS = "the log, /metrics and OpenTelemetry traces (traces.endpoint) take the place of callbacks";
const SHARED = "processes on one machine share one SQLite database; Redis is not there yet";
const GUARDS = "checks are set under guardrails (docs/guardrails.md)";
const RESTS = "an upstream that fails or throttles rests by itself, and others go first";

/** Where a field belongs here; of every other that is not read it is said that it stays behind. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  master_key: KEYS,
  database_url: "Weir keeps its own database: storage.url",
  store_model_in_db: "models are in weir.yaml alone, which is read again when it changes",
  alerting: "budgets and alarms tell by webhook (docs/keys-and-budgets.md, docs/operations.md)",
  max_parallel_requests: "limits with `parallel` hold for keys, teams, users, models and routes",
  cache: CACHING,
  cache_params: CACHING,
  success_callback: CALLBACKS,
  failure_callback: CALLBACKS,
  callbacks: CALLBACKS,
  redis_host: SHARED,
  redis_port: SHARED,
  redis_password: SHARED,
  redis_url: SHARED,
  guardrails: GUARDS,
  allowed_fails: RESTS,
  cooldown_time: RESTS,
  enable_pre_call_checks: "a model that the prompt does not fit is passed over by itself",
  retry_policy: "gateway.retries holds for every passing fault",
  environment_variables: "set them where Weir starts; weir.yaml names them as ${NAME}",
  custom_auth: KEYS,
  set_verbose: LOGGING,
  debug: LOGGING,
  json_logs: LOGGING,
  telemetry: "nothing is sent anywhere",
  retry_after: "gateway.backoffMs is the first wait before another try",
  stream_timeout: "gateway.silenceTimeoutMs is the longest silence within an answer",
  store_prompts_in_spend_logs: "a route keeps text where it says `log: { content: full }`",
  maximum_spend_logs_retention_period: "log.retentionDays says how long requests are kept",
  optional_pre_call_checks: "x-weir-session keeps a conversation on one model",
  files_settings: "files and batches go to the upstream that their model names, or under /proxy/<upstream>",
  finetune_settings: "go under /proxy/<upstream>",
  default_team_settings: "teams are names on keys: `weir keys create --team`",
  tags: "rules look at metadata (routes.<route>.rules)",
};

/** Everything of the file that has no place in ours, so that nothing goes missing unseen. */
export function noteTheRest(file: Fields, note: Note): void {
  for (const [section, fields] of Object.entries(file)) {
    const read = READ[section];
    if (section === "model_list") continue;
    if (read === undefined) {
      note(section, ELSEWHERE[section] ?? STAYS);
      continue;
    }
    for (const [field, value] of Object.entries(fieldsOf(fields))) {
      if (!read.has(field) && value !== null) note(`${section}.${field}`, ELSEWHERE[field] ?? STAYS);
    }
  }
}

/** What an entry says that ours does not take up. */
export function noteOfEntry(place: string, entry: Fields, note: Note): void {
  const parts: readonly (readonly [string, Fields, ReadonlySet<string>])[] = [
    [place, entry, KNOWN_FIELDS],
    [`${place}.litellm_params`, fieldsOf(entry.litellm_params), KNOWN_PARAMETERS],
    [`${place}.model_info`, fieldsOf(entry.model_info), KNOWN_INFO],
  ];
  for (const [at, fields, known] of parts) {
    for (const [key, value] of Object.entries(fields)) {
      if (!known.has(key) && value !== null) note(`${at}.${key}`, OF_ENTRIES[key] ?? ELSEWHERE[key] ?? STAYS);
    }
  }
}

const OF_ENTRIES: Readonly<Record<string, string>> = {
  base_model: "`weir doctor` says whether the price is known; `price` of the candidate sets it",
  timeout: "gateway.attemptTimeoutMs holds for one try of every model",
  vertex_credentials: "options.serviceAccount of the upstream takes the content of the JSON file",
  organization: "`headers` of the upstream takes openai-organization",
};

/** Entries that leave the same thing behind say it once. */
export function gathered(notes: readonly DraftNote[]): readonly DraftNote[] {
  const groups = new Map<string, DraftNote[]>();
  for (const one of notes) {
    const key = `${one.place.replace(/^model_list\.\d+/, "model_list.*")}\n${one.message}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].map(([key, group]) => {
    const [first] = group;
    if (group.length === 1) return first!;
    return { place: key.split("\n")[0]!, message: `${first!.message} (${group.length} entries)` };
  });
}
