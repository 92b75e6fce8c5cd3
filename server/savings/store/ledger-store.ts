import type { LedgerHead } from "../ledger.ts";
import type { LedgerArm, LedgerFactInput } from "../ledger-row.ts";

/** One thing to be written down. */
export interface LedgerEntry {
  readonly route: string;
  readonly atMs: number;
  readonly fact: LedgerFactInput;
  /** Under which it may stand in the ledger once; null: as often as it is said. */
  readonly key: string | null;
}

/** Where the ledgers of routes are kept, one chain a route. Rows are only ever added. */
export interface LedgerStore {
  /**
   * Chains the entries on, all or nothing, in their order. What stands there already under its key is left out, and
   * terms that are those in force. Several processes may write: the head is read in the same transaction.
   *
   * @returns how many rows were added
   */
  append(entries: readonly LedgerEntry[]): number;
  head(route: string): LedgerHead | null;
  /** Lines of the ledger, oldest first. */
  lines(route: string, options: { readonly fromSeq: number; readonly limit: number }): readonly string[];
  /** Session and arm of a request that was written down; null for none. */
  requestOf(route: string, requestId: string): { readonly session: string; readonly arm: LedgerArm } | null;
  routes(): readonly string[];
}
