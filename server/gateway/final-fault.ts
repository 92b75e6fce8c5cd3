import type { UpstreamFault } from "../chat.ts";
import { faultOf } from "../upstream-fault.ts";

/**
 * What the client is told when nobody answered: out of time is a time-out; nothing but rate limits is a rate limit with
 * the shortest wait; a prompt too long for all stays that; else the last word holds.
 */
export function finalFault(faults: readonly UpstreamFault[], isLate: boolean): UpstreamFault {
  const last = faults.at(-1);
  if (last === undefined) return faultOf("timeout", "the request's deadline passed before an upstream was asked");
  if (faults.every(({ kind }) => kind === "rate_limited")) {
    const waits = faults.flatMap(({ retryAfterMs }) => (retryAfterMs === null ? [] : [retryAfterMs]));
    return { ...last, retryAfterMs: waits.length === 0 ? null : Math.min(...waits) };
  }
  const tooLong = faults.find(({ kind }) => kind === "context_length");
  if (tooLong !== undefined) return tooLong;
  if (isLate && last.kind !== "timeout")
    return faultOf("timeout", `no upstream answered in time; the last one said: ${last.message}`);
  return last;
}
