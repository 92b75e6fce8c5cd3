import type { Budget } from "./budget.ts";

/** One account: a budget, whose part of it, and the bucket of time that something is booked in. */
export interface Account {
  readonly budgetId: string;
  readonly subject: string;
  readonly bucketMs: number;
}

/** What shall be reserved of an account, if its budget has so much left. */
export interface Hold extends Account {
  /** First and last bucket that count against the cap, both included. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly cap: number;
  readonly amount: number;
}

/** What a request did with its reservation: `reserved` goes back, `spent` is booked. */
export interface Movement extends Account {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reserved: number;
  readonly spent: number;
}

export interface Balance {
  readonly spent: number;
  readonly reserved: number;
}

/** The hold that did not fit, and how its budget stood. */
export interface Shortage extends Balance {
  readonly hold: Hold;
}

/** What one request spent, as a process wrote it down before it was booked. */
export interface Booking {
  /** Rises with every booking of a process. */
  readonly number: number;
  readonly requestId: string;
  readonly spent: readonly (Account & Pick<Movement, "spent">)[];
}

export interface Posting {
  /** Process that books; its reservations end with its lease. */
  readonly holderId: string;
  readonly movements: readonly Movement[];
  /** Number of the last booking that `movements` contain all of; 0 before the first. */
  readonly bookedUpTo: number;
  /** Each group is reserved wholly or not at all, in order. */
  readonly groups: readonly (readonly Hold[])[];
  /** Reserved in part or not at all, after the groups and as far as plenty is left. */
  readonly wishes: readonly Hold[];
}

export interface PostingResult {
  /** By group: null when it is reserved. */
  readonly shortages: readonly (Shortage | null)[];
  /** By wish: how much of it is reserved. */
  readonly fulfilled: readonly number[];
  /** By movement: how its budget stands afterwards. */
  readonly balances: readonly Balance[];
}

/** Where budgets are kept and their money is booked. Counts `revision` up with every change of a budget. */
export interface BudgetStore {
  put(budget: Budget): Promise<void>;
  remove(budgetId: string): Promise<void>;
  all(): Promise<readonly Budget[]>;
  revision(): Promise<number>;
  /** One atomic step against every other process: movements first, then the groups. */
  post(posting: Posting): Promise<PostingResult>;
  balance(account: Omit<Account, "bucketMs"> & Pick<Hold, "fromMs" | "toMs">): Promise<Balance>;
  /** Every account that has something booked in these buckets, by subject. */
  balances(
    budgetId: string,
    fromMs: number,
    toMs: number,
    limit: number,
  ): Promise<readonly (Balance & { readonly subject: string })[]>;
  /** Takes or prolongs a lease. @returns whether there was one */
  beat(holderId: string, expiresAtMs: number): Promise<boolean>;
  holders(): Promise<readonly { readonly holderId: string; readonly expiresAtMs: number }[]>;
  /** Gives back what a holder had reserved, unless its lease is no longer this one. @returns whether it did */
  releaseHolder(holderId: string, expiresAtMs: number): Promise<boolean>;
  /**
   * Books what a process that is gone had written down and not posted, and gives back what it had reserved.
   *
   * @returns how many of the bookings were new
   */
  recover(holderId: string, bookings: readonly Booking[]): Promise<number>;
  /** Ends a lease under which nothing is left to book. */
  leave(holderId: string): Promise<void>;
  /** @returns true for the one caller that shall tell of it */
  claimAlert(account: Account, permille: number): Promise<boolean>;
  /** Removes buckets of a budget before this one that have nothing reserved. */
  prune(budgetId: string, beforeMs: number): Promise<void>;
}
