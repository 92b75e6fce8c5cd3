import type { FaultKind, UpstreamFault } from "../chat.ts";
import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";
import type { Target } from "./target.ts";

/** How one try at one upstream ended. */
export interface AttemptRecord {
  readonly upstream: string;
  readonly model: string;
  readonly outcome: "ok" | FaultKind | "client_left" | "circuit_open" | "too_busy" | "hedge_lost";
  readonly status: number | null;
  readonly ms: number;
}

/** One try: resolves once the answer is committed. `key` is the credential to use. */
export type Attempt<Result> = (target: Target, key: string | null, signal: AbortSignal) => Promise<Result>;

export interface AttemptOptions {
  /** Epoch milliseconds at which the client gets its answer or a 504. */
  readonly deadlineMs: number;
  /** Longest wait for one try to commit; null: only the deadline. */
  readonly attemptTimeoutMs: number | null;
  /** Further tries at the same target after a passing fault. */
  readonly retries: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Starts the next target beside a try that has not committed after so long; null: never. */
  readonly hedgeAfterMs: number | null;
  /** Whether a refusal for content goes on to the fallbacks. */
  readonly fallBackOnContentPolicy: boolean;
}

export interface AttemptDeps {
  readonly clock: () => number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  /** @throws the signal's reason when it is aborted first */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface AttemptsResult<Result> {
  readonly result: Result;
  readonly target: Target;
  readonly attempts: readonly AttemptRecord[];
}

/** Nothing answered. `fault` is what the client shall be told. */
export class AttemptsFailed extends Error {
  readonly fault: UpstreamFault;
  readonly attempts: readonly AttemptRecord[];

  constructor(fault: UpstreamFault, attempts: readonly AttemptRecord[]) {
    super(fault.message);
    this.fault = fault;
    this.attempts = attempts;
  }
}

/** Faults that the same upstream may get over by itself. */
const PASSING = new Set<FaultKind>([
  "rate_limited",
  "overloaded",
  "server_error",
  "timeout",
  "connection",
  "bad_response",
]);
/** Faults of the request itself: every upstream would say the same, so the client hears it at once. */
const FINAL = new Set<FaultKind>(["invalid_request", "request_too_large", "conflict"]);
/** While fallbacks are left, one try may use up to this share of the time that is left. */
const SHARE_BEFORE_FALLBACK = 0.6;

/**
 * Tries targets in order until one commits: retries passing faults with jittered backoff that honours the upstream's
 * wish to wait, takes the next key where the fault is the key's, goes on to the next target otherwise, and never past
 * the deadline. The state machine of every upstream call.
 *
 * @throws AttemptsFailed, or the client signal's reason when the client left
 */
export async function runAttempts<Result>(
  targets: readonly Target[],
  attempt: Attempt<Result>,
  options: AttemptOptions,
  client: AbortSignal,
  deps: AttemptDeps,
): Promise<AttemptsResult<Result>> {
  const records: AttemptRecord[] = [];
  const faults: UpstreamFault[] = [];

  /** One try at one target, within its share of the time. */
  async function tryOnce(target: Target, isLast: boolean, cancel: AbortSignal): Promise<Result> {
    const startMs = deps.clock();
    const leftMs = options.deadlineMs - startMs;
    const shareMs = isLast ? leftMs : leftMs * SHARE_BEFORE_FALLBACK;
    const timeoutMs = Math.min(shareMs, options.attemptTimeoutMs ?? Number.POSITIVE_INFINITY);
    const key = target.keys.current(startMs);
    const controller = new AbortController();
    const stop = (reason: unknown) => controller.abort(reason);
    const onClient = () => stop(client.reason);
    const onCancel = () => stop(cancel.reason);
    const timer = setTimeout(() => stop(timeoutError(timeoutMs)), Math.max(0, timeoutMs));
    client.addEventListener("abort", onClient, { once: true });
    cancel.addEventListener("abort", onCancel, { once: true });
    const record = (outcome: AttemptRecord["outcome"], status: number | null) =>
      records.push({ upstream: target.upstreamId, model: target.model, outcome, status, ms: deps.clock() - startMs });
    try {
      const result = await target.guard(() => attempt(target, key, controller.signal));
      record("ok", null);
      return result;
    } catch (error) {
      if (client.aborted) {
        record("client_left", null);
        throw client.reason;
      }
      if (cancel.aborted) {
        record("hedge_lost", null);
        throw cancel.reason;
      }
      const fault = faultFrom(error);
      record(target.outcomeOf(error) ?? fault.kind, fault.status);
      faults.push(fault);
      const hasOtherKey = target.keys.report(key, fault.kind, fault.retryAfterMs, deps.clock());
      throw new TryFailed(fault, hasOtherKey, target.outcomeOf(error) !== null);
    } finally {
      clearTimeout(timer);
      client.removeEventListener("abort", onClient);
      cancel.removeEventListener("abort", onCancel);
    }
  }

  /** All tries at one target. */
  async function tryTarget(target: Target, isLast: boolean, cancel: AbortSignal): Promise<Result> {
    for (let tries = 0; ; tries++) {
      try {
        return await tryOnce(target, isLast, cancel);
      } catch (error) {
        if (!(error instanceof TryFailed)) throw error;
        if (error.hasOtherKey) {
          tries--;
          continue;
        }
        const waitMs = waitBefore(error.fault, tries, options, deps);
        const leftMs = options.deadlineMs - deps.clock();
        const isWorthIt =
          PASSING.has(error.fault.kind) &&
          !error.isRefused &&
          tries < options.retries &&
          waitMs < leftMs * (isLast ? 1 : 1 - SHARE_BEFORE_FALLBACK);
        if (!isWorthIt) throw error;
        await deps.sleep(waitMs, AbortSignal.any([client, cancel]));
      }
    }
  }

  function goesOn(fault: UpstreamFault): boolean {
    if (FINAL.has(fault.kind)) return false;
    return fault.kind !== "content_policy" || options.fallBackOnContentPolicy;
  }

  let index = 0;
  while (index < targets.length) {
    if (deps.clock() >= options.deadlineMs) break;
    const target = targets[index]!;
    const partner = options.hedgeAfterMs === null ? undefined : targets[index + 1];
    try {
      if (partner === undefined) {
        const result = await tryTarget(target, index === targets.length - 1, new AbortController().signal);
        return { result, target, attempts: records };
      }
      const isLast = index + 1 === targets.length - 1;
      const won = await hedge(target, partner, isLast, options.hedgeAfterMs!, tryTarget, client, deps);
      return { ...won, attempts: records };
    } catch (error) {
      if (!(error instanceof TryFailed)) throw error;
      if (!goesOn(error.fault)) throw new AttemptsFailed(error.fault, records);
      index += partner === undefined ? 1 : 2;
    }
  }
  throw new AttemptsFailed(finalFault(faults, deps.clock() >= options.deadlineMs), records);
}

class TryFailed extends Error {
  readonly fault: UpstreamFault;
  readonly hasOtherKey: boolean;
  /** The target's own guard said no, so asking it again at once is idle. */
  readonly isRefused: boolean;

  constructor(fault: UpstreamFault, hasOtherKey: boolean, isRefused: boolean) {
    super(fault.message);
    this.fault = fault;
    this.hasOtherKey = hasOtherKey;
    this.isRefused = isRefused;
  }
}

/** Two targets at once, the second after a pause; the first to commit wins and the other is cancelled. */
async function hedge<Result>(
  first: Target,
  second: Target,
  isLast: boolean,
  afterMs: number,
  tryTarget: (target: Target, isLast: boolean, cancel: AbortSignal) => Promise<Result>,
  client: AbortSignal,
  deps: AttemptDeps,
): Promise<{ result: Result; target: Target }> {
  const cancels = [new AbortController(), new AbortController()] as const;
  const firstFailed = new AbortController();
  const lost = () => new Error("the other try answered first");
  const primary = tryTarget(first, false, cancels[0].signal).then(
    (result) => {
      cancels[1].abort(lost());
      return { result, target: first };
    },
    (error) => {
      firstFailed.abort(error);
      throw error;
    },
  );
  const secondary = (async () => {
    await deps.sleep(afterMs, AbortSignal.any([client, firstFailed.signal, cancels[1].signal])).catch((error) => {
      if (!firstFailed.signal.aborted) throw error;
      const failure: unknown = firstFailed.signal.reason;
      if (failure instanceof TryFailed && FINAL.has(failure.fault.kind)) throw failure;
    });
    const result = await tryTarget(second, isLast, cancels[1].signal);
    cancels[0].abort(lost());
    return { result, target: second };
  })();
  try {
    return await Promise.any([primary, secondary]);
  } catch (error) {
    if (client.aborted) throw client.reason;
    const failures = (error as AggregateError).errors as unknown[];
    throw failures.find((failure) => failure instanceof TryFailed) ?? failures[0];
  }
}

/** Full jitter below an exponential ceiling, and never earlier than the upstream asked. */
function waitBefore(fault: UpstreamFault, tries: number, options: AttemptOptions, deps: AttemptDeps): number {
  const ceiling = Math.min(options.maxBackoffMs, options.backoffMs * 2 ** tries);
  return Math.max(fault.retryAfterMs ?? 0, deps.random() * ceiling);
}

function timeoutError(ms: number): UpstreamFaultError {
  return new UpstreamFaultError(faultOf("timeout", `the upstream did not answer within ${Math.round(ms)} ms`));
}

function faultFrom(error: unknown): UpstreamFault {
  if (error instanceof UpstreamFaultError) return error.fault;
  return faultOf("server_error", "the call to the upstream failed");
}

/** Out of time is a time-out; nothing but rate limits is a rate limit with the shortest wait; else the last word holds. */
function finalFault(faults: readonly UpstreamFault[], isLate: boolean): UpstreamFault {
  const last = faults.at(-1);
  if (last === undefined) return faultOf("timeout", "the request's deadline passed before an upstream was asked");
  if (faults.every(({ kind }) => kind === "rate_limited")) {
    const waits = faults.flatMap(({ retryAfterMs }) => (retryAfterMs === null ? [] : [retryAfterMs]));
    return { ...last, retryAfterMs: waits.length === 0 ? null : Math.min(...waits) };
  }
  if (isLate && last.kind !== "timeout")
    return faultOf("timeout", `no upstream answered in time; the last one said: ${last.message}`);
  return last;
}
