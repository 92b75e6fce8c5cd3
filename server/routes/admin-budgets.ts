import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { usdFromNano } from "../../engine/cost.ts";
import { type Budget, BudgetChange, BudgetInput, BudgetTerms, EACH, termsOf } from "../budgets/budget.ts";
import type { BudgetStore } from "../budgets/budget-store.ts";
import { windowAt } from "../budgets/budget-window.ts";
import { type Budgets, isOfFile } from "../budgets/budgets.ts";
import type { Keys } from "../keys/keys.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";

/** Subjects that are shown of a budget that gives each one its own account: those that spent most. */
const MOST_SUBJECTS = 100;

const Spent = z.strictObject({ subject: z.string(), spent: z.number(), reserved: z.number(), remaining: z.number() });
const BudgetBody = z.looseObject({
  id: z.string(),
  scope: z.string(),
  subject: z.string(),
  window: z.string(),
  of_file: z
    .boolean()
    .meta({ description: "it stands in weir.yaml and is changed there: PUT /admin/settings/budgets" }),
  /** In USD or tokens, as the budget is. */
  cap: z.number(),
  spent: z.number(),
  reserved: z.number(),
  /** Of all; null where each subject has an account of its own. */
  remaining: z.number().nullable(),
  resets_at: z.string().nullable(),
  subjects: z.array(Spent),
});
const Page = z.strictObject({ budgets: z.array(BudgetBody) });
const Removed = z.strictObject({ id: z.string(), removed: z.literal(true) });

const create: Operation = {
  summary: "Cap what a key, team, user, tenant, model, tag, route or everyone spends in a window",
  description:
    "`usd` or `tokens`; `window` as in 1h, 7d, 1mo, or `total`; `alignment` calendar (UTC, weeks from Monday) or rolling. " +
    "`subject` `*` gives each one its own account. `hard` refuses with 402 what could pass the cap; otherwise the budget " +
    "only tells, at the shares in `alert_at`, in the log and by `webhook`.",
  access: "admin",
  body: BudgetInput,
  answers: { 201: { description: "Made", schema: BudgetBody } },
  errors: ["invalid_request", "unknown_key"],
};
const list: Operation = {
  summary: "Budgets and how they stand",
  access: "admin",
  answers: { 200: { description: "All of them", schema: Page } },
};
const show: Operation = {
  summary: "One budget and how it stands",
  access: "admin",
  answers: { 200: { description: "The budget", schema: BudgetBody } },
  errors: ["unknown_budget"],
};
const change: Operation = {
  summary: "Change a budget's terms; what is left out stays",
  description: "Another window or alignment starts to count anew. Unit, scope and subject stay.",
  access: "admin",
  body: BudgetChange,
  answers: { 200: { description: "The budget", schema: BudgetBody } },
  errors: ["invalid_request", "unknown_budget"],
};
const remove: Operation = {
  summary: "Remove a budget with what was counted on it",
  access: "admin",
  answers: { 200: { description: "Removed", schema: Removed } },
  errors: ["invalid_request", "unknown_budget"],
};

export interface AdminBudgetsDeps {
  readonly budgets: Budgets;
  readonly store: BudgetStore;
  readonly clock: () => number;
  /** Ids of keys are known here alone. */
  readonly keys: Pick<Keys, "find">;
}

export const adminBudgetsRoute: FastifyPluginAsync<AdminBudgetsDeps> = async (app, { budgets, store, clock, keys }) => {
  async function shown(budget: Budget) {
    const { budgetId, subject, cap, unit, length, alignment } = budget;
    const { fromMs, toMs, resetsAtMs } = windowAt(length, alignment, clock());
    const rows = await store.balances(budgetId, fromMs, toMs, MOST_SUBJECTS);
    const amount = (value: number) => (unit === "usd" ? usdFromNano(value) : value);
    const standing = ({ spent, reserved }: { spent: number; reserved: number }) => ({
      spent: amount(spent),
      reserved: amount(reserved),
      remaining: amount(Math.max(0, cap - spent - reserved)),
    });
    const total = rows.reduce((sum, row) => ({ spent: sum.spent + row.spent, reserved: sum.reserved + row.reserved }), {
      spent: 0,
      reserved: 0,
    });
    return {
      id: budgetId,
      scope: budget.scope,
      subject,
      of_file: isOfFile(budget),
      ...termsOf(budget),
      cap: amount(cap),
      ...standing(total),
      ...(subject === EACH ? { remaining: null } : {}),
      resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
      subjects: subject === EACH ? rows.map((row) => ({ subject: row.subject, ...standing(row) })) : [],
      created_at: new Date(budget.createdAtMs).toISOString(),
      updated_at: new Date(budget.updatedAtMs).toISOString(),
    };
  }

  app.post("/admin/budgets", { config: { operation: create } }, async (request, reply) => {
    const input = readInput(BudgetInput, request.body);
    if (input.scope === "key" && input.subject !== EACH) await keys.find(input.subject);
    return reply.code(201).send(await shown(await budgets.create(input, input)));
  });

  app.get("/admin/budgets", { config: { operation: list } }, async () => ({
    budgets: await Promise.all(budgets.list().map(shown)),
  }));

  app.get<{ Params: { id: string } }>("/admin/budgets/:id", { config: { operation: show } }, async ({ params }) =>
    shown(budgets.find(params.id)),
  );

  app.patch<{ Params: { id: string } }>("/admin/budgets/:id", { config: { operation: change } }, async (request) => {
    const given = readInput(BudgetChange, request.body);
    const { usd, tokens, ...old } = termsOf(budgets.find(request.params.id));
    const isRecapped = given.usd !== undefined || given.tokens !== undefined;
    const terms = { ...old, ...(isRecapped ? {} : { usd, tokens }), ...given };
    return shown(await budgets.change(request.params.id, readInput(BudgetTerms, terms)));
  });

  app.delete<{ Params: { id: string } }>(
    "/admin/budgets/:id",
    { config: { operation: remove } },
    async ({ params }) => {
      await budgets.remove(params.id);
      return { id: params.id, removed: true };
    },
  );
};
