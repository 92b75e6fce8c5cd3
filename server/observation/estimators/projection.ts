import type { Rng } from "../../../engine/rng.ts";
import { influenceOf, type TwoPhaseRows } from "./aipw.ts";
import { sequenceFactor } from "./asymptotic-sequence.ts";
import { clusteredMean, clusterSums, type Estimate, type MeanError, sumOf } from "./estimate.ts";
import { withJudgeOnGoldScale } from "./judge-to-gold.ts";
import { savingShare } from "./ratio.ts";
import { simultaneousFactor } from "./simultaneous.ts";

/** All eligible traffic of a window, as columns; the incumbent served it and some of it was audited. */
export interface ObservedTraffic {
  /** [n] predicted worth of leaving the incumbent; a request is routed from the threshold on. */
  readonly score: Float64Array;
  /** Quality of the routed model less that of the incumbent, in [-1, 1]. */
  readonly difference: TwoPhaseRows;
  /** [n] nano-USD that the incumbent cost. */
  readonly incumbentCost: Float64Array;
  /** [n] nano-USD that the routed model is expected to cost, and what it did where audited. */
  readonly expectedCost: Float64Array;
  readonly auditedCost: Float64Array;
  readonly cluster?: ArrayLike<number | string>;
}

export interface ProjectionOptions {
  readonly confidence: number;
  /**
   * `simultaneous`: holds for all thresholds, at one look (the end of the observation).
   * `anytime`: holds for all thresholds and on all days, for a page that is looked at daily.
   */
  readonly bands: "simultaneous" | "anytime";
  /** For `simultaneous`. */
  readonly rng: Rng;
  /** For `anytime`: sessions at which it is narrowest. */
  readonly tuned: number;
}

/** Audited requests that would be moved, below which the sample's own spread is not believed. */
const LEAST_AUDITED = 100;

export interface ProjectedPoint {
  readonly threshold: number;
  /** Audited requests among those that would be moved. */
  readonly audited: number;
  /** Share of requests that would leave the incumbent. */
  readonly movedShare: number;
  /** Mean over all requests, moved or not. */
  readonly qualityDifference: Estimate;
  /** Share of the incumbent's cost. */
  readonly saving: Estimate;
}

/**
 * What routing from each of several thresholds on would have done to quality and cost, from audited traffic. Where fewer than
 * 100 of the moved requests were audited, only what holds without any audit is stated: quality moves by at most the share
 * moved, and no more can be saved than those requests cost.
 */
export function projectPolicy(
  traffic: ObservedTraffic,
  thresholds: readonly number[],
  options: ProjectionOptions,
): ProjectedPoint[] {
  const { score, incumbentCost, cluster } = traffic;
  const { inclusion, isAudited } = traffic.difference;
  const quality = influenceOf(
    withJudgeOnGoldScale({ ...traffic.difference, ...(cluster === undefined ? {} : { cluster }) }),
  );
  const cost = influenceOf({
    prediction: traffic.expectedCost,
    judged: traffic.auditedCost,
    inclusion,
    isAudited,
  });
  const points = thresholds.map((threshold) => {
    const isMoved = score.map((value) => (value >= threshold ? 1 : 0));
    const moved = quality.map((value, row) => value * isMoved[row]!);
    const mean = clusteredMean(moved, cluster);
    const saving = savingShare(
      cost.map((value, row) => (isMoved[row] === 1 ? value : incumbentCost[row]!)),
      incumbentCost,
      cluster,
    );
    return {
      threshold,
      audited: sumOf(isAudited.map((flag, row) => flag * isMoved[row]!)),
      movedShare: sumOf(isMoved) / isMoved.length,
      // As a share of all cost: 1 - what stays.
      movedCost: savingShare(
        incumbentCost.map((value, row) => value * (1 - isMoved[row]!)),
        incumbentCost,
        cluster,
      ),
      mean,
      centred: clusterSums(
        moved.map((value) => value - mean.mean),
        cluster,
      ),
      saving,
    };
  });
  const known = points.filter(({ audited }) => audited >= LEAST_AUDITED);
  const [ofQuality, ofSaving] = [
    factorFor(
      known.map(({ centred }) => centred),
      thresholds.length,
      options,
    ),
    factorFor(
      known.map(({ saving }) => saving.residuals),
      thresholds.length,
      options,
    ),
  ];
  const { bands } = options;
  const boundFactor = sequenceFactor(
    points[0]?.mean.n ?? 1,
    (1 - options.confidence) / thresholds.length,
    options.tuned,
  );
  return points.map(({ threshold, audited, movedShare, movedCost, mean, saving }) => {
    const isKnown = audited >= LEAST_AUDITED;
    return {
      threshold,
      audited,
      movedShare,
      qualityDifference: isKnown
        ? atLeast((unseen(options) * movedShare) / audited, banded(mean, ofQuality, `aipw_${bands}`))
        : { value: mean.mean, low: -movedShare, high: movedShare, method: "no_audit_bound", n: mean.n },
      saving: isKnown
        ? banded(saving, ofSaving, `aipw_ratio_${bands}`)
        : {
            ...banded(movedCost, boundFactor, "no_audit_bound"),
            value: saving.mean,
            low: Number.NEGATIVE_INFINITY,
          },
    };
  });
}

/** Differences that so many audits do not show, with the wanted confidence, when they show none: -log(delta / 2), of one audit each. */
function unseen({ confidence }: ProjectionOptions): number {
  return -Math.log((1 - confidence) / 2);
}

function atLeast(half: number, { value, low, high, ...rest }: Estimate): Estimate {
  return { ...rest, value, low: Math.min(low, value - half), high: Math.max(high, value + half) };
}

function factorFor(
  residuals: readonly Float64Array[],
  thresholds: number,
  { bands, confidence, rng, tuned }: ProjectionOptions,
): number {
  if (bands === "simultaneous") return simultaneousFactor(residuals, confidence, rng);
  return sequenceFactor(residuals[0]?.length ?? 1, (1 - confidence) / thresholds, tuned);
}

function banded({ mean, standardError, n }: MeanError, factor: number, method: string): Estimate {
  const half = factor === 0 ? 0 : factor * standardError;
  return { value: mean, low: mean - half, high: mean + half, method, n };
}
