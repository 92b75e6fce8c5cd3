import type Database from "better-sqlite3";
import { ApiError } from "../../errors.ts";
import type { EntryPage, EntryQuery } from "../log-store.ts";
import { all, type Condition, equalTo, othersOf, rangeOf, WORD_COLUMNS } from "./_conditions.ts";
import { fromRow, type RequestRow } from "./_rows.ts";
import { soughtBy } from "./_sought.ts";
import type { Words } from "./_words.ts";

/** How many requests one page looks at, newest first. */
export interface PageLimits {
  /** Among so many the most costly are looked for: there is no index of costs, which would slow down every write. */
  readonly ranked: number;
  /** Of one user, session, key or error, for what else is asked of them. */
  readonly led: number;
  /** By their columns in SCAN_INDEX, */
  readonly scanned: number;
  /** by many words in any of these, */
  readonly scannedForWords: number;
  /** and by what is in their rows alone. */
  readonly scannedRows: number;
}

const LIMITS: PageLimits = {
  ranked: 1_000_000,
  led: 20_000,
  scanned: 400_000,
  scannedForWords: 100_000,
  scannedRows: 50_000,
};
const CONTENT = `, (select body from request_content c where c.seq = r.seq) as content,
  (select until_ms from request_content c where c.seq = r.seq) as content_until`;

/** Each is in an index of its own with the time; the rarest values first. */
const INDEXED = ["session", "user", "error", "key"] as const;
/** By time, with all columns that filters read but the session. */
const SCAN_INDEX = "requests_scan";
const SCAN_COLUMNS = [
  "seq",
  "at_ms",
  "cost_nano_usd",
  "duration_ms",
  "status",
  "flags",
  ...Object.values(WORD_COLUMNS).filter((name) => name !== "session"),
];

/** Where a page's requests are looked for, newest first, and how many are looked at. */
interface Source {
  readonly sql: string;
  readonly limit: number;
}

/**
 * One page by keyset, so that rows written meanwhile neither shift nor repeat what is read. What no index leads to is
 * looked for among so many requests a page, so that no question holds up the log.
 */
export function queryPage(
  database: Database.Database,
  words: Words,
  query: EntryQuery,
  limits: PageLimits = LIMITS,
): EntryPage {
  const sought = query.search === null ? null : soughtBy(database, words, query.search);
  const led: Condition[] = [...rangeOf(query), ...cursorOf(query.cursor), ...(sought?.led ?? [])];
  const names = Object.keys(query.equal) as (keyof typeof WORD_COLUMNS)[];
  const equal = (name: keyof typeof WORD_COLUMNS) => equalTo(name, query.equal[name], words);
  const leader = INDEXED.find((name) => query.equal[name]?.length === 1 && query.equal[name][0] !== null);
  const leading = leader === undefined ? [] : [equal(leader)];
  const byLeader = all([...led, ...leading]);
  const isLed = leader !== undefined && (query.sort === "time" || isFew(database, byLeader, limits.led));
  const checks = [
    ...names.filter((name) => !isLed || name !== leader).map(equal),
    ...othersOf(query),
    ...(sought?.check == null ? [] : [sought.check]),
  ];
  const readsRows = sought?.readsRows === true || query.equal.session !== undefined;
  const source = isLed || sought?.isFound === true ? ledSource(limits) : scanSource(query, readsRows, limits);
  const where = isLed ? byLeader : all(led);
  const content = query.withContent ? CONTENT : "";

  // Crossed, which keeps their order: else SQLite may go through all requests, looking each up among the chosen.
  function rowsOf(chosen: string, order: string, parameters: Condition["parameters"]): RequestRow[] {
    return database
      .prepare<unknown[], RequestRow>(
        `select r.* ${content} from (${chosen} limit ?) s cross join requests r on r.seq = s.seq ${order}`,
      )
      .all(...where.parameters, ...parameters, query.limit + 1);
  }

  const check = all(checks);
  const looked = `select ${source.sql} where ${where.sql} ${NEWEST} limit ${source.limit}`;
  if (query.sort === "cost") {
    const ranked = `select seq from (${looked}) where ${check.sql} and cost_nano_usd is not null ${COSTLIEST}`;
    const rows = rowsOf(ranked, "order by r.cost_nano_usd desc, r.seq desc", check.parameters).slice(0, query.limit);
    return { entries: rows.map((row) => fromRow(row, words)), nextCursor: null };
  }
  const isScan = checks.length > 0;
  const rows = isScan
    ? rowsOf(`select seq from (${looked}) where ${check.sql} ${NEWEST}`, NEWEST_ROWS, check.parameters)
    : rowsOf(`select seq ${placeOf(source)} where ${where.sql} ${NEWEST}`, NEWEST_ROWS, []);
  const shown = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? shown.at(-1) : isScan ? lastScanned(database, source, where) : undefined;
  return {
    entries: shown.map((row) => fromRow(row, words)),
    nextCursor: last === undefined ? null : cursorText(last.at_ms ?? 0, last.seq),
  };
}

const NEWEST = "order by at_ms desc, seq desc";
const NEWEST_ROWS = "order by r.at_ms desc, r.seq desc";
const COSTLIEST = "order by cost_nano_usd desc, seq desc";

/** The table, and the index where it is not for SQLite to choose. */
function placeOf({ sql }: Source): string {
  return sql.slice(sql.indexOf("from"));
}

function ledSource({ led }: PageLimits): Source {
  return { sql: "* from requests", limit: led };
}

function scanSource({ sort, search }: EntryQuery, readsRows: boolean, limits: PageLimits): Source {
  if (readsRows) return { sql: `* from requests indexed by ${SCAN_INDEX}`, limit: limits.scannedRows };
  const columns = SCAN_COLUMNS.map((name) => `"${name}"`).join(", ");
  const limit = search !== null ? limits.scannedForWords : sort === "cost" ? limits.ranked : limits.scanned;
  return { sql: `${columns} from requests indexed by ${SCAN_INDEX}`, limit };
}

function isFew(database: Database.Database, { sql, parameters }: Condition, few: number): boolean {
  const counted = database.prepare<unknown[], { requests: number }>(
    `select count(*) as requests from (select 1 from requests where ${sql} limit ${few})`,
  );
  return counted.get(...parameters)!.requests < few;
}

/** Where a scan stopped; undefined when it came to the end. */
function lastScanned(
  database: Database.Database,
  { sql, limit }: Source,
  where: Condition,
): Pick<RequestRow, "at_ms" | "seq"> | undefined {
  return database
    .prepare<unknown[], RequestRow>(
      `select at_ms, seq ${placeOf({ sql, limit })} where ${where.sql} ${NEWEST} limit 1 offset ?`,
    )
    .get(...where.parameters, limit - 1);
}

function cursorText(atMs: number, seq: number): string {
  return Buffer.from(`${atMs}:${seq}`, "latin1").toString("base64url");
}

function cursorOf(cursor: string | null): Condition[] {
  if (cursor === null) return [];
  const [, atMs, seq] = /^(\d{1,16}):(\d{1,16})$/.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (atMs === undefined) {
    throw new ApiError("invalid_request", "cursor: is not one that an answer gave", { place: "cursor" });
  }
  return [{ sql: "(at_ms, seq) < (?, ?)", parameters: [Number(atMs), Number(seq)] }];
}
