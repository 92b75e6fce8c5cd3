import type { AttemptOptions } from "./attempts.ts";
import type { Story } from "./story.ts";

/** How long upstreams may be tried for a request: what is configured, less when the client waits less. */
export function attemptOptions({ state: { limits }, options, startMs }: Story): AttemptOptions {
  const timeoutMs = Math.min(options.timeoutMs ?? Number.POSITIVE_INFINITY, limits.requestTimeoutMs);
  return { ...limits, deadlineMs: startMs + timeoutMs, isClientsDeadline: timeoutMs < limits.requestTimeoutMs };
}
