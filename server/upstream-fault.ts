import { AppError } from "../engine/errors.ts";
import type { FaultKind, UpstreamFault } from "./chat.ts";

/** An upstream fault on its way to the attempt loop, which decides whether to retry, fall back or tell the client. */
export class UpstreamFaultError extends AppError<"upstream_fault"> {
  readonly fault: UpstreamFault;

  constructor(fault: UpstreamFault, cause?: unknown) {
    super("upstream_fault", fault.message, { cause });
    this.fault = fault;
  }
}

/** Code of a time-out that came of the client's own short deadline, which says nothing about the upstream. */
export const CLIENT_DEADLINE = "client_deadline";

export function faultOf(kind: FaultKind, message: string, known: Partial<UpstreamFault> = {}): UpstreamFault {
  return { kind, message, status: null, type: null, code: null, param: null, retryAfterMs: null, ...known };
}

/** The vendor ended its answer by a fault of its own, and says so where others say why an answer is whole. */
export function brokenOff(reason: string | null | undefined): UpstreamFault {
  const kind = reason === "insufficient_system_resource" ? "overloaded" : "server_error";
  return faultOf(kind, `the upstream broke its answer off${reason ? `: ${reason}` : ""}`, { code: reason || null });
}

export function badResponse(message: string): UpstreamFaultError {
  return new UpstreamFaultError(faultOf("bad_response", message));
}

/** Kind of fault by HTTP status alone; providers refine it by what the body says. */
export function kindOfStatus(status: number): FaultKind {
  if (status === 401) return "authentication";
  if (status === 402) return "insufficient_quota";
  if (status === 403) return "permission";
  if (status === 404 || status === 405) return "not_found";
  if (status === 408 || status === 499 || status === 504 || status === 524) return "timeout";
  if (status === 409) return "conflict";
  if (status === 413) return "request_too_large";
  if (status === 429) return "rate_limited";
  if (status === 503 || status === 529) return "overloaded";
  return status >= 500 ? "server_error" : "invalid_request";
}

/**
 * How long an upstream asks to wait, in milliseconds; null when it does not say or says nonsense.
 *
 * @param headers lower-case names
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const precise = Number(headers["retry-after-ms"]);
  if (headers["retry-after-ms"] !== undefined && Number.isFinite(precise) && precise >= 0) return precise;
  const text = headers["retry-after"];
  if (text === undefined) return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
