import type { FaultKind } from "../../chat.ts";
import type { DialectFault, RenderedFault } from "../../dialect.ts";
import { faultStatus, USUAL_STATUS } from "../_shared/fault-status.ts";
import { retryHeaders } from "../_shared/retry-headers.ts";

const STATUS = { ...USUAL_STATUS, overloaded: 529 };
/** Statuses that Anthropic's client has a class for, and 502. */
const TAKEN = new Set([
  400, 401, 402, 403, 404, 405, 408, 409, 412, 413, 415, 422, 429, 431, 499, 500, 501, 502, 503, 504, 529,
]);

/** @source platform.claude.com, API errors */
const TYPE: Record<FaultKind, string> = {
  invalid_request: "invalid_request_error",
  context_length: "invalid_request_error",
  content_policy: "invalid_request_error",
  authentication: "authentication_error",
  insufficient_quota: "billing_error",
  permission: "permission_error",
  not_found: "not_found_error",
  conflict: "invalid_request_error",
  request_too_large: "request_too_large",
  rate_limited: "rate_limit_error",
  overloaded: "overloaded_error",
  server_error: "api_error",
  bad_response: "api_error",
  connection: "api_error",
  timeout: "timeout_error",
};

/** Any fault in Anthropic's shape, its id where Anthropic's client looks for it: header `request-id` and body. */
export function renderAnthropicFault(fault: DialectFault, requestId: string): RenderedFault {
  return {
    status: faultStatus(fault, STATUS, TAKEN),
    body: anthropicError(fault, requestId),
    headers: { "request-id": requestId, ...retryHeaders(fault) },
  };
}

/** The body, which is also a stream's `event: error`. */
export function anthropicError(fault: DialectFault, requestId: string): object {
  return {
    type: "error",
    error: { type: TYPE[fault.kind], message: messageOf(fault), ...detailsOf(fault) },
    request_id: requestId,
  };
}

/** Clients with a thread look for the code of what befell it; a guardrail of ours is told from a vendor's filter by it. */
function detailsOf({ code, param }: DialectFault): object {
  if (code === "blocked_by_guardrail") return { details: { error_code: code } };
  if (code === null || !code.startsWith("thread_")) return {};
  const unsupported = code === "thread_unsupported_request" ? { unsupported: [param ?? "thread"] } : {};
  return { details: { error_code: code, ...unsupported } };
}

/** Clients that compact a conversation look for Anthropic's own words. */
function messageOf({ kind, message }: DialectFault): string {
  return kind === "context_length" && !/prompt is too long/i.test(message) ? `prompt is too long: ${message}` : message;
}
