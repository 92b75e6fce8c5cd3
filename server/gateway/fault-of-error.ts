import { AppError } from "../../engine/errors.ts";
import type { FaultKind } from "../chat.ts";
import type { DialectFault } from "../dialect.ts";
import { RefusalError, renderError } from "../errors.ts";
import { faultOf } from "../upstream-fault.ts";
import { AttemptsFailed } from "./attempts.ts";

/** Our own statuses as kinds of fault, so that every dialect words them in its own way. */
const KIND_OF_STATUS: Readonly<Record<number, FaultKind>> = {
  400: "invalid_request",
  401: "authentication",
  402: "insufficient_quota",
  403: "permission",
  404: "not_found",
  405: "not_found",
  409: "conflict",
  413: "request_too_large",
  415: "invalid_request",
  422: "invalid_request",
  429: "rate_limited",
  502: "bad_response",
  503: "overloaded",
  504: "timeout",
};

/** Clients try these again by themselves; a fault of the request or of the key would only repeat. */
const WORTH_A_RETRY = new Set<FaultKind>([
  "rate_limited",
  "overloaded",
  "server_error",
  "timeout",
  "connection",
  "bad_response",
]);

/** Anything that ended a request, as the client shall hear it. Nothing of our inside shows. */
export function faultOfError(error: unknown): DialectFault {
  if (error instanceof AttemptsFailed) {
    // Every attempt was retried already where that could help; the client's library may still honour retry-after.
    const { fault } = error;
    // Where there was no answer the code is our own note, not an upstream's word.
    const code = fault.status === null ? null : fault.code;
    return { ...fault, code, shouldRetry: fault.kind === "insufficient_quota" ? false : null };
  }
  const { status, body } = renderError(error);
  const code = error instanceof AppError ? error.code : null;
  const kind = (code === null ? null : kindOfCode(code, body.error)) ?? KIND_OF_STATUS[status] ?? "server_error";
  const retryAfterMs = error instanceof RefusalError ? error.retryAfterMs : null;
  const known = { status, param: body.error.param, code, retryAfterMs };
  const isWorthIt = WORTH_A_RETRY.has(kind) && !(error instanceof RefusalError && retryAfterMs === null);
  return { ...faultOf(kind, body.error.message, known), shouldRetry: isWorthIt ? null : false };
}

/** Where the code says more than its status. */
function kindOfCode(code: string, { exclusions }: Readonly<Record<string, unknown>>): FaultKind | null {
  if (code === "blocked_by_guardrail") return "content_policy";
  // Clients shorten a conversation that is too long for every model, as they do for the one that they name.
  const isTooLong =
    Array.isArray(exclusions) && exclusions.every((one) => one.excluded_because === "context_too_small");
  return code === "no_candidate" && isTooLong ? "context_length" : null;
}
