import type { QualityGate } from "./quality-gate.ts";
import type { SampleRatio } from "./sample-ratio.ts";

/** What a month is billed on. Money in nano-USD. */
export interface MonthBasis {
  /** Lower bound of all that was saved since the beginning, overhead taken off; null: too few sessions to state one. */
  readonly lowerBound: number | null;
  readonly feeShare: number;
  readonly quality: QualityGate;
  readonly sampleRatio: SampleRatio;
  readonly unpriced: number;
}

export interface Invoice {
  readonly feeNanoUsd: number;
  /** Highest lower bound that months before were settled at; only what exceeds it is billed. */
  readonly settledBefore: number;
  readonly settledAfter: number;
  /** Why nothing is billed; null when something is. Codes are API. */
  readonly noFeeBecause: NoFee | null;
}

export type NoFee =
  | "too_few_holdout_sessions"
  | "sample_ratio_mismatch"
  | "quality_gate_failed"
  | "quality_not_shown"
  | "quality_unmeasured"
  | "unpriced_requests"
  | "below_high_water_mark";

/**
 * A share of what the lower bound of the cumulative saving rose by above its highest mark: months that lost are made up for before
 * anything is billed again. A month that may not be billed moves the mark too, so that it is never billed later.
 */
export function invoiceMonth(basis: MonthBasis, settledBefore: number): Invoice {
  const { lowerBound, feeShare } = basis;
  const risen = lowerBound === null ? 0 : Math.max(0, lowerBound - settledBefore);
  const noFeeBecause = whyNoFee(basis, risen);
  return {
    feeNanoUsd: noFeeBecause === null ? Math.floor(feeShare * risen) : 0,
    settledBefore,
    settledAfter: settledBefore + risen,
    noFeeBecause,
  };
}

const QUALITY_CODES = {
  failed: "quality_gate_failed",
  not_shown: "quality_not_shown",
  unmeasured: "quality_unmeasured",
} as const;

function whyNoFee({ lowerBound, sampleRatio, quality, unpriced }: MonthBasis, risen: number): NoFee | null {
  if (sampleRatio.isBroken) return "sample_ratio_mismatch";
  if (lowerBound === null) return "too_few_holdout_sessions";
  if (quality.state !== "held") return QUALITY_CODES[quality.state];
  if (unpriced > 0) return "unpriced_requests";
  return risen > 0 ? null : "below_high_water_mark";
}
