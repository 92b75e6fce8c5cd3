import type { NgramSpec } from "../engine/schema/manifest.ts";

export interface NgramOptions {
  readonly spec: NgramSpec;
  /** Components kept of the decomposition. */
  readonly rank: number;
}

/** Words and word pairs, and pieces of words of 3 to 5 characters. */
export const DEFAULT_NGRAMS: NgramOptions = {
  spec: { buckets: 65_536, maxTerms: 768, wordOrders: [1, 2], charOrders: [3, 4, 5] },
  rank: 96,
};
