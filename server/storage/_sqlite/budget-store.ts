import type Database from "better-sqlite3";
import type { Budget } from "../../budgets/budget.ts";
import type {
  Account,
  Balance,
  Booking,
  BudgetStore,
  Hold,
  Movement,
  Posting,
  PostingResult,
} from "../../budgets/budget-store.ts";
import { parseWindow } from "../../budgets/budget-window.ts";

interface BudgetRow {
  budget_id: string;
  name: string | null;
  scope: Budget["scope"];
  subject: string;
  unit: Budget["unit"];
  cap: number;
  window: string;
  alignment: Budget["alignment"];
  is_hard: number;
  alert_at: string;
  webhook: string | null;
  created_at_ms: number;
  updated_at_ms: number;
}

/** The most that a process takes in advance is this part of what is left. */
const WISH_OF_REST = 16;
/** Rows of processes that are gone are folded into this one. */
const NOBODY = "";

export function budgetStoreOver(database: Database.Database): BudgetStore {
  const upsertBudget = database.prepare(`
    insert into budgets (budget_id, name, scope, subject, unit, cap, window, alignment, is_hard, alert_at, webhook,
      created_at_ms, updated_at_ms)
    values (@budget_id, @name, @scope, @subject, @unit, @cap, @window, @alignment, @is_hard, @alert_at, @webhook,
      @created_at_ms, @updated_at_ms)
    on conflict (budget_id) do update set name = excluded.name, scope = excluded.scope, subject = excluded.subject,
      unit = excluded.unit, cap = excluded.cap, window = excluded.window, alignment = excluded.alignment,
      is_hard = excluded.is_hard, alert_at = excluded.alert_at, webhook = excluded.webhook,
      updated_at_ms = excluded.updated_at_ms`);
  const deleteBudget = database.prepare("delete from budgets where budget_id = ?");
  const deleteLedger = database.prepare("delete from budget_ledger where budget_id = ?");
  const deleteAlerts = database.prepare("delete from budget_alerts where budget_id = ?");
  const selectBudgets = database.prepare<[], BudgetRow>("select * from budgets order by budget_id");
  const countUp = database.prepare(`
    insert into revisions (subject, revision) values ('budgets', 1)
    on conflict (subject) do update set revision = revision + 1`);
  const selectRevision = database.prepare<[], { revision: number }>(
    "select revision from revisions where subject = 'budgets'",
  );
  const selectBalance = database.prepare<[string, string, number, number], Balance>(`
    select coalesce(sum(spent), 0) as spent, coalesce(sum(reserved), 0) as reserved from budget_ledger
    where budget_id = ? and subject = ? and bucket_ms between ? and ?`);
  const selectBalances = database.prepare<[string, number, number, number], Balance & { subject: string }>(`
    select subject, sum(spent) as spent, sum(reserved) as reserved from budget_ledger
    where budget_id = ? and bucket_ms between ? and ? group by subject order by spent desc limit ?`);
  // A holder whose lease ended while it lived gives back what was given back already: never below nothing.
  const bookMore = database.prepare(`
    update budget_ledger set spent = spent + ?, reserved = max(0, reserved + ?)
    where budget_id = ? and subject = ? and bucket_ms = ? and holder_id = ?`);
  const bookFirst = database.prepare(`
    insert into budget_ledger (budget_id, subject, bucket_ms, holder_id, spent, reserved) values (?, ?, ?, ?, ?, ?)`);
  const prolongHolder = database.prepare("update budget_holders set expires_at_ms = ? where holder_id = ?");
  const insertHolder = database.prepare("insert into budget_holders (expires_at_ms, holder_id) values (?, ?)");
  const selectHolders = database.prepare<[], { holder_id: string; expires_at_ms: number }>(
    "select holder_id, expires_at_ms from budget_holders",
  );
  const markBooked = database.prepare(`
    insert into budget_bookings (holder_id, booked) values (?, ?) on conflict (holder_id) do update set booked = excluded.booked`);
  const selectBooked = database.prepare<[string], { booked: number }>(
    "select booked from budget_bookings where holder_id = ?",
  );
  const deleteBooked = database.prepare("delete from budget_bookings where holder_id = ?");
  const deleteLease = database.prepare("delete from budget_holders where holder_id = ?");
  const deleteHolder = database.prepare("delete from budget_holders where holder_id = ? and expires_at_ms = ?");
  const foldHolder = database.prepare(`
    insert into budget_ledger (budget_id, subject, bucket_ms, holder_id, spent, reserved)
    select budget_id, subject, bucket_ms, '${NOBODY}', spent, 0 from budget_ledger where holder_id = ?
    on conflict do update set spent = spent + excluded.spent`);
  const deleteFolded = database.prepare("delete from budget_ledger where holder_id = ?");
  const insertAlert = database.prepare(
    "insert or ignore into budget_alerts (budget_id, subject, bucket_ms, permille) values (?, ?, ?, ?)",
  );
  const pruneLedger = database.prepare(
    "delete from budget_ledger where budget_id = ? and bucket_ms < ? and reserved = 0",
  );
  const pruneAlerts = database.prepare("delete from budget_alerts where budget_id = ? and bucket_ms < ?");

  // Always there: an aggregate without groups has one row.
  const balanceOf = ({ budgetId, subject, fromMs, toMs }: Omit<Hold, "bucketMs" | "cap" | "amount">): Balance =>
    selectBalance.get(budgetId, subject, fromMs, toMs)!;
  function book(holderId: string, { budgetId, subject, bucketMs }: Account, spent: number, reserved: number): void {
    if (bookMore.run(spent, reserved, budgetId, subject, bucketMs, holderId).changes === 0)
      bookFirst.run(budgetId, subject, bucketMs, holderId, spent, Math.max(0, reserved));
  }

  const post = database.transaction((posting: Posting): PostingResult => {
    const { holderId, movements, bookedUpTo, groups, wishes } = posting;
    for (const movement of movements) book(holderId, movement, movement.spent, -movement.reserved);
    if (movements.length > 0 && bookedUpTo > 0) markBooked.run(holderId, bookedUpTo);
    // Read once and written once an account, however many ask.
    const accounts: OpenAccount[] = [];
    const accountOf = (hold: Omit<Hold, "cap" | "amount">): OpenAccount => {
      let account = accounts.find((one) => isSame(one.of, hold));
      if (account === undefined) {
        account = { of: hold, ...balanceOf(hold), granted: 0 };
        // Granted in this step from buckets that this account counts too.
        for (const { of, granted } of accounts) if (counts(hold, of)) account.reserved += granted;
        accounts.push(account);
      }
      return account;
    };
    const grant = (hold: Hold, amount: number): void => {
      accountOf(hold).granted += amount;
      for (const account of accounts) if (counts(account.of, hold)) account.reserved += amount;
    };
    const shortages = groups.map((holds) => {
      for (const hold of holds) {
        const { spent, reserved } = accountOf(hold);
        if (spent + reserved + hold.amount > hold.cap) return { hold, spent, reserved };
      }
      for (const hold of holds) grant(hold, hold.amount);
      return null;
    });
    const fulfilled = wishes.map((wish) => {
      const { spent, reserved } = accountOf(wish);
      const amount = Math.max(0, Math.min(wish.amount, Math.floor((wish.cap - spent - reserved) / WISH_OF_REST)));
      grant(wish, amount);
      return amount;
    });
    for (const { of, granted } of accounts) if (granted > 0) book(holderId, of, 0, granted);
    const balances = movements.map((movement: Movement) => {
      const { spent, reserved } = accountOf(movement);
      return { spent, reserved };
    });
    return { shortages, fulfilled, balances };
  });
  const put = database.transaction((budget: Budget) => {
    upsertBudget.run(rowOf(budget));
    countUp.run();
  });
  const remove = database.transaction((budgetId: string) => {
    deleteBudget.run(budgetId);
    deleteLedger.run(budgetId);
    deleteAlerts.run(budgetId);
    countUp.run();
  });
  const releaseHolder = database.transaction((holderId: string, expiresAtMs: number) => {
    if (deleteHolder.run(holderId, expiresAtMs).changes === 0) return false;
    foldHolder.run(holderId);
    deleteFolded.run(holderId);
    return true;
  });
  const recover = database.transaction((holderId: string, bookings: readonly Booking[]): number => {
    const booked = selectBooked.get(holderId)?.booked ?? 0;
    const fresh = bookings.filter(({ number }) => number > booked);
    for (const { spent } of fresh) for (const part of spent) book(NOBODY, part, part.spent, 0);
    leave(holderId);
    // Stays, for another process may be about to do the same.
    markBooked.run(holderId, Math.max(booked, bookings.at(-1)?.number ?? 0));
    return fresh.length;
  });
  function leave(holderId: string): void {
    foldHolder.run(holderId);
    deleteFolded.run(holderId);
    deleteLease.run(holderId);
    deleteBooked.run(holderId);
  }
  const leaveAtOnce = database.transaction(leave);
  const prune = database.transaction((budgetId: string, beforeMs: number) => {
    pruneLedger.run(budgetId, beforeMs);
    pruneAlerts.run(budgetId, beforeMs);
  });

  return {
    put: async (budget) => put.immediate(budget),
    remove: async (budgetId) => remove.immediate(budgetId),
    all: async () => selectBudgets.all().map(budgetOf),
    revision: async () => selectRevision.get()?.revision ?? 0,
    post: async (posting) => post.immediate(posting),
    balance: async (account) => balanceOf(account),
    balances: async (budgetId, fromMs, toMs, limit) => selectBalances.all(budgetId, fromMs, toMs, limit),
    async beat(holderId, expiresAtMs) {
      const wasKnown = prolongHolder.run(expiresAtMs, holderId).changes > 0;
      if (!wasKnown) insertHolder.run(expiresAtMs, holderId);
      return wasKnown;
    },
    holders: async () =>
      selectHolders.all().map(({ holder_id, expires_at_ms }) => ({ holderId: holder_id, expiresAtMs: expires_at_ms })),
    releaseHolder: async (holderId, expiresAtMs) => releaseHolder.immediate(holderId, expiresAtMs),
    recover: async (holderId, bookings) => recover.immediate(holderId, bookings),
    leave: async (holderId) => leaveAtOnce.immediate(holderId),
    claimAlert: async ({ budgetId, subject, bucketMs }, permille) =>
      insertAlert.run(budgetId, subject, bucketMs, permille).changes > 0,
    prune: async (budgetId, beforeMs) => prune.immediate(budgetId, beforeMs),
  };
}

/** An account as it stands within one step. */
interface OpenAccount {
  readonly of: Omit<Hold, "cap" | "amount">;
  readonly spent: number;
  reserved: number;
  /** Reserved by this step and not written yet. */
  granted: number;
}

function isSame(a: OpenAccount["of"], b: OpenAccount["of"]): boolean {
  return (
    a.bucketMs === b.bucketMs &&
    a.budgetId === b.budgetId &&
    a.subject === b.subject &&
    a.fromMs === b.fromMs &&
    a.toMs === b.toMs
  );
}

/** Whether what is booked on one account counts against another. */
function counts(against: OpenAccount["of"], booked: OpenAccount["of"]): boolean {
  const { budgetId, subject, fromMs, toMs } = against;
  return (
    booked.bucketMs >= fromMs && booked.bucketMs <= toMs && booked.budgetId === budgetId && booked.subject === subject
  );
}

function rowOf(budget: Budget): BudgetRow {
  return {
    budget_id: budget.budgetId,
    name: budget.name,
    scope: budget.scope,
    subject: budget.subject,
    unit: budget.unit,
    cap: budget.cap,
    window: budget.window,
    alignment: budget.alignment,
    is_hard: Number(budget.isHard),
    alert_at: JSON.stringify(budget.alertAt),
    webhook: budget.webhook,
    created_at_ms: budget.createdAtMs,
    updated_at_ms: budget.updatedAtMs,
  };
}

function budgetOf(row: BudgetRow): Budget {
  return {
    budgetId: row.budget_id,
    name: row.name,
    scope: row.scope,
    subject: row.subject,
    unit: row.unit,
    cap: row.cap,
    window: row.window,
    length: parseWindow(row.window) ?? null,
    alignment: row.alignment,
    isHard: row.is_hard === 1,
    alertAt: JSON.parse(row.alert_at) as number[], // written by rowOf
    webhook: row.webhook,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
