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
  readonly input_tpm: string | number;
  readonly output_tpm: string | number;
  readonly parallel: string | number;
  /** As a field for date and time has it, UTC. */
  readonly until: string;
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
  input_tpm: "",
  output_tpm: "",
  parallel: "",
  until: "",
  usd: "",
  window: "1mo",
  hard: true,
};

/** Of `2026-11-23T15:40`. */
const MINUTE_CHARS = 16;

interface BudgetOfKey {
  readonly usd?: number;
  readonly window: string;
  readonly hard: boolean;
}

export function fieldsOf(key: KeyBody): Fields {
  const { name, tenant, team, user, routes, models, tags, limits, budget, expires_at: end } = key;
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
    input_tpm: limits.input_tpm ?? "",
    output_tpm: limits.output_tpm ?? "",
    parallel: limits.parallel ?? "",
    until: end === null ? "" : new Date(end).toISOString().slice(0, MINUTE_CHARS),
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
    ...(fields.until === "" ? {} : { expires_at: endOf(fields) }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(budget === null ? {} : { budget }),
  };
}

/** Empty fields take away what was there; a budget that is as it was goes on counting. */
export function changeBody(fields: Fields, key: KeyBody): Record<string, unknown> {
  const { name, tenant, team, user, routes, models, tags } = fields;
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
    ...(before.until === fields.until ? {} : { expires_at: endOf(fields) }),
    limits: limitsOf(fields),
    ...(isBudgetSame ? {} : { budget: budgetOf(fields) }),
  };
}

function limitsOf({ rpm, tpm, input_tpm, output_tpm, parallel }: Fields): Record<string, unknown> {
  const limits = { rpm, tpm, input_tpm, output_tpm, parallel };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => typeof value === "number"));
}

/** RFC 3339; null: it never ends. */
function endOf({ until }: Fields): string | null {
  return until === "" ? null : `${until}:00Z`;
}

function budgetOf({ usd, window, hard }: Fields): BudgetOfKey | null {
  return typeof usd === "number" ? { usd, window, hard } : null;
}
