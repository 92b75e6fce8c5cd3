import type { FaultKind } from "../../chat.ts";
import type { DialectFault, RenderedFault } from "../../dialect.ts";

/** Status, `type` and `code` of each kind of fault as OpenAI's API answers it. */
const SHAPES: Record<FaultKind, { readonly status: number; readonly type: string; readonly code: string | null }> = {
  invalid_request: { status: 400, type: "invalid_request_error", code: null },
  context_length: { status: 400, type: "invalid_request_error", code: "context_length_exceeded" },
  content_policy: { status: 400, type: "invalid_request_error", code: "content_policy_violation" },
  authentication: { status: 401, type: "invalid_request_error", code: "invalid_api_key" },
  insufficient_quota: { status: 402, type: "insufficient_quota", code: "insufficient_quota" },
  permission: { status: 403, type: "invalid_request_error", code: "permission_denied" },
  not_found: { status: 404, type: "invalid_request_error", code: "model_not_found" },
  conflict: { status: 409, type: "invalid_request_error", code: "conflict" },
  request_too_large: { status: 413, type: "invalid_request_error", code: "request_too_large" },
  rate_limited: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" },
  overloaded: { status: 503, type: "server_error", code: "overloaded" },
  server_error: { status: 500, type: "server_error", code: null },
  bad_response: { status: 502, type: "server_error", code: "bad_upstream_response" },
  connection: { status: 502, type: "server_error", code: "upstream_unreachable" },
  timeout: { status: 504, type: "server_error", code: "upstream_timeout" },
};

/** Any fault in OpenAI's shape; what the upstream said of type, code and field is kept where it spoke the same words. */
export function renderOpenAiFault(fault: DialectFault): RenderedFault {
  const shape = SHAPES[fault.kind];
  const keepsStatus =
    fault.status !== null && fault.status >= 400 && Math.floor(fault.status / 100) === Math.floor(shape.status / 100);
  const headers: Record<string, string> = {};
  if (fault.retryAfterMs !== null) headers["retry-after"] = String(Math.max(1, Math.ceil(fault.retryAfterMs / 1000)));
  if (fault.shouldRetry !== null) headers["x-should-retry"] = String(fault.shouldRetry);
  return {
    status:
      keepsStatus && fault.kind !== "context_length" && fault.kind !== "overloaded" ? fault.status! : shape.status,
    body: {
      error: {
        message: fault.message,
        type: fault.type ?? shape.type,
        param: fault.param,
        code: shape.code === "context_length_exceeded" ? shape.code : (fault.code ?? shape.code),
      },
    },
    headers,
  };
}
