import type { FastifyBaseLogger } from "fastify";
import { createWriteQueue } from "../../write-queue.ts";
import type { LedgerEntry, LedgerStore } from "./ledger-store.ts";

/** Takes what happens, in its order, and writes it down off the request's path. */
export interface LedgerWriter {
  take(entries: readonly LedgerEntry[]): void;
  /** Writes what is queued now. */
  flush(): void;
  /** Rows that could not be kept: the saving of their months is not whole. */
  readonly lost: number;
  close(): void;
}

const CAPACITY = 100_000;
const BATCH = 128;
const DELAY_MS = 25;

export function createLedgerWriter(
  store: Pick<LedgerStore, "append">,
  log: Pick<FastifyBaseLogger, "error">,
): LedgerWriter {
  let refused = 0;

  /** A fact that no ledger may hold must not hold up the others. */
  function write(batch: readonly LedgerEntry[]): void {
    try {
      store.append(batch);
    } catch (error) {
      if ((error as { code?: string }).code?.startsWith("SQLITE_") === true) throw error;
      for (const entry of batch) writeAlone(entry);
    }
  }

  function writeAlone(entry: LedgerEntry): void {
    try {
      store.append([entry]);
    } catch (error) {
      if ((error as { code?: string }).code?.startsWith("SQLITE_") === true) throw error;
      refused++;
      log.error({ err: error, route: entry.route, kind: entry.fact.kind }, "a fact is not in the ledger");
    }
  }

  const queue = createWriteQueue<LedgerEntry>({
    write,
    capacity: CAPACITY,
    batchSize: BATCH,
    delayMs: DELAY_MS,
    onError: (error) => log.error({ err: error }, "the ledger could not be written; it is tried again"),
  });
  return {
    take(entries) {
      for (const entry of entries) queue.push(entry);
    },
    flush: queue.flush,
    get lost() {
      return refused + queue.dropped;
    },
    close: queue.close,
  };
}
