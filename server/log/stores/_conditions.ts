import type { Dimension } from "../../usage/dimensions.ts";
import type { EntryQuery } from "../log-store.ts";
import { FLAG } from "./_rows.ts";
import type { Words } from "./_words.ts";

/** Part of a `where`, with its values. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/** Columns of `requests` that hold the number of a word. */
export const WORD_COLUMNS: Readonly<Partial<Record<Dimension | "session" | "error", string>>> = {
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
export function all(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return { sql: "true", parameters: [] };
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(" and "),
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}

export function rangeOf({ fromMs, toMs }: EntryQuery): Condition[] {
  return [
    ...(fromMs === null ? [] : [{ sql: "at_ms >= ?", parameters: [fromMs] }]),
    ...(toMs === null ? [] : [{ sql: "at_ms < ?", parameters: [toMs] }]),
  ];
}

export function equalTo(
  name: keyof typeof WORD_COLUMNS,
  values: readonly (string | null)[] = [],
  words: Words,
): Condition {
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

export function oneOf(column: string, values: readonly number[]): Condition {
  if (values.length === 1) return { sql: `${column} = ?`, parameters: values };
  return { sql: `${column} in (${values.map(() => "?").join(", ")})`, parameters: values };
}

export function othersOf({ onlyErrors, minCostNanoUsd, minDurationMs }: EntryQuery): Condition[] {
  const conditions: Condition[] = [];
  if (onlyErrors) conditions.push({ sql: "status >= 400 or error is not null", parameters: [] });
  if (minCostNanoUsd !== null) conditions.push({ sql: "cost_nano_usd >= ?", parameters: [minCostNanoUsd] });
  if (minDurationMs !== null) conditions.push({ sql: "duration_ms >= ?", parameters: [minDurationMs] });
  return conditions;
}
