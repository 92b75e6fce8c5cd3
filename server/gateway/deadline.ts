import type { AttemptOptions } from "./attempts.ts";
import type { Story } from "./story.ts";

/** How long upstreams may be tried for a request: what is configured, less when the client waits less. */
export function attemptOptions(story: Story): AttemptOptions {
  const { state, options, startMs, tried, underWay } = story;
  const { limits } = state;
  const timeoutMs = Math.min(options.timeoutMs ?? Number.POSITIVE_INFINITY, limits.requestTimeoutMs);
  return {
    attemptTimeoutMs: limits.attemptTimeoutMs,
    retries: limits.retries,
    backoffMs: limits.backoffMs,
    maxBackoffMs: limits.maxBackoffMs,
    hedgeAfterMs: limits.hedgeAfterMs,
    fallBackOnContentPolicy: limits.fallBackOnContentPolicy,
    deadlineMs: startMs + timeoutMs,
    isClientsDeadline: timeoutMs < limits.requestTimeoutMs,
    onAttempt: (record) => tried.push(record),
    onTry: (target) => {
      underWay.push(target);
      return () => underWay.splice(underWay.indexOf(target), 1);
    },
  };
}
