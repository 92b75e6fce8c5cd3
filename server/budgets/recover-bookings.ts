import type { Writer } from "../log/segment-name.ts";
import { leftBookings } from "./bookings.ts";
import type { BudgetStore } from "./budget-store.ts";

export interface RecoverDeps {
  readonly store: Pick<BudgetStore, "holders" | "recover">;
  readonly folder: string | null;
  readonly writer: Writer;
  readonly clock: () => number;
  /** Whether the log has a request: of the last one that was booked it tells whether its process came so far. */
  readonly isLogged: (requestId: string) => Promise<boolean>;
  readonly log: { warn(fields: object, message: string): void };
}

/**
 * Books what processes that ended without a word had settled and not booked, and frees what they had reserved. What a
 * request spent is appended right before its log record, by the same turn of the same thread: so only the last one can
 * be without a record, and is left out then, as it is left out of the log.
 */
export async function recoverBookings({ store, folder, writer, clock, isLogged, log }: RecoverDeps): Promise<void> {
  const nowMs = clock();
  const held = new Set(
    (await store.holders()).flatMap(({ holderId, expiresAtMs }) => (expiresAtMs > nowMs ? [holderId] : [])),
  );
  for (const { holderId, bookings, remove } of leftBookings(folder, writer, (one) => held.has(one))) {
    const last = bookings.at(-1);
    const isWhole = last === undefined || (await isLogged(last.requestId));
    const booked = await store.recover(holderId, isWhole ? bookings : bookings.slice(0, -1));
    remove();
    log.warn(
      { holder: holderId, booked },
      "a process ended without a word: what it had settled is booked, the rest is free",
    );
  }
}
