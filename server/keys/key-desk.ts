import type { Budget, BudgetTerms } from "../budgets/budget.ts";
import type { Budgets } from "../budgets/budgets.ts";
import { ApiError } from "../errors.ts";
import { fieldsOf, type KeyBody, type KeyChange, type KeyCreate, keyBody, newFields } from "./key-body.ts";
import type { Keys } from "./keys.ts";
import type { VirtualKey } from "./virtual-key.ts";

export interface KeyDeskDeps {
  readonly keys: Keys;
  readonly budgets: Budgets;
  readonly clock: () => number;
}

/** A key as it is shown, with its secret this once. */
export type IssuedKeyBody = KeyBody & { readonly key: string };

/** What operators do with keys and the budget that each may have, for the API and the command line alike. */
export interface KeyDesk {
  create(body: KeyCreate): Promise<IssuedKeyBody>;
  show(keyId: string): Promise<KeyBody>;
  list(page: { readonly after: string | null; readonly limit: number }): Promise<readonly KeyBody[]>;
  change(keyId: string, body: KeyChange): Promise<KeyBody>;
  rotate(keyId: string, overlapMs: number): Promise<IssuedKeyBody>;
  revoke(keyId: string): Promise<void>;
}

export function createKeyDesk({ keys, budgets, clock }: KeyDeskDeps): KeyDesk {
  /** The budget that came with a key; others on the same key are kept apart. */
  function budgetOf(keyId: string): Budget | null {
    return budgets.list().find(({ scope, subject }) => scope === "key" && subject === keyId) ?? null;
  }

  async function shown(key: VirtualKey): Promise<KeyBody> {
    return keyBody(key, await keys.secretsOf(key.keyId), budgetOf(key.keyId), clock());
  }

  async function setBudget(keyId: string, terms: BudgetTerms | null | undefined): Promise<void> {
    if (terms === undefined) return;
    const old = budgetOf(keyId);
    if (terms === null) {
      if (old !== null) await budgets.remove(old.budgetId);
      return;
    }
    const isSameUnit = old !== null && (old.unit === "usd") === (terms.usd !== undefined);
    if (old !== null && isSameUnit) await budgets.change(old.budgetId, terms);
    else {
      // The new one holds before the old one ends.
      await budgets.create(terms, { scope: "key", subject: keyId });
      if (old !== null) await budgets.remove(old.budgetId);
    }
  }

  function checkExpiry(body: KeyChange): void {
    if (typeof body.expires_at === "string" && Date.parse(body.expires_at) <= clock())
      throw new ApiError("invalid_request", "expires_at: a moment that is still to come is needed", {
        place: "expires_at",
      });
  }

  return {
    async create(body) {
      checkExpiry(body);
      // Disabled until its budget holds, so that it can never be used without.
      const fields = newFields(body);
      const hasBudget = body.budget !== undefined && body.budget !== null;
      const { key, secret } = await keys.create(hasBudget ? { ...fields, isDisabled: true } : fields);
      if (hasBudget) {
        await setBudget(key.keyId, body.budget);
        if (!fields.isDisabled) await keys.update(key.keyId, { isDisabled: false });
      }
      return { ...(await shown(await keys.find(key.keyId))), key: secret };
    },
    show: async (keyId) => shown(await keys.find(keyId)),
    list: async (page) => Promise.all((await keys.list(page)).map(shown)),
    async change(keyId, body) {
      checkExpiry(body);
      const key = await keys.find(keyId);
      await setBudget(keyId, body.budget);
      const fields = fieldsOf(body);
      return shown(Object.keys(fields).length === 0 ? key : await keys.update(keyId, fields));
    },
    async rotate(keyId, overlapMs) {
      const { key, secret } = await keys.rotate(keyId, overlapMs);
      return { ...(await shown(key)), key: secret };
    },
    async revoke(keyId) {
      await keys.revoke(keyId);
      const budget = budgetOf(keyId);
      if (budget !== null) await budgets.remove(budget.budgetId);
    },
  };
}
