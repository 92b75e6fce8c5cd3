import type { Settlement } from "../gateway/settlement.ts";
import type { CacheOutcome } from "../log/entry.ts";

/** What the cache had to do with one request. */
export interface CachePart {
  readonly outcome: CacheOutcome;
  /** Of an answer that was stored; null for a fresh one. */
  readonly ageSeconds: number | null;
  /** Whether this request buys its answer; false when it was bought already, or is bought by another that asks the same. */
  readonly pays: boolean;
  /** The answer would not do, and another one is bought for this request alone. */
  forsake(): void;
  /** To be told how the request ended. */
  settled(settlement: Settlement): void;
}
