import { setImmediate as turn } from "node:timers/promises";
import type { Rng } from "../../../engine/rng.ts";
import { openShift } from "../drift/embedding-shift.ts";
import type { ShapeRow } from "./shape-store.ts";

export interface ShapeShiftOptions {
  /** Chance of an alarm by chance at one look. */
  readonly level: number;
  readonly rng: Rng;
}

export interface ShapeShift {
  readonly discrepancy: number;
  /** Of the day before that was farthest from the others. */
  readonly usual: number;
  readonly pValue: number;
  readonly isShifted: boolean;
}

const LEAST_AFTER = 60;
const LEAST_BEFORE = 120;
/** More say little more, and the work grows with their square. */
const MOST_BEFORE = 140;
const LEAST_OF_DAY = 30;
/** As many partings that differ as much end the search: the shift is by chance. */
const ENOUGH = 10;
const TURN = 100;

/**
 * Whether a day's requests are other ones than those of the days before: farther from them than every single day of them was from
 * the rest, and farther than random partings are (kernel two-sample test by permutation; exact at one look where days are alike).
 *
 * @returns null where either sample is too small, or of another kind
 */
export async function shapeShift(
  before: readonly ShapeRow[],
  after: readonly ShapeRow[],
  { level, rng }: ShapeShiftOptions,
): Promise<ShapeShift | null> {
  const kind = after[0]?.kind;
  const old = before.filter((row) => row.kind === kind);
  const fresh = after.filter((row) => row.kind === kind);
  if (old.length < LEAST_BEFORE || fresh.length < LEAST_AFTER) return null;
  const points = pointsBy(scalesOf([...old, ...fresh]));
  const days = [...new Set(old.map(({ day }) => day))];
  const usual = days.map((day) => {
    const of = old.filter((row) => row.day === day);
    const rest = drawn(old.filter((row) => row.day !== day));
    if (of.length < LEAST_OF_DAY || rest.length < LEAST_OF_DAY) return 0;
    return openShift(points(rest), points(of), rng).discrepancy;
  });
  const shift = openShift(points(drawn(old)), points(fresh), rng);
  const most = Math.ceil(1 / level);
  let [rounds, asFar] = [0, 0];
  while (rounds < most && asFar < ENOUGH) {
    if (shift.isParted()) asFar++;
    rounds++;
    if (rounds % TURN === 0) await turn();
  }
  // Besag & Clifford 1991: a search that ends early has an exact p-value as well.
  const pValue = asFar >= ENOUGH ? asFar / rounds : (1 + asFar) / (1 + rounds);
  const farthest = Math.max(0, ...usual);
  const isShifted = pValue <= level && shift.discrepancy > farthest;
  return { discrepancy: shift.discrepancy, usual: farthest, pValue, isShifted };
}

/** How far a day's requests are from those of other days; null where either sample is too small, or of another kind. */
export function dayDistance(others: readonly ShapeRow[], of: readonly ShapeRow[], rng: Rng): number | null {
  const kind = of[0]?.kind;
  const rest = drawn(others.filter((row) => row.kind === kind));
  const day = of.filter((row) => row.kind === kind);
  if (rest.length < LEAST_OF_DAY || day.length < LEAST_OF_DAY) return null;
  const points = pointsBy(scalesOf([...rest, ...day]));
  return openShift(points(rest), points(day), rng).discrepancy;
}

function pointsBy(scale: readonly number[]): (rows: readonly ShapeRow[]) => Float32Array[] {
  return (rows) => rows.map(({ numbers }) => numbers.map((value, i) => value * scale[i]!));
}

/** Those of the lowest lots: a random part. */
function drawn(rows: readonly ShapeRow[]): readonly ShapeRow[] {
  return rows.toSorted((a, b) => a.lot - b.lot).slice(0, MOST_BEFORE);
}

/** One over the spread of each number, so that all count alike; 0 where a number never changes. */
function scalesOf(rows: readonly ShapeRow[]): number[] {
  const { length } = rows[0]!.numbers;
  return Array.from({ length }, (_, i) => {
    let [sum, squares] = [0, 0];
    for (const { numbers } of rows) {
      sum += numbers[i]!;
      squares += numbers[i]! ** 2;
    }
    const variance = squares / rows.length - (sum / rows.length) ** 2;
    return variance > 1e-12 ? 1 / Math.sqrt(variance) : 0;
  });
}
