import { z } from "zod";
import { type Budget, BudgetTerms, termsOf } from "../budgets/budget.ts";
import { Limits } from "../limits/limits.ts";
import type { KeyFields } from "./keys.ts";
import type { KeySecret, VirtualKey } from "./virtual-key.ts";

const Text = z.string().min(1).max(300);
const Patterns = z.array(Text).max(1_000);

const FIELDS = {
  tenant: Text.nullable(),
  team: Text.nullable(),
  user: Text.nullable(),
  /** Names or patterns with `*`; null allows all. */
  routes: Patterns.nullable(),
  models: Patterns.nullable(),
  tags: z.array(Text).max(100),
  expires_at: z.iso.datetime({ offset: true }).nullable(),
  limits: Limits,
  budget: BudgetTerms.nullable(),
  disabled: z.boolean(),
};

/** What makes a key; everything but the name may be left out. */
export const KeyCreate = z.strictObject({ name: Text, ...z.object(FIELDS).partial().shape });
export type KeyCreate = z.infer<typeof KeyCreate>;

/** What changes a key; what is left out stays. */
export const KeyChange = z.strictObject({ name: Text.optional(), ...z.object(FIELDS).partial().shape });
export type KeyChange = z.infer<typeof KeyChange>;

const LONGEST_OVERLAP_S = 90 * 86_400;

export const KeyRotate = z.strictObject({
  /** How long the old secrets go on. */
  overlap_seconds: z.number().int().min(0).max(LONGEST_OVERLAP_S).default(0),
});

export const KeyBody = z.strictObject({
  id: z.string(),
  prefix: z.string(),
  name: z.string(),
  tenant: z.string().nullable(),
  team: z.string().nullable(),
  user: z.string().nullable(),
  routes: z.array(z.string()).nullable(),
  models: z.array(z.string()).nullable(),
  tags: z.array(z.string()),
  limits: Limits,
  budget: z.unknown(),
  expires_at: z.string().nullable(),
  disabled: z.boolean(),
  /** Every text that opens the key; two while it is rotated. */
  secrets: z.array(z.strictObject({ prefix: z.string(), created_at: z.string(), expires_at: z.string().nullable() })),
  created_at: z.string(),
  updated_at: z.string(),
});
export type KeyBody = z.infer<typeof KeyBody>;

export const IssuedBody = z.strictObject({ ...KeyBody.shape, key: z.string() });

/** The fields that a body names, as the key has them. */
export function fieldsOf(body: KeyChange): Partial<KeyFields> {
  const { name, tenant, team, user, routes, models, tags, limits, expires_at, disabled } = body;
  const given = {
    name,
    tenant,
    team,
    user,
    routes,
    models,
    tags,
    limits,
    expiresAtMs: expires_at === undefined || expires_at === null ? expires_at : Date.parse(expires_at),
    isDisabled: disabled,
  };
  // What is undefined is gone, so the rest has the types of KeyFields.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<KeyFields>;
}

export function newFields(body: KeyCreate): KeyFields {
  return {
    name: body.name,
    tenant: null,
    team: null,
    user: null,
    routes: null,
    models: null,
    tags: [],
    limits: {},
    expiresAtMs: null,
    isDisabled: false,
    ...fieldsOf(body),
  };
}

/** @param secrets newest first, at least one */
export function keyBody(key: VirtualKey, secrets: readonly KeySecret[], budget: Budget | null, nowMs: number): KeyBody {
  const valid = secrets.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > nowMs);
  return {
    id: key.keyId,
    prefix: secrets[0]?.prefix ?? "",
    name: key.name,
    tenant: key.tenant,
    team: key.team,
    user: key.user,
    routes: key.routes === null ? null : [...key.routes],
    models: key.models === null ? null : [...key.models],
    tags: [...key.tags],
    limits: key.limits,
    budget: budget === null ? null : { id: budget.budgetId, ...termsOf(budget) },
    expires_at: timeOf(key.expiresAtMs),
    disabled: key.isDisabled,
    secrets: valid.map(({ prefix, createdAtMs, expiresAtMs }) => ({
      prefix,
      created_at: new Date(createdAtMs).toISOString(),
      expires_at: timeOf(expiresAtMs),
    })),
    created_at: new Date(key.createdAtMs).toISOString(),
    updated_at: new Date(key.updatedAtMs).toISOString(),
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
