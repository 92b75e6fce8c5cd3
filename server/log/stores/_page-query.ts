import type Database from "better-sqlite3";
import { ApiError } from "../../errors.ts";
import type { Dimension } from "../../usage/dimensions.ts";
import type { EntryPage, EntryQuery } from "../log-store.ts";
import { FLAG, fromRow, type RequestRow } from "./_rows.ts";
import type { Words } from "./_words.ts";

/** Newest rows among which the most costly are looked for: there is no index of costs, which would slow down every write. */
const RANKED_ROWS = 1_000_000;
/** Rows that one page looks at where no index leads to what is asked for. */
const SCANNED_ROWS = 50_000;
const WORDS_SEARCHED = 200;
const CONTENT = `, (select body from request_content c where c.seq = r.seq) as content,
  (select until_ms from request_content c where c.seq = r.seq) as content_until`;

interface Condition {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

const WORD_COLUMNS: Readonly<Partial<Record<Dimension | "session" | "error", string>>> = {
  route: "route",
  model: "model",
  upstream: "upstream",
  requested_model: "requested_model",
  dialect: "dialect",
  operation: "operation",
  feature: "feature",
  team: "team",
  cache: "cache",
  arm: "arm",
  tenant: "tenant",
  key: "key_id",
  user: "user",
  plan: "plan",
  tag: "tag",
  session: "session",
  error: "error",
};
const INDEXED = ["user", "session", "key", "error"] as const;

/**
 * One page by keyset, so that rows written meanwhile neither shift nor repeat what is read. What no index answers is
 * filtered within SCANNED_ROWS a page, so that no question holds up the log.
 */
export function queryPage(database: Database.Database, words: Words, query: EntryQuery): EntryPage {
  const led: Condition[] = [...rangeOf(query), ...cursorOf(query.cursor)];
  const checked: Condition[] = [];
  let hasLeader = false;
  for (const [name, values] of Object.entries(query.equal)) {
    const condition = equalTo(name as keyof typeof WORD_COLUMNS, values, words);
    const leads: boolean = !hasLeader && values.length === 1 && (INDEXED as readonly string[]).includes(name);
    hasLeader ||= leads;
    (leads ? led : checked).push(condition);
  }
  checked.push(...othersOf(query, words));
  const where = all(led);
  const condition = all(checked);
  const content = query.withContent ? CONTENT : "";
  const newest = (limit: string) => `select * from requests r where ${where.sql} ${NEWEST} limit ${limit}`;

  if (query.sort === "cost") {
    const rows = database
      .prepare<unknown[], RequestRow>(
        `select * ${content} from (${newest(`${RANKED_ROWS}`)}) r
         where cost_nano_usd is not null and ${condition.sql} order by cost_nano_usd desc, seq desc limit ?`,
      )
      .all(...where.parameters, ...condition.parameters, query.limit);
    return { entries: rows.map((row) => fromRow(row, words)), nextCursor: null };
  }
  const isScan = checked.length > 0;
  const rows = database
    .prepare<unknown[], RequestRow>(
      isScan
        ? `select * ${content} from (${newest(`${SCANNED_ROWS}`)}) r where ${condition.sql} ${NEWEST} limit ?`
        : `select * ${content} from (${newest("?")}) r`,
    )
    .all(...where.parameters, ...condition.parameters, query.limit + 1);
  const shown = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? shown.at(-1) : isScan ? lastScanned(database, where) : undefined;
  return {
    entries: shown.map((row) => fromRow(row, words)),
    nextCursor: last === undefined ? null : cursorText(last.at_ms ?? 0, last.seq),
  };
}

const NEWEST = "order by at_ms desc, seq desc";

/** Where a scan stopped; undefined when it came to the end. */
function lastScanned(database: Database.Database, where: Condition): RequestRow | undefined {
  return database
    .prepare<unknown[], RequestRow>(`select * from requests where ${where.sql} ${NEWEST} limit 1 offset ?`)
    .get(...where.parameters, SCANNED_ROWS - 1);
}

function all(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return { sql: "true", parameters: [] };
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(" and "),
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}

function rangeOf({ fromMs, toMs }: EntryQuery): Condition[] {
  return [
    ...(fromMs === null ? [] : [{ sql: "at_ms >= ?", parameters: [fromMs] }]),
    ...(toMs === null ? [] : [{ sql: "at_ms < ?", parameters: [toMs] }]),
  ];
}

function equalTo(name: keyof typeof WORD_COLUMNS, values: readonly (string | null)[] = [], words: Words): Condition {
  if (name === "status") return oneOf("status", values.map(Number));
  if (name === "stream")
    return oneOf(
      `(flags & ${FLAG.stream})`,
      values.map((value) => (value === "true" ? FLAG.stream : 0)),
    );
  const column = `"${WORD_COLUMNS[name]}"`;
  const ids = values.flatMap((value) => (value === null ? [] : words.find(value)));
  const named = oneOf(column, ids);
  return values.includes(null) ? { ...named, sql: `${named.sql} or ${column} is null` } : named;
}

function oneOf(column: string, values: readonly number[]): Condition {
  if (values.length === 1) return { sql: `${column} = ?`, parameters: values };
  return { sql: `${column} in (${values.map(() => "?").join(", ")})`, parameters: values };
}

function othersOf({ onlyErrors, minCostNanoUsd, minDurationMs, search }: EntryQuery, words: Words): Condition[] {
  const conditions: Condition[] = [];
  if (onlyErrors) conditions.push({ sql: "status >= 400 or error is not null", parameters: [] });
  if (minCostNanoUsd !== null) conditions.push({ sql: "cost_nano_usd >= ?", parameters: [minCostNanoUsd] });
  if (minDurationMs !== null) conditions.push({ sql: "duration_ms >= ?", parameters: [minDurationMs] });
  if (search !== null) {
    const ids = words.containing(search, WORDS_SEARCHED);
    const columns = Object.values(WORD_COLUMNS).map((column) => oneOf(`"${column}"`, ids));
    const others: Condition[] = [
      { sql: "id = ?", parameters: [search] },
      { sql: "decision_id = ?", parameters: [search] },
      { sql: "instr(lower(metadata), ?) > 0", parameters: [search.toLowerCase()] },
      ...(ids.length === 0 ? [] : columns),
    ];
    conditions.push({
      sql: others.map(({ sql }) => sql).join(" or "),
      parameters: others.flatMap(({ parameters }) => parameters),
    });
  }
  return conditions;
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
