import type Database from "better-sqlite3";
import { canonicalJson } from "../../canonical-digest.ts";
import { chainRow, type LedgerHead } from "../../savings/ledger.ts";
import type { LedgerRow } from "../../savings/ledger-row.ts";
import type { LedgerEntry, LedgerStore } from "../../savings/store/ledger-store.ts";

interface HeadRow {
  readonly seq: number;
  readonly hash: string;
  readonly at_ms: number;
}

export function ledgerStoreOver(database: Database.Database): LedgerStore {
  const selectHead = database.prepare<[string], HeadRow>(
    "select seq, hash, at_ms from ledger_rows where route = ? order by seq desc limit 1",
  );
  const selectKey = database.prepare<[string, string, string], { seq: number }>(
    "select seq from ledger_rows where route = ? and kind = ? and key = ?",
  );
  const selectTerms = database.prepare<[string], { row: string }>(
    "select row from ledger_rows where route = ? and kind = 'terms' order by seq desc limit 1",
  );
  const insert = database.prepare(
    "insert into ledger_rows (route, seq, at_ms, kind, key, hash, row) values (?, ?, ?, ?, ?, ?, ?)",
  );
  const selectLines = database.prepare<[string, number, number], { row: string }>(
    "select row from ledger_rows where route = ? and seq >= ? order by seq limit ?",
  );
  const selectRequest = database.prepare<[string, string, string], { row: string }>(
    "select row from ledger_rows where route = ? and kind in ('request', 'unpriced') and key >= ? and key < ? limit 1",
  );
  const selectRoutes = database.prepare<[], { route: string }>("select distinct route from ledger_rows order by route");

  function isKnown({ route, fact, key }: LedgerEntry): boolean {
    if (key !== null) return selectKey.get(route, fact.kind, key) !== undefined;
    if (fact.kind !== "terms") return false;
    const last = selectTerms.get(route);
    if (last === undefined) return false;
    const inForce = (JSON.parse(last.row) as LedgerRow).fact;
    const next = chainRow(null, 0, fact).fact;
    return canonicalJson(inForce) === canonicalJson(next);
  }

  const append = database.transaction((entries: readonly LedgerEntry[]): number => {
    const heads = new Map<string, HeadRow | null>();
    let added = 0;
    for (const entry of entries) {
      if (isKnown(entry)) continue;
      const { route, fact, key } = entry;
      const known = heads.get(route);
      const head = known === undefined ? (selectHead.get(route) ?? null) : known;
      // A clock that was set back does not set the ledger back.
      const atMs = Math.max(entry.atMs, head?.at_ms ?? 0);
      const row = chainRow(head, atMs, fact);
      insert.run(route, row.seq, atMs, fact.kind, key, row.hash, JSON.stringify(row));
      heads.set(route, { seq: row.seq, hash: row.hash, at_ms: atMs });
      added++;
    }
    return added;
  });

  return {
    append: (entries) => append.immediate(entries),
    head(route): LedgerHead | null {
      const head = selectHead.get(route);
      return head === undefined ? null : { seq: head.seq, hash: head.hash };
    },
    lines: (route, { fromSeq, limit }) => selectLines.all(route, fromSeq, limit).map(({ row }) => row),
    requestOf(route, requestId) {
      const found = selectRequest.get(route, `${requestId}/`, `${requestId}0`);
      if (found === undefined) return null;
      const { fact } = JSON.parse(found.row) as LedgerRow;
      return fact.kind === "request" || fact.kind === "unpriced" ? { session: fact.session, arm: fact.arm } : null;
    },
    routes: () => selectRoutes.all().map(({ route }) => route),
  };
}
