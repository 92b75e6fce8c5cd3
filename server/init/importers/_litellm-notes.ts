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
]);

/** What is read of an entry's `model_info`, or says nothing that a gateway acts on. */
const KNOWN_INFO = new Set([
  "id",
  "mode",
  "input_cost_per_token",
  "output_cost_per_token",
  "max_tokens",
  "max_input_tokens",
  "max_output_tokens",
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
    "num_retries",
    "timeout",
    "fallbacks",
    "default_fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
  ]),
  general_settings: new Set(),
};

const CACHING = "caching is set under cache and a route's cache (docs/caching.md)";
const CALLBACKS = "the log, /metrics and OpenTelemetry traces (traces.endpoint) take the place of callbacks";
const SHARED = "several processes share state through shared.url";
const GUARDS = "checks are set under guardrails (docs/guardrails.md)";
const RESTS = "an upstream that fails or throttles rests by itself, and others go first";

/** Where a field belongs here; of every other that is not read it is said that it stays behind. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  master_key: "the admin key is WEIR_ADMIN_KEY; virtual keys are made by `weir keys create`",
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
  model_group_alias: "a name that clients use is a candidate's id or a pool's: give one, or let them ask for the model",
  retry_policy: "gateway.retries holds for every passing fault",
  environment_variables: "set them where Weir starts; weir.yaml names them as ${NAME}",
};

/** Everything of the file that has no place in ours, so that nothing goes missing unseen. */
export function noteTheRest(file: Fields, note: Note): void {
  for (const [section, fields] of Object.entries(file)) {
    const read = READ[section];
    if (section === "model_list") continue;
    if (read === undefined) {
      note(section, ELSEWHERE[section] ?? "is not carried over");
      continue;
    }
    for (const field of Object.keys(fieldsOf(fields))) {
      if (!read.has(field)) note(`${section}.${field}`, ELSEWHERE[field] ?? "is not carried over");
    }
  }
}

/** What an entry says that ours does not take up. */
export function noteOfEntry(place: string, params: Fields, info: Fields, note: Note): void {
  for (const key of Object.keys(params)) {
    if (!KNOWN_PARAMETERS.has(key)) note(`${place}.litellm_params.${key}`, "is not carried over");
  }
  for (const key of Object.keys(info)) {
    if (!KNOWN_INFO.has(key)) note(`${place}.model_info.${key}`, INFO[key] ?? "is not carried over");
  }
}

const INFO: Readonly<Record<string, string>> = {
  base_model: "`weir doctor` says whether the price is known; `price` of the candidate sets it",
};
