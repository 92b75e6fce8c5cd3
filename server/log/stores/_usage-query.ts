import type Database from "better-sqlite3";
import { ApiError } from "../../errors.ts";
import { CUBES, cubeFor, DIMENSIONS, type Dimension } from "../../usage/dimensions.ts";
import { bucketOf, ceil, GRAINS, type Grain, MINUTE_MS, minuteOf, stretchesOf } from "../../usage/grains.ts";
import type { UsageAnswer, UsageQuery, UsageRow } from "../log-store.ts";
import { createGroupSums, type GroupSums } from "./_group-sums.ts";
import { grainCode, partReader, type WordFilter } from "./_parts.ts";
import { FLAG, plainName } from "./_rows.ts";
import type { Words } from "./_words.ts";

/** Requests that are added up one by one at the ends of a question's time; some 20 ms. */
const ADDED_AT_ENDS = 20_000;
/** Requests that are added up one by one where no roll-up has what is asked for; a few seconds. */
const ADDED_AT_MOST = 3_000_000;
/** First groups of a place, whose next words are places of an array of some MB. */
const MOST_TABLES = 8;
/** `weir/auto@0.95` and its like. */
const MOST_NAMES = 1_000;

/**
 * Adds up what a question asks for, exactly: from the smallest roll-up and the widest buckets. The ends of its time
 * that cut through a roll-up's buckets are added up request by request where they are few, and widened to whole
 * buckets where they are many; the answer says what it covers.
 */
export function queryUsage(database: Database.Database, words: Words, query: UsageQuery): UsageAnswer {
  const asked = [...query.groupBy, ...DIMENSIONS.filter((name) => query.filters[name] !== undefined)];
  const cube = cubeFor(asked, query.interval);
  const range = { from: minuteOf(query.fromMs), to: Math.ceil(query.toMs / MINUTE_MS) };
  const sums = createGroupSums(query.groupBy.length, MOST_TABLES);
  const covered =
    cube === null
      ? addAllOneByOne(database, words, query, range, sums)
      : addRollUp(database, words, query, cube, range, sums);
  const rows = sums.top(query.limit).map(
    ({ bucket, group, counters }): UsageRow => ({
      bucketMs: query.interval === null ? null : bucket * MINUTE_MS,
      group: Object.fromEntries(query.groupBy.map((name, i) => [name, words.textOf(group[i]!)])),
      counters,
    }),
  );
  return {
    fromMs: covered.from * MINUTE_MS,
    toMs: covered.to * MINUTE_MS,
    rows,
    total: sums.total(),
    isTruncated: sums.count > query.limit,
  };
}

interface Minutes {
  readonly from: number;
  readonly to: number;
}

function addRollUp(
  database: Database.Database,
  words: Words,
  query: UsageQuery,
  cube: number,
  range: Minutes,
  sums: GroupSums,
): Minutes {
  const finest = finestKept(database, cube, range.from);
  let from = bucketOf(range.from, finest);
  let to = ceil(range.to, finest);
  const inner = { from: ceil(range.from, finest), to: bucketOf(range.to, finest) };
  const ends: Minutes[] =
    inner.from <= inner.to
      ? [
          { from: range.from, to: inner.from },
          { from: inner.to, to: range.to },
        ]
      : [range];
  const left = ends.filter((end) => end.from < end.to);
  if (left.length > 0 && canAddOneByOne(database, left, ADDED_AT_ENDS)) {
    for (const end of left) addOneByOne(database, words, query, end, sums);
    from = Math.min(inner.from, inner.to);
    to = inner.from <= inner.to ? inner.to : from;
    addStretches(database, words, query, cube, finest, { from, to }, sums);
    return range;
  }
  addStretches(database, words, query, cube, finest, { from, to }, sums);
  return { from, to };
}

function addStretches(
  database: Database.Database,
  words: Words,
  query: UsageQuery,
  cube: number,
  finest: Grain,
  { from, to }: Minutes,
  sums: GroupSums,
): void {
  const { interval, groupBy } = query;
  const coarsest = GRAINS.indexOf(CUBES[cube]!.grains.at(-1)!);
  const wanted = interval === null ? coarsest : Math.max(GRAINS.indexOf(interval), GRAINS.indexOf(finest));
  const widest = GRAINS[Math.min(coarsest, wanted)]!;
  const parts = database.prepare<[number, number, number], { bucket: number; body: Uint8Array }>(
    "select bucket, body from usage_parts where grain = ? and bucket >= ? and bucket < ?",
  );
  const partOf = partReader(cube, groupBy, filterIds(query, words));
  for (const { grain, from: first, to: end } of stretchesOf(from, to, finest, widest)) {
    const code = grainCode(cube, grain);
    for (const { bucket, body } of parts.iterate(code, first, end)) sums.addPart(partOf(body, shown(bucket, interval)));
  }
}

function filterIds({ filters }: UsageQuery, words: Words): WordFilter[] {
  return DIMENSIONS.flatMap((name) => {
    const values = filters[name];
    if (values === undefined) return [];
    return [{ name, ids: values.flatMap((text) => (text === null ? [0] : words.find(text))) }];
  });
}

/** The bucket of the answer that a minute lies in; one for all without an interval. */
function shown(minute: number, interval: Grain | null): number {
  return interval === null ? 0 : bucketOf(minute, interval);
}

/** Columns of `requests` where a dimension is not one of the same name with a word's number in it. */
const DETAIL_COLUMN: Readonly<Partial<Record<Dimension, string>>> = {
  status: "status",
  stream: `(flags & ${FLAG.stream})`,
  key: "key_id",
  requested_model: "case when model is null then null else requested_model end",
};

function detailColumn(name: Dimension): string {
  return DETAIL_COLUMN[name] ?? `"${name}"`;
}

const INPUT = "coalesce(input_uncached + cache_read + cache_write_5m + cache_write_1h, 0)";
/** In the order of COUNTERS; the same sums that the roll-ups add up as they are written. */
const DETAIL_SUMS = [
  "count(*)",
  `sum(case when error is null then status >= 400 else error is not (select id from words where kind = 0 and text = 'client_left') end)`,
  `sum(${INPUT})`,
  "sum(coalesce(cache_read, 0))",
  "sum(coalesce(cache_write_5m + cache_write_1h, 0))",
  "sum(coalesce(output, 0))",
  "sum(coalesce(reasoning, 0))",
  "sum(coalesce(cost_nano_usd, 0))",
  "sum(cost_nano_usd is null)",
  "sum(coalesce(incumbent_cost_nano_usd - cost_nano_usd, 0))",
  `sum((flags & ${FLAG.estimated}) != 0)`,
  "sum(coalesce(cache in (select id from words where kind = 0 and text in ('hit', 'semantic')), 0))",
  "sum(duration_ms)",
  "sum(first_token_ms is not null)",
  "sum(coalesce(first_token_ms, 0))",
];

function addOneByOne(
  database: Database.Database,
  words: Words,
  query: UsageQuery,
  range: Minutes,
  sums: GroupSums,
): void {
  const { groupBy, interval, filters } = query;
  const parameters: number[] = [];
  const conditions = DIMENSIONS.flatMap((name) => {
    const values = filters[name];
    if (values === undefined) return [];
    const ids = values.flatMap((text) => detailValues(name, text, words));
    parameters.push(...ids);
    return [`coalesce(${detailColumn(name)}, 0) in (${ids.map(() => "?").join(", ")})`];
  });
  const minute = interval === null ? "0" : `at_ms / ${MINUTE_MS}`;
  const groups = groupBy.map((name) => `coalesce(${detailColumn(name)}, 0)`);
  const grouped = [...(interval === null ? [] : [minute]), ...groups];
  const sql = `
    select ${[minute, ...groups, ...DETAIL_SUMS].join(", ")} from requests
    where at_ms >= ? and at_ms < ? ${conditions.map((one) => `and ${one}`).join(" ")}
    ${grouped.length === 0 ? "having count(*) > 0" : `group by ${grouped.join(", ")}`}`;
  const rows = database
    .prepare<unknown[], number[]>(sql)
    .raw()
    .iterate(range.from * MINUTE_MS, range.to * MINUTE_MS, ...parameters);
  const places = groupBy.map((_, i) => i + 1);
  for (const row of rows) {
    sums.addRow(shown(row[0]!, interval), named(row, groupBy, words), places, row.slice(1 + groupBy.length));
  }
}

/** What is a plain number, or a longer name, in requests, and a word in roll-ups. */
function named(row: readonly number[], groupBy: readonly Dimension[], words: Words): readonly number[] {
  return row.map((value, i) => {
    const name = groupBy[i - 1];
    if (name === "status") return words.find(String(value))[0] ?? 0;
    if (name === "stream") return words.find(value === 0 ? "false" : "true")[0] ?? 0;
    if (name === "requested_model") return words.find(plainName(words.textOf(value) ?? ""))[0] ?? 0;
    return value;
  });
}

function detailValues(name: Dimension, text: string | null, words: Words): readonly number[] {
  if (text === null) return [0];
  if (name === "status") return [Number(text)];
  if (name === "stream") return [text === "true" ? FLAG.stream : 0];
  if (name !== "requested_model") return words.find(text);
  return [...words.find(text), ...words.containing(`${text}@`, MOST_NAMES)];
}

/** @throws ApiError `invalid_request` when they are too many */
function addAllOneByOne(
  database: Database.Database,
  words: Words,
  query: UsageQuery,
  range: Minutes,
  sums: GroupSums,
): Minutes {
  if (!canAddOneByOne(database, [range], ADDED_AT_MOST)) {
    const sets = CUBES.map(({ dimensions, grains }) => `${dimensions.join(", ")} (by the ${grains[0]})`).join("; ");
    throw new ApiError(
      "invalid_request",
      `group_by: these are not added up together over so many requests; ask for a shorter time, or within one of: ${sets}`,
      { place: "group_by" },
    );
  }
  addOneByOne(database, words, query, range, sums);
  return range;
}

/** Whether the requests of these times are still there and few enough; minutes or hours of the smallest roll-up know. */
function canAddOneByOne(database: Database.Database, ranges: readonly Minutes[], limit: number): boolean {
  const pruned = database.prepare<[], { before_ms: number }>("select before_ms from pruned where id = 1").get();
  const sum = database.prepare<[number, number, number], { requests: number | null }>(
    "select sum(requests) as requests from usage_parts where grain = ? and bucket >= ? and bucket < ?",
  );
  let requests = 0;
  for (const { from, to } of ranges) {
    if (from * MINUTE_MS < (pruned?.before_ms ?? Number.NEGATIVE_INFINITY)) return false;
    const grain = finestKept(database, 0, from);
    for (const stretch of stretchesOf(bucketOf(from, grain), ceil(to, grain), grain, "month")) {
      requests += sum.get(grainCode(0, stretch.grain), stretch.from, stretch.to)?.requests ?? 0;
    }
  }
  return requests <= limit;
}

/**
 * The narrowest bucket that still covers everything from here on: narrow ones are removed earlier than wide ones, and
 * where they are gone the question is widened to the next.
 */
function finestKept(database: Database.Database, cube: number, from: number): Grain {
  const oldest = database.prepare<[number], { bucket: number | null }>(
    "select min(bucket) as bucket from usage_parts where grain = ?",
  );
  const kept = CUBES[cube]!.grains;
  const starts = kept.map((grain) => oldest.get(grainCode(cube, grain))?.bucket ?? null);
  for (const [i, grain] of kept.entries()) {
    const start = starts[i];
    if (start == null || from >= start) return grain;
    const isAll = starts.slice(i + 1).every((wider, j) => wider == null || wider >= bucketOf(start, kept[i + 1 + j]!));
    if (isAll) return grain;
  }
  return kept.at(-1)!;
}
