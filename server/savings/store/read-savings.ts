import { setImmediate as turn } from "node:timers/promises";
import type { LedgerRow } from "../ledger-row.ts";
import { createStatements, type MonthStatement } from "../statement.ts";
import type { LedgerStore } from "./ledger-store.ts";

/** Statements of routes' ledgers; each row is added up once, however often somebody looks. */
export interface SavingsReader {
  read(route: string): Promise<ReadSavings>;
}

export interface ReadSavings {
  readonly rows: number;
  readonly months: readonly MonthStatement[];
  readonly terms: { readonly fact: Extract<LedgerRow["fact"], { kind: "terms" }>; readonly at: string } | null;
}

interface Reading {
  readonly statements: ReturnType<typeof createStatements>;
  rows: number;
  terms: ReadSavings["terms"];
  read: { readonly rows: number; readonly months: readonly MonthStatement[] } | null;
  underWay: Promise<ReadSavings>;
}

const ROWS_AT_ONCE = 500;

export function createSavingsReader(store: Pick<LedgerStore, "lines">): SavingsReader {
  const readings = new Map<string, Reading>();

  async function goOn(route: string, reading: Reading): Promise<ReadSavings> {
    for (;;) {
      const lines = store.lines(route, { fromSeq: reading.rows, limit: ROWS_AT_ONCE });
      for (const line of lines) {
        const row = JSON.parse(line) as LedgerRow; // only the ledger writes them
        reading.statements.take(row);
        if (row.fact.kind === "terms") reading.terms = { fact: row.fact, at: row.at };
        reading.rows++;
      }
      if (lines.length < ROWS_AT_ONCE) break;
      await turn();
    }
    if (reading.read === null || reading.read.rows !== reading.rows) {
      reading.read = { rows: reading.rows, months: reading.statements.close() };
    }
    return { rows: reading.rows, months: reading.read.months, terms: reading.terms };
  }

  return {
    read(route) {
      const known = readings.get(route);
      if (known !== undefined) {
        known.underWay = known.underWay.then(() => goOn(route, known));
        return known.underWay;
      }
      const reading: Reading = {
        statements: createStatements(),
        rows: 0,
        terms: null,
        read: null,
        underWay: Promise.resolve({ rows: 0, months: [], terms: null }),
      };
      readings.set(route, reading);
      reading.underWay = goOn(route, reading);
      return reading.underWay;
    },
  };
}
