import { createHash } from "node:crypto";
import type { Candidate } from "../../engine/schema/candidate.ts";
import { ApiError } from "../errors.ts";
import type { NewId } from "../ids.ts";
import { fitsPattern } from "../keys/name-pattern.ts";
import { type Budget, type BudgetInput, type BudgetScope, type BudgetTerms, budgetFrom, EACH } from "./budget.ts";
import type { BudgetStore } from "./budget-store.ts";

/** On whose account a request goes. */
export interface Spender {
  readonly keyId: string | null;
  readonly tenant: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly route: string | null;
  readonly tags: readonly string[];
}

/** A budget with the one of its subjects that a request belongs to. */
export interface Charge {
  readonly budget: Budget;
  readonly subject: string;
}

export interface BudgetsDeps {
  readonly store: BudgetStore;
  readonly clock: () => number;
  readonly newBudgetId: NewId;
}

/** The budgets that there are: those of the storage and those of the configuration. */
export interface Budgets {
  readonly isEmpty: boolean;
  /** Those that count a request, whatever model answers it. */
  chargesOf(spender: Spender): readonly Charge[];
  /** Those that count what a model answers. */
  chargesOfModel(candidate: Candidate): readonly Charge[];
  list(): readonly Budget[];
  get(budgetId: string): Budget | null;
  /** @throws ApiError `unknown_budget` */
  find(budgetId: string): Budget;
  create(terms: BudgetTerms, whom: Pick<Budget, "scope" | "subject">): Promise<Budget>;
  /** @throws ApiError `unknown_budget`, or `invalid_request` when the unit changes or the budget is the configuration's */
  change(budgetId: string, terms: BudgetTerms): Promise<Budget>;
  /** With all that is booked on it. @throws ApiError as `change` */
  remove(budgetId: string): Promise<void>;
  /** Takes over the budgets of the configuration. */
  configure(inputs: readonly BudgetInput[]): void;
  /** Reads again when something changed, here or in another process. */
  refresh(): Promise<void>;
}

const NONE: readonly never[] = [];
const OF_CONFIG = "budget_config_";

export function createBudgets({ store, clock, newBudgetId }: BudgetsDeps): Budgets {
  let revision = -1;
  let stored: readonly Budget[] = [];
  let configured: readonly Budget[] = [];
  let byId = new Map<string, Budget>();
  /** Of the scopes that have budgets, by subject. */
  let byScope = new Map<BudgetScope, Map<string, Budget[]>>();
  let ofModels: readonly Budget[] = [];

  function index(): void {
    byId = new Map([...stored, ...configured].map((budget) => [budget.budgetId, budget]));
    const all = [...byId.values()];
    ofModels = all.filter(({ scope }) => scope === "model");
    byScope = new Map();
    for (const budget of all) {
      let subjects = byScope.get(budget.scope);
      if (subjects === undefined) {
        subjects = new Map();
        byScope.set(budget.scope, subjects);
      }
      const known = subjects.get(budget.subject);
      if (known === undefined) subjects.set(budget.subject, [budget]);
      else known.push(budget);
    }
  }

  function collect(into: Charge[], scope: BudgetScope, subject: string | null): void {
    const subjects = subject === null ? undefined : byScope.get(scope);
    if (subject === null || subjects === undefined) return;
    for (const budget of subjects.get(subject) ?? NONE) into.push({ budget, subject });
    if (subject === EACH) return;
    for (const budget of subjects.get(EACH) ?? NONE) into.push({ budget, subject });
  }

  function find(budgetId: string): Budget {
    const budget = byId.get(budgetId);
    if (budget !== undefined) return budget;
    throw new ApiError("unknown_budget", `there is no budget ${budgetId}; GET /admin/budgets lists them`);
  }

  function changeable(budgetId: string): Budget {
    const budget = find(budgetId);
    if (!isOfFile(budget)) return budget;
    throw new ApiError("invalid_request", `${budgetId} is a budget of weir.yaml; change it there`);
  }

  async function reread(): Promise<void> {
    revision = await store.revision();
    stored = await store.all();
    index();
  }

  return {
    get isEmpty() {
      return byId.size === 0;
    },
    chargesOf({ keyId, tenant, team, user, route, tags }) {
      const charges: Charge[] = [];
      if (byId.size === 0) return charges;
      for (const budget of byScope.get("global")?.get("") ?? NONE) charges.push({ budget, subject: "" });
      collect(charges, "tenant", tenant);
      collect(charges, "team", team);
      collect(charges, "user", user);
      collect(charges, "key", keyId);
      collect(charges, "route", route);
      for (const tag of tags) collect(charges, "tag", tag);
      return charges;
    },
    chargesOfModel({ candidateId, model }) {
      if (ofModels.length === 0) return NONE;
      const charges: Charge[] = [];
      for (const budget of ofModels) {
        if (budget.subject === EACH) charges.push({ budget, subject: candidateId });
        else if (fitsPattern(budget.subject, candidateId) || fitsPattern(budget.subject, model))
          charges.push({ budget, subject: budget.subject });
      }
      return charges;
    },
    list: () => [...byId.values()],
    get: (budgetId) => byId.get(budgetId) ?? null,
    find,
    async create(terms, whom) {
      const nowMs = clock();
      const budget = budgetFrom(terms, whom, { budgetId: newBudgetId(), createdAtMs: nowMs, nowMs });
      await store.put(budget);
      await reread();
      return budget;
    },
    async change(budgetId, terms) {
      const old = changeable(budgetId);
      const changed = budgetFrom(terms, old, { ...old, nowMs: clock() });
      if (changed.unit !== old.unit)
        throw new ApiError("invalid_request", `this budget counts ${old.unit}; make a new one for ${changed.unit}`);
      await store.put(changed);
      await reread();
      return changed;
    },
    async remove(budgetId) {
      await store.remove(changeable(budgetId).budgetId);
      await reread();
    },
    configure(inputs) {
      const nowMs = clock();
      configured = inputs.map((input) =>
        budgetFrom(input, input, { budgetId: configId(input), createdAtMs: nowMs, nowMs }),
      );
      index();
    },
    async refresh() {
      if ((await store.revision()) !== revision) await reread();
    },
  };
}

/** Whether a budget stands in weir.yaml, where it is changed. */
export function isOfFile({ budgetId }: Pick<Budget, "budgetId">): boolean {
  return budgetId.startsWith(OF_CONFIG);
}

/** The same after a restart and when only the cap is changed, so that what was spent still counts. */
function configId({ scope, subject, window, alignment, usd, name }: BudgetInput): string {
  const identity = JSON.stringify([scope, subject, window, alignment, usd === undefined ? "tokens" : "usd", name]);
  return OF_CONFIG + createHash("sha256").update(identity).digest("hex").slice(0, 20);
}
