import type Database from "better-sqlite3";
import { COUNTERS } from "../../usage/counters.ts";
import { CUBES, DIMENSIONS } from "../../usage/dimensions.ts";
import { bucketOf, GRAINS, type Grain, MINUTE_MS, minuteOf } from "../../usage/grains.ts";
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
/** Of each cube, which places of DIMENSIONS it knows, and its grains' codes. */
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
  const known = new Map<string, Series>();
  let sums = new Map<string, Sum>();

  function seriesOf(sum: Sum, day: number): number {
    const { name, cube, dimensions } = sum;
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
      // Another process may have removed what was not in use.
      if (touch.run(day, series.id).changes === 0) {
        known.delete(sum.name);
        return seriesOf(sum, day);
      }
      series.day = day;
    }
    return series.id;
  }

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
      const wider = new Map<string, Row>();
      for (const sum of sums.values()) {
        const { cube, minute, values } = sum;
        const series = seriesOf(sum, dayOf(minute * MINUTE_MS));
        const { grains } = CUBES[cube]!;
        upsert.run(CODES[cube]![0]!, minute, series, ...values);
        for (let i = 1; i < grains.length; i++) {
          addRow(wider, CODES[cube]![i]!, bucketOf(minute, grains[i]!), series, values);
        }
      }
      for (const { code, bucket, series, values } of wider.values()) upsert.run(code, bucket, series, ...values);
      sums = new Map();
    },
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
