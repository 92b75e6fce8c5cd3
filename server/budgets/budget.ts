import { z } from "zod";
import { nanoFromUsd, usdFromNano } from "../../engine/cost.ts";
import { type Alignment, parseWindow, WINDOW_HELP, type WindowLength } from "./budget-window.ts";

/** Whose or what's spending a budget counts. */
export const BUDGET_SCOPES = ["key", "team", "user", "tenant", "model", "tag", "route", "global"] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

/** A subject that gives each one of its scope an account of its own. */
export const EACH = "*";

/** A cap on what is spent in a window. */
export interface Budget {
  readonly budgetId: string;
  readonly name: string | null;
  readonly scope: BudgetScope;
  /** Id or name; `*` for each one by itself; for models a pattern; "" where the scope is global. */
  readonly subject: string;
  readonly unit: "usd" | "tokens";
  /** Nano-USD or tokens. */
  readonly cap: number;
  /** As it was written, e.g. `1mo`. */
  readonly window: string;
  readonly length: WindowLength | null;
  readonly alignment: Alignment;
  /** Refuses what could pass the cap; a soft one only tells. */
  readonly isHard: boolean;
  /** Shares of the cap at which it tells, rising. */
  readonly alertAt: readonly number[];
  /** Told beside the log. */
  readonly webhook: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

const MOST_USD = 9_000_000;
const MOST_TOKENS = 1e15;

const GIVEN = {
  usd: z.number().min(0).max(MOST_USD).optional().describe("cap in USD; or tokens"),
  tokens: z.number().int().min(0).max(MOST_TOKENS).optional().describe("cap in tokens; or usd"),
  window: z
    .string()
    .refine((text) => parseWindow(text) !== undefined, `${WINDOW_HELP} is needed`)
    .describe("how long spending counts: 1h, 7d, 1mo, or total"),
  alignment: z
    .enum(["calendar", "rolling"])
    .describe("calendar: windows begin on the hour, day, Monday or month (UTC); rolling: the time before now"),
  hard: z.boolean().describe("refuses with 402 what could pass the cap; otherwise it only tells"),
  alert_at: z
    .array(z.number().gt(0).max(1))
    .max(10)
    .describe("shares of the cap at which it tells, in the log and by webhook"),
  webhook: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .describe("told by POST when a share of alert_at is passed"),
  name: z.string().min(1).max(200).nullable().describe("as people call it"),
};
const TERMS = {
  ...GIVEN,
  alignment: GIVEN.alignment.default("calendar"),
  hard: GIVEN.hard.default(true),
  alert_at: GIVEN.alert_at.default([0.8, 1]),
  webhook: GIVEN.webhook.default(null),
  name: GIVEN.name.default(null),
};

function hasOneUnit({ usd, tokens }: { usd?: number | undefined; tokens?: number | undefined }): boolean {
  return (usd === undefined) !== (tokens === undefined);
}
const ONE_UNIT = { message: "one of usd and tokens is needed", path: ["usd"] };

/** How much, how long and how strictly: the part of a budget that a key's body has too. */
export const BudgetTerms = z.strictObject(TERMS).refine(hasOneUnit, ONE_UNIT);
export type BudgetTerms = z.infer<typeof BudgetTerms>;

/** What changes of a budget; what is left out stays. */
export const BudgetChange = z
  .strictObject(z.object(GIVEN).partial().shape)
  .refine(({ usd, tokens }) => usd === undefined || tokens === undefined, ONE_UNIT);

/** A whole budget as an operator writes it. */
export const BudgetInput = z
  .strictObject({
    scope: z.enum(BUDGET_SCOPES).describe("whose or what's spending is counted"),
    subject: z
      .string()
      .max(300)
      .default("")
      .describe("name or id; * gives each one an account of its own; empty where the scope is global"),
    ...TERMS,
  })
  .refine(hasOneUnit, ONE_UNIT)
  .refine(({ scope, subject }) => (scope === "global") === (subject === ""), {
    message: "a name is needed, or * for each one by itself; and none where the scope is global",
    path: ["subject"],
  });
export type BudgetInput = z.infer<typeof BudgetInput>;

export function budgetFrom(
  terms: BudgetTerms,
  { scope, subject }: Pick<Budget, "scope" | "subject">,
  identity: { readonly budgetId: string; readonly createdAtMs: number; readonly nowMs: number },
): Budget {
  const length = parseWindow(terms.window);
  return {
    budgetId: identity.budgetId,
    name: terms.name,
    scope,
    subject,
    unit: terms.usd === undefined ? "tokens" : "usd",
    cap: terms.usd === undefined ? (terms.tokens ?? 0) : nanoFromUsd(terms.usd),
    window: terms.window,
    length: length ?? null,
    alignment: terms.alignment,
    isHard: terms.hard,
    alertAt: [...terms.alert_at].sort((a, b) => a - b),
    webhook: terms.webhook,
    createdAtMs: identity.createdAtMs,
    updatedAtMs: identity.nowMs,
  };
}

/** The terms as they were written. */
export function termsOf(budget: Budget): BudgetTerms {
  return {
    ...(budget.unit === "usd" ? { usd: usdFromNano(budget.cap) } : { tokens: budget.cap }),
    window: budget.window,
    alignment: budget.alignment,
    hard: budget.isHard,
    alert_at: [...budget.alertAt],
    webhook: budget.webhook,
    name: budget.name,
  };
}
