import fc from "fast-check";
import { expect, it } from "vitest";
import { Candidate } from "../../engine/schema/candidate.ts";
import type { Usage } from "../chat.ts";
import { costOfUsage } from "../gateway/usage-meter.ts";
import type { Alerts } from "./alerts.ts";
import type { Budget } from "./budget.ts";
import type { Hold, Movement, Shortage } from "./budget-store.ts";
import type { Budgets, Charge } from "./budgets.ts";
import type { Ledger } from "./ledger.ts";
import { reserve } from "./reservation.ts";
import { createWorstCase, type WorstCase } from "./worst-case.ts";

const budget = (budgetId: string, unit: "usd" | "tokens") =>
  ({ budgetId, unit, isHard: true, cap: 1e15, window: "total", length: null, scope: "global" }) as unknown as Budget; // what is read
const ALL: readonly Charge[] = [
  { budget: budget("usd", "usd"), subject: "" },
  { budget: budget("tokens", "tokens"), subject: "" },
];
/** One for each of the models. */
const own = ({ candidateId }: Candidate): readonly Charge[] => [
  { budget: budget(`of ${candidateId}`, "usd"), subject: "" },
];

async function reserved(
  candidates: readonly Candidate[],
  input: number,
  maxOutput: number,
  calls: number,
  { repair = null, worstCase = createWorstCase() }: { repair?: number | null; worstCase?: WorstCase } = {},
) {
  let holds: readonly Hold[] = [];
  let movements: readonly Movement[] = [];
  const ledger = {
    async reserve(asked: readonly Hold[]): Promise<Shortage | null> {
      holds = asked;
      return null;
    },
    book(booked: readonly Movement[]) {
      movements = booked;
    },
  } as unknown as Ledger; // what is called
  const reservation = await reserve(
    {
      spender: {} as never, // nobody asks for it
      candidates,
      asked: () => ({ input, maxOutput, answers: 1 }),
      calls,
      ...(repair === null ? {} : { repair: { tokens: repair, calls } }),
      patienceMs: 0,
      goesOnWithout: false,
    },
    {
      budgets: { chargesOf: () => ALL, chargesOfModel: own } as unknown as Budgets, // what is called
      ledger,
      worstCase,
      alerts: {} as Alerts,
      log: { warn() {} },
      clock: () => 0,
    },
  );
  const held = new Map(holds.map(({ budgetId, amount }) => [budgetId, amount]));
  return { reservation: reservation!, held, booked: () => new Map(movements.map((one) => [one.budgetId, one.spent])) };
}

const price = fc.integer({ min: 0, max: 60_000_000 });
const model = fc.record({ inputMicroUsdPerMTok: price, outputMicroUsdPerMTok: price });
const plan = fc.record({
  prices: fc.array(model, { minLength: 3, maxLength: 5 }),
  input: fc.integer({ min: 1, max: 20_000 }),
  maxOutput: fc.integer({ min: 1, max: 4_000 }),
  maxCalls: fc.integer({ min: 2, max: 3 }),
  called: fc.integer({ min: 1, max: 3 }),
  outputs: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  first: fc.nat(4),
});

it("holds what any calls of a plan can cost together, and books each call on the budgets that count it", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ prices, input, maxOutput, maxCalls, called, outputs, first }) => {
      const candidates = prices.map((one, at) =>
        Candidate.parse({ candidateId: `up/${at}`, upstreamId: "up", model: `${at}`, price: one, contextTokens: null }),
      );
      const { reservation, held, booked } = await reserved(candidates, input, maxOutput, maxCalls);
      const calls = Array.from({ length: Math.min(called, maxCalls) }, (_, i) => {
        const candidate = candidates[(first + i) % candidates.length]!;
        const output = Math.round(outputs[i]! * maxOutput);
        const usage: Usage = { ...NOTHING, inputUncached: input, output };
        return { candidate, usage, costNanoUsd: costOfUsage(usage, candidate)! };
      });
      const cost = calls.reduce((sum, call) => sum + call.costNanoUsd, 0);
      const tokens = calls.reduce((sum, { usage }) => sum + usage.inputUncached + usage.output, 0);
      const [served, ...others] = calls;
      reservation.settle({ requestId: "r", ...served!, costNanoUsd: cost, others });

      expect(cost).toBeLessThanOrEqual(held.get("usd")!);
      expect(tokens).toBeLessThanOrEqual(held.get("tokens")!);
      expect(booked().get("usd")).toBe(cost);
      expect(booked().get("tokens")).toBe(tokens);
      for (const { candidateId } of candidates) {
        const spent = calls.filter(({ candidate }) => candidate.candidateId === candidateId);
        const own = spent.reduce((sum, call) => sum + call.costNanoUsd, 0);
        expect(booked().get(`of ${candidateId}`) ?? 0).toBe(own);
        expect(own).toBeLessThanOrEqual(held.get(`of ${candidateId}`)!);
      }
    }),
  );
});

it("holds what a call and the one that mends its answer can cost, and learns nothing of the longer prompt", async () => {
  const TOLD = 1_000;
  await fc.assert(
    fc.asyncProperty(plan, async ({ prices, input, maxOutput, outputs, first }) => {
      const candidates = prices.map((one, at) =>
        Candidate.parse({ candidateId: `up/${at}`, upstreamId: "up", model: `${at}`, price: one, contextTokens: null }),
      );
      const worstCase = createWorstCase();
      const options = { repair: TOLD, worstCase };
      const { reservation, held, booked } = await reserved(candidates, input, maxOutput, 1, options);
      const said = Math.round(outputs[0]! * maxOutput);
      const calls = [input, input + said + TOLD].map((asked, i) => {
        const candidate = candidates[(first + i) % candidates.length]!;
        const usage: Usage = { ...NOTHING, inputUncached: asked, output: i === 0 ? said : maxOutput };
        return { candidate, usage, costNanoUsd: costOfUsage(usage, candidate)! };
      });
      const cost = calls.reduce((sum, call) => sum + call.costNanoUsd, 0);
      const [before, mended] = calls as [(typeof calls)[0], (typeof calls)[0]];
      reservation.settle({ requestId: "r", ...mended, costNanoUsd: cost, others: [before], askedMore: true });

      expect(booked().get("usd")).toBe(cost);
      expect(cost).toBeLessThanOrEqual(held.get("usd")!);
      expect(booked().get("tokens")!).toBeLessThanOrEqual(held.get("tokens")!);
      const next = await reserved(candidates, input, maxOutput, 1, options);
      expect([...next.held]).toEqual([...held]);
    }),
  );
});

it("takes what it held where nobody knows what one of the calls cost", async () => {
  const candidates = ["a", "b"].map((model) =>
    Candidate.parse({
      candidateId: `up/${model}`,
      upstreamId: "up",
      model,
      price: { inputMicroUsdPerMTok: 1_000_000, outputMicroUsdPerMTok: 1_000_000 },
      contextTokens: null,
    }),
  );
  const { reservation, held, booked } = await reserved(candidates, 100, 100, 2);
  const usage: Usage = { ...NOTHING, inputUncached: 100, output: 7 };
  const [served, other] = candidates as [Candidate, Candidate];
  reservation.settle({
    requestId: "r",
    candidate: served,
    usage,
    costNanoUsd: null,
    others: [{ candidate: other, usage: null, costNanoUsd: null }],
  });
  expect(booked().get("usd")).toBe(held.get("usd"));
  expect(booked().get("tokens")).toBe(held.get("tokens"));
});

const NOTHING: Usage = {
  inputUncached: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  estimated: false,
};
