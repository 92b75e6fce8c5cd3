import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IPolicy,
  wrap,
} from "cockatiel";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { FaultKind } from "../chat.ts";
import type { Provider, UpstreamTarget } from "../provider.ts";
import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";
import type { AttemptRecord } from "./attempts.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Transport } from "./transport.ts";

/** One model at one upstream, ready to be called. */
export interface Target {
  readonly candidate: Candidate;
  readonly upstreamId: string;
  /** Model name as the upstream knows it. */
  readonly model: string;
  readonly provider: Provider;
  readonly keys: KeyRing;
  readonly transport: Transport;
  /** What `provider.address` needs, with the key of this try. */
  wire(key: string | null): UpstreamTarget;
  /** Runs a call behind the target's circuit breaker and its upstream's concurrency cap. */
  guard<Result>(call: () => Promise<Result>): Promise<Result>;
  /** Name of a refusal by the guard itself; null when the call was made. */
  outcomeOf(error: unknown): AttemptRecord["outcome"] | null;
}

/** Faults that say something about the upstream's health, not about the request or the key. */
const UNHEALTHY = new Set<FaultKind>(["overloaded", "server_error", "timeout", "connection", "bad_response"]);

export interface GuardOptions {
  /** Consecutive faults that open the circuit. */
  readonly openAfter: number;
  readonly halfOpenAfterMs: number;
}

/** A breaker for each upstream and model, a cap for each upstream: state that outlives a reload. */
export interface Guards {
  breakerOf(upstreamId: string, model: string): IPolicy;
  capOf(upstreamId: string, parallel: number | null): IPolicy | null;
}

export function createGuards({ openAfter, halfOpenAfterMs }: GuardOptions): Guards {
  const breakers = new Map<string, IPolicy>();
  const caps = new Map<string, { readonly parallel: number; readonly policy: IPolicy }>();
  return {
    breakerOf(upstreamId, model) {
      const id = `${upstreamId}\n${model}`;
      const known = breakers.get(id);
      if (known !== undefined) return known;
      if (breakers.size >= MOST_BREAKERS) breakers.delete(breakers.keys().next().value!);
      const breaker = circuitBreaker(
        handleWhen((error) => error instanceof UpstreamFaultError && UNHEALTHY.has(error.fault.kind)),
        { halfOpenAfter: halfOpenAfterMs, breaker: new ConsecutiveBreaker(openAfter) },
      );
      breakers.set(id, breaker);
      return breaker;
    },
    capOf(upstreamId, parallel) {
      if (parallel === null) return null;
      const known = caps.get(upstreamId);
      if (known?.parallel === parallel) return known.policy;
      const policy = bulkhead(parallel, parallel);
      caps.set(upstreamId, { parallel, policy });
      return policy;
    },
  };
}

/** Clients may name any model of an upstream, so the number of breakers must have a bound. */
const MOST_BREAKERS = 4096;

/** The guard of one target from its upstream's cap and its own breaker. */
export function guardWith(breaker: IPolicy, cap: IPolicy | null): Pick<Target, "guard" | "outcomeOf"> {
  const policy = cap === null ? breaker : wrap(cap, breaker);
  return {
    async guard(call) {
      try {
        return await policy.execute(call);
      } catch (error) {
        if (error instanceof BrokenCircuitError) {
          throw new UpstreamFaultError(
            faultOf("overloaded", "the upstream failed repeatedly and is not asked for a while"),
            error,
          );
        }
        if (error instanceof BulkheadRejectedError) {
          throw new UpstreamFaultError(faultOf("overloaded", "too many calls to this upstream are under way"), error);
        }
        throw error;
      }
    },
    outcomeOf(error) {
      const cause = error instanceof UpstreamFaultError ? error.cause : null;
      if (cause instanceof BrokenCircuitError) return "circuit_open";
      return cause instanceof BulkheadRejectedError ? "too_busy" : null;
    },
  };
}
