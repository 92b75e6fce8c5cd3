import { createHash } from "node:crypto";
import type { QualityTable } from "../datasets/quality-table.ts";

/** Row indices of a table on each side of a split. */
export interface RowSplit {
  readonly train: Int32Array;
  readonly calibration: Int32Array;
  readonly test: Int32Array;
}

const TRAIN_BELOW = 0.6;
const CALIBRATION_BELOW = 0.8;

/**
 * Where a group falls under a seed, uniform in [0, 1): the first four bytes of SHA-1 of `seed|group`. Rows of one group
 * fall together in every source, and a group falls in the same place whatever else the table holds.
 */
export function groupPosition(group: string, seed: number): number {
  return createHash("sha1").update(`${seed}|${group}`).digest().readUInt32BE(0) / 4_294_967_296;
}

/** The studies' split: 60 / 20 / 20 by group hash, over whatever split the data came with. */
export function studySplit(table: QualityTable, seed: number): RowSplit {
  const position = new Map<string, number>();
  return partition(table, (row) => {
    const { group } = table.prompts[row]!;
    let at = position.get(group);
    if (at === undefined) {
      at = groupPosition(group, seed);
      position.set(group, at);
    }
    return at < TRAIN_BELOW ? "train" : at < CALIBRATION_BELOW ? "calibration" : "test";
  });
}

/** Rows put aside by a rule; null leaves a row out. */
export function partition(table: QualityTable, sideOf: (row: number) => keyof RowSplit | null): RowSplit {
  const sides: Record<keyof RowSplit, number[]> = { train: [], calibration: [], test: [] };
  for (let row = 0; row < table.prompts.length; row++) {
    const side = sideOf(row);
    if (side !== null) sides[side].push(row);
  }
  return {
    train: Int32Array.from(sides.train),
    calibration: Int32Array.from(sides.calibration),
    test: Int32Array.from(sides.test),
  };
}

export function filterRows(rows: Int32Array, keep: (row: number) => boolean): Int32Array {
  return rows.filter(keep);
}

/** Rows of `rows` whose group occurs in none of `against`: what a clean test against other data may use. */
export function withoutSharedGroups(table: QualityTable, rows: Int32Array, against: Int32Array): Int32Array {
  const groups = new Set<string>();
  for (const row of against) groups.add(table.prompts[row]!.group);
  return rows.filter((row) => !groups.has(table.prompts[row]!.group));
}
