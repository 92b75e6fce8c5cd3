import { usdFromNano } from "../../engine/cost.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Usage } from "../chat.ts";
import { ApiError, RefusalError } from "../errors.ts";
import type { Alerts } from "./alerts.ts";
import type { Budget } from "./budget.ts";
import type { Hold, Movement, Shortage } from "./budget-store.ts";
import { type WindowAt, windowOf } from "./budget-window.ts";
import type { Budgets, Charge, Spender } from "./budgets.ts";
import type { Ledger } from "./ledger.ts";
import { type AskedTokens, inputOf, mostNanoUsd, type TokenBound, type WorstCase } from "./worst-case.ts";

export interface ReservationDeps {
  readonly budgets: Budgets;
  readonly ledger: Ledger;
  readonly worstCase: WorstCase;
  readonly alerts: Alerts;
  readonly log: { warn(fields: object, message: string): void };
  readonly clock: () => number;
}

/** Whose account a call goes on and how much it may use. */
export interface Purchase {
  readonly spender: Spender;
  /** Who may answer, in order; none for a call that costs nothing. */
  readonly candidates: readonly Candidate[];
  readonly asked: () => AskedTokens;
  /** So many of the candidates may be paid for one answer. */
  readonly calls: number;
  /** The answer may be asked for once more, with itself and so many tokens more behind the prompt; absent: it is not. */
  readonly repair?: { readonly tokens: number; readonly calls: number };
  /** A refusal is not the last word: less is asked for next. */
  readonly isTentative?: boolean;
  /** Longest wait for other calls to give back what they reserved. */
  readonly patienceMs: number;
  /** Serves without a reservation when the storage fails. */
  readonly goesOnWithout: boolean;
}

/** What a call used in the end. */
export interface Purchased {
  /** null: nothing was called. */
  readonly requestId: string | null;
  /** null when nobody answered. */
  readonly candidate: Candidate | null;
  readonly usage: Usage | null;
  /** Of all calls; null: not known. */
  readonly costNanoUsd: number | null;
  /** Calls beside the one that was served; absent: there were none. */
  readonly others?: readonly OtherPurchase[];
  /** Some calls were asked more than the client did, so that nothing is learned from what they used. */
  readonly askedMore?: boolean;
}

/** A call whose answer was bought and is not served. */
export interface OtherPurchase {
  readonly candidate: Candidate;
  readonly usage: Usage | null;
  readonly costNanoUsd: number | null;
}

export interface Reservation {
  /** Those whose own budgets have room. */
  readonly candidates: readonly Candidate[];
  /** Whether a hard budget counts the call: nothing may be bought beyond what is held. */
  readonly isCapped: boolean;
  /** Books what was used and gives back the rest. */
  settle(purchased: Purchased): void;
}

interface Charged extends Charge {
  /** null: counts whatever answers. */
  readonly models: readonly Candidate[] | null;
}

/** A charge in the window of its reservation; `held` is 0 where the budget is soft. */
interface Open extends Charged {
  readonly window: WindowAt;
  readonly held: number;
}

/**
 * Reserves the most that a call can cost from every hard budget concerned, in one step. A candidate whose own budget is
 * used up is left out while others remain.
 *
 * @returns null when no budget counts this call
 * @throws RefusalError `budget_exceeded`; ApiError `model_unpriced`, `budgets_unavailable`
 */
export async function reserve(purchase: Purchase, deps: ReservationDeps): Promise<Reservation | null> {
  const { budgets, ledger, alerts, log, clock } = deps;
  const general = budgets.chargesOf(purchase.spender);
  let { candidates } = purchase;
  if (candidates.length === 0) return null;
  if (general.length === 0 && candidates.every((one) => budgets.chargesOfModel(one).length === 0)) return null;
  const untilMs = clock() + purchase.patienceMs;
  for (;;) {
    const nowMs = clock();
    const { open, priced, tokens } = openCharges(general, candidates, purchase, nowMs, deps);
    candidates = priced;
    const holds: Hold[] = [];
    for (const one of open) if (one.budget.isHard) holds.push(holdOf(one));
    if (holds.length === 0) return reservationOf(candidates, open, tokens, deps);
    let shortage: Shortage | null;
    try {
      shortage = await ledger.reserve(holds, untilMs);
    } catch (error) {
      if (!purchase.goesOnWithout)
        throw new ApiError("budgets_unavailable", "budgets cannot be checked now; try again soon", { cause: error });
      log.warn({ err: error }, "budgets could not be checked: a request goes on without a reservation");
      return reservationOf(
        candidates,
        open.map((one) => ({ ...one, held: 0 })),
        tokens,
        deps,
      );
    }
    if (shortage === null) return reservationOf(candidates, open, tokens, deps);
    const short = open.find((one) => isAccount(one, shortage.hold))!;
    if (purchase.isTentative !== true) alerts.exhausted(short.budget, short.subject, shortage);
    const left = short.models === null ? [] : candidates.filter((one) => !short.models!.includes(one));
    if (left.length === 0) throw exceeded(short, shortage);
    candidates = left;
  }
}

/** Every budget that counts the call, with what must be held of the hard ones; tokens where one of them is hard. */
function openCharges(
  general: readonly Charge[],
  candidates: readonly Candidate[],
  { asked, calls, repair }: Purchase,
  nowMs: number,
  { budgets, worstCase }: ReservationDeps,
): { open: Open[]; priced: readonly Candidate[]; tokens: AskedTokens | null } {
  const charges: Charged[] = general.map(({ budget, subject }) => ({ budget, subject, models: null }));
  charges.push(...chargesOfModels(candidates, budgets));
  const isCapped = charges.some(({ budget }) => budget.isHard);
  const needsPrice = (candidate: Candidate) =>
    candidate.price === null &&
    charges.some(({ budget, models }) => isHardUsd(budget) && (models === null || models.includes(candidate)));
  const priced = isCapped && candidates.some(needsPrice) ? candidates.filter((one) => !needsPrice(one)) : candidates;
  if (priced.length === 0) {
    const message = `no price is known of ${candidates[0]!.candidateId}, so a budget in USD cannot bound what it costs`;
    throw new ApiError("model_unpriced", message, { place: "model" });
  }
  const tokens = isCapped ? asked() : null;
  const rounds = tokens === null ? [] : roundsOf(tokens, priced, calls, repair, worstCase);
  const most: Partial<Record<Budget["unit"], readonly (readonly number[])[]>> = {};
  /** The most that each candidate can use in each round, reckoned once for all budgets of a unit. */
  const mostIn = (unit: Budget["unit"]): readonly (readonly number[])[] => {
    most[unit] ??= rounds.map(({ bounds }) =>
      bounds.map((bound, i) =>
        unit === "tokens"
          ? bound.input + bound.output
          : (mostNanoUsd(bound, priced[i]!, tokens?.serviceTier ?? null, searchesOf(tokens)) ?? 0),
      ),
    );
    return most[unit];
  };
  const mostOfAll = (unit: Budget["unit"], models: readonly Candidate[] | null) =>
    mostIn(unit).reduce((sum, round, i) => sum + sumOfMost(round, priced, models, rounds[i]!.calls), 0);
  const open: Open[] = [];
  for (const { budget, subject, models } of charges) {
    if (models !== null && !models.some((one) => priced.includes(one))) continue;
    const isHeld = tokens !== null && budget.isHard;
    const held = isHeld ? mostOfAll(budget.unit, models) : 0;
    open.push({ budget, subject, models, window: windowOf(budget, nowMs), held });
  }
  return { open, priced, tokens };
}

/** The calls for an answer, then those that may mend it; with the most that each candidate can use for one. */
function roundsOf(
  tokens: AskedTokens,
  priced: readonly Candidate[],
  calls: number,
  repair: Purchase["repair"],
  worstCase: WorstCase,
): { readonly calls: number; readonly bounds: readonly TokenBound[] }[] {
  const first = priced.map((candidate) => worstCase.tokens(tokens, candidate));
  if (repair === undefined) return [{ calls, bounds: first }];
  // The longest answer goes along.
  const said = Math.max(...first.map(({ output }) => Math.ceil(output / tokens.answers)));
  const longer = { ...tokens, input: tokens.input + said + repair.tokens };
  const second = priced.map((candidate) => worstCase.tokens(longer, candidate));
  return [
    { calls, bounds: first },
    { calls: repair.calls, bounds: second },
  ];
}

function searchesOf(tokens: AskedTokens | null): number {
  return (tokens?.webSearches ?? 0) * (tokens?.answers ?? 1);
}

/** What the dearest `calls` of the candidates that count can use together. */
function sumOfMost(
  most: readonly number[],
  priced: readonly Candidate[],
  models: readonly Candidate[] | null,
  calls: number,
): number {
  const counting = models === null ? most : most.filter((_, i) => models.includes(priced[i]!));
  if (calls === 1) return Math.max(...counting);
  const dearest = [...counting].sort((a, b) => b - a).slice(0, calls);
  return dearest.reduce((sum, amount) => sum + amount, 0);
}

/** Budgets of models, each with those of the candidates that it counts. */
function chargesOfModels(candidates: readonly Candidate[], budgets: Budgets): Charged[] {
  const found: (Charged & { models: Candidate[] })[] = [];
  for (const candidate of candidates) {
    for (const { budget, subject } of budgets.chargesOfModel(candidate)) {
      const known = found.find((one) => one.budget === budget && one.subject === subject);
      if (known === undefined) found.push({ budget, subject, models: [candidate] });
      else known.models.push(candidate);
    }
  }
  return found;
}

function reservationOf(
  candidates: readonly Candidate[],
  open: readonly Open[],
  tokens: AskedTokens | null,
  { ledger, worstCase }: ReservationDeps,
): Reservation {
  return {
    candidates,
    isCapped: open.some(({ held }) => held > 0),
    settle({ requestId, candidate, usage, costNanoUsd, others = [], askedMore = false }) {
      const served = candidate === null ? [] : [{ candidate, usage, costNanoUsd: lessOthers(costNanoUsd, others) }];
      const calls = others.length === 0 ? served : [...served, ...others];
      if (tokens !== null && !askedMore) {
        for (const call of calls) if (call.usage !== null) worstCase.observe(tokens, call.usage, call.candidate);
      }
      const movements: Movement[] = [];
      for (const one of open) {
        const counted = one.models === null ? calls : calls.filter((call) => isCounted(one, call.candidate));
        // Where somebody answered and nobody knows what it used or cost, what was held is taken.
        const spent = sumOf(counted.map(one.budget.unit === "usd" ? (call) => call.costNanoUsd : usedBy)) ?? one.held;
        if (spent !== 0 || one.held !== 0) movements.push(movementOf(one, spent));
      }
      ledger.book(movements, requestId);
    },
  };
}

function lessOthers(costNanoUsd: number | null, others: readonly OtherPurchase[]): number | null {
  const paid = sumOf(others.map((other) => other.costNanoUsd));
  return costNanoUsd === null || paid === null ? null : costNanoUsd - paid;
}

function usedBy({ usage, costNanoUsd }: OtherPurchase): number | null {
  if (usage !== null) return inputOf(usage) + usage.output;
  return costNanoUsd === 0 ? 0 : null;
}

/** null where one is not known. */
function sumOf(amounts: readonly (number | null)[]): number | null {
  return amounts.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0);
}

function isCounted({ models }: Open, candidate: Candidate): boolean {
  return models === null || models.some(({ candidateId }) => candidateId === candidate.candidateId);
}

function holdOf({ budget, subject, window, held }: Open): Hold {
  const { bucketMs, fromMs, toMs } = window;
  return { budgetId: budget.budgetId, subject, bucketMs, fromMs, toMs, cap: budget.cap, amount: held };
}

function movementOf({ budget, subject, window, held }: Open, spent: number): Movement {
  const { bucketMs, fromMs, toMs } = window;
  return { budgetId: budget.budgetId, subject, bucketMs, fromMs, toMs, reserved: held, spent };
}

function isHardUsd({ isHard, unit }: Budget): boolean {
  return isHard && unit === "usd";
}

function isAccount({ budget, subject }: Open, hold: Hold): boolean {
  return budget.budgetId === hold.budgetId && subject === hold.subject;
}

/** A hard budget had too little left for a request. */
export class BudgetExceeded extends RefusalError {
  readonly budget: Budget;

  constructor(message: string, budget: Budget) {
    super("budget_exceeded", message, { retryAfterMs: null });
    this.budget = budget;
  }
}

function exceeded({ budget, subject, window }: Open, { hold, spent, reserved }: Shortage): BudgetExceeded {
  const amount = (value: number) => (budget.unit === "usd" ? `$${decimal(value)}` : `${value} tokens`);
  const whose = budget.scope === "global" ? "all requests" : `${budget.scope} ${subject}`;
  const left = Math.max(0, budget.cap - spent - reserved);
  const until = window.resetsAtMs === null ? "" : `; it starts anew at ${new Date(window.resetsAtMs).toISOString()}`;
  const message =
    `the budget of ${whose} (${amount(budget.cap)} per ${budget.window}) has ${amount(left)} left and this request may ` +
    `cost up to ${amount(hold.amount)}; ask for fewer output tokens or a larger budget${until}`;
  return new BudgetExceeded(message, budget);
}

/** Never in exponent form. */
function decimal(nanoUsd: number): string {
  return usdFromNano(nanoUsd)
    .toFixed(9)
    .replace(/\.?0+$/, "");
}
