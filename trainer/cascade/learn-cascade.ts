import type { Called } from "../../engine/cascade/informed-rows.ts";
import { type SolvedCascade, solveCascade } from "../../engine/cascade/solve-cascade.ts";
import type { CascadeRows } from "./cascade-rows.ts";
import { calledSets, crossFitInformed, type FittedInformed, fitInformedModels } from "./cross-fit.ts";

/** Few labels suffice, but not fewer. */
export const LEAST_ROWS = 150;
/** Models at less than this share of the dearest one's cost may be asked first; whether that pays is found out. */
const CHEAP = 0.5;

/** A pool's informed models, what they expect of rows that they have not seen, and what plans bring on those. */
export interface LearnedCascade {
  readonly sets: readonly Called[];
  readonly fitted: FittedInformed;
  /** By the bits of who answered: [rows x models], out of fold. */
  readonly quality: ReadonlyMap<number, Float32Array>;
  readonly solved: SolvedCascade;
}

/**
 * @param costShares [models] mean cost as a share of the dearest one's
 * @param fold [rows] whole groups
 */
export async function learnCascade(
  rows: CascadeRows,
  costShares: readonly number[],
  fold: Int32Array,
): Promise<LearnedCascade> {
  const width = rows.models.length;
  const cheap = rows.models.flatMap((_, m) => (costShares[m]! < CHEAP ? [m] : []));
  const sets = calledSets(cheap);
  const quality = await crossFitInformed(rows, sets, fold);
  const cost = Float32Array.from({ length: rows.observed.length }, (_, cell) => costShares[cell % width]!);
  const { count, observed, group } = rows;
  return {
    sets,
    fitted: await fitInformedModels(rows, sets),
    quality,
    solved: solveCascade({ rows: count, models: width, quality, observed, cost }, group),
  };
}

/** [models] mean costs as shares of the dearest one's. */
export function sharesOfDearest(costs: readonly number[]): number[] {
  const dearest = Math.max(...costs);
  return costs.map((cost) => (dearest === 0 ? 1 : cost / dearest));
}
