import type Database from "better-sqlite3";
import { COUNTERS } from "../../usage/counters.ts";
import { CUBES, DIMENSIONS } from "../../usage/dimensions.ts";
import { bucketOf, GRAINS, type Grain, MINUTE_MS, minuteOf, nextBucket } from "../../usage/grains.ts";
import { type LogEntry, savedNanoUsd } from "../entry.ts";
import { dayOf } from "./_rows.ts";

/** Column `grain` of `usage`. */
export function grainCode(cube: number, grain: Grain): number {
  return cube * GRAINS.length + GRAINS.indexOf(grain);
}

export const COUNTER_COLUMNS = COUNTERS.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** Numbers of `words` in the order of DIMENSIONS; 0: none. */
export type DimensionIds = readonly number[];

/** Adds up a batch and writes it into the roll-ups, within the caller's transaction. */
export interface RollUp {
  add(entry: LogEntry, dimensions: DimensionIds): void;
  write(): void;
  /** Adds up a month of a large cube that is over, if there is one; its own transaction. */
  closeMonth(nowMs: number): boolean;
  /** After a transaction that was rolled back, or rows that were removed. */
  forget(): void;
}

interface Sum {
  readonly cube: number;
  /** Cube and dimensions; names the series. */
  readonly name: string;
  readonly dimensions: DimensionIds;
  readonly minute: number;
  readonly values: number[];
}

interface Series {
  readonly id: number;
  day: number;
}

const MOST_SERIES = 100_000;
/** A month stays open so long after its end, for requests that end late. */
const LATE_MS = 2 * 86_400_000;
/** Of each cube, which places of DIMENSIONS it knows, its grains' codes and that of its months. */
const PLACES = CUBES.map(({ dimensions }) => dimensions.map((name) => DIMENSIONS.indexOf(name)));
const CODES = CUBES.map(({ grains }, cube) => grains.map((grain) => grainCode(cube, grain)));

export function createRollUp(database: Database.Database): RollUp {
  const columns = DIMENSIONS.map((name) => `"${name}"`);
  const select = database.prepare<[string], { id: number; used_day: number }>(
    "select id, used_day from usage_series where name = ?",
  );
  const insert = database.prepare(
    `insert into usage_series (name, used_day, cube, ${columns.join(", ")}) values (?, ?, ?, ${columns.map(() => "?").join(", ")})`,
  );
  const touch = database.prepare("update usage_series set used_day = ? where id = ?");
  const upsert = database.prepare(`
    insert into usage (grain, bucket, series, ${COUNTER_COLUMNS.join(", ")})
    values (?, ?, ?, ${COUNTER_COLUMNS.map(() => "?").join(", ")})
    on conflict (grain, bucket, series) do update set ${COUNTER_COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`);
  const closed = database.prepare<[number, number], { month: number }>(
    "select month from usage_closed where cube = ? and month = ?",
  );
  const oldestOpen = database.prepare<[number, number], { bucket: number }>(
    "select bucket from usage where grain = ? and bucket >= ? limit 1",
  );
  const newestClosed = database.prepare<[number], { month: number | null }>(
    "select max(month) as month from usage_closed where cube = ?",
  );
  const addMonth = database.prepare(`
    insert into usage (grain, bucket, series, ${COUNTER_COLUMNS.join(", ")})
    select ?, ?, series, ${COUNTER_COLUMNS.map((name) => `sum(${name})`).join(", ")}
    from usage where grain = ? and bucket >= ? and bucket < ? group by series`);
  const markClosed = database.prepare("insert into usage_closed (cube, month) values (?, ?)");
  const known = new Map<string, Series>();
  let sums = new Map<string, Sum>();

  function seriesOf({ name, cube, dimensions }: Sum, day: number): number {
    let series = known.get(name);
    if (series === undefined) {
      const row = select.get(name);
      series =
        row === undefined
          ? { id: Number(insert.run(name, day, cube, ...only(dimensions, cube)).lastInsertRowid), day }
          : { id: row.id, day: row.used_day };
      if (known.size >= MOST_SERIES) known.clear();
      known.set(name, series);
    }
    if (series.day < day) {
      touch.run(day, series.id);
      series.day = day;
    }
    return series.id;
  }

  function monthToClose(cube: number, nowMs: number): number | null {
    const last = newestClosed.get(cube)?.month ?? null;
    const from = last === null ? 0 : nextBucket(last, "month");
    const oldest = oldestOpen.get(grainCode(cube, "day"), from)?.bucket;
    if (oldest === undefined) return null;
    const month = bucketOf(oldest, "month");
    return nextBucket(month, "month") * MINUTE_MS + LATE_MS <= nowMs ? month : null;
  }

  const close = database.transaction((nowMs: number): boolean => {
    for (let cube = 0; cube < CUBES.length; cube++) {
      if (CUBES[cube]!.closesMonths !== true) continue;
      const month = monthToClose(cube, nowMs);
      if (month === null) continue;
      addMonth.run(grainCode(cube, "month"), month, grainCode(cube, "day"), month, nextBucket(month, "month"));
      markClosed.run(cube, month);
      return true;
    }
    return false;
  });

  return {
    add(entry, dimensions) {
      const values = valuesOf(entry);
      const minute = minuteOf(entry.atMs);
      for (let cube = 0; cube < CUBES.length; cube++) {
        const at = bucketOf(minute, CUBES[cube]!.grains[0]!);
        let name = `${cube}`;
        for (const place of PLACES[cube]!) name += `,${dimensions[place]!}`;
        const key = `${name}@${at}`;
        const sum = sums.get(key);
        if (sum === undefined) sums.set(key, { cube, name, dimensions, minute: at, values: values.slice() });
        else addInto(sum.values, values);
      }
    },
    write() {
      const closedMonths = new Map<string, boolean>();
      const isClosed = (cube: number, month: number) => {
        const key = `${cube}@${month}`;
        const isKnown = closedMonths.get(key) ?? closed.get(cube, month) !== undefined;
        closedMonths.set(key, isKnown);
        return isKnown;
      };
      const wider = new Map<string, Row>();
      for (const sum of sums.values()) {
        const { cube, minute, values } = sum;
        const series = seriesOf(sum, dayOf(minute * MINUTE_MS));
        const { grains, closesMonths } = CUBES[cube]!;
        upsert.run(CODES[cube]![0]!, minute, series, ...values);
        for (let i = 1; i < grains.length; i++) {
          addRow(wider, CODES[cube]![i]!, bucketOf(minute, grains[i]!), series, values);
        }
        if (closesMonths !== true) continue;
        const month = bucketOf(minute, "month");
        if (isClosed(cube, month)) addRow(wider, grainCode(cube, "month"), month, series, values);
      }
      for (const { code, bucket, series, values } of wider.values()) upsert.run(code, bucket, series, ...values);
      sums = new Map();
    },
    closeMonth: (nowMs) => close.immediate(nowMs),
    forget() {
      sums = new Map();
      known.clear();
    },
  };
}

interface Row {
  readonly code: number;
  readonly bucket: number;
  readonly series: number;
  readonly values: number[];
}

/** Many minutes of a series make one hour. */
function addRow(rows: Map<string, Row>, code: number, bucket: number, series: number, values: readonly number[]): void {
  const key = `${code}@${bucket}@${series}`;
  const row = rows.get(key);
  if (row === undefined) rows.set(key, { code, bucket, series, values: values.slice() });
  else addInto(row.values, values);
}

/** What the cube leaves out is 0. */
function only(dimensions: DimensionIds, cube: number): number[] {
  const all = new Array<number>(DIMENSIONS.length).fill(0);
  for (const place of PLACES[cube]!) all[place] = dimensions[place]!;
  return all;
}

function addInto(values: number[], more: readonly number[]): void {
  for (let i = 0; i < values.length; i++) values[i]! += more[i]!;
}

/** In the order of COUNTERS. */
function valuesOf(entry: LogEntry): number[] {
  const { usage, costNanoUsd, error, status, cache, firstTokenMs } = entry;
  const write = usage === null ? 0 : usage.cacheWrite5m + usage.cacheWrite1h;
  return [
    1,
    isError(status, error) ? 1 : 0,
    usage === null ? 0 : usage.inputUncached + usage.cacheRead + write,
    usage?.cacheRead ?? 0,
    write,
    usage?.output ?? 0,
    usage?.reasoning ?? 0,
    costNanoUsd ?? 0,
    costNanoUsd === null ? 1 : 0,
    savedNanoUsd(entry) ?? 0,
    usage?.isEstimated ? 1 : 0,
    cache === "hit" || cache === "semantic" ? 1 : 0,
    Math.round(entry.durationMs),
    firstTokenMs === null ? 0 : 1,
    firstTokenMs === null ? 0 : Math.round(firstTokenMs),
  ];
}

/** A client that leaves is no error of anybody's. */
function isError(status: number, error: string | null): boolean {
  return error === null ? status >= 400 : error !== "client_left";
}
