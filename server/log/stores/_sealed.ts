import type Database from "better-sqlite3";
import { CUBES, type Dimension } from "../../usage/dimensions.ts";
import { type Grain, MINUTE_MS, nextBucket } from "../../usage/grains.ts";
import { decodeColumns, encodeColumns } from "./_columns.ts";
import type { Part } from "./_group-sums.ts";
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

/** A dimension's numbers of words that a row may have. */
export interface WordFilter {
  readonly name: Dimension;
  readonly ids: readonly number[];
}

/** What a question reads of a packed part. */
export function partReader(
  cube: number,
  groupBy: readonly Dimension[],
  filters: readonly WordFilter[],
): (body: Uint8Array, bucket: number) => Part {
  const { dimensions } = CUBES[cube]!;
  const groupAt = groupBy.map((name) => dimensions.indexOf(name));
  const checkAt = filters.map(({ name, ids }) => ({ at: dimensions.indexOf(name), allowed: new Set(ids) }));
  return (body, bucket) => {
    const { rows, columns } = decodeColumns(body);
    return {
      bucket,
      rows,
      group: groupAt.map((at) => columns[at]!),
      counters: columns.slice(dimensions.length),
      checks: checkAt.map(({ at, allowed }) => ({ words: columns[at]!, allowed })),
    };
  };
}
