import type { Balance, BudgetStore, Hold, Movement, Posting, PostingResult, Shortage } from "./budget-store.ts";

export interface LedgerDeps {
  readonly store: BudgetStore;
  readonly clock: () => number;
  /** Of this process, in this run. */
  readonly holderId: string;
  /** How a budget stands after something was booked on it. */
  readonly onBooked: (movement: Movement, balance: Balance) => void;
  readonly log: {
    error(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

/**
 * Reserves and books money through one writer: what comes in while the event loop turns once is one transaction, first
 * what is given back, then what is asked for. Booking may wait a little, for until then its reservation stands, so that
 * spent + reserved never passes a cap.
 */
export interface Ledger {
  /**
   * Reserves all or nothing. Where only other reservations stand in the way it waits until `untilMs` for them to end.
   *
   * @returns null when it is reserved
   * @throws what the storage threw
   */
  reserve(holds: readonly Hold[], untilMs: number): Promise<Shortage | null>;
  /** Never throws; what the storage does not take is kept and tried again. */
  book(movements: readonly Movement[]): void;
  /** Books what waits. */
  flush(): Promise<void>;
  /** Prolongs the lease and gives back what dead processes had reserved. */
  tend(): Promise<void>;
  close(): Promise<void>;
}

/** Longest wait of a booking. */
const BOOK_WITHIN_MS = 20;
const RETRY_AFTER_FAULT_MS = 500;
/** A process that has not been heard of for so long is dead. */
export const LEASE_MS = 30_000;
/** How often the lease is prolonged. */
export const TEND_EVERY_MS = 5_000;
/** Between two tries of a reservation that waits for others to end. */
const WAIT_STEP_MS = 25;

interface Asked {
  readonly holds: readonly Hold[];
  readonly resolve: (shortage: Shortage | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes its lease before anything can be reserved under it. */
export async function openLedger(deps: LedgerDeps): Promise<Ledger> {
  const { store, clock, holderId, onBooked, log } = deps;
  let asked: Asked[] = [];
  let movements = new Map<string, Movement>();
  let turn: NodeJS.Immediate | null = null;
  let timer: NodeJS.Timeout | null = null;
  let posting: Promise<void> | null = null;
  /** Leases that had run out when they were last looked at. */
  let suspects = new Map<string, number>();
  await store.beat(holderId, clock() + LEASE_MS);

  function soon(): void {
    if (turn === null && posting === null) turn = setImmediate(() => void post());
  }

  function later(waitMs: number): void {
    timer ??= setTimeout(() => {
      timer = null;
      void post();
    }, waitMs);
  }

  /** One at a time; what comes in meanwhile is the next. */
  function post(): Promise<void> {
    if (turn !== null) clearImmediate(turn);
    turn = null;
    posting ??= postOnce().finally(() => {
      posting = null;
      if (asked.length > 0) soon();
      else if (movements.size > 0) later(BOOK_WITHIN_MS);
    });
    return posting;
  }

  async function postOnce(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const groups = asked;
    const booked = [...movements.values()];
    asked = [];
    movements = new Map();
    if (groups.length === 0 && booked.length === 0) return;
    const step: Posting = { holderId, movements: booked, groups: groups.map(({ holds }) => holds) };
    let result: PostingResult;
    try {
      result = await store.post(step);
    } catch (error) {
      for (const movement of booked) keep(movement);
      for (const { reject } of groups) reject(error);
      if (booked.length > 0) {
        log.error({ err: error }, "spending could not be booked: it stays reserved and is tried again");
        later(RETRY_AFTER_FAULT_MS);
      }
      return;
    }
    for (let i = 0; i < groups.length; i++) groups[i]!.resolve(result.shortages[i]!);
    for (let i = 0; i < booked.length; i++) onBooked(booked[i]!, result.balances[i]!);
  }

  /** Movements of one account are one. */
  function keep(movement: Movement): void {
    const name = `${movement.budgetId}\n${movement.bucketMs}\n${movement.subject}`;
    const waiting = movements.get(name);
    if (waiting === undefined) movements.set(name, movement);
    else {
      const { reserved, spent } = waiting;
      movements.set(name, { ...movement, reserved: reserved + movement.reserved, spent: spent + movement.spent });
    }
  }

  function ask(holds: readonly Hold[]): Promise<Shortage | null> {
    return new Promise((resolve, reject) => {
      asked.push({ holds, resolve, reject });
      soon();
    });
  }

  async function flush(): Promise<void> {
    while (posting !== null) await posting;
    await post();
  }

  return {
    flush,
    async reserve(holds, untilMs) {
      let shortage = await ask(holds);
      while (shortage !== null && isTaken(shortage) && clock() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS));
        shortage = await ask(holds);
      }
      return shortage;
    },
    book(given) {
      for (const movement of given) keep(movement);
      if (movements.size > 0 && posting === null) later(BOOK_WITHIN_MS);
    },
    async tend() {
      const nowMs = clock();
      await store.beat(holderId, nowMs + LEASE_MS);
      const dead = new Map<string, number>();
      for (const { holderId: other, expiresAtMs } of await store.holders()) {
        // Later than any living process would say: it was written before the clock was set back.
        const isOver = expiresAtMs <= nowMs || expiresAtMs > nowMs + 2 * LEASE_MS;
        if (other === holderId || !isOver) continue;
        // Seen twice with no beat between, so that a clock that jumps ahead kills nobody.
        if (suspects.get(other) !== expiresAtMs) dead.set(other, expiresAtMs);
        else if (await store.releaseHolder(other, expiresAtMs))
          log.warn(
            { holder: other },
            "a process ended with money reserved or unfolded: its reservations are free again",
          );
      }
      suspects = dead;
    },
    async close() {
      await flush();
      if (timer !== null) clearTimeout(timer);
      if (turn !== null) clearImmediate(turn);
      if (movements.size > 0) log.error({ accounts: movements.size }, "spending is lost: it could not be booked");
      const own = (await store.holders()).find(({ holderId: id }) => id === holderId);
      if (own !== undefined) await store.releaseHolder(holderId, own.expiresAtMs);
    },
  };
}

/** Enough is unspent, but others have reserved it. */
function isTaken({ hold, spent }: Shortage): boolean {
  return spent + hold.amount <= hold.cap;
}
