import type Database from "better-sqlite3";
import { CUBES, type Dimension } from "../../usage/dimensions.ts";
import { type Grain, MINUTE_MS, nextBucket } from "../../usage/grains.ts";
import { decodeColumns, encodeColumns } from "./_columns.ts";
import { COUNTER_COLUMNS, grainCode } from "./_rollup.ts";

/** What comes later than this is a row again, and sealed beside the rest. Minutes are never sealed: they go soon. */
const LATE_MS: Readonly<Record<Exclude<Grain, "minute">, number>> = {
  hour: 15 * 60_000,
  day: 60 * 60_000,
  month: 24 * 60 * 60_000,
};

/** Packs rows of buckets that are over into columns: ten times smaller, and a hundred times faster to add up. */
export interface Sealer {
  /** One part of one bucket of each cube and grain, of at most `limit` rows; returns how many rows it took. */
  seal(nowMs: number, limit: number): number;
}

export function createSealer(database: Database.Database): Sealer {
  const oldest = database.prepare<[number], { bucket: number }>(
    "select bucket from usage where grain = ? order by bucket limit 1",
  );
  const remove = database.prepare("delete from usage where grain = ? and bucket = ? and series <= ?");
  const insert = database.prepare(`
    insert into usage_sealed (grain, bucket, part, requests, body)
    values (@code, @bucket, (select coalesce(max(part) + 1, 0) from usage_sealed where grain = @code and bucket = @bucket), @requests, @body)`);
  const targets = CUBES.flatMap(({ dimensions, grains }, cube) => {
    const columns = [...dimensions.map((name) => `s."${name}"`), ...COUNTER_COLUMNS.map((name) => `u.${name}`)];
    const select = database
      .prepare<[number, number, number], number[]>(
        `select u.series, ${columns.join(", ")} from usage u join usage_series s on s.id = u.series
         where u.grain = ? and u.bucket = ? order by u.series limit ?`,
      )
      .raw();
    const requestsAt = 1 + dimensions.length;
    return grains.flatMap((grain) =>
      grain === "minute" ? [] : [{ grain, code: grainCode(cube, grain), select, requestsAt, width: columns.length }],
    );
  });

  const sealOne = database.transaction(
    ({ code, select, requestsAt, width }: (typeof targets)[number], bucket: number, limit: number): number => {
      const rows = select.all(code, bucket, limit);
      const columns = Array.from({ length: width }, (_, i) => rows.map((row) => row[i + 1]!));
      const requests = rows.reduce((sum, row) => sum + row[requestsAt]!, 0);
      insert.run({ code, bucket, requests, body: encodeColumns(columns) });
      remove.run(code, bucket, rows.at(-1)![0]!);
      return rows.length;
    },
  );

  return {
    seal(nowMs, limit) {
      let sealed = 0;
      for (const target of targets) {
        const { grain, code } = target;
        const bucket = oldest.get(code)?.bucket;
        if (bucket === undefined || nextBucket(bucket, grain) * MINUTE_MS + LATE_MS[grain] > nowMs) continue;
        sealed += sealOne.immediate(target, bucket, limit);
      }
      return sealed;
    },
  };
}

export interface SealedQuestion {
  readonly cube: number;
  readonly groupBy: readonly Dimension[];
  /** A row passes when each dimension has one of these words. */
  readonly filters: readonly { readonly name: Dimension; readonly ids: readonly number[] }[];
}

/** Sums of one group; `group` are numbers of words. */
export interface SealedSum {
  readonly bucket: number;
  readonly group: readonly number[];
  readonly values: readonly number[];
}

const COUNTERS = COUNTER_COLUMNS.length;
/** Numbers of words and of groups are below it, so that two of them make one whole number. */
const RADIX = 2 ** 26;
const FIRST_GROUPS = 1_024;

/** Adds up sealed parts, group by group. */
export interface SealedSums {
  /** @param bucket that its rows are shown in */
  add(body: Uint8Array, bucket: number): void;
  all(): SealedSum[];
}

export function createSealedSums({ cube, groupBy, filters }: SealedQuestion): SealedSums {
  const { dimensions } = CUBES[cube]!;
  const at = (name: Dimension) => dimensions.indexOf(name);
  const groupAt = groupBy.map(at);
  const checks = filters.map(({ name, ids }) => ({ at: at(name), ids: new Set(ids) }));
  /** From a group so far and the next word to the group with it; one map a place, the first by bucket. */
  const steps = [new Map<number, number>(), ...groupBy.map(() => new Map<number, number>())];
  const names: { readonly bucket: number; readonly group: readonly number[] }[][] = steps.map(() => []);
  let sums = new Float64Array(FIRST_GROUPS * COUNTERS);

  function stepOf(place: number, before: number, word: number, bucket: number): number {
    const key = before * RADIX + word;
    const known = steps[place]!.get(key);
    if (known !== undefined) return known;
    const made = names[place]!.length;
    steps[place]!.set(key, made);
    names[place]!.push(
      place === 0 ? { bucket, group: [] } : { bucket, group: [...names[place - 1]![before]!.group, word] },
    );
    return made;
  }

  function grow(groups: number): void {
    if (groups * COUNTERS <= sums.length) return;
    const larger = new Float64Array(2 * groups * COUNTERS);
    larger.set(sums);
    sums = larger;
  }

  return {
    add(body, bucket) {
      const { rows, columns, zeros } = decodeColumns(body);
      const first = stepOf(0, 0, bucket, bucket);
      const groups = new Int32Array(rows).fill(first);
      for (const { at: column, ids } of checks) {
        const words = columns[column]!;
        for (let row = 0; row < rows; row++) if (!ids.has(words[row]!)) groups[row] = -1;
      }
      for (let place = 0; place < groupAt.length; place++) {
        const words = columns[groupAt[place]!]!;
        let lastKey = -1;
        let lastStep = 0;
        for (let row = 0; row < rows; row++) {
          const before = groups[row]!;
          if (before < 0) continue;
          const key = before * RADIX + words[row]!;
          if (key !== lastKey) {
            lastKey = key;
            lastStep = stepOf(place + 1, before, words[row]!, bucket);
          }
          groups[row] = lastStep;
        }
      }
      grow(names.at(-1)!.length);
      for (let counter = 0; counter < COUNTERS; counter++) {
        const values = columns[dimensions.length + counter]!;
        if (values === zeros) continue;
        for (let row = 0; row < rows; row++) {
          const group = groups[row]!;
          if (group >= 0) sums[group * COUNTERS + counter]! += values[row]!;
        }
      }
    },
    all: () =>
      names.at(-1)!.flatMap(({ bucket, group }, index) => {
        const values = [...sums.subarray(index * COUNTERS, (index + 1) * COUNTERS)];
        return values[0] === 0 ? [] : [{ bucket, group, values }];
      }),
  };
}
