import { AppError, EngineError, type EngineErrorCode } from "../engine/errors.ts";

export type ApiErrorCode =
  | "invalid_request"
  | "invalid_json"
  | "invalid_utf8"
  | "thread_unsupported_request"
  | "thread_not_found"
  | "body_too_large"
  | "unsupported_media_type"
  | "unauthorized"
  | "provider_key_missing"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "unknown_route"
  | "unknown_decision"
  | "unknown_request"
  | "price_unknown"
  | "unknown_router"
  | "config_invalid"
  | "settings_changed"
  | "settings_not_writable"
  | "unknown_section"
  | "unknown_revision"
  | "not_restorable"
  | "storage_invalid"
  | "not_replayable"
  | "not_certifiable"
  | "not_certified"
  | "retrain_running"
  | "unknown_run"
  | "not_ready"
  | "models_read_only"
  | "unknown_key"
  | "unknown_budget"
  | "key_expired"
  | "key_disabled"
  | "model_not_allowed"
  | "route_not_allowed"
  | "model_unpriced"
  | "rate_limited"
  | "budget_exceeded"
  | "budgets_unavailable"
  | "blocked_by_guardrail"
  | "guardrail_failed"
  | "cannot_listen"
  | "not_empty"
  | "internal";

/** A fault that the client (or the operator, for `config_invalid`) can act on. `place` is the field's path. */
export class ApiError extends AppError<ApiErrorCode> {}

/** A refusal of this moment: how long to wait, and headers that tell where the caller stands. */
export class RefusalError extends ApiError {
  /** null: waiting does not help. */
  readonly retryAfterMs: number | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ApiErrorCode,
    message: string,
    { retryAfterMs, headers = {} }: { retryAfterMs: number | null; headers?: Readonly<Record<string, string>> },
  ) {
    super(code, message);
    this.retryAfterMs = retryAfterMs;
    this.headers = headers;
  }
}

/** One problem with its place, when a check reports several at once. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Every code has a status: a new code without one does not compile. The only table of status numbers. */
const statusOf = {
  invalid_request: 400,
  invalid_json: 400,
  invalid_utf8: 400,
  thread_unsupported_request: 400,
  thread_not_found: 404,
  body_too_large: 413,
  unsupported_media_type: 415,
  unauthorized: 401,
  provider_key_missing: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  unknown_route: 404,
  unknown_decision: 404,
  unknown_request: 404,
  price_unknown: 422,
  unknown_router: 404,
  config_invalid: 400,
  settings_changed: 409,
  settings_not_writable: 409,
  unknown_section: 404,
  unknown_revision: 404,
  not_restorable: 409,
  storage_invalid: 500,
  not_replayable: 409,
  not_certifiable: 409,
  not_certified: 409,
  retrain_running: 409,
  unknown_run: 404,
  not_ready: 503,
  models_read_only: 409,
  unknown_key: 404,
  unknown_budget: 404,
  key_expired: 401,
  key_disabled: 403,
  model_not_allowed: 403,
  route_not_allowed: 403,
  model_unpriced: 403,
  rate_limited: 429,
  budget_exceeded: 402,
  budgets_unavailable: 503,
  blocked_by_guardrail: 400,
  guardrail_failed: 503,
  cannot_listen: 500,
  not_empty: 409,
  internal: 500,
  no_candidate: 422,
  unknown_model: 404,
  unknown_policy: 400,
  artifact_missing: 404,
  artifact_corrupt: 409,
  artifact_mismatch: 409,
  scorer_failed: 500,
  plugin_invalid: 500,
} satisfies Record<ApiErrorCode | EngineErrorCode, number>;

/** Body of every error of our own endpoints: the OpenAI shape, so that any client library reads it. */
interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** Path of the field at fault, e.g. `messages.0.content`; null when the whole request is. */
    readonly param: string | null;
    readonly code: string;
    readonly [detail: string]: unknown;
  };
}

export interface RenderedError {
  readonly status: number;
  readonly body: ErrorBody;
}

/** Turns anything thrown into a status and a body. What we did not raise on purpose says nothing about its inside. */
export function renderError(error: unknown): RenderedError {
  if (error instanceof ApiError || error instanceof EngineError) {
    return rendered(statusOf[error.code], error.code, error.message, error.place, detailsOf(error));
  }
  const framework = frameworkError(error);
  if (framework !== null) return rendered(statusOf[framework.code], framework.code, framework.message, null, {});
  return rendered(
    500,
    "internal",
    "something failed inside Weir; its log has the reason under this request's id",
    null,
    {},
  );
}

function rendered(
  status: number,
  code: string,
  message: string,
  param: string | null,
  details: Readonly<Record<string, unknown>>,
): RenderedError {
  return { status, body: { error: { message, type: typeOf(status), param, code, ...details } } };
}

function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 402) return "insufficient_quota";
  if (status === 429) return "rate_limit_error";
  if (status === 403) return "permission_error";
  if (status === 404) return "not_found_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

/** What is known about each exclusion, or each problem of a configuration, hangs on its error and is passed on as is. */
function detailsOf(error: AppError): Readonly<Record<string, unknown>> {
  const { exclusions, problems } = error as { exclusions?: unknown; problems?: unknown };
  return { ...(Array.isArray(exclusions) ? { exclusions } : {}), ...(Array.isArray(problems) ? { problems } : {}) };
}

/** Errors that Fastify raises before our code runs, by its own stable codes. */
function frameworkError(error: unknown): { code: ApiErrorCode; message: string } | null {
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return { code: "body_too_large", message: "the body is larger than this endpoint takes (1 MiB; a batch 32 MiB)" };
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return { code: "invalid_json", message: "the body is empty; send a JSON object" };
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return { code: "unsupported_media_type", message: "send the body as content-type: application/json" };
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return { code: "invalid_request", message: "the body's length is not what content-length said" };
    default:
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? { code: "invalid_request", message: (error as Error).message }
        : null;
  }
}
