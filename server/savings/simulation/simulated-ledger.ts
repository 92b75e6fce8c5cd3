import { costNanoUsd } from "../../../engine/cost.ts";
import { nextNormal, type Rng } from "../../../engine/rng.ts";
import type { Price } from "../../../engine/schema/candidate.ts";
import { digestOf } from "../../canonical-digest.ts";
import { commitmentOf, isHoldout } from "../../observation/audit-design.ts";
import { chainRow } from "../ledger.ts";
import type { LedgerFactInput, LedgerRow } from "../ledger-row.ts";

export interface SimulatedLedgerOptions {
  readonly startMs: number;
  readonly days: number;
  readonly sessionsADay: number;
  readonly holdout: number;
  readonly salt: string;
}

export interface SimulatedLedger {
  readonly rows: readonly LedgerRow[];
  /** What routing really saved on the treated sessions, overhead not taken off. */
  readonly trueSavingNanoUsd: number;
}

const DAY_MS = 86_400_000;
const INCUMBENT = "simulated/large";
const ROUTED = "simulated/small";
const price = (input: number): Price => ({
  inputMicroUsdPerMTok: input,
  outputMicroUsdPerMTok: 4 * input,
  cacheReadMicroUsdPerMTok: input / 10,
});

/**
 * A whole ledger of simulated traffic whose true saving is known: sessions of one to four requests, the incumbent's price cut by
 * three tenths half-way, cold caches after a switch, longer answers and one more request in a fifth of the routed sessions.
 */
export function simulateLedger(options: SimulatedLedgerOptions, rng: Rng): SimulatedLedger {
  const { startMs, days, sessionsADay, holdout, salt } = options;
  const rows: LedgerRow[] = [];
  let trueSavingNanoUsd = 0;
  const add = (atMs: number, fact: LedgerFactInput) => {
    const last = rows.at(-1);
    rows.push(chainRow(last === undefined ? null : last, atMs, fact));
  };
  const setPrices = (atMs: number, incumbent: number) => {
    const prices: Record<string, Price> = { [INCUMBENT]: price(incumbent), [ROUTED]: price(150_000) };
    add(atMs, { kind: "prices", prices });
    return prices;
  };
  add(startMs, {
    kind: "terms",
    route: "default",
    incumbent: INCUMBENT,
    holdout,
    salt_commitment: commitmentOf(salt),
    confidence: 0.95,
    fee_share: 0.2,
    quality_margin: 0.03,
    tuned_sessions: Math.round((days * sessionsADay) / 2),
    certificate: null,
  });
  let prices = setPrices(startMs, 2_500_000);
  for (let i = 0; i < days * sessionsADay; i++) {
    const day = Math.floor(i / sessionsADay);
    const atMs = startMs + Math.floor((i / sessionsADay) * DAY_MS);
    if (day === Math.floor(days / 2) && i % sessionsADay === 0) prices = setPrices(atMs, 1_750_000);
    const session = `session-${i}`;
    const arm = isHoldout(salt, session, holdout) ? "holdout" : "treatment";
    const isEasy = rng.next() < 0.6;
    const input = Math.round(800 * Math.exp(0.7 * nextNormal(rng)));
    const output = Math.round(300 * Math.exp(0.5 * nextNormal(rng)));
    const turns = 1 + Math.floor(4 * rng.next());
    const more = rng.next() < 0.2 ? 1 : 0;
    const longer = 1 + 0.4 * rng.next();
    const onIncumbent = requestsOf(INCUMBENT, turns, input, output, 1);
    const routed = isEasy ? requestsOf(ROUTED, turns + more, input, Math.round(output * longer), 0.3) : onIncumbent;
    const costOf = (requests: readonly SimulatedRequest[]) =>
      requests.reduce((sum, { model, tokens }) => sum + costNanoUsd(usageOf(tokens), prices[model]!), 0);
    if (arm === "treatment") trueSavingNanoUsd += costOf(onIncumbent) - costOf(routed);
    const expected = costNanoUsd(
      { input: 2 * input, cacheRead: 0, cacheWrite: 0, output: 2 * 300 },
      prices[INCUMBENT]!,
    );
    add(atMs, { kind: "session", session, arm, expected_nano_usd: expected });
    const made = arm === "treatment" ? routed : onIncumbent;
    made.forEach(({ model, tokens }, turn) => {
      add(atMs, {
        kind: "request",
        id: `${session}/${turn}`,
        session,
        arm,
        model,
        tokens,
        price_digest: digestOf(prices),
        cost_nano_usd: costNanoUsd(usageOf(tokens), prices[model]!),
      });
    });
    // One routed answer in two is asked of the incumbent as well, and both are judged blind: mostly ties.
    if (arm === "treatment" && isEasy && rng.next() < 0.5) {
      const score = rng.next() < 0.08 ? (rng.next() < 0.5 ? 1 : -1) : 0;
      add(atMs, { kind: "quality", session, arm, score, paired: true, inclusion: 0.5, judge: "simulated" });
      const shadow = Math.round(costOf(onIncumbent) / turns / 100);
      add(atMs, { kind: "overhead", source: "shadow", id: `${session}/shadow`, cost_nano_usd: shadow });
    }
  }
  add(startMs + days * DAY_MS - 1, { kind: "reveal", salt });
  return { rows, trueSavingNanoUsd };
}

interface SimulatedRequest {
  readonly model: string;
  readonly tokens: { input: number; cache_read: number; cache_write: number; output: number };
}

/** Turns of one session: from the second on the earlier text is read from the cache, as far as it is warm. */
function requestsOf(model: string, turns: number, input: number, output: number, warmth: number): SimulatedRequest[] {
  return Array.from({ length: turns }, (_, turn) => {
    const before = turn * (input + output);
    return {
      model,
      tokens: { input: input + before, cache_read: Math.floor(before * warmth), cache_write: 0, output },
    };
  });
}

function usageOf({ input, cache_read, cache_write, output }: SimulatedRequest["tokens"]) {
  return { input, cacheRead: cache_read, cacheWrite: cache_write, output };
}
