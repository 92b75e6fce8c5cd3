import type { z } from "zod";
import type { Named } from "./discover.ts";
import type { Rng } from "./rng.ts";
import type { DecisionReason } from "./schema/decision.ts";

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
  /** The request's floor on `qualityLow`; null when none was asked. */
  readonly qualityFloor: number | null;
  readonly complexity: number;
  /** Task probabilities in the artifact's order. */
  readonly task: Float32Array;
  readonly rng: Rng;
  readonly nowMs: number;
}

export interface PolicyChoice {
  /** Index in `scored`. */
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
}

/** A policy made ready for one route: pure but for the state that it documents (e.g. a pacing multiplier). */
export interface ReadyPolicy {
  decide(input: PolicyInput): PolicyChoice;
  /** Told once a request is settled, for policies that pace spending. */
  settle?(costNanoUsd: number, nowMs: number): void;
  /** What was solved or learned, for explanations and tests (e.g. lambda). */
  readonly facts: Readonly<Record<string, number>>;
}

export interface PolicyPlugin<Options = unknown> extends Named {
  readonly options: z.ZodType<Options>;
  ready(options: Options, calibration: RouteCalibration | null): ReadyPolicy;
}

/** Plug-in of engine/policies/, one file each. */
export function definePolicy<Options>(plugin: PolicyPlugin<Options>): PolicyPlugin<Options> {
  return plugin;
}
