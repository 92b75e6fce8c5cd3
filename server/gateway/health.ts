import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen, type IPolicy } from "cockatiel";
import type { FaultKind } from "../chat.ts";
import { CLIENT_DEADLINE, faultOf, UpstreamFaultError } from "../upstream-fault.ts";

/** What is known of one model at one upstream: whether it works, whether it asked for quiet, how fast it is. */
export interface Health {
  /**
   * Runs a call behind the circuit breaker. When nothing else is left to ask, an open circuit is no reason not to try:
   * a breaker diverts requests, it never makes an outage of its own.
   *
   * @throws UpstreamFaultError, also for an open circuit
   */
  guard<Result>(call: () => Promise<Result>, isLastHope: boolean): Promise<Result>;
  /** The upstream throttled us: others go first until then. */
  rest(untilMs: number): void;
  readonly restsUntilMs: number;
  /** Tells how long a call took to commit. */
  observe(ms: number): void;
  /** Moving average of the time to commit; null before the first answer. */
  readonly latencyMs: number | null;
}

/** Faults that say something about the upstream's health, not about the request or the key. */
const UNHEALTHY = new Set<FaultKind>(["overloaded", "server_error", "timeout", "connection", "bad_response"]);
/** Weight of the newest answer in the moving average. */
const NEWEST_SHARE = 0.2;

export interface GuardOptions {
  /** Consecutive faults that open the circuit. */
  readonly openAfter: number;
  readonly halfOpenAfterMs: number;
}

export function createHealth({ openAfter, halfOpenAfterMs }: GuardOptions): Health {
  const breaker: IPolicy = circuitBreaker(
    handleWhen((error) => error instanceof UpstreamFaultError && tellsOfHealth(error)),
    { halfOpenAfter: halfOpenAfterMs, breaker: new ConsecutiveBreaker(openAfter) },
  );
  let restsUntilMs = 0;
  let latencyMs: number | null = null;
  return {
    async guard(call, isLastHope) {
      try {
        return await breaker.execute(call);
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        if (isLastHope) return call();
        throw new UpstreamFaultError(
          faultOf("overloaded", "the upstream failed repeatedly and is not asked for a while"),
          error,
        );
      }
    },
    rest(untilMs) {
      restsUntilMs = Math.max(restsUntilMs, untilMs);
    },
    get restsUntilMs() {
      return restsUntilMs;
    },
    observe(ms) {
      latencyMs = latencyMs === null ? ms : latencyMs + NEWEST_SHARE * (ms - latencyMs);
    },
    get latencyMs() {
      return latencyMs;
    },
  };
}

/** A client that gives an upstream no time says nothing about the upstream. */
function tellsOfHealth({ fault }: UpstreamFaultError): boolean {
  return UNHEALTHY.has(fault.kind) && fault.code !== CLIENT_DEADLINE;
}

/** Whether the breaker refused the call, so that nobody was asked. */
export function isCircuitOpen(error: unknown): boolean {
  return error instanceof UpstreamFaultError && error.cause instanceof BrokenCircuitError;
}

/** Clients may name any model of an upstream, so the number of healths must have a bound. */
const MOST_HEALTHS = 4096;

/** State that outlives a reload. */
export interface Healths {
  of(upstreamId: string, model: string): Health;
}

export function createHealths(options: GuardOptions): Healths {
  const known = new Map<string, Health>();
  return {
    of(upstreamId, model) {
      const id = `${upstreamId}\n${model}`;
      const found = known.get(id);
      if (found !== undefined) return found;
      if (known.size >= MOST_HEALTHS) known.delete(known.keys().next().value!);
      const health = createHealth(options);
      known.set(id, health);
      return health;
    },
  };
}
