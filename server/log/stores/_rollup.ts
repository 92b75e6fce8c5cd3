import { CUBES, DIMENSIONS } from "../../usage/dimensions.ts";
import { bucketOf, minuteOf } from "../../usage/grains.ts";
import { type LogEntry, savedNanoUsd } from "../entry.ts";
import { createGroupSums } from "./_group-sums.ts";
import { type PackedPart, type Parts, packed } from "./_parts.ts";

/** Numbers of `words` in the order of DIMENSIONS; 0: none. */
export type DimensionIds = readonly number[];

/** Adds up a batch and appends it to the roll-ups, within the caller's transaction. */
export interface RollUp {
  add(entry: LogEntry, dimensions: DimensionIds): void;
  write(): void;
  /** After a transaction that was rolled back. */
  forget(): void;
}

/** Of each cube, which places of DIMENSIONS it knows. */
const PLACES = CUBES.map(({ dimensions }) => dimensions.map((name) => DIMENSIONS.indexOf(name)));

export function createRollUp(store: Pick<Parts, "append">): RollUp {
  /** By cube, in buckets of its finest grain. */
  const sums = CUBES.map(({ dimensions }) => createGroupSums(dimensions.length));
  const wider = CUBES.map(({ dimensions }) => createGroupSums(dimensions.length));

  function clear(): void {
    for (const one of [...sums, ...wider]) one.clear();
  }

  /** A batch is mostly of one minute: then what is packed once is the part of every grain. */
  function writeCube(cube: number): void {
    let parts = sums[cube]!.parts();
    let only: PackedPart | null = null;
    for (const grain of CUBES[cube]!.grains) {
      if (only !== null) {
        const { bucket, ...whole }: PackedPart = only;
        store.append(cube, grain, { ...whole, bucket: bucketOf(bucket, grain) });
        continue;
      }
      if (parts.length > 1 && grain !== CUBES[cube]!.grains[0]) {
        wider[cube]!.clear();
        for (const part of parts) wider[cube]!.addPart({ ...part, bucket: bucketOf(part.bucket, grain) });
        parts = wider[cube]!.parts();
      }
      for (const part of parts) {
        const whole = packed(part);
        store.append(cube, grain, whole);
        if (parts.length === 1) only = whole;
      }
    }
  }

  return {
    add(entry, dimensions) {
      const values = valuesOf(entry);
      const minute = minuteOf(entry.atMs);
      for (let cube = 0; cube < CUBES.length; cube++) {
        sums[cube]!.addRow(bucketOf(minute, CUBES[cube]!.grains[0]!), dimensions, PLACES[cube]!, values);
      }
    },
    write() {
      for (let cube = 0; cube < CUBES.length; cube++) writeCube(cube);
      clear();
    },
    forget: clear,
  };
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
