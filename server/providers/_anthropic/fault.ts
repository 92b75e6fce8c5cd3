import { z } from "zod";
import type { FaultKind, UpstreamFault } from "../../chat.ts";
import { faultOf, kindOfStatus } from "../../upstream-fault.ts";
import { parseJson } from "../_shared/json.ts";
import { retryAfterOf } from "../_shared/retry-after.ts";

const WireError = z.looseObject({
  error: z.looseObject({
    type: z.string().nullish(),
    message: z.string().nullish(),
    details: z.looseObject({ error_code: z.unknown().optional() }).nullish().catch(null),
  }),
});

const KIND_OF_TYPE: Readonly<Record<string, FaultKind>> = {
  invalid_request_error: "invalid_request",
  authentication_error: "authentication",
  billing_error: "insufficient_quota",
  permission_error: "permission",
  not_found_error: "not_found",
  conflict_error: "conflict",
  request_too_large: "request_too_large",
  rate_limit_error: "rate_limited",
  timeout_error: "timeout",
  api_error: "server_error",
  overloaded_error: "overloaded",
};

/** The fault that an error body or an `error` frame speaks of; null when it is none. */
export function faultOfAnthropicBody(
  body: unknown,
  status: number | null,
  retryAfterMs: number | null,
): UpstreamFault | null {
  const parsed = WireError.safeParse(body);
  if (!parsed.success) return null;
  const type = parsed.data.error.type ?? null;
  const message = parsed.data.error.message ?? "the upstream named no reason";
  const said = parsed.data.error.details?.error_code;
  const code = typeof said === "string" ? said : null;
  return faultOf(kindOf(type, message, status), message, { status, type, code, retryAfterMs });
}

/** A whole error answer; a body that is not the vendor's (a proxy's page) becomes its status and nothing else. */
export function decodeAnthropicError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  nowMs?: number,
): UpstreamFault {
  const wait = retryAfterOf(headers, nowMs);
  return (
    faultOfAnthropicBody(parseJson(body), status, wait) ??
    faultOf(kindOfStatus(status), `the upstream answered ${status} without an error body`, {
      status,
      retryAfterMs: wait,
    })
  );
}

function kindOf(type: string | null, message: string, status: number | null): FaultKind {
  const known = type === null ? undefined : KIND_OF_TYPE[type];
  if (known === "invalid_request" || (known === undefined && status === 400)) {
    if (/prompt is too long|exceeds? (the )?context (limit|window)|maximum context length/i.test(message))
      return "context_length";
    if (/credit balance is too low|billing/i.test(message)) return "insufficient_quota";
    if (/content filtering policy|usage policy|policy violation/i.test(message)) return "content_policy";
  }
  // Its two general types come with statuses that say more.
  const isGeneral = known === undefined || known === "invalid_request" || known === "server_error";
  if (isGeneral && status !== null && status >= 400) return kindOfStatus(status);
  return known ?? "server_error";
}
