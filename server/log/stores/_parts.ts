import type Database from "better-sqlite3";
import { COUNTERS } from "../../usage/counters.ts";
import { CUBES } from "../../usage/dimensions.ts";
import { GRAINS, type Grain, MINUTE_MS, nextBucket } from "../../usage/grains.ts";
import { decodeColumns, encodeColumns } from "./_columns.ts";
import { createGroupSums, type Part } from "./_group-sums.ts";

/** Column `grain` of `usage_parts`. */
export function grainCode(cube: number, grain: Grain): number {
  return cube * GRAINS.length + GRAINS.indexOf(grain);
}

/** A part as it is stored. */
export interface PackedPart {
  readonly bucket: number;
  readonly rows: number;
  readonly requests: number;
  readonly body: Uint8Array;
}

export function packed({ bucket, rows, group, counters }: Part): PackedPart {
  return { bucket, rows, requests: sumOf(counters[0]!), body: encodeColumns([...group, ...counters]) };
}

/** Parts of roll-ups: appended by every batch, merged as they gather, and into one once their bucket is over. */
export interface Parts {
  /** Within the caller's transaction; merges when a bucket has gathered many. */
  append(cube: number, grain: Grain, part: PackedPart): void;
  /** One bucket of each cube and grain that is over, each in its own transaction; returns how many parts are gone. */
  finish(nowMs: number): number;
  /** After a transaction that was rolled back. */
  forget(): void;
}

/** So many parts of a level become one of the next. */
const FAN_IN = 32;
/** What more rows than this would go into is left as it is: a merge must not hold up the log. */
const MOST_ROWS = 200_000;
/** Level of what is not merged any more. */
export const FINISHED = 9;
const MOST_KNOWN = 10_000;
/** What comes later than this is a part of its own until the next round. */
const LATE_MS: Readonly<Record<Grain, number>> = {
  minute: 60_000,
  hour: 10 * 60_000,
  day: 60 * 60_000,
  month: 6 * 60 * 60_000,
};

interface PartRow {
  readonly id: number;
  readonly body: Uint8Array;
}

export function createParts(database: Database.Database): Parts {
  const insert = database.prepare(
    "insert into usage_parts (grain, bucket, level, rows, requests, body) values (?, ?, ?, ?, ?, ?)",
  );
  const weigh = database.prepare<[number, number, number, number], { parts: number; rows: number | null }>(
    "select count(*) as parts, sum(rows) as rows from usage_parts where grain = ? and bucket = ? and level between ? and ?",
  );
  const select = database.prepare<[number, number, number, number], PartRow>(
    "select id, body from usage_parts where grain = ? and bucket = ? and level between ? and ?",
  );
  const remove = database.prepare("delete from usage_parts where id = ?");
  const oldestOpen = database.prepare<[number], { bucket: number }>(
    `select bucket from usage_parts where grain = ? and level < ${FINISHED} order by bucket limit 1`,
  );
  const leaveAsIs = database.prepare(
    `update usage_parts set level = ${FINISHED} where grain = ? and bucket = ? and level < ${FINISHED}`,
  );
  /** How many unmerged parts a bucket has, as far as this process knows. */
  const gathered = new Map<string, number>();

  function put(code: number, level: number, { bucket, rows, requests, body }: PackedPart): void {
    insert.run(code, bucket, level, rows, requests, body);
  }

  /** @returns how many parts became one */
  function merge(cube: number, code: number, bucket: number, levels: readonly [number, number], into: number): number {
    const { parts, rows } = weigh.get(code, bucket, ...levels)!;
    if (parts < 2 || (rows ?? 0) > MOST_ROWS) return 0;
    const read = partReader(cube, CUBES[cube]!.dimensions, []);
    const sums = createGroupSums(CUBES[cube]!.dimensions.length);
    for (const { id, body } of select.all(code, bucket, ...levels)) {
      sums.addPart(read(body, bucket));
      remove.run(id);
    }
    for (const part of sums.parts()) put(code, into, packed(part));
    return parts - 1;
  }

  const finishOne = database.transaction((cube: number, code: number, bucket: number): number => {
    const gone = merge(cube, code, bucket, [0, FINISHED], FINISHED);
    leaveAsIs.run(code, bucket);
    return gone;
  });

  return {
    append(cube, grain, part) {
      const code = grainCode(cube, grain);
      put(code, 0, part);
      const name = `${code}@${part.bucket}`;
      const count = (gathered.get(name) ?? weigh.get(code, part.bucket, 0, 0)!.parts - 1) + 1;
      if (gathered.size >= MOST_KNOWN) gathered.clear();
      gathered.set(name, count % FAN_IN);
      if (count < FAN_IN) return;
      merge(cube, code, part.bucket, [0, 0], 1);
      for (let level = 1; level < FINISHED - 1; level++) {
        if (weigh.get(code, part.bucket, level, level)!.parts < FAN_IN) break;
        if (merge(cube, code, part.bucket, [level, level], level + 1) === 0) break;
      }
    },
    finish(nowMs) {
      let gone = 0;
      for (const [cube, { grains }] of CUBES.entries()) {
        for (const grain of grains) {
          const code = grainCode(cube, grain);
          const bucket = oldestOpen.get(code)?.bucket;
          if (bucket === undefined || nextBucket(bucket, grain) * MINUTE_MS + LATE_MS[grain] > nowMs) continue;
          // Even where nothing is merged a bucket is off the list.
          gone += 1 + finishOne.immediate(cube, code, bucket);
        }
      }
      return gone;
    },
    forget: () => gathered.clear(),
  };
}

/** A dimension's numbers of words that a row may have. */
export interface WordFilter {
  readonly name: string;
  readonly ids: readonly number[];
}

/** What a question reads of a part. */
export function partReader(
  cube: number,
  groupBy: readonly string[],
  filters: readonly WordFilter[],
): (body: Uint8Array, bucket: number) => Part {
  const dimensions: readonly string[] = CUBES[cube]!.dimensions;
  const groupAt = groupBy.map((name) => dimensions.indexOf(name));
  const checkAt = filters.map(({ name, ids }) => ({ at: dimensions.indexOf(name), allowed: new Set(ids) }));
  return (body, bucket) => {
    const { rows, columns } = decodeColumns(body);
    const known = columns.length - COUNTERS.length;
    // A part that an older version wrote knows nothing of later dimensions: no row of it has one.
    const wordsAt = (at: number) => (at < known ? columns[at]! : new Int8Array(rows));
    return {
      bucket,
      rows,
      group: groupAt.map(wordsAt),
      counters: columns.slice(known),
      checks: checkAt.map(({ at, allowed }) => ({ words: wordsAt(at), allowed })),
    };
  };
}

function sumOf(column: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < column.length; i++) sum += column[i]!;
  return sum;
}
