import { randomFillSync } from "node:crypto";
import { createGate, type Gate, type OnRefused } from "./admission.ts";
import { createAlerts } from "./budgets/alerts.ts";
import { bookingsFolder, openBookings } from "./budgets/bookings.ts";
import { windowAt } from "./budgets/budget-window.ts";
import { type Budgets, createBudgets } from "./budgets/budgets.ts";
import { openLedger, TEND_EVERY_MS } from "./budgets/ledger.ts";
import { recoverBookings } from "./budgets/recover-bookings.ts";
import { createWorstCase } from "./budgets/worst-case.ts";
import { createIds } from "./ids.ts";
import { createKeys, type Keys } from "./keys/keys.ts";
import { createLimiter } from "./limits/limiter.ts";
import { openCounters } from "./limits/open-counters.ts";
import { thisWriter, writerName } from "./log/segment-name.ts";
import type { Settings } from "./settings.ts";
import type { Storage } from "./storage.ts";

export interface ControlDeps {
  readonly storage: Pick<Storage, "keys" | "budgets">;
  /** The settings in effect; they change on reload. */
  readonly settings: () => Settings;
  readonly clock: () => number;
  /** Fills with random bytes; node:crypto's by default. */
  readonly fill?: (bytes: Uint8Array) => void;
  readonly onRefused: OnRefused;
  /** Whether the log has a request. */
  readonly isLogged: (requestId: string) => Promise<boolean>;
  readonly log: {
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

/** Who may use how much: keys, limits and budgets of one process. */
export interface Control {
  readonly keys: Keys;
  readonly budgets: Budgets;
  readonly gate: Gate;
  /** Takes over the budgets of new settings. */
  reload(): void;
  /** Books what waits and ends the lease. */
  close(): Promise<void>;
}

/** How soon this process sees that another one changed a key or a budget. */
const FOLLOW_EVERY_MS = 250;
const PRUNE_EVERY_MS = 3_600_000;
/** Buckets are kept for so many windows after they stopped counting. */
const KEPT_WINDOWS = 2;

export async function openControl(deps: ControlDeps): Promise<Control> {
  const { storage, settings, clock, fill = randomFillSync, onRefused, isLogged, log } = deps;
  const { keys: keyStore, budgets: store } = storage;
  const budgets = createBudgets({ store, clock, newBudgetId: createIds("budget", { clock, fill }) });
  const newKeyId = createIds("key", { clock, fill });
  // A key's budget is made before the key is enabled, so whoever sees the key sees its budget.
  const keys = createKeys({ store: keyStore, clock, newKeyId, onLoad: () => budgets.refresh() });
  budgets.configure(settings().budgets);
  await budgets.refresh();
  const alerts = createAlerts({ store, clock, log, fetch });
  const writer = thisWriter(clock());
  const folder = bookingsFolder(settings().storage.url);
  const onError = (error: unknown) =>
    log.error({ err: error }, "what a request spent is not on the disk until it is booked");
  let recovery: Promise<void> = Promise.resolve();
  function recover(): Promise<void> {
    recovery = recovery
      .then(() => recoverBookings({ store, folder, writer, clock, isLogged, log }))
      .catch((error) => log.error({ err: error }, "what an ended process had settled is not booked yet"));
    return recovery;
  }
  const ledger = await openLedger({
    store,
    clock,
    holderId: writerName(writer),
    bookings: openBookings({ folder, writer, onError }),
    onBooked({ budgetId, subject }, balance) {
      const budget = budgets.get(budgetId);
      if (budget !== null) alerts.spent(budget, subject, balance);
    },
    log,
  });
  const counters = await openCounters(settings().shared.url);
  const limiter = createLimiter(counters, () => performance.now());
  const worstCase = createWorstCase();
  const gate = createGate({ settings, limiter, budgets, ledger, worstCase, alerts, onRefused, log, clock });

  async function prune(): Promise<void> {
    for (const { budgetId, length, alignment } of budgets.list()) {
      const { fromMs, resetsAtMs, bucketMs } = windowAt(length, alignment, clock());
      if (resetsAtMs !== null) await store.prune(budgetId, fromMs - KEPT_WINDOWS * (resetsAtMs - bucketMs));
    }
  }

  function every(ms: number, act: () => Promise<void>, fault: string): NodeJS.Timeout {
    let isAtIt = false;
    const timer = setInterval(() => {
      if (isAtIt) return;
      isAtIt = true;
      act()
        .catch((error) => log.error({ err: error }, fault))
        .finally(() => {
          isAtIt = false;
        });
    }, ms);
    return timer.unref();
  }
  const timers = [
    every(FOLLOW_EVERY_MS, () => keys.refresh(), "changes of keys are not seen"),
    every(FOLLOW_EVERY_MS, () => budgets.refresh(), "changes of budgets are not seen"),
    // What a process left is booked before its lease is ended.
    every(TEND_EVERY_MS, () => recover().then(ledger.tend), "leases of budgets are not tended"),
    every(PRUNE_EVERY_MS, prune, "old spending is not removed"),
  ];

  void recover();

  return {
    keys,
    budgets,
    gate,
    reload: () => budgets.configure(settings().budgets),
    async close() {
      for (const timer of timers) clearInterval(timer);
      await recovery;
      await ledger.close();
      await counters.close();
    },
  };
}
