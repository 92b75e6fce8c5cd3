import { usdFromNano } from "../../engine/cost.ts";
import type { Budget } from "./budget.ts";
import type { Balance, BudgetStore } from "./budget-store.ts";
import { windowAt } from "./budget-window.ts";

export interface AlertDeps {
  readonly store: BudgetStore;
  readonly clock: () => number;
  readonly log: {
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Node's own; replaced by tests. */
  readonly fetch: typeof fetch;
}

/** Tells once a window, from all processes together, that a share of a budget is spent or that it refused a request. */
export interface Alerts {
  spent(budget: Budget, subject: string, balance: Balance): void;
  /** A hard budget had too little left for a request. */
  exhausted(budget: Budget, subject: string, balance: Balance): void;
}

const WEBHOOK_TIMEOUT_MS = 5_000;
const WEBHOOK_TRIES = 3;
const MOST_REMEMBERED = 50_000;
const WHOLE = 1_000;

export function createAlerts({ store, clock, log, fetch }: AlertDeps): Alerts {
  /** What was told or found told, so that the storage is asked once. */
  const told = new Set<string>();

  function tell(budget: Budget, subject: string, balance: Balance, permille: number): void {
    const nowMs = clock();
    const { bucketMs } = windowAt(budget.length, "calendar", nowMs);
    const name = `${budget.budgetId}\n${bucketMs}\n${permille}\n${subject}`;
    if (told.has(name)) return;
    if (told.size >= MOST_REMEMBERED) told.clear();
    told.add(name);
    void claimAndSend(budget, subject, balance, permille, bucketMs).catch((error) => {
      log.error({ err: error, budget: budget.budgetId }, "a budget's alert was not sent");
    });
  }

  async function claimAndSend(
    budget: Budget,
    subject: string,
    balance: Balance,
    permille: number,
    bucketMs: number,
  ): Promise<void> {
    if (!(await store.claimAlert({ budgetId: budget.budgetId, subject, bucketMs }, permille))) return;
    const event = eventOf(budget, subject, balance, permille, clock());
    log.warn(event, permille === WHOLE ? "budget is used up" : "budget nears its cap");
    if (budget.webhook !== null) await send(budget.webhook, event);
  }

  async function send(url: string, event: object): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(event),
          signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
        });
        await response.body?.cancel();
        if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
        return;
      } catch (error) {
        if (tries === WEBHOOK_TRIES) throw error;
      }
    }
  }

  return {
    spent(budget, subject, balance) {
      for (const share of budget.alertAt) {
        if (balance.spent >= share * budget.cap) tell(budget, subject, balance, Math.round(share * WHOLE));
      }
    },
    exhausted: (budget, subject, balance) => tell(budget, subject, balance, WHOLE),
  };
}

function eventOf(budget: Budget, subject: string, { spent, reserved }: Balance, permille: number, nowMs: number) {
  const amount = (value: number) => (budget.unit === "usd" ? usdFromNano(value) : value);
  return {
    type: "budget.alert",
    at: new Date(nowMs).toISOString(),
    budget_id: budget.budgetId,
    name: budget.name,
    scope: budget.scope,
    subject,
    unit: budget.unit,
    cap: amount(budget.cap),
    spent: amount(spent),
    reserved: amount(reserved),
    window: budget.window,
    hard: budget.isHard,
    alert_at: permille / WHOLE,
  };
}
