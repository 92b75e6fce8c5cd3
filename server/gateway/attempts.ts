import type { FaultKind, UpstreamFault } from "../chat.ts";
import { ApiError, renderError } from "../errors.ts";
import { CLIENT_DEADLINE, faultOf, UpstreamFaultError } from "../upstream-fault.ts";
import { isTooBusy } from "./cap.ts";
import { finalFault } from "./final-fault.ts";
import { isCircuitOpen } from "./health.ts";
import { anyOf, createStop, type StopSignal } from "./stop-signal.ts";
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
export type Attempt<Result> = (target: Target, key: string | null, signal: StopSignal) => Promise<Result>;

export interface AttemptOptions {
  /** Epoch milliseconds at which the client gets its answer or a 504. */
  readonly deadlineMs: number;
  /** The client asked for a shorter deadline than the configured one. */
  readonly isClientsDeadline: boolean;
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
  /** Told of every try as it ends, also where the client leaves and nothing is returned. */
  readonly onAttempt?: (record: AttemptRecord) => void;
  /** Told of every try as it begins. What it returns is called when the try is over, but where the client's leaving ended it. */
  readonly onTry?: (target: Target) => () => void;
  /** Whether the request may be sent once more after this fault; by default it may. */
  readonly mayRepeat?: (fault: UpstreamFault) => boolean;
  /** Whether another target may be asked after this fault; by default one may. */
  readonly mayGoOn?: (fault: UpstreamFault) => boolean;
}

export interface AttemptDeps {
  readonly clock: () => number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  /** @throws the signal's reason when it is aborted first */
  readonly sleep: (ms: number, signal: StopSignal) => Promise<void>;
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
export const PASSING: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "rate_limited",
  "overloaded",
  "server_error",
  "timeout",
  "connection",
  "bad_response",
]);
/** Faults of the request itself: every upstream would say the same, so the client hears it at once. */
const FINAL = new Set<FaultKind>(["invalid_request", "conflict"]);
/** While fallbacks are left, one try may use up to this share of the time that is left. */
const SHARE_BEFORE_FALLBACK = 0.6;
/** Longest that an upstream's wish to wait is slept through when nobody else is left to ask. */
const MOST_PATIENCE_MS = 60_000;
/** Deadlines from here on may be late by so much. */
const COARSE_FROM_MS = 2_000;
const COARSE_MS = 50;
/** A throttled target lets others go first for so long at least. */
const LEAST_REST_MS = 1_000;

/**
 * Tries targets in order until one commits: retries passing faults with jittered backoff that honours the upstream's
 * wish to wait, takes the next key where the fault is the key's, goes on to the next target otherwise, and never past
 * the deadline. Targets that asked for quiet come last. The state machine of every upstream call.
 *
 * The client's signal reaches the winning try for as long as its answer streams.
 *
 * @param discard frees a result that nobody wants, because another try won at the same moment
 * @throws AttemptsFailed, or the client signal's reason when the client left
 */
export async function runAttempts<Result>(
  targets: readonly Target[],
  attempt: Attempt<Result>,
  options: AttemptOptions,
  client: StopSignal,
  deps: AttemptDeps,
  discard: (result: Result) => void = () => {},
): Promise<AttemptsResult<Result>> {
  const records: AttemptRecord[] = [];
  const faults: UpstreamFault[] = [];

  function note(record: AttemptRecord): void {
    records.push(record);
    options.onAttempt?.(record);
  }

  /** One try at one target, within its share of the time. */
  async function tryOnce(target: Target, isLast: boolean, cancel: StopSignal | null): Promise<Result> {
    client.throwIfAborted();
    const startMs = deps.clock();
    const leftMs = options.deadlineMs - startMs;
    const shareMs = isLast ? leftMs : leftMs * SHARE_BEFORE_FALLBACK;
    const timeoutMs = Math.min(shareMs, options.attemptTimeoutMs ?? Number.POSITIVE_INFINITY);
    const isClients = options.isClientsDeadline && timeoutMs === shareMs;
    const key = target.keys.current(startMs);
    const onOver = options.onTry?.(target);
    const stop = createStop();
    const onClient = () => stop.abort(client.reason);
    const onCancel = () => stop.abort(cancel!.reason);
    const timer = setTimeout(() => stop.abort(timeoutError(timeoutMs, isClients)), timerMs(timeoutMs));
    client.addEventListener("abort", onClient, { once: true });
    cancel?.addEventListener("abort", onCancel, { once: true });
    const record = (outcome: AttemptRecord["outcome"], status: number | null) =>
      note({ upstream: target.upstreamId, model: target.model, outcome, status, ms: deps.clock() - startMs });
    try {
      const result = await target.health.guard(() => attempt(target, key, stop.signal), isLast);
      if (cancel?.aborted) {
        discard(result);
        throw cancel.reason;
      }
      target.health.observe(deps.clock() - startMs);
      record("ok", statusIn(result));
      return result;
    } catch (error) {
      client.removeEventListener("abort", onClient);
      if (client.aborted) {
        record("client_left", null);
        throw client.reason;
      }
      if (cancel?.aborted) throw cancel.reason;
      const fault = faultFrom(error);
      const isRefused = isCircuitOpen(error);
      record(isRefused ? "circuit_open" : isTooBusy(error) ? "too_busy" : fault.kind, fault.status);
      if (!isRefused || faults.length === 0) faults.push(fault);
      const nowMs = deps.clock();
      const hasOtherKey = target.keys.report(key, fault.kind, fault.retryAfterMs, nowMs);
      if (fault.kind === "rate_limited" && !hasOtherKey) {
        target.health.rest(nowMs + Math.min(MOST_PATIENCE_MS, Math.max(LEAST_REST_MS, fault.retryAfterMs ?? 0)));
      }
      throw new TryFailed(fault, hasOtherKey, isRefused || isTooBusy(error));
    } finally {
      if (!client.aborted) onOver?.();
      clearTimeout(timer);
      cancel?.removeEventListener("abort", onCancel);
    }
  }

  /** All tries at one target. */
  async function tryTarget(target: Target, isLast: boolean, cancel: StopSignal | null): Promise<Result> {
    for (let tries = 0; ; ) {
      try {
        return await tryOnce(target, isLast, cancel);
      } catch (error) {
        if (!(error instanceof TryFailed)) throw error;
        if (options.mayRepeat?.(error.fault) === false) throw error;
        if (error.hasOtherKey && deps.clock() < options.deadlineMs) continue;
        const waitMs = waitBefore(error.fault, tries, options, deps);
        if (error.isRefused || tries >= options.retries || !isWorthAnother(error.fault, waitMs, isLast)) throw error;
        tries++;
        await deps.sleep(waitMs, cancel === null ? client : anyOf(client, cancel));
      }
    }
  }

  /** With somebody else to ask, nobody is waited for long: neither a throttled upstream nor one that took its time. */
  function isWorthAnother({ kind }: UpstreamFault, waitMs: number, isLast: boolean): boolean {
    const leftMs = options.deadlineMs - deps.clock();
    if (!PASSING.has(kind) || waitMs >= leftMs) return false;
    if (isLast) return waitMs <= MOST_PATIENCE_MS;
    return kind !== "timeout" && waitMs <= options.maxBackoffMs && waitMs < leftMs * (1 - SHARE_BEFORE_FALLBACK);
  }

  function goesOn(fault: UpstreamFault): boolean {
    if (FINAL.has(fault.kind) || options.mayGoOn?.(fault) === false) return false;
    return fault.kind !== "content_policy" || options.fallBackOnContentPolicy;
  }

  /** Two targets at once, the second after a pause; the first to commit wins and the other is cancelled. */
  function hedge(
    first: Target,
    second: Target,
    isLast: boolean,
    afterMs: number,
  ): Promise<{ result: Result; target: Target }> {
    const cancels = [new AbortController(), new AbortController()] as const;
    const underWaySince: (number | null)[] = [deps.clock(), null];
    const pause = new AbortController();
    let hasWinner = false;
    const win = (index: 0 | 1, target: Target, result: Result) => {
      if (hasWinner) {
        // Both committed in the same turn of the event loop; the first one already noted this one as lost.
        discard(result);
        records.splice(
          records.findLastIndex((record) => isOf(record, target) && record.outcome === "ok"),
          1,
        );
        throw new Error("the other try answered first");
      }
      hasWinner = true;
      const loser = index === 0 ? 1 : 0;
      const since = underWaySince[loser];
      cancels[loser].abort(new Error("the other try answered first"));
      if (since !== null && since !== undefined) {
        const { upstreamId: upstream, model } = loser === 0 ? first : second;
        note({ upstream, model, outcome: "hedge_lost", status: null, ms: deps.clock() - since });
      }
      return { result, target };
    };
    const primary = tryTarget(first, false, cancels[0].signal).then(
      (result) => win(0, first, result),
      (error) => {
        underWaySince[0] = null;
        pause.abort(error);
        throw error;
      },
    );
    const secondary = (async () => {
      await deps.sleep(afterMs, anyOf(client, pause.signal, cancels[1].signal)).catch((error) => {
        if (!pause.signal.aborted || client.aborted) throw error;
        const failure: unknown = pause.signal.reason;
        if (failure instanceof TryFailed && !goesOn(failure.fault)) throw failure;
      });
      underWaySince[1] = deps.clock();
      try {
        return win(1, second, await tryTarget(second, isLast, cancels[1].signal));
      } catch (error) {
        underWaySince[1] = null;
        throw error;
      }
    })();
    return Promise.any([primary, secondary]).catch((error: AggregateError) => {
      if (client.aborted) throw client.reason;
      const failures: readonly unknown[] = error.errors;
      const tried = failures.filter((failure) => failure instanceof TryFailed);
      throw tried.find(({ fault }) => !goesOn(fault)) ?? tried.at(-1) ?? failures[0];
    });
  }

  let left = awakeFirst(targets, deps.clock());
  while (left.length > 0 && deps.clock() < options.deadlineMs) {
    const [target, ...others] = left as [Target, ...Target[]];
    const partner = options.hedgeAfterMs === null ? undefined : others[0];
    try {
      if (partner === undefined) {
        const result = await tryTarget(target, others.length === 0, null);
        return { result, target, attempts: records };
      }
      const won = await hedge(target, partner, others.length === 1, options.hedgeAfterMs!);
      return { ...won, attempts: records };
    } catch (error) {
      if (!(error instanceof TryFailed)) throw error;
      if (!goesOn(error.fault)) throw new AttemptsFailed(error.fault, records);
      left = partner === undefined ? others : others.slice(1);
      if (error.fault.kind === "context_length") left = left.filter((next) => isRoomier(next, target));
    }
  }
  throw new AttemptsFailed(finalFault(faults, deps.clock() >= options.deadlineMs), records);
}

class TryFailed extends Error {
  readonly fault: UpstreamFault;
  readonly hasOtherKey: boolean;
  /** Nobody was asked: the target's own guard said no, so asking it again at once is idle. */
  readonly isRefused: boolean;

  constructor(fault: UpstreamFault, hasOtherKey: boolean, isRefused: boolean) {
    super(fault.message);
    this.fault = fault;
    this.hasOtherKey = hasOtherKey;
    this.isRefused = isRefused;
  }
}

/** Answers that pass as they are have a status of their own; whole ones and streams are 200. */
function statusIn(result: unknown): number {
  const { status } = result as { readonly status?: unknown };
  return typeof status === "number" ? status : 200;
}

function isOf({ upstream, model }: AttemptRecord, target: Target): boolean {
  return upstream === target.upstreamId && model === target.model;
}

function awakeFirst(targets: readonly Target[], nowMs: number): readonly Target[] {
  if (targets.length < 2 || targets.every(({ health }) => health.restsUntilMs <= nowMs)) return targets;
  const rests = ({ health }: Target) => health.restsUntilMs > nowMs;
  return [...targets.filter((target) => !rests(target)), ...targets.filter(rests)];
}

/** A prompt that was too long for one model is not sent to another that takes no more. */
function isRoomier(next: Target, than: Target): boolean {
  const [room, needed] = [next.candidate.contextTokens, than.candidate.contextTokens];
  return room === null || needed === null || room > needed;
}

/** Full jitter below an exponential ceiling, and never earlier than the upstream asked. */
function waitBefore(fault: UpstreamFault, tries: number, options: AttemptOptions, deps: AttemptDeps): number {
  const ceiling = Math.min(options.maxBackoffMs, options.backoffMs * 2 ** tries);
  return Math.max(fault.retryAfterMs ?? 0, deps.random() * ceiling);
}

/** Node keeps a list a duration, so that long ones are rounded up to shared ones. */
function timerMs(ms: number): number {
  return ms < COARSE_FROM_MS ? Math.max(0, ms) : Math.ceil(ms / COARSE_MS) * COARSE_MS;
}

function timeoutError(ms: number, isClients: boolean): UpstreamFaultError {
  const code = isClients ? CLIENT_DEADLINE : null;
  return new UpstreamFaultError(
    faultOf("timeout", `the upstream did not answer within ${Math.round(ms)} ms`, { code }),
  );
}

function faultFrom(error: unknown): UpstreamFault {
  if (error instanceof UpstreamFaultError) return error.fault;
  // A body is read whole only where a format is translated: what is wrong with it is the client's to hear, once.
  if (error instanceof ApiError) {
    const { status, body } = renderError(error);
    if (status >= 400 && status < 500)
      return faultOf("invalid_request", body.error.message, { param: body.error.param });
  }
  return faultOf("server_error", "the call to the upstream failed");
}
