import type { KeyBody } from "../../../keys/key-body.ts";

/** What the form of a key holds; an empty text is no value. */
export interface Fields {
  readonly name: string;
  readonly tenant: string;
  readonly team: string;
  readonly user: string;
  readonly routes: readonly string[];
  readonly models: readonly string[];
  readonly tags: readonly string[];
  readonly rpm: string | number;
  readonly tpm: string | number;
  readonly parallel: string | number;
  readonly usd: string | number;
  readonly window: string;
  readonly hard: boolean;
}

export const EMPTY: Fields = {
  name: "",
  tenant: "",
  team: "",
  user: "",
  routes: [],
  models: [],
  tags: [],
  rpm: "",
  tpm: "",
  parallel: "",
  usd: "",
  window: "1mo",
  hard: true,
};

interface BudgetOfKey {
  readonly usd?: number;
  readonly window: string;
  readonly hard: boolean;
}

export function fieldsOf({ name, tenant, team, user, routes, models, tags, limits, budget }: KeyBody): Fields {
  const { usd, window, hard } = (budget ?? {}) as Partial<BudgetOfKey>; // the server's own BudgetTerms
  return {
    name,
    tenant: tenant ?? "",
    team: team ?? "",
    user: user ?? "",
    routes: routes ?? [],
    models: models ?? [],
    tags,
    rpm: limits.rpm ?? "",
    tpm: limits.tpm ?? "",
    parallel: limits.parallel ?? "",
    usd: usd ?? "",
    window: window ?? EMPTY.window,
    hard: hard ?? EMPTY.hard,
  };
}

/** Empty fields are left out. */
export function newBody(fields: Fields): Record<string, unknown> {
  const { name, tenant, team, user, routes, models, tags } = fields;
  const words = Object.entries({ tenant, team, user }).filter(([, value]) => value !== "");
  const lists = Object.entries({ routes, models, tags }).filter(([, value]) => value.length > 0);
  const limits = limitsOf(fields);
  const budget = budgetOf(fields);
  return {
    name,
    ...Object.fromEntries([...words, ...lists]),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(budget === null ? {} : { budget }),
  };
}

/** Empty fields take away what was there; what the form does not show stays, and a budget that is as it was goes on counting. */
export function changeBody(fields: Fields, key: KeyBody): Record<string, unknown> {
  const { name, tenant, team, user, routes, models, tags } = fields;
  const { rpm: _, tpm: __, parallel: ___, ...others } = key.limits;
  const before = fieldsOf(key);
  const isBudgetSame = before.usd === fields.usd && before.window === fields.window && before.hard === fields.hard;
  return {
    name,
    tenant: tenant === "" ? null : tenant,
    team: team === "" ? null : team,
    user: user === "" ? null : user,
    routes: routes.length === 0 ? null : routes,
    models: models.length === 0 ? null : models,
    tags,
    limits: { ...others, ...limitsOf(fields) },
    ...(isBudgetSame ? {} : { budget: budgetOf(fields) }),
  };
}

function limitsOf({ rpm, tpm, parallel }: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ rpm, tpm, parallel }).filter(([, value]) => typeof value === "number"));
}

function budgetOf({ usd, window, hard }: Fields): BudgetOfKey | null {
  return typeof usd === "number" ? { usd, window, hard } : null;
}
