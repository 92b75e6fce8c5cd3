import type { z } from "zod";
import type { AnswerKind } from "./answer/answer-kind.ts";
import type { RouteCascade } from "./cascade/route-cascade.ts";
import type { Named } from "./discover.ts";
import type { Rng } from "./rng.ts";
import type { DecisionReason } from "./schema/decision.ts";
import type { ChosenPlan, PlanOffer } from "./schema/plan-offer.ts";
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
  /** Expected length of the answer; null or absent where nothing is known of it. */
  readonly outputTokens?: number | null;
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
  /** What kind of final answer the request asks for; absent: nothing that could be checked or compared. */
  readonly answerKind?: AnswerKind;
  readonly rng: Rng;
  readonly nowMs: number;
}

export interface PolicyChoice {
  /** Index in `scored`; -1 leaves the request to an incumbent that is not among them. */
  readonly chosen: number;
  readonly reason: DecisionReason;
  /** Probability of `chosen` under the policy, 1 unless it drew lots. */
  readonly propensity: number;
  /** What to follow when one answer may not be the last word; indices in `scored`. `chosen` is the first that it asks. */
  readonly plan?: ChosenPlan;
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
  /** Pools of the route's candidates whose answers were compared, at the route's prices; absent without any. */
  readonly cascades?: readonly RouteCascade[];
}

/** Numbers that a ready policy solved or learned. All that `restore` needs, so that a stored decision can be replayed. */
export type PolicyFacts = Readonly<Record<string, number>>;

/** A policy made ready for one route: pure but for the state that it documents (e.g. a pacing multiplier). */
export interface ReadyPolicy {
  /**
   * The policy's own view of each candidate's quality, when it is not the scorer's; NaN: not considered. Stored with the
   * decision, because it may rest on calibration rows that are gone at replay.
   */
  estimate?(input: PolicyInput): Float64Array;
  /** Plans that look at answers and what each is worth for this request; null: none applies. Stored, as estimates are. */
  offer?(input: PolicyInput): PlanOffer | null;
  /** @param estimates what `estimate` gave for this input, @param offer what `offer` gave; each computed when absent */
  decide(input: PolicyInput, estimates?: Float64Array, offer?: PlanOffer | null): PolicyChoice;
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
