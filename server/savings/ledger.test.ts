import { beforeAll, describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { digestOf } from "../canonical-digest.ts";
import { chainRow, createLedgerCheck, LedgerBroken, type LedgerFault } from "./ledger.ts";
import type { LedgerFactInput, LedgerRow } from "./ledger-row.ts";
import { simulateLedger } from "./simulation/simulated-ledger.ts";
import { createStatements } from "./statement.ts";

const OPTIONS = { startMs: Date.UTC(2026, 9, 1), days: 61, sessionsADay: 20, holdout: 0.3, salt: "s" };
let rows: readonly LedgerRow[] = [];
let trueSaving = 0;

beforeAll(() => {
  const made = simulateLedger(OPTIONS, seededRng(7));
  rows = made.rows;
  trueSaving = made.trueSavingNanoUsd;
});

/** What the check says of these rows; null: nothing. */
function faultOf(lines: readonly (LedgerRow | string)[]): LedgerFault | null {
  const check = createLedgerCheck();
  try {
    for (const line of lines) check.take(typeof line === "string" ? line : JSON.stringify(line));
    return null;
  } catch (error) {
    if (error instanceof LedgerBroken) return error.fault;
    throw error;
  }
}

/** The rows chained anew by somebody who changed some of the facts. */
function forged(change: (fact: LedgerRow["fact"]) => LedgerFactInput): LedgerRow[] {
  const out: LedgerRow[] = [];
  for (const { at, fact } of rows) out.push(chainRow(out.at(-1) ?? null, Date.parse(at), change(fact)));
  return out;
}

const indexOf = (kind: LedgerRow["fact"]["kind"]) => rows.findIndex(({ fact }) => fact.kind === kind);
const replaced = (index: number, row: LedgerRow | string) => rows.map((old, i) => (i === index ? row : old));

describe("ledger", () => {
  it("finds nothing wrong with what was written", () => {
    expect(faultOf(rows)).toBeNull();
    expect(rows.length).toBeGreaterThan(3000);
  });

  it("names the row that was altered", () => {
    const index = indexOf("request");
    const row = rows[index]!;
    const cheaper = { ...row, fact: { ...row.fact, cost_nano_usd: 1 } } as LedgerRow; // the same kind of fact
    expect(faultOf(replaced(index, cheaper))).toMatchObject({ code: "row_altered", line: index + 1 });
  });

  it("names the place of a row that was taken out, put in again or moved", () => {
    expect(faultOf(rows.filter((_, i) => i !== 100))).toMatchObject({ code: "row_missing", line: 101 });
    expect(faultOf([...rows.slice(0, 100), ...rows.slice(99)])).toMatchObject({ code: "row_missing", line: 101 });
    const { hash: _, ...rest } = { ...rows[100]!, previous: rows[50]!.hash };
    expect(faultOf(replaced(100, { ...rest, hash: digestOf(rest) }))).toMatchObject({
      code: "chain_broken",
      line: 101,
    });
    expect(faultOf([rows[0]!, { ...rows[1]!, hash: "0".repeat(64) }])).toMatchObject({ code: "row_altered", line: 2 });
  });

  it.each([
    ["{", "not_json"],
    ["{}", "not_a_row"],
    ['{"seq":0}', "not_a_row"],
  ])("names a line that is no row: %s", (line, code) => {
    expect(faultOf([line])).toMatchObject({ code, line: 1 });
  });

  it("refuses a cost that is not tokens x price, also in a chain made anew", () => {
    let isChanged = false;
    const forgery = forged((fact) => {
      if (fact.kind !== "request" || isChanged) return fact;
      isChanged = true;
      return { ...fact, cost_nano_usd: fact.cost_nano_usd - 1 };
    });
    expect(faultOf(forgery)).toMatchObject({ code: "cost_wrong", line: indexOf("request") + 1 });
  });

  it("refuses an arm that the salt does not draw, naming the session's row, once the salt is shown", () => {
    const victim = rows.findIndex(({ fact }) => fact.kind === "session" && fact.arm === "holdout");
    const session = (rows[victim]!.fact as { session: string }).session; // a session row, as just found
    const forgery = forged((fact) =>
      "session" in fact && fact.session === session ? { ...fact, arm: "treatment" as const } : fact,
    );
    expect(faultOf(forgery)).toMatchObject({ code: "arm_not_drawn", line: victim + 1 });
    expect(faultOf(forgery.slice(0, -1))).toBeNull();
  });

  const terms = (): LedgerFactInput => rows[0]!.fact;
  const session = (arm: "treatment" | "holdout"): LedgerFactInput => ({
    kind: "session",
    session: "a",
    arm,
    expected_nano_usd: 5,
  });
  const judged: LedgerFactInput = { kind: "quality", session: "a", arm: "holdout", score: 1, inclusion: 1, judge: "j" };
  it.each<[LedgerFault["code"], () => LedgerFactInput[]]>([
    ["no_terms", () => [session("holdout")]],
    ["session_twice", () => [terms(), session("holdout"), session("holdout")]],
    ["session_unknown", () => [terms(), judged]],
    ["arm_changed", () => [terms(), session("treatment"), judged]],
    ["salt_wrong", () => [terms(), { kind: "reveal", salt: "another" }]],
    [
      "price_unknown",
      () => [
        terms(),
        session("holdout"),
        {
          kind: "request",
          id: "r",
          session: "a",
          arm: "holdout",
          model: "m",
          tokens: { input: 1, cache_read: 0, cache_write: 0, output: 1 },
          price_digest: "0".repeat(64),
          cost_nano_usd: 0,
        },
      ],
    ],
  ])("refuses what does not fit together: %s", (code, factsOf) => {
    const facts = factsOf();
    const made: LedgerRow[] = [];
    for (const fact of facts) made.push(chainRow(made.at(-1) ?? null, OPTIONS.startMs, fact));
    expect(faultOf(made)).toMatchObject({ code, line: facts.length });
  });

  it("refuses time that runs backwards, and a request that is counted twice", () => {
    const first = chainRow(null, OPTIONS.startMs, terms());
    expect(faultOf([first, chainRow(first, OPTIONS.startMs - 1, session("holdout"))])).toMatchObject({
      code: "time_backwards",
    });
    const twice = rows.find(({ fact }) => fact.kind === "request")!;
    const copy = chainRow(rows.at(-1)!, Date.parse(rows.at(-1)!.at), twice.fact);
    expect(faultOf([...rows, copy])).toMatchObject({ code: "request_twice", line: rows.length + 1 });
  });
});

describe("statements", () => {
  const statementsOf = (of: readonly LedgerRow[]) => {
    const statements = createStatements();
    for (const row of of) statements.take(row);
    return statements.close();
  };

  it("adds up to the true saving within the interval, and bills below it", () => {
    const [october, november] = statementsOf(rows);
    expect([october!.month, november!.month]).toEqual(["2026-10", "2026-11"]);
    const { saved, lowerBound, overheadNanoUsd } = november!.cumulative;
    const truth = trueSaving - overheadNanoUsd;
    expect(saved.low <= truth && truth <= saved.high).toBe(true);
    expect(lowerBound!).toBeLessThan(truth);
    expect(lowerBound!).toBeGreaterThan(0.5 * truth);
    const fees = october!.invoice.feeNanoUsd + november!.invoice.feeNanoUsd;
    expect(fees).toBeLessThanOrEqual(0.2 * lowerBound!);
  });

  it("states a month the same whatever came after it", () => {
    const november = rows.findIndex(({ at }) => at.startsWith("2026-11"));
    expect(statementsOf(rows.slice(0, november))).toEqual(statementsOf(rows).slice(0, 1));
  });

  it("counts every session in the month in which it began", () => {
    const all = statementsOf(rows);
    const sessions = all.reduce((sum, { sessions: { treatment, holdout } }) => sum + treatment + holdout, 0);
    expect(sessions).toBe(OPTIONS.days * OPTIONS.sessionsADay);
  });

  it("bills nothing where quality was not looked at, where attempts have no price, and when arms are lost", () => {
    const kept = (isKept: (fact: LedgerRow["fact"]) => boolean) => rows.filter(({ fact }) => isKept(fact));
    const [blind] = statementsOf(kept(({ kind }) => kind !== "quality"));
    expect(blind!.invoice).toMatchObject({ feeNanoUsd: 0, noFeeBecause: "quality_unmeasured" });
    const isOdd = (name: string) => Number(name.at(-1)) % 2 === 1;
    const lost = statementsOf(
      kept((fact) => !(fact.kind === "session" && fact.arm === "holdout" && isOdd(fact.session))),
    );
    expect(lost.at(-1)!.invoice).toMatchObject({ feeNanoUsd: 0, noFeeBecause: "sample_ratio_mismatch" });
    const unpriced = chainRow(rows[1]!, OPTIONS.startMs, {
      kind: "unpriced",
      id: "u",
      session: "session-0",
      arm: "treatment",
      model: "m",
    });
    const [first] = statementsOf([...rows.slice(0, 2), unpriced, ...rows.slice(2)]);
    expect(first!.unpriced).toBe(1);
    expect(first!.invoice.feeNanoUsd).toBe(0);
  });

  it("says nothing of an empty ledger, and closes months without a row", () => {
    expect(statementsOf([])).toEqual([]);
    const last = rows.at(-1)!;
    const later = chainRow(last, Date.UTC(2027, 0, 5), {
      kind: "overhead",
      source: "judge",
      id: "late",
      cost_nano_usd: 9,
    });
    const months = statementsOf([...rows, later]);
    expect(months.map(({ month }) => month)).toEqual(["2026-10", "2026-11", "2026-12", "2027-01"]);
    expect(months[2]).toMatchObject({ sessions: { treatment: 0, holdout: 0 }, overheadNanoUsd: 0, savedShare: null });
    expect(months[3]!.overheadNanoUsd).toBe(9);
  });
});
