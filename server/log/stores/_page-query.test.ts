import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate, openDatabase } from "../../storage/sqlite.ts";
import type { LogEntry } from "../entry.ts";
import { loadLogMigrations } from "../log-migrations.ts";
import { type EntryQuery, EVERY_ENTRY, type LogStore, openLogStore } from "../log-store.ts";
import { companyTraffic } from "../testing/company-traffic.ts";
import { type PageLimits, queryPage } from "./_page-query.ts";
import { createWords } from "./_words.ts";

const TO_MS = Date.UTC(2026, 5, 30);
const COUNT = 1_200;
/** So small that every page ends before all is looked at. */
const SMALL: PageLimits = { ranked: 500, led: 7, scanned: 90, scannedForWords: 70, scannedRows: 40 };

describe("pages of the log", () => {
  let folder: string;
  let store: LogStore;
  let database: Awaited<ReturnType<typeof openDatabase>>;
  let entries: LogEntry[];
  let ask: (fields: Partial<EntryQuery>, limits?: PageLimits) => ReturnType<typeof queryPage>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "weir-log-pages-"));
    const path = join(folder, "log.db");
    store = await openLogStore(`sqlite:${path}`);
    const make = companyTraffic({ seed: 3, fromMs: TO_MS - 86_400_000, toMs: TO_MS, users: 40, keys: 9, features: 6 });
    entries = Array.from({ length: COUNT }, (_, i) => make(i, COUNT));
    await store.write(entries);
    database = await openDatabase(path);
    await migrate(database, await loadLogMigrations());
    const words = createWords(database);
    ask = (fields, limits) => queryPage(database, words, { ...ALL, ...fields }, limits);
  });
  afterEach(async () => {
    database.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  /** Every page until there is no cursor. */
  function walk(fields: Partial<EntryQuery>): string[] {
    const ids: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const page = ask({ ...fields, cursor, limit: 11 }, SMALL);
      ids.push(...page.entries.map(({ id }) => id));
      cursor = page.nextCursor;
      if (cursor === null) return ids;
    }
  }

  const idsOf = (isWanted: (entry: LogEntry) => boolean) =>
    entries
      .filter(isWanted)
      .map(({ id }) => id)
      .reverse();

  it.each<readonly [string, Partial<EntryQuery>, (entry: LogEntry) => boolean]>([
    ["by a column of the index", { equal: { model: ["openai/gpt-4o"] } }, ({ model }) => model === "openai/gpt-4o"],
    [
      "by a column of the rows of a user",
      { equal: { user: ["user-1"], stream: ["true"] } },
      ({ user, isStream }) => user === "user-1" && isStream,
    ],
    ["by what only metadata say", { search: "c-12" }, ({ metadata }) => String(metadata?.customer).startsWith("c-12")],
    ["by a whole name", { search: "feature-2" }, ({ feature }) => feature === "feature-2"],
    [
      "by a name in part",
      { search: "SONNET" },
      ({ requestedModel, model }) => `${requestedModel}${model}`.includes("sonnet"),
    ],
    [
      "by several sessions",
      { equal: { session: [sessionOf(0), sessionOf(499)] } },
      ({ session }) => session === sessionOf(0) || session === sessionOf(499),
    ],
  ])("find all %s, however few requests a page looks at", (_, fields, isWanted) => {
    const wanted = idsOf(isWanted);
    expect(wanted.length).toBeGreaterThan(1);
    expect(walk(fields)).toEqual(wanted);
  });

  it("find a request, a decision and a session at once, however old", () => {
    const { id, decision, session } = entries.find((entry) => entry.decision !== null)!;
    const first = (search: string) => ask({ search }, SMALL);
    expect(first(id).entries.map((entry) => entry.id)).toEqual([id]);
    expect(first(decision!.id).entries.map((entry) => entry.id)).toEqual([id]);
    expect(first(session!).entries.map((entry) => entry.id)).toEqual(idsOf((entry) => entry.session === session));
    expect(ask({ search: id, equal: { model: ["nobody"] } }, SMALL).entries).toEqual([]);
  });

  it("rank by cost among the newest, with filters, whether an index leads to them or not", () => {
    const costliest = (isWanted: (entry: LogEntry) => boolean) =>
      entries
        .slice(-SMALL.ranked)
        .filter((entry) => entry.costNanoUsd !== null && isWanted(entry))
        .map(({ costNanoUsd }) => costNanoUsd!)
        .sort((a, b) => b - a)
        .slice(0, 5);
    const ranked = (equal: EntryQuery["equal"]) =>
      ask({ sort: "cost", limit: 5, equal }, SMALL).entries.map(({ costNanoUsd }) => costNanoUsd);
    expect(ranked({})).toEqual(costliest(() => true));
    expect(ranked({ team: ["search"] })).toEqual(costliest(({ team }) => team === "search"));
    expect(ranked({ key: ["key_0"] })).toEqual(costliest(({ keyId }) => keyId === "key_0"));
    expect(ranked({ session: [sessionOf(499)] }).length).toBeGreaterThan(0);
  });

  it("read no row of a request that they leave out", () => {
    const plan = database
      .prepare<[], { detail: string }>(
        `explain query plan select seq from (select seq, at_ms, cost_nano_usd, model from requests indexed by requests_scan
         where at_ms >= 0 order by at_ms desc, seq desc limit 9) where model = 1`,
      )
      .all();
    expect(plan.some(({ detail }) => detail.includes("COVERING INDEX requests_scan"))).toBe(true);
    expect(plan.some(({ detail }) => detail.includes("TEMP B-TREE"))).toBe(false);
  });
});

const ALL: EntryQuery = {
  ...EVERY_ENTRY,
  sort: "time",
  cursor: null,
  limit: 100,
  withContent: false,
};

function sessionOf(index: number): string {
  return `5f0c2a7e-0000-4000-8000-000000${String(index).padStart(6, "0")}`;
}
