import type { FaultKind } from "../../chat.ts";
import type { DialectFault, RenderedFault } from "../../dialect.ts";
import { faultStatus, USUAL_STATUS } from "../_shared/fault-status.ts";
import { retryHeaders } from "../_shared/retry-headers.ts";

/** `type` and `code` of each kind of fault as OpenAI's API answers it. */
const WORDS: Record<FaultKind, { readonly type: string; readonly code: string | null }> = {
  invalid_request: { type: "invalid_request_error", code: null },
  context_length: { type: "invalid_request_error", code: "context_length_exceeded" },
  content_policy: { type: "invalid_request_error", code: "content_policy_violation" },
  authentication: { type: "invalid_request_error", code: "invalid_api_key" },
  insufficient_quota: { type: "insufficient_quota", code: "insufficient_quota" },
  permission: { type: "invalid_request_error", code: "permission_denied" },
  not_found: { type: "invalid_request_error", code: "model_not_found" },
  conflict: { type: "invalid_request_error", code: "conflict" },
  request_too_large: { type: "invalid_request_error", code: "request_too_large" },
  rate_limited: { type: "rate_limit_error", code: "rate_limit_exceeded" },
  overloaded: { type: "server_error", code: "overloaded" },
  server_error: { type: "server_error", code: null },
  bad_response: { type: "server_error", code: "bad_upstream_response" },
  connection: { type: "server_error", code: "upstream_unreachable" },
  timeout: { type: "server_error", code: "upstream_timeout" },
};

/** Others become the nearest of these; 529 is Anthropic's own. */
const TAKEN = new Set([400, 401, 402, 403, 404, 405, 409, 413, 415, 422, 424, 429, 500, 501, 502, 503, 504]);

/** Types that OpenAI's API answers; other vendors' words for the same would mislead a client that reads them. */
const TYPES = new Set([
  "invalid_request_error",
  "authentication_error",
  "permission_error",
  "rate_limit_error",
  "insufficient_quota",
  "server_error",
  "api_error",
  "tokens",
  "requests",
  "image_generation_user_error",
]);
/** Our own codes by OpenAI's word for them. */
const CODE_OF_OURS: Readonly<Record<string, string | null>> = {
  unknown_model: "model_not_found",
  unauthorized: "invalid_api_key",
  forbidden: "permission_denied",
  invalid_request: null,
  body_too_large: "request_too_large",
  rate_limited: "rate_limit_exceeded",
};
/** How OpenAI spells a code; Google's statuses and bare numbers are none. */
const CODE = /^[a-z][a-z0-9_.-]*$/;

/** Any fault in OpenAI's shape; what the upstream said of type, code and field is kept where it spoke the same words. */
export function renderOpenAiFault(fault: DialectFault): RenderedFault {
  // OpenAI itself answers 429 to an account without credit.
  const isOwnQuota = fault.kind === "insufficient_quota" && fault.status === 429;
  return {
    status: isOwnQuota ? 429 : faultStatus(fault, USUAL_STATUS, TAKEN),
    body: { error: openAiError(fault) },
    headers: retryHeaders(fault),
  };
}

export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

export function openAiError(fault: DialectFault): OpenAiError {
  const words = WORDS[fault.kind];
  return {
    message: messageOf(fault),
    type: fault.type !== null && TYPES.has(fault.type) ? fault.type : words.type,
    param: fault.param,
    code: codeOf(fault, words.code),
  };
}

/** LangChain knows a context overflow by these words in the message, not by the code. */
function messageOf({ kind, message }: DialectFault): string {
  if (kind !== "context_length" || /maximum context length|context_length_exceeded/.test(message)) return message;
  return `the request exceeds the model's maximum context length: ${message}`;
}

function codeOf({ kind, code }: DialectFault, usual: string | null): string | null {
  // Clients look for these two.
  if (kind === "context_length" || kind === "insufficient_quota" || code === null) return usual;
  if (Object.hasOwn(CODE_OF_OURS, code)) return CODE_OF_OURS[code]!;
  return CODE.test(code) ? code : usual;
}
