import type Database from "better-sqlite3";
import { ApiError } from "../../errors.ts";
import type { Dimension } from "../../usage/dimensions.ts";
import type { EntryPage, EntryQuery } from "../log-store.ts";
import { FLAG, fromRow, type RequestRow } from "./_rows.ts";
import type { Words } from "./_words.ts";

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
  session: "session",
  error: "error",
};
const INDEXED = ["user", "session", "key", "error"] as const;

/**
 * One page by keyset, so that rows written meanwhile neither shift nor repeat what is read. What no index answers is
 * filtered within SCANNED_ROWS a page, so that no question holds up the log.
 */
export function queryPage(database: Database.Database, words: Words, query: EntryQuery): EntryPage {
  const sorted = query.sort === "cost" ? "cost_nano_usd" : "at_ms";
  const led: Condition[] = [...rangeOf(query), ...cursorOf(query.cursor, sorted)];
  const checked: Condition[] = [];
  if (query.sort === "cost") led.push({ sql: "cost_nano_usd is not null", parameters: [] });
  let hasLeader = query.sort === "cost";
  for (const [name, values] of Object.entries(query.equal)) {
    const condition = equalTo(name as keyof typeof WORD_COLUMNS, values, words);
    const leads = !hasLeader && values.length === 1 && (INDEXED as readonly string[]).includes(name);
    hasLeader ||= leads;
    (leads ? led : checked).push(condition);
  }
  checked.push(...othersOf(query, words));

  const where = all(led);
  const order = `order by ${sorted} desc, seq desc`;
  const content = query.withContent ? CONTENT : "";
  const inner = `select * from requests r where ${where.sql} ${order}`;
  const condition = all(checked);
  const isScan = checked.length > 0;
  const rows = database
    .prepare<unknown[], RequestRow>(
      isScan
        ? `select * ${content} from (${inner} limit ${SCANNED_ROWS}) r where ${condition.sql} ${order} limit ?`
        : `select * ${content} from (${inner} limit ?) r`,
    )
    .all(...where.parameters, ...condition.parameters, query.limit + 1);
  const shown = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? shown.at(-1) : isScan ? lastScanned(database, where, order) : undefined;
  return {
    entries: shown.map((row) => fromRow(row, words)),
    nextCursor: last === undefined ? null : cursorText(sorted, last[sorted] ?? 0, last.seq),
  };
}

/** Where a scan stopped; undefined when it came to the end. */
function lastScanned(database: Database.Database, where: Condition, order: string): RequestRow | undefined {
  return database
    .prepare<unknown[], RequestRow>(`select * from requests where ${where.sql} ${order} limit 1 offset ?`)
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

function cursorText(sorted: string, value: number, seq: number): string {
  return Buffer.from(`${sorted}:${value}:${seq}`, "latin1").toString("base64url");
}

function cursorOf(cursor: string | null, sorted: string): Condition[] {
  if (cursor === null) return [];
  const [, by, value, seq] =
    /^([a-z_]+):(-?\d+):(\d+)$/.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (by !== sorted) {
    throw new ApiError("invalid_request", "cursor: is not one that an answer to this question gave", {
      place: "cursor",
    });
  }
  return [{ sql: `(${sorted}, seq) < (?, ?)`, parameters: [Number(value), Number(seq)] }];
}
