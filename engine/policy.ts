import type { z } from "zod";
import type { Named } from "./discover.ts";
import type { Rng } from "./rng.ts";
import type { DecisionReason } from "./schema/decision.ts";
import type { PolicyConfig } from "./schema/route-config.ts";

/** A candidate as policies see it. */
export interface ScoredCandidate {
  readonly candidateId: string;
  /** Calibrated expected quality in [0, 1]. */
  readonly quality: number;
  /** Lower bound: quality - 1.64 x spread, clipped to [0, 1]. */
  readonly qualityLow: number;
  /** Expected cost of this request, nano-USD. */
  readonly costNanoUsd: number;
}

/** Everything a policy may look at. Candidates are eligible ones in catalog order, at least one. */
export interface PolicyInput {
  readonly scored: readonly ScoredCandidate[];
  /** Index of the incumbent in `scored`, -1 when it is not eligible. */
  readonly incumbent: number;
  /** The request's floor on `qualityLow`; null when none was asked. Already applied: who is below it is not in `scored`. */
  readonly qualityFloor: number | null;
  /** Estimated input tokens of the request. */
  readonly inputTokens: number;
  readonly complexity: number;
  /** Task probabilities in the artifact's order. */
  readonly task: Float32Array;
  readonly rng: Rng;
  readonly nowMs: number;
}

export interface PolicyChoice {
  /** Index in `scored`; -1 leaves the request to an incumbent that is not among them. */
  readonly chosen: number;
  readonly reason: DecisionReason;
  /** Probability of `chosen` under the policy, 1 unless it drew lots. */
  readonly propensity: number;
}

/**
 * Calibration rows seen through one route: predictions of its candidates with their prices, held out from fitting.
 * [rows x candidates] row-major, candidates in the route's order.
 */
export interface RouteCalibration {
  readonly rows: number;
  readonly candidateIds: readonly string[];
  readonly incumbent: number;
  readonly quality: Float32Array;
  readonly costNanoUsd: Float32Array;
  /** Observed quality in [0, 1], NaN where unknown. */
  readonly observed: Float32Array;
  /** [rows] input tokens. */
  readonly inputTokens: Uint32Array;
  /** [rows x tasks] task probabilities in the artifact's order. */
  readonly task: Float32Array;
  readonly tasks: number;
}

/** Numbers that a ready policy solved or learned. All that `restore` needs, so that a stored decision can be replayed. */
export type PolicyFacts = Readonly<Record<string, number>>;

/** What an answer that is already there says about itself; each is null when it was not measured. */
export interface AnswerSignals {
  /** Index in `scored` of the candidate that answered. */
  readonly candidate: number;
  /** Mean log-probability of the answer's tokens, <= 0. */
  readonly meanLogProbability: number | null;
  /** Share of further samples or of other candidates that gave the same answer, in [0, 1]. */
  readonly agreement: number | null;
  /** Outcome of a check (format, schema, unit test, judge) in [0, 1]; 0 rejects the answer. */
  readonly check: number | null;
}

/** What to do after an answer: keep one of the answers, or call another candidate. Indices in `scored`. */
type NextStep =
  | { readonly kind: "stop"; readonly answer: number; readonly quality: number }
  | { readonly kind: "call"; readonly candidate: number; readonly quality: number };

/** A policy made ready for one route: pure but for the state that it documents (e.g. a pacing multiplier). */
export interface ReadyPolicy {
  /**
   * The policy's own view of each candidate's quality, when it is not the scorer's; NaN: not considered. Stored with the
   * decision, because it may rest on calibration rows that are gone at replay.
   */
  estimate?(input: PolicyInput): Float64Array;
  /** @param estimates what `estimate` gave for this input; computed when absent */
  decide(input: PolicyInput, estimates?: Float64Array): PolicyChoice;
  /** Asked again after each answer, by policies that look at answers; `answers` in the order of calls, at least one. */
  next?(input: PolicyInput, answers: readonly AnswerSignals[], estimates?: Float64Array): NextStep;
  /** Told once a request is settled, for policies that pace spending. */
  settle?(costNanoUsd: number, nowMs: number): void;
  /** What was solved or learned, for explanations, tests and replay (e.g. lambda). */
  readonly facts: PolicyFacts;
}

/** What a policy may need beside its options. */
export interface PolicyContext {
  /** Makes another policy for the same route, for policies that wrap one. */
  make(config: PolicyConfig): ReadyPolicy;
  /** Facts of the same policy before an artifact swap or a reload, for policies with state. */
  readonly previous: PolicyFacts | null;
}

export interface PolicyPlugin<Options = unknown> extends Named {
  readonly options: z.ZodType<Options>;
  /** false: chooses without looking at scores, so that prompts far from training need no special care. */
  readonly usesScores?: boolean;
  /** true: draws lots, so its propensities differ from 1. */
  readonly drawsLots?: boolean;
  /** Options to test it with over the candidates `cheap`, `middle` and `best`; default: the empty object. */
  readonly examples?: readonly z.input<z.ZodType<Options>>[];
  ready(options: Options, calibration: RouteCalibration | null, context?: PolicyContext): ReadyPolicy;
  /** The policy as it was when it had these facts, for replay; default: `ready` without calibration. */
  restore?(options: Options, facts: PolicyFacts, context?: PolicyContext): ReadyPolicy;
}

/** Plug-in of engine/policies/, one file each. */
export function definePolicy<Options>(plugin: PolicyPlugin<Options>): PolicyPlugin<Options> {
  return plugin;
}
