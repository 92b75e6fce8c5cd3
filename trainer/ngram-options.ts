import type { NgramSpec } from "../engine/schema/manifest.ts";

export interface NgramOptions {
  readonly spec: NgramSpec;
  /** Components kept of the decomposition. */
  readonly rank: number;
}

/**
 * Words and word pairs. Pieces of words were measured too: beside words they cost two thirds of the terms and gave nothing
 * (five splits: GSM8K APGR .636 with them, .666 without; MMLU .699 and .697; ZeroEval AIQ .8271 and .8280).
 */
const FAST: NgramOptions = {
  spec: { buckets: 65_536, maxTerms: 768, wordOrders: [1, 2], charOrders: [] },
  rank: 96,
};

/** Beside a text encoder a smaller table does. */
export const NGRAMS_OF_TIER: Readonly<Record<"fast" | "full", NgramOptions>> = {
  fast: FAST,
  full: { spec: { ...FAST.spec, buckets: 32_768 }, rank: 64 },
};
