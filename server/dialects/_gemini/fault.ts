import type { FaultKind } from "../../chat.ts";
import type { DialectFault, RenderedFault } from "../../dialect.ts";
import { faultStatus, USUAL_STATUS } from "../_shared/fault-status.ts";
import { retryHeaders } from "../_shared/retry-headers.ts";

const TAKEN = new Set([400, 401, 402, 403, 404, 405, 409, 412, 413, 415, 422, 429, 499, 500, 501, 502, 503, 504]);

/** @source google.rpc.Code and its mapping to HTTP */
const WORD: Record<FaultKind, string> = {
  invalid_request: "INVALID_ARGUMENT",
  context_length: "INVALID_ARGUMENT",
  content_policy: "INVALID_ARGUMENT",
  authentication: "UNAUTHENTICATED",
  insufficient_quota: "RESOURCE_EXHAUSTED",
  permission: "PERMISSION_DENIED",
  not_found: "NOT_FOUND",
  conflict: "ABORTED",
  request_too_large: "INVALID_ARGUMENT",
  rate_limited: "RESOURCE_EXHAUSTED",
  overloaded: "UNAVAILABLE",
  server_error: "INTERNAL",
  bad_response: "UNAVAILABLE",
  connection: "UNAVAILABLE",
  timeout: "DEADLINE_EXCEEDED",
};

/** Any fault in Google's shape. */
export function renderGeminiFault(fault: DialectFault): RenderedFault {
  return { status: statusOf(fault), body: geminiError(fault), headers: retryHeaders(fault) };
}

/** The body, which is also a stream's last frame. `code` is the HTTP status, a number. */
export function geminiError(fault: DialectFault): object {
  const details = detailsOf(fault);
  return {
    error: {
      code: statusOf(fault),
      message: fault.message,
      status: WORD[fault.kind],
      ...(details.length === 0 ? {} : { details }),
    },
  };
}

function statusOf(fault: DialectFault): number {
  return faultStatus(fault, USUAL_STATUS, TAKEN);
}

/** Google's clients read the wait here, not in a header. */
function detailsOf({ retryAfterMs, param, message, code }: DialectFault): object[] {
  const details: object[] = [];
  if (code === "blocked_by_guardrail") {
    details.push({
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "BLOCKED_BY_GUARDRAIL",
      domain: "weir",
    });
  }
  if (retryAfterMs !== null) {
    details.push({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${retryAfterMs / 1000}s` });
  }
  if (param !== null) {
    details.push({
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: [{ field: param, description: message }],
    });
  }
  return details;
}
