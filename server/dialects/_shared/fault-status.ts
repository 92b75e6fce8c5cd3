import type { FaultKind } from "../../chat.ts";
import type { DialectFault } from "../../dialect.ts";
import { kindOfStatus } from "../../upstream-fault.ts";

/** What vendors answer to each kind of fault, as far as they agree. */
export const USUAL_STATUS: Record<FaultKind, number> = {
  invalid_request: 400,
  context_length: 400,
  content_policy: 400,
  authentication: 401,
  insufficient_quota: 402,
  permission: 403,
  not_found: 404,
  conflict: 409,
  request_too_large: 413,
  rate_limited: 429,
  overloaded: 503,
  server_error: 500,
  bad_response: 502,
  connection: 502,
  timeout: 504,
};

/**
 * Status of a fault in a dialect: the upstream's own where it says no more and no less than the kind does (422 for an
 * invalid request, 502 for a server's error), else what the vendor answers to this kind.
 *
 * @param taken statuses that the dialect's clients know
 */
export function faultStatus(
  { kind, status }: DialectFault,
  usual: Readonly<Record<FaultKind, number>>,
  taken: ReadonlySet<number>,
): number {
  const agrees =
    status !== null &&
    taken.has(status) &&
    kindOfStatus(status) === kind &&
    Math.floor(status / 100) === Math.floor(usual[kind] / 100);
  return agrees ? status : usual[kind];
}
