import { Counter, Gauge, type Registry } from "prom-client";
import { usdFromNano } from "../engine/cost.ts";
import type { OnRefused } from "./admission.ts";
import { type Budget, EACH } from "./budgets/budget.ts";
import type { BudgetStore } from "./budgets/budget-store.ts";
import { windowAt } from "./budgets/budget-window.ts";
import type { Budgets } from "./budgets/budgets.ts";

export interface BudgetGaugeDeps {
  readonly budgets: Pick<Budgets, "list">;
  readonly store: Pick<BudgetStore, "balance">;
  readonly clock: () => number;
}

/** Budgets that get gauges: there may be one for each of many thousand keys. */
const MOST_BUDGETS = 200;

/** Counts refusals by what refused. Its labels are few: a subject's name never becomes one. */
export function createRefusalCount(registry: Registry): OnRefused {
  const refusals = new Counter({
    name: "weir_refusals_total",
    help: "Requests that a limit (429) or a hard budget (402) refused, by its scope and what it counts",
    labelNames: ["kind", "scope", "measure"],
    registers: [registry],
  });
  return ({ kind, scope, measure }) => refusals.labels(kind, scope, measure).inc();
}

/** How budgets stand, read from the storage when somebody asks; those of single keys come last and may be left out. */
export function registerBudgetGauges(registry: Registry, { budgets, store, clock }: BudgetGaugeDeps): void {
  let asked: Promise<Standing[]> | null = null;

  /** Once for all gauges of one answer. */
  function standings(): Promise<Standing[]> {
    asked ??= Promise.all(shown(budgets.list()).map(standing)).finally(() => {
      asked = null;
    });
    return asked;
  }

  async function standing({ budgetId, name, scope, subject, unit, cap, length, alignment }: Budget): Promise<Standing> {
    const { fromMs, toMs } = windowAt(length, alignment, clock());
    const { spent, reserved } = await store.balance({ budgetId, subject, fromMs, toMs });
    const amount = (value: number) => (unit === "usd" ? usdFromNano(value) : value);
    const labels = { budget: budgetId, name: name ?? "", scope, subject, unit };
    return { labels, cap: amount(cap), spent: amount(spent), reserved: amount(reserved) };
  }

  for (const [measure, help] of [
    ["cap", "Cap of a budget, in USD or tokens"],
    ["spent", "Spent in a budget's window, in USD or tokens"],
    ["reserved", "Reserved of a budget by requests under way, in USD or tokens"],
  ] as const) {
    new Gauge({
      name: `weir_budget_${measure}`,
      help,
      labelNames: ["budget", "name", "scope", "subject", "unit"],
      registers: [registry],
      async collect() {
        this.reset();
        for (const one of await standings()) this.set(one.labels, one[measure]);
      },
    });
  }
}

interface Standing {
  readonly labels: Readonly<Record<"budget" | "name" | "scope" | "subject" | "unit", string>>;
  readonly cap: number;
  readonly spent: number;
  readonly reserved: number;
}

function shown(budgets: readonly Budget[]): Budget[] {
  const isOfKey = ({ scope }: Budget) => (scope === "key" ? 1 : 0);
  return budgets
    .filter(({ subject }) => subject !== EACH)
    .sort((a, b) => isOfKey(a) - isOfKey(b))
    .slice(0, MOST_BUDGETS);
}
