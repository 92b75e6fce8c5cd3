import type { Bookings } from "./bookings.ts";
import type { Balance, BudgetStore, Hold, Movement, Posting, PostingResult, Shortage } from "./budget-store.ts";

export interface LedgerDeps {
  readonly store: BudgetStore;
  readonly clock: () => number;
  /** Of this process, in this run. */
  readonly holderId: string;
  /** Outlives the process when it is killed. */
  readonly bookings: Bookings;
  /** Longest wait of a booking. */
  readonly bookWithinMs?: number;
  /** How a budget stands after something was booked on it. */
  readonly onBooked: (movement: Movement, balance: Balance) => void;
  readonly log: {
    error(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

/**
 * Reserves and books money through one writer: what comes in while the event loop turns once is one transaction.
 * What requests give back stays reserved for the next ones while more come (credit of this process), so that under load
 * most are granted without a transaction. Booking waits a little, for until then its reservation stands. Thus, whoever
 * looks: spent + reserved never passes a cap.
 */
export interface Ledger {
  /**
   * Reserves all or nothing. Where only other reservations stand in the way it waits until `untilMs` for them to end.
   *
   * @returns null when it is reserved
   * @throws what the storage threw
   */
  reserve(holds: readonly Hold[], untilMs: number): Promise<Shortage | null>;
  /**
   * Ends reservations with what was spent. Never throws; what the storage does not take is kept and tried again, and
   * what a request spent survives the process.
   */
  book(movements: readonly Movement[], requestId: string | null): void;
  /** Books what waits and gives back what no request holds. */
  flush(): Promise<void>;
  /** Prolongs the lease and gives back what dead processes had reserved. */
  tend(): Promise<void>;
  close(): Promise<void>;
}

const BOOK_WITHIN_MS = 20;
const RETRY_AFTER_FAULT_MS = 500;
/** A process that has not been heard of for so long is dead. */
export const LEASE_MS = 30_000;
/** How often the lease is prolonged. */
export const TEND_EVERY_MS = 5_000;
/** Between two tries of a reservation that waits for others to end. */
const WAIT_STEP_MS = 25;

/** How this process stands with an account. */
interface Standing {
  readonly of: Omit<Movement, "spent" | "reserved">;
  /** Reserved in the storage by this process. */
  held: number;
  /** Of `held`, what requests under way have. */
  granted: number;
  /** Spent and not booked yet. */
  spent: number;
  /** Granted since the last booking, and between the two before: what the next moment may need. */
  taken: number;
  takenBefore: number;
}

/** Reservations wait for it, bookings are due, or everything shall go. */
type Occasion = "asked" | "due" | "flush";

interface Asked {
  readonly holds: readonly Hold[];
  readonly resolve: (shortage: Shortage | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes its lease before anything can be reserved under it. */
export async function openLedger(deps: LedgerDeps): Promise<Ledger> {
  const { store, clock, holderId, bookings, bookWithinMs = BOOK_WITHIN_MS, onBooked, log } = deps;
  const standings = new Map<string, Standing>();
  let asked: Asked[] = [];
  let turn: NodeJS.Immediate | null = null;
  let timer: NodeJS.Timeout | null = null;
  let posting: Promise<void> | null = null;
  /** Leases that had run out when they were last looked at. */
  let suspects = new Map<string, number>();
  let beatMs = clock();
  await store.beat(holderId, beatMs + LEASE_MS);

  function standingOf({ budgetId, subject, bucketMs, fromMs, toMs }: Standing["of"]): Standing {
    const name = `${budgetId}\n${bucketMs}\n${subject}`;
    let standing = standings.get(name);
    if (standing === undefined) {
      standing = {
        of: { budgetId, subject, bucketMs, fromMs, toMs },
        held: 0,
        granted: 0,
        spent: 0,
        taken: 0,
        takenBefore: 0,
      };
      standings.set(name, standing);
    }
    return standing;
  }

  /** Else others may take this process for dead. */
  function isHeardOf(): boolean {
    return Math.abs(clock() - beatMs) < LEASE_MS / 2;
  }

  /** Reserved and neither granted nor spent. */
  function creditOf({ held, granted, spent }: Standing): number {
    return isHeardOf() ? Math.max(0, held - granted - spent) : 0;
  }

  function soon(): void {
    if (turn === null && posting === null) turn = setImmediate(() => void post("asked"));
  }

  function later(waitMs: number): void {
    timer ??= setTimeout(() => {
      timer = null;
      void post("due");
    }, waitMs);
  }

  /** One at a time; what comes in meanwhile is the next. */
  function post(why: Occasion): Promise<void> {
    if (turn !== null) clearImmediate(turn);
    turn = null;
    posting ??= postOnce(why).finally(() => {
      posting = null;
      if (asked.length > 0) soon();
      else if (isUnsettled()) later(bookWithinMs);
    });
    return posting;
  }

  async function postOnce(why: Occasion): Promise<void> {
    const groups = asked;
    asked = [];
    // Credit that cannot be used must not stand in the way.
    const booked = why !== "asked" ? takeMovements(why) : isHeardOf() ? [] : takeMovements("flush");
    if (groups.length === 0 && booked.length === 0) return;
    const movements = booked.map(({ movement }) => movement);
    // Whatever was appended is in `movements`, which take all that is spent.
    const bookedUpTo = booked.length === 0 ? 0 : bookings.last;
    const wishes = wishesOf(groups);
    const step: Posting = { holderId, movements, bookedUpTo, groups: groups.map(({ holds }) => holds), wishes };
    let result: PostingResult;
    try {
      result = await store.post(step);
    } catch (error) {
      for (const { standing, movement } of booked) {
        standing.held += movement.reserved;
        standing.spent += movement.spent;
      }
      for (const { reject } of groups) reject(error);
      if (booked.length > 0) {
        log.error({ err: error }, "spending could not be booked: it stays reserved and is tried again");
        later(RETRY_AFTER_FAULT_MS);
      }
      return;
    }
    if (booked.length > 0) bookings.taken(bookedUpTo);
    for (let i = 0; i < groups.length; i++) {
      const { holds, resolve } = groups[i]!;
      const shortage = result.shortages[i]!;
      if (shortage === null) {
        for (const hold of holds) {
          const standing = standingOf(hold);
          standing.held += hold.amount;
          standing.granted += hold.amount;
        }
      }
      resolve(shortage);
    }
    for (let i = 0; i < wishes.length; i++) standingOf(wishes[i]!).held += result.fulfilled[i]!;
    for (let i = 0; i < movements.length; i++) onBooked(movements[i]!, result.balances[i]!);
  }

  /** Forgets accounts at rest. @returns whether something is to be booked or given back */
  function isUnsettled(): boolean {
    let isSome = false;
    for (const [name, { held, granted, spent }] of standings) {
      if (held === 0 && granted === 0 && spent === 0) standings.delete(name);
      else if (spent > 0 || held > granted) isSome = true;
    }
    return isSome;
  }

  /** Where the storage is asked anyway: as much in advance as the last moment took. */
  function wishesOf(groups: readonly Asked[]): Hold[] {
    const wishes = new Map<Standing, Hold>();
    for (const { holds } of groups) {
      for (const hold of holds) {
        const standing = standingOf(hold);
        if (standing.takenBefore > 0) wishes.set(standing, { ...hold, amount: standing.takenBefore });
      }
    }
    return [...wishes.values()];
  }

  /** What is spent, and the credit beyond what the next moment may need. */
  function takeMovements(why: "due" | "flush"): { standing: Standing; movement: Movement }[] {
    const booked: { standing: Standing; movement: Movement }[] = [];
    for (const standing of standings.values()) {
      const { of, held, granted, spent, taken } = standing;
      const credit = creditOf(standing);
      const kept = why === "due" ? Math.min(credit, Math.max(taken, standing.takenBefore)) : 0;
      const reserved = Math.max(0, held - granted - kept);
      standing.takenBefore = why === "due" ? taken : 0;
      standing.taken = 0;
      if (spent === 0 && reserved === 0) continue;
      standing.held -= reserved;
      standing.spent = 0;
      booked.push({ standing, movement: { ...of, reserved, spent } });
    }
    return booked;
  }

  /** Grants what credit covers whole, which under load is most; else nothing. */
  function takeCredit(holds: readonly Hold[]): boolean {
    if (!isHeardOf()) return false;
    for (let i = 0; i < holds.length; i++) {
      const { amount } = holds[i]!;
      const standing = standingOf(holds[i]!);
      if (standing.held - standing.granted - standing.spent < amount) {
        for (const hold of holds.slice(0, i)) {
          const before = standingOf(hold);
          before.granted -= hold.amount;
          before.taken -= hold.amount;
        }
        return false;
      }
      standing.granted += amount;
      standing.taken += amount;
    }
    return true;
  }

  /** From credit where that is enough, else with the storage's consent. */
  async function ask(holds: readonly Hold[]): Promise<Shortage | null> {
    const parts = holds.map((hold) => {
      const standing = standingOf(hold);
      const credit = Math.min(creditOf(standing), hold.amount);
      // What is not credit is granted only once it is held.
      standing.granted += credit;
      standing.taken += hold.amount;
      return { hold, standing, credit };
    });
    const short = parts.filter(({ hold, credit }) => credit < hold.amount);
    if (short.length === 0) return null;
    const needs = short.map(({ hold, credit }) => ({ ...hold, amount: hold.amount - credit }));
    let isGranted = false;
    try {
      const shortage = await new Promise<Shortage | null>((resolve, reject) => {
        asked.push({ holds: needs, resolve, reject });
        soon();
      });
      isGranted = shortage === null;
      if (shortage === null) return null;
      // Told of the whole, not of the part that credit did not cover.
      const { budgetId, subject } = shortage.hold;
      const { hold, credit } = short.find(({ hold: one }) => one.budgetId === budgetId && one.subject === subject)!;
      return { hold, spent: shortage.spent, reserved: Math.max(0, shortage.reserved - credit) };
    } finally {
      if (!isGranted) for (const { standing, credit } of parts) standing.granted -= credit;
    }
  }

  async function flush(): Promise<void> {
    while (posting !== null) await posting;
    await post("flush");
  }

  return {
    flush,
    async reserve(holds, untilMs) {
      if (takeCredit(holds)) return null;
      let shortage = await ask(holds);
      while (shortage !== null && isTaken(shortage) && clock() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS));
        shortage = await ask(holds);
      }
      return shortage;
    },
    book(movements, requestId) {
      if (requestId !== null && movements.some(({ spent }) => spent > 0)) bookings.append(requestId, movements);
      for (const movement of movements) {
        const standing = standingOf(movement);
        standing.granted -= movement.reserved;
        standing.spent += movement.spent;
      }
      if (movements.length > 0 && posting === null) later(bookWithinMs);
    },
    async tend() {
      const nowMs = clock();
      const wasKnown = await store.beat(holderId, nowMs + LEASE_MS);
      beatMs = nowMs;
      if (!wasKnown) {
        log.warn({}, "this process was taken for dead and its reservations were given back");
        for (const standing of standings.values()) standing.held = 0;
      }
      const dead = new Map<string, number>();
      for (const { holderId: other, expiresAtMs } of await store.holders()) {
        // Later than any living process would say: it was written before the clock was set back.
        const isOver = expiresAtMs <= nowMs || expiresAtMs > nowMs + 2 * LEASE_MS;
        if (other === holderId || !isOver) continue;
        // Seen twice with no beat between, so that a clock that jumps ahead kills nobody.
        if (suspects.get(other) !== expiresAtMs) dead.set(other, expiresAtMs);
        else if (await store.releaseHolder(other, expiresAtMs))
          log.warn({ holder: other }, "a process ended without a word: what it had reserved is free again");
      }
      suspects = dead;
    },
    async close() {
      await flush();
      if (timer !== null) clearTimeout(timer);
      if (turn !== null) clearImmediate(turn);
      const unbooked = [...standings.values()].filter(({ spent }) => spent > 0);
      if (unbooked.length > 0)
        log.error(
          { accounts: unbooked.length },
          "spending could not be booked: the next process that starts here books it",
        );
      if (unbooked.length > 0) return;
      await store.leave(holderId);
      bookings.close();
    },
  };
}

/** Enough is unspent, but others have reserved it. */
function isTaken({ hold, spent }: Shortage): boolean {
  return spent + hold.amount <= hold.cap;
}
