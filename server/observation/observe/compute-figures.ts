import { openStorage } from "../../open-storage.ts";
import type { AuditStore } from "./audit-store.ts";
import { figuresOf } from "./figures.ts";
import type { ComputeFigures } from "./observation-report.ts";

/** Rows that figures are made from; of more a share of sessions. */
const MOST_ROWS = 200_000;

/** In this thread: where the database is in memory, no other can read it. */
export function computeHere(store: Pick<AuditStore, "read">): ComputeFigures {
  return async (observationId, { toDay, ...options }) => {
    const data = await store.read(observationId, { toDay, mostRows: MOST_ROWS });
    return { figures: figuresOf(data, options), counts: data.counts };
  };
}

/** One computation of a process, or a thread, that has no storage open. */
export async function computeFrom(
  url: string,
  ...question: Parameters<ComputeFigures>
): Promise<Awaited<ReturnType<ComputeFigures>>> {
  const storage = await openStorage(url);
  try {
    return await computeHere(storage.audits)(...question);
  } finally {
    await storage.close();
  }
}
