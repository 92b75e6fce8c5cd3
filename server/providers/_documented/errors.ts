import type { FaultKind } from "../../chat.ts";

/** An error answer as its vendor documents it. */
export interface DocumentedError {
  readonly provider: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  readonly kind: FaultKind;
  readonly retryAfterMs?: number;
}

const error = (
  provider: string,
  status: number,
  body: unknown,
  kind: FaultKind,
  more: Pick<DocumentedError, "headers" | "retryAfterMs"> = {},
): DocumentedError => ({
  provider,
  status,
  body: typeof body === "string" ? body : JSON.stringify(body),
  kind,
  ...more,
});
const openai = (message: string, type: string | null, code: string | null, param: string | null = null) => ({
  error: { message, type, param, code },
});
const claude = (type: string, message = "why") => ({ type: "error", error: { type, message }, request_id: "req_1" });
const google = (code: number, status: string, message = "why", details: readonly object[] = []) => ({
  error: { code, message, status, details },
});
const aws = (name: string) => ({ headers: { "x-amzn-errortype": `${name}:http://internal.amazon.com/coral/` } });

/** @source the vendors' pages on errors, and their clients' types */
export const DOCUMENTED_ERRORS: readonly DocumentedError[] = [
  error(
    "openai",
    400,
    openai("Unknown parameter: 'x'.", "invalid_request_error", "unknown_parameter", "x"),
    "invalid_request",
  ),
  error(
    "openai",
    400,
    openai("This model's maximum context length is 8192 tokens.", "invalid_request_error", "context_length_exceeded"),
    "context_length",
  ),
  error(
    "openai",
    401,
    openai("Incorrect API key provided", "invalid_request_error", "invalid_api_key"),
    "authentication",
  ),
  error(
    "openai",
    403,
    openai("Country, region, or territory not supported", "request_forbidden", "unsupported_country_region_territory"),
    "permission",
  ),
  error("openai", 404, openai("The model `x` does not exist", "invalid_request_error", "model_not_found"), "not_found"),
  error("openai", 409, openai("Please try again", "invalid_request_error", null), "conflict"),
  error("openai", 413, "", "request_too_large"),
  error("openai", 429, openai("Rate limit reached for gpt-4o", "tokens", "rate_limit_exceeded"), "rate_limited", {
    headers: { "retry-after-ms": "1500", "retry-after": "2", "x-ratelimit-reset-tokens": "6m0s" },
    retryAfterMs: 1500,
  }),
  error(
    "openai",
    429,
    openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
    "insufficient_quota",
  ),
  error(
    "openai",
    429,
    openai("Your account is not active", "billing_not_active", "billing_not_active"),
    "insufficient_quota",
  ),
  error("openai", 500, openai("The server had an error", "server_error", null), "server_error"),
  error("openai", 503, openai("The engine is currently overloaded", "service_unavailable", null), "overloaded"),
  error("openai", 502, "<html><head><title>502 Bad Gateway</title></head></html>", "server_error"),
  error("openai", 500, '{"surprise":true}', "server_error"),
  error(
    "azure-openai",
    400,
    {
      error: {
        message: "The response was filtered",
        type: null,
        param: "prompt",
        code: "content_filter",
        status: 400,
        innererror: { code: "ResponsibleAIPolicyViolation" },
      },
    },
    "content_policy",
  ),
  error("azure-openai", 401, { statusCode: 401, message: "Unauthorized. Access token is missing." }, "authentication"),
  error(
    "azure-openai",
    404,
    { error: { code: "DeploymentNotFound", message: "The API deployment does not exist" } },
    "not_found",
  ),
  error("azure-openai", 408, { error: { code: "Timeout", message: "The operation was timeout." } }, "timeout"),
  error(
    "azure-openai",
    429,
    { error: { code: "429", message: "Requests have exceeded call rate limit" } },
    "rate_limited",
    {
      headers: { "retry-after": "7" },
      retryAfterMs: 7000,
    },
  ),
  error(
    "deepseek",
    402,
    openai("Insufficient Balance", "unknown_error", "invalid_request_error"),
    "insufficient_quota",
  ),
  error(
    "deepseek",
    422,
    openai("Failed to deserialize the JSON body", "invalid_request_error", "invalid_request_error"),
    "invalid_request",
  ),
  error("groq", 498, { error: { message: "Flex tier capacity exceeded", type: "capacity_exceeded" } }, "overloaded"),
  error(
    "groq",
    413,
    openai("Request too large: tokens per minute (TPM): Limit 6000, Requested 9000", "tokens", "rate_limit_exceeded"),
    "request_too_large",
  ),
  error(
    "groq",
    400,
    {
      error: {
        message: "Failed to call a function",
        type: "invalid_request_error",
        code: "tool_use_failed",
        failed_generation: "<f>",
      },
    },
    "invalid_request",
  ),
  error(
    "groq",
    400,
    openai("The model has been decommissioned", "invalid_request_error", "model_decommissioned"),
    "not_found",
  ),
  error("mistral", 401, { message: "Unauthorized", request_id: "r" }, "authentication"),
  error(
    "mistral",
    422,
    {
      object: "error",
      message: { detail: [{ type: "missing", loc: ["body", "messages"], msg: "Field required" }] },
      type: "invalid_request_error",
      param: null,
      code: null,
    },
    "invalid_request",
  ),
  error(
    "mistral",
    422,
    { detail: [{ type: "missing", loc: ["body", "model"], msg: "Field required" }] },
    "invalid_request",
  ),
  error(
    "mistral",
    429,
    {
      object: "error",
      message: "Service tier capacity exceeded",
      type: "service_tier_capacity_exceeded",
      param: null,
      code: "3505",
    },
    "rate_limited",
  ),
  error(
    "xai",
    403,
    { code: "The caller does not have permission", error: "Your team doesn't have any credits yet." },
    "insufficient_quota",
  ),
  error(
    "xai",
    400,
    { code: "Client specified an invalid argument", error: "This model's maximum prompt length is 131072" },
    "context_length",
  ),
  error(
    "together",
    429,
    {
      id: "x",
      error: { message: "Request was rejected due to rate limiting", type: "rate_limit", param: null, code: null },
    },
    "rate_limited",
  ),
  error("together", 402, openai("Credit limit exceeded", "credit_limit", null), "insufficient_quota"),
  error(
    "fireworks",
    412,
    { error: "Account is suspended, possibly due to reaching the monthly spending limit" },
    "insufficient_quota",
  ),
  error(
    "openrouter",
    403,
    {
      error: { code: 403, message: "Your input was flagged", metadata: { reasons: ["violence"], flagged_input: "x" } },
    },
    "content_policy",
  ),
  error("openrouter", 408, { error: { code: 408, message: "Your request timed out" } }, "timeout"),
  error("openrouter", 503, { error: { code: 503, message: "No available model provider" } }, "overloaded"),
  error(
    "moonshot",
    429,
    { error: { type: "engine_overloaded_error", message: "The engine is currently overloaded" } },
    "overloaded",
  ),
  error(
    "moonshot",
    429,
    { error: { type: "exceeded_current_quota_error", message: "suspended" } },
    "insufficient_quota",
  ),
  error("openai-compatible", 429, [google(429, "RESOURCE_EXHAUSTED")], "rate_limited"),
  error(
    "ollama",
    404,
    { error: { message: "model 'x' not found", type: "not_found_error", param: null, code: null } },
    "not_found",
  ),
  error(
    "vllm",
    400,
    {
      object: "error",
      message: "This model's maximum context length is 4096 tokens",
      type: "BadRequestError",
      param: null,
      code: 400,
    },
    "context_length",
  ),
  error("perplexity", 401, "<html><center><h1>401 Authorization Required</h1></center></html>", "authentication"),
  error("anthropic", 400, claude("invalid_request_error"), "invalid_request"),
  error(
    "anthropic",
    400,
    claude("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    "context_length",
  ),
  error("anthropic", 400, claude("invalid_request_error", "Your credit balance is too low"), "insufficient_quota"),
  error("anthropic", 401, claude("authentication_error"), "authentication"),
  error("anthropic", 402, claude("billing_error"), "insufficient_quota"),
  error("anthropic", 403, claude("permission_error"), "permission"),
  error("anthropic", 404, claude("not_found_error"), "not_found"),
  error("anthropic", 413, claude("request_too_large"), "request_too_large"),
  error("anthropic", 429, claude("rate_limit_error"), "rate_limited", {
    headers: { "retry-after": "12" },
    retryAfterMs: 12_000,
  }),
  error("anthropic", 500, claude("api_error"), "server_error"),
  error("anthropic", 504, claude("timeout_error"), "timeout"),
  error("anthropic", 529, claude("overloaded_error"), "overloaded"),
  error("google", 400, google(400, "INVALID_ARGUMENT"), "invalid_request"),
  error(
    "google",
    400,
    google(400, "INVALID_ARGUMENT", "API key not valid.", [
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" },
    ]),
    "authentication",
  ),
  error(
    "google",
    400,
    google(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
    "permission",
  ),
  error("google", 403, google(403, "PERMISSION_DENIED"), "permission"),
  error("google", 404, google(404, "NOT_FOUND"), "not_found"),
  error(
    "google",
    429,
    google(429, "RESOURCE_EXHAUSTED", "Quota exceeded", [
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.4s" },
    ]),
    "rate_limited",
    { retryAfterMs: 34_400 },
  ),
  error("google", 499, google(499, "CANCELLED"), "timeout"),
  error("google", 500, google(500, "INTERNAL"), "server_error"),
  error("google", 503, google(503, "UNAVAILABLE"), "overloaded"),
  error("google", 504, google(504, "DEADLINE_EXCEEDED"), "timeout"),
  error("vertex", 401, [google(401, "UNAUTHENTICATED")], "authentication"),
  error("bedrock", 400, { message: "Malformed input request" }, "invalid_request", aws("ValidationException")),
  error(
    "bedrock",
    400,
    { message: "Input is too long for requested model." },
    "context_length",
    aws("ValidationException"),
  ),
  error(
    "bedrock",
    403,
    { message: "The security token included in the request is invalid." },
    "authentication",
    aws("UnrecognizedClientException"),
  ),
  error("bedrock", 403, { message: "You don't have access to the model" }, "permission", aws("AccessDeniedException")),
  error("bedrock", 404, { message: "Could not resolve the model" }, "not_found", aws("ResourceNotFoundException")),
  error("bedrock", 408, { message: "Model has timed out" }, "timeout", aws("ModelTimeoutException")),
  error("bedrock", 424, { message: "The model failed" }, "server_error", aws("ModelErrorException")),
  error("bedrock", 429, { message: "Too many tokens, please wait" }, "rate_limited", aws("ThrottlingException")),
  error("bedrock", 503, { message: "Bedrock is unable" }, "overloaded", aws("ServiceUnavailableException")),
  error(
    "cohere",
    400,
    { id: "e", message: "invalid request: message must be at least 1 token long" },
    "invalid_request",
  ),
  error("cohere", 401, { message: "invalid api token" }, "authentication"),
  error(
    "cohere",
    429,
    { message: "You are using a Trial key, which is limited to 1000 calls / month" },
    "insufficient_quota",
  ),
  error("cohere", 498, { message: "blocked output: the generated text was flagged" }, "content_policy"),
  error("cohere", 503, { message: "service unavailable" }, "overloaded"),
];
