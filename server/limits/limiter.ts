import { fitsPattern } from "../keys/name-pattern.ts";
import type { Counters } from "./counters.ts";
import type { LimitScope, Limits, LimitsConfig } from "./limits.ts";

/** What is counted a minute. */
export type Measure = "requests" | "tokens" | "input_tokens" | "output_tokens";

/** How one limit stands. */
export interface LimitState {
  readonly scope: LimitScope;
  readonly subject: string;
  readonly measure: Measure | "parallel";
  readonly limit: number;
  /** Never below 0. */
  readonly remaining: number;
  readonly resetsInMs: number;
}

/** Someone or something that limits hold for. */
export interface Limited {
  readonly scope: LimitScope;
  readonly subject: string;
  readonly limits: Limits;
}

export interface TokenCounts {
  readonly input: number;
  readonly output: number;
}

/** What a request was counted as. Exactly one of `settle` and `release` is called, once. */
export interface Passage {
  readonly states: readonly LimitState[];
  /** Corrects the tokens, in the windows that still last; null: what was expected stays. */
  settle(used: TokenCounts | null): void;
  /** Nothing was used. */
  release(): void;
}

export interface Refused {
  readonly refusedBy: LimitState;
  /** The request alone is more than the limit: waiting does not help. */
  readonly isTooLarge: boolean;
}

export interface Limiter {
  /** Counts a request with the tokens that it is expected to use; counts nothing when any limit refuses it. */
  pass(limited: readonly Limited[], expected: TokenCounts): Promise<Passage | Refused>;
}

const MINUTE_MS = 60_000;
const RETRY_PARALLEL_MS = 1_000;
/** So close to its end a window is left alone: the correction could fall into the next. */
const EDGE_MS = 20;

interface Counted {
  readonly name: string;
  readonly measure: Measure;
  readonly amount: number;
  /** On the monotonic clock. */
  readonly endsAt: number;
}

/**
 * Fixed windows of a minute that start with a subject's first request. A request counts as its input and the limit that
 * it sets on its output (nothing when it sets none), and as what it really used once it is over.
 */
export function createLimiter(counters: Counters, monotonic: () => number): Limiter {
  function correct({ name, endsAt }: Counted, by: number): void {
    if (by === 0 || monotonic() >= endsAt - EDGE_MS) return;
    const added = counters.add(name, by, MINUTE_MS);
    if (added instanceof Promise) added.catch(() => {});
  }

  return {
    async pass(limited, expected) {
      const counted: Counted[] = [];
      const places: string[] = [];
      const states: LimitState[] = [];
      const undo = () => {
        for (const count of counted) correct(count, -count.amount);
        for (const place of places) counters.release(place);
      };
      try {
        for (const { scope, subject, limits } of strictest(limited)) {
          if (limits.parallel !== undefined) {
            const name = `${scope}:parallel:${subject}`;
            const acquired = counters.acquire(name, limits.parallel);
            if (!(acquired instanceof Promise ? await acquired : acquired)) {
              undo();
              const state = { scope, subject, measure: "parallel", limit: limits.parallel, remaining: 0 } as const;
              return { refusedBy: { ...state, resetsInMs: RETRY_PARALLEL_MS }, isTooLarge: false };
            }
            places.push(name);
          }
          for (const { measure, limit } of measuresOf(limits)) {
            const amount = measure === "requests" ? 1 : tokensOf(measure, expected);
            const name = `${scope}:${measure}:${subject}`;
            const added = counters.add(name, amount, MINUTE_MS);
            const { total, endsInMs } = added instanceof Promise ? await added : added;
            counted.push({ name, measure, amount, endsAt: monotonic() + endsInMs });
            const remaining = Math.max(0, limit - total);
            const state: LimitState = { scope, subject, measure, limit, remaining, resetsInMs: endsInMs };
            // A request whose tokens are not known yet may pass while anything is left.
            if (total > limit || (amount === 0 && total >= limit)) {
              undo();
              return {
                refusedBy: { ...state, remaining: Math.max(0, limit - total + amount) },
                isTooLarge: amount > limit,
              };
            }
            states.push(state);
          }
        }
      } catch (error) {
        undo();
        throw error;
      }
      return {
        states,
        settle(used) {
          for (const count of counted) {
            if (used !== null && count.measure !== "requests")
              correct(count, tokensOf(count.measure, used) - count.amount);
          }
          for (const place of places) counters.release(place);
        },
        release() {
          for (const count of counted) if (count.measure !== "requests") correct(count, -count.amount);
          for (const place of places) counters.release(place);
        },
      };
    },
  };
}

/** Two rules for one subject are one: the lower limit of each measure holds, and a request counts once. */
function strictest(limited: readonly Limited[]): readonly Limited[] {
  if (limited.length === 1) return limited;
  const found: Limited[] = [];
  for (const one of limited) {
    const at = found.findIndex(({ scope, subject }) => scope === one.scope && subject === one.subject);
    if (at < 0) found.push(one);
    else found[at] = { ...one, limits: lower(found[at]!.limits, one.limits) };
  }
  return found;
}

function lower(a: Limits, b: Limits): Limits {
  const merged: Limits = { ...a };
  for (const name of Object.keys(b) as (keyof Limits)[]) {
    const limit = Math.min(a[name] ?? Number.POSITIVE_INFINITY, b[name] ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(limit)) merged[name] = limit;
  }
  return merged;
}

interface Measured {
  readonly measure: Measure;
  readonly limit: number;
}

const measured = new WeakMap<Limits, readonly Measured[]>();

/** Listed once for each set of limits: a key's and the configuration's stay for many requests. */
function measuresOf(limits: Limits): readonly Measured[] {
  const known = measured.get(limits);
  if (known !== undefined) return known;
  const all = [
    { measure: "requests", limit: limits.rpm },
    { measure: "tokens", limit: limits.tpm },
    { measure: "input_tokens", limit: limits.input_tpm },
    { measure: "output_tokens", limit: limits.output_tpm },
  ] as const;
  const found = all.flatMap(({ measure, limit }) => (limit === undefined ? [] : [{ measure, limit }]));
  measured.set(limits, found);
  return found;
}

function tokensOf(measure: Measure, { input, output }: TokenCounts): number {
  if (measure === "input_tokens") return input;
  return measure === "output_tokens" ? output : input + output;
}

const compiled = new WeakMap<readonly LimitsConfig[], readonly Limited[]>();

/** Limits of the configuration that hold for a subject of this scope. */
export function limitsFor(configs: readonly LimitsConfig[], scope: LimitScope, ...names: readonly string[]): Limited[] {
  const found: Limited[] = [];
  for (const one of rulesOf(configs)) {
    if (one.scope !== scope || !names.some((name) => fitsPattern(one.subject, name))) continue;
    found.push({ scope, subject: one.subject === "*" ? names[0]! : one.subject, limits: one.limits });
  }
  return found;
}

/** Made once a configuration, so that its limits stay the same objects. */
function rulesOf(configs: readonly LimitsConfig[]): readonly Limited[] {
  let rules = compiled.get(configs);
  if (rules === undefined) {
    rules = configs.map(({ scope, subject, ...limits }) => ({ scope, subject, limits }));
    compiled.set(configs, rules);
  }
  return rules;
}
