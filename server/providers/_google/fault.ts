import { z } from "zod";
import type { FaultKind, UpstreamFault } from "../../chat.ts";
import { faultOf, kindOfStatus } from "../../upstream-fault.ts";
import { parseJson } from "../_shared/json.ts";
import { retryAfterOf } from "../_shared/retry-after.ts";

const WireError = z.looseObject({
  error: z.looseObject({
    code: z.union([z.number(), z.string()]).nullish(),
    message: z.string().nullish(),
    status: z.string().nullish(),
    details: z.array(z.looseObject({ reason: z.unknown().optional(), retryDelay: z.unknown().optional() })).nullish(),
  }),
});

const KIND_OF_STATUS: Readonly<Record<string, FaultKind>> = {
  INVALID_ARGUMENT: "invalid_request",
  FAILED_PRECONDITION: "invalid_request",
  OUT_OF_RANGE: "invalid_request",
  UNAUTHENTICATED: "authentication",
  PERMISSION_DENIED: "permission",
  NOT_FOUND: "not_found",
  ABORTED: "conflict",
  ALREADY_EXISTS: "conflict",
  RESOURCE_EXHAUSTED: "rate_limited",
  UNAVAILABLE: "overloaded",
  DEADLINE_EXCEEDED: "timeout",
  CANCELLED: "timeout",
  INTERNAL: "server_error",
  UNKNOWN: "server_error",
};

/** The fault that an error body or frame speaks of; null when it is none. A list of errors speaks by its first. */
export function faultOfGeminiBody(
  body: unknown,
  httpStatus: number | null,
  headerWaitMs: number | null,
): UpstreamFault | null {
  const parsed = WireError.safeParse(Array.isArray(body) ? body[0] : body);
  if (!parsed.success) return null;
  const { code, message, status, details } = parsed.data.error;
  const number = typeof code === "number" && code >= 400 && code <= 599 ? code : null;
  const words = message ?? "the upstream named no reason";
  const reason = details?.map((detail) => detail.reason).find((each) => typeof each === "string") ?? null;
  return faultOf(kindOf(status ?? null, reason, words, httpStatus ?? number), words, {
    status: httpStatus ?? number,
    type: status ?? null,
    code: reason ?? (code == null ? null : String(code)),
    retryAfterMs: headerWaitMs ?? delayOf(details),
  });
}

/** A whole error answer; a body that is not the vendor's (a proxy's page) becomes its status and nothing else. */
export function decodeGeminiError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  nowMs?: number,
): UpstreamFault {
  const wait = retryAfterOf(headers, nowMs);
  return (
    faultOfGeminiBody(parseJson(body), status, wait) ??
    faultOf(kindOfStatus(status), `the upstream answered ${status} without an error body`, {
      status,
      retryAfterMs: wait,
    })
  );
}

/** `RetryInfo` says seconds with up to nine decimals: "34.4s". */
function delayOf(details: z.infer<typeof WireError>["error"]["details"]): number | null {
  for (const { retryDelay } of details ?? []) {
    const match = typeof retryDelay === "string" ? /^(\d+(?:\.\d+)?)s$/.exec(retryDelay) : null;
    if (match !== null) return Math.round(Number(match[1]) * 1000);
  }
  return null;
}

function kindOf(word: string | null, reason: string | null, message: string, httpStatus: number | null): FaultKind {
  if (reason === "API_KEY_INVALID" || /api key (not valid|expired)/i.test(message)) return "authentication";
  if (/input token count.*exceeds|exceeds the maximum number of tokens|too many tokens/i.test(message))
    return "context_length";
  if (/request payload size exceeds/i.test(message)) return "request_too_large";
  if (/user location is not supported/i.test(message)) return "permission";
  if (reason === "BILLING_DISABLED" || /billing account|prepayment credits/i.test(message)) return "insufficient_quota";
  const known = word === null ? undefined : KIND_OF_STATUS[word];
  // Its two general words come with statuses that say more.
  const isGeneral = known === undefined || known === "invalid_request" || known === "server_error";
  if (isGeneral && httpStatus !== null && httpStatus >= 400) return kindOfStatus(httpStatus);
  return known ?? "server_error";
}
