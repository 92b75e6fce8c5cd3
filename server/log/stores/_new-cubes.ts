import type Database from "better-sqlite3";
import { CUBES } from "../../usage/dimensions.ts";
import { bucketOf, type Grain } from "../../usage/grains.ts";
import { createGroupSums, type GroupSums } from "./_group-sums.ts";
import { FINISHED, grainCode, packed, partReader } from "./_parts.ts";

/** Sets of sums that came with a later version get what was summed before them, once; some seconds for ten million requests. */
export function fillNewCubes(database: Database.Database): void {
  const has = database.prepare("select 1 from usage_parts where grain = ? limit 1");
  const isEmpty = (cube: number) => CUBES[cube]!.grains.every((grain) => has.get(grainCode(cube, grain)) === undefined);
  const fill = database.transaction(() => {
    for (const [cube, { of, grains }] of CUBES.entries()) {
      if (of === undefined || !isEmpty(cube)) continue;
      for (const grain of grains) fillGrain(database, cube, of, grain);
    }
  });
  if (CUBES.some(({ of }, cube) => of !== undefined && isEmpty(cube) && !isEmpty(of))) fill.immediate();
}

function fillGrain(database: Database.Database, cube: number, of: number, grain: Grain): void {
  const from = CUBES[of]!.grains.includes(grain) ? grain : CUBES[of]!.grains[0]!;
  const insert = database.prepare(
    `insert into usage_parts (grain, bucket, level, rows, requests, body) values (?, ?, ${FINISHED}, ?, ?, ?)`,
  );
  const code = grainCode(cube, grain);
  const put = (sums: GroupSums) => {
    for (const part of sums.parts()) {
      const { bucket, rows, requests, body } = packed(part);
      insert.run(code, bucket, rows, requests, body);
    }
  };
  const read = partReader(of, CUBES[cube]!.dimensions, []);
  const sums = createGroupSums(CUBES[cube]!.dimensions.length);
  let last: number | null = null;
  const buckets = database
    .prepare<[number], { bucket: number }>("select distinct bucket from usage_parts where grain = ? order by bucket")
    .all(grainCode(of, from));
  const one = database.prepare<[number, number], { body: Uint8Array }>(
    "select body from usage_parts where grain = ? and bucket = ?",
  );
  for (const { bucket } of buckets) {
    const wider = bucketOf(bucket, grain);
    if (last !== null && wider !== last) {
      put(sums);
      sums.clear();
    }
    last = wider;
    for (const { body } of one.all(grainCode(of, from), bucket)) sums.addPart(read(body, wider));
  }
  put(sums);
}
