import {
  isAlarmed,
  type MonitorOptions,
  type MonitorState,
  startMonitor,
  stepMonitor,
} from "../observation/drift/risk-monitor.ts";
import type { RampSection } from "./activation-config.ts";

/** How far an active route is, and what is known of how it goes. Plain, so that it is stored and taken up again. */
export interface RampState {
  readonly schema: 1;
  /** Digest of the certificate that it runs under, or `override`. */
  readonly under: string;
  readonly startedAtMs: number;
  readonly stage: number;
  readonly sinceMs: number;
  /** Requests that left the incumbent at this stage. */
  readonly routed: number;
  /** Evidence of harm is gathering: the stage does not rise while it stands. */
  readonly held: RampSignal | null;
  readonly rolledBack: { readonly atMs: number; readonly signal: RampSignal; readonly because: string } | null;
  readonly errors: MonitorState;
  readonly slow: MonitorState;
  /** Of the incumbent's latest answers, oldest first. */
  readonly latencies: readonly number[];
  /** Answers that take longer are slow; null: not enough is known of the incumbent. */
  readonly slowMs: number | null;
  /** By stratum; the empty name stands for all requests. */
  readonly quality: Readonly<Record<string, MonitorState>>;
}

export type RampSignal = "quality" | "errors" | "latency";

export interface RampTerms extends Pick<RampSection, "stages" | "hours" | "requests"> {
  readonly maxErrorRate: number;
  readonly latencyFactor: number;
  /** Mean loss that audits may show, as the certificate's loss counts it. */
  readonly risk: number;
  /** Strata that are watched for quality. */
  readonly strata: number;
}

/** What happened. */
export type RampEvent =
  | { readonly kind: "routed"; readonly isError: boolean; readonly latencyMs: number | null }
  | { readonly kind: "kept"; readonly latencyMs: number }
  | { readonly kind: "audit"; readonly stratum: string; readonly loss: number }
  | { readonly kind: "tick" };

const HOUR_MS = 3_600_000;
/** Chance that a signal alarms, ever, while all is well. */
const DELTA = { errors: 0.01, latency: 0.01, quality: 0.05 } as const;
/** Share of slow answers that is allowed. */
const SLOW_SHARE = 0.1;
/** Answers of the incumbent that are looked back upon, and those without which nothing is slow. */
const LATENCIES = { most: 100, least: 50 } as const;
const PERCENTILE = 0.95;
/** What an answer may take beyond the incumbent's percentile in any case: nobody waits for it. */
const UNFELT_MS = 100;

export function startRamp(under: string, nowMs: number, terms: RampTerms): RampState {
  return {
    schema: 1,
    under,
    startedAtMs: nowMs,
    stage: 0,
    sinceMs: nowMs,
    routed: 0,
    held: null,
    rolledBack: null,
    errors: startMonitor(errorOptions(terms)),
    slow: startMonitor(SLOW),
    latencies: [],
    slowMs: null,
    quality: {},
  };
}

/** The state after an event: an alarm rolls back, gathering evidence holds, time and requests without either lead on. */
export function stepRamp(state: RampState, event: RampEvent, nowMs: number, terms: RampTerms): RampState {
  if (state.rolledBack !== null) return state;
  return advanced(judged(taken(state, event, terms), nowMs, terms), nowMs, terms);
}

/** Share of the treated sessions that is routed now. */
export function rampShare({ stage, rolledBack }: RampState, { stages }: Pick<RampTerms, "stages">): number {
  if (rolledBack !== null) return 0;
  return stages[Math.min(stage, stages.length - 1)] ?? 0;
}

function taken(state: RampState, event: RampEvent, terms: RampTerms): RampState {
  switch (event.kind) {
    case "tick":
      return state;
    case "kept":
      return withLatency(state, event.latencyMs, terms);
    case "audit": {
      const options = qualityOptions(terms);
      const monitor = state.quality[event.stratum] ?? startMonitor(options);
      return { ...state, quality: { ...state.quality, [event.stratum]: stepMonitor(monitor, event.loss, options) } };
    }
    case "routed": {
      const { isError, latencyMs } = event;
      const isTimed = state.slowMs !== null && latencyMs !== null;
      return {
        ...state,
        routed: state.routed + 1,
        errors: stepMonitor(state.errors, Number(isError), errorOptions(terms)),
        slow: isTimed ? stepMonitor(state.slow, Number(latencyMs > state.slowMs), SLOW) : state.slow,
      };
    }
  }
}

/**
 * The limit follows the incumbent's latest answers: hours in which it grows slow too are not routing's doing. Each routed answer is
 * held against those before it, so the evidence stays what it says.
 */
function withLatency(state: RampState, latencyMs: number, { latencyFactor }: RampTerms): RampState {
  const latencies = [...state.latencies, latencyMs].slice(-LATENCIES.most);
  if (latencies.length < LATENCIES.least) return { ...state, latencies };
  const usual = latencies.toSorted((a, b) => a - b)[Math.floor(PERCENTILE * latencies.length)]!;
  return { ...state, latencies, slowMs: Math.max(latencyFactor * usual, usual + UNFELT_MS) };
}

function judged(state: RampState, nowMs: number, terms: RampTerms): RampState {
  let held: RampSignal | null = null;
  for (const { signal, stratum, monitor, options } of signalsOf(state, terms)) {
    if (isAlarmed(monitor, options)) {
      const mean = `${(100 * monitor.mean).toFixed(1)} %`;
      const because = `${IN_WORDS[signal]}${stratum === "" ? "" : ` (${stratum})`}: about ${mean} of late, after ${monitor.count} looks, and ${(100 * options.alpha).toFixed(1)} % are allowed`;
      return { ...state, held: null, rolledBack: { atMs: nowMs, signal, because } };
    }
    if (monitor.wealth >= Math.sqrt(1 / options.delta)) held ??= signal;
  }
  return held === state.held ? state : { ...state, held };
}

export interface WatchedSignal {
  readonly signal: RampSignal;
  /** Empty for all requests. */
  readonly stratum: string;
  readonly monitor: MonitorState;
  readonly options: MonitorOptions;
}

/** What is watched, and how the evidence stands. */
export function signalsOf(state: RampState, terms: RampTerms): WatchedSignal[] {
  const quality = Object.entries(state.quality).map(
    ([stratum, monitor]): WatchedSignal => ({ signal: "quality", stratum, monitor, options: qualityOptions(terms) }),
  );
  return [
    ...quality,
    { signal: "errors", stratum: "", monitor: state.errors, options: errorOptions(terms) },
    { signal: "latency", stratum: "", monitor: state.slow, options: SLOW },
  ];
}

const IN_WORDS: Readonly<Record<RampSignal, string>> = {
  quality: "quality lost by audits",
  errors: "routed requests that failed",
  latency: "routed answers that were slow",
};

/** A clock that was set back begins the stage's time anew; one that was set ahead still needs the requests. */
function advanced(state: RampState, nowMs: number, { stages, hours, requests }: RampTerms): RampState {
  if (nowMs < state.sinceMs) return { ...state, sinceMs: nowMs };
  const isLast = state.stage >= stages.length - 1;
  if (isLast || state.held !== null || state.rolledBack !== null) return state;
  if (nowMs - state.sinceMs < hours * HOUR_MS || state.routed < requests) return state;
  return { ...state, stage: state.stage + 1, sinceMs: nowMs, routed: 0 };
}

const SLOW: MonitorOptions = { alpha: SLOW_SHARE, delta: DELTA.latency };

function errorOptions({ maxErrorRate }: RampTerms): MonitorOptions {
  return { alpha: maxErrorRate, delta: DELTA.errors };
}

function qualityOptions({ risk, strata }: RampTerms): MonitorOptions {
  return { alpha: risk, delta: DELTA.quality / Math.max(1, strata) };
}
