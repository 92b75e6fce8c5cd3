import { z } from "zod";
import type { FaultKind, UpstreamFault } from "../../chat.ts";
import { faultOf, kindOfStatus } from "../../upstream-fault.ts";
import { parseJson } from "../_shared/json.ts";
import { retryAfterOf } from "../_shared/retry-after.ts";

const WireError = z.looseObject({ message: z.string() });

/** Errors are `{"message": "..."}`; their kind is in the status and, for a few, in the words. */
export function decodeCohereError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  nowMs?: number,
): UpstreamFault {
  const parsed = WireError.safeParse(parseJson(body));
  const message = parsed.success ? parsed.data.message : `the upstream answered ${status} without an error body`;
  return faultOf(cohereKind(status, message), message, { status, retryAfterMs: retryAfterOf(headers, nowMs) });
}

/** The fault that a frame or an answer of status 200 speaks of; null when it is none. */
export function faultOfCohereBody(body: unknown): UpstreamFault | null {
  const parsed = WireError.safeParse(body);
  return parsed.success ? faultOf(cohereKind(null, parsed.data.message), parsed.data.message) : null;
}

export function cohereKind(status: number | null, message: string): FaultKind {
  if (/too many tokens|maximum context|context length|exceeds? the (limit|maximum).*tokens/i.test(message)) {
    return "context_length";
  }
  if (/invalid api token|no api key/i.test(message)) return "authentication";
  if (status === 429 && /trial key|monthly|billing/i.test(message)) return "insufficient_quota";
  if (status === 498) return "content_policy";
  if (status === 422 || status === 499) return "invalid_request";
  return status === null ? "server_error" : kindOfStatus(status);
}
