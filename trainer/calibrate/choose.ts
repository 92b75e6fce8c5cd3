import { calibrationFunction } from "../../engine/calibration.ts";
import { type Rng, seededRng } from "../../engine/rng.ts";
import type { Calibration } from "../../engine/schema/manifest.ts";
import { groupedFolds } from "../learn/folds.ts";
import { fitIsotonic } from "./isotonic.ts";
import { fitTemperature, type Temperature } from "./temperature.ts";

export interface ChooseOptions {
  /** Labels below which nothing is fitted on a model alone, 300. */
  readonly minRows?: number;
  /** Labels from which isotonic is tried, 1,500. */
  readonly isotonicRows?: number;
  /** [n] rows of one group fall into one fold; every row alone when left out. */
  readonly group?: Int32Array;
  /** Order of the folds; a fixed seed when left out. */
  readonly rng?: Rng;
  /** Calibration of all models together: what a model with few labels is shrunk towards. */
  readonly pool?: Calibration;
}

const FOLDS = 5;
/** Standard errors by which a held-out gain must be clear of 0. */
const CLEAR = 2;
/** Rows of prior with which a model of few labels is held to the pool. */
const POOL_ROWS = 200;

/**
 * Keeps the raw score where it is good: an ensemble's score in its own domain mostly is, and fitting a calibration then
 * adds noise. Temperature or isotonic is taken only when its cross-validated log loss is clearly lower (by two standard
 * errors over groups) than the raw score's, and with labels enough. With fewer labels than `minRows` a model takes the
 * pool's temperature, moved by as much as its own labels say.
 *
 * @param score   [n] raw score in [0, 1], on rows that the scorer has not seen
 * @param quality [n] in [0, 1]; rows with NaN are left out
 * @source        measured: raw ECE .020 against .020 (Platt) and .022 (isotonic) at 8,400 rows, .032 / .048 / .062 at 200
 */
export function chooseCalibration(
  score: ArrayLike<number>,
  quality: ArrayLike<number>,
  { minRows = 300, isotonicRows = 1500, group, rng = seededRng(1), pool = { kind: "none" } }: ChooseOptions = {},
): Calibration {
  const rows = Int32Array.from({ length: score.length }, (_, i) => i).filter((i) => !Number.isNaN(quality[i]));
  const x = Float64Array.from(rows, (row) => score[row]!);
  const y = Float64Array.from(rows, (row) => quality[row]!);
  if (rows.length < minRows) return shrunk(x, y, pool);
  const groups = Int32Array.from(rows, (row, i) => (group === undefined ? i : group[row]!));
  const fold = groupedFolds(groups, FOLDS, rng);
  const raw = Float64Array.from(x, (value, i) => logLoss(value, y[i]!));
  const temperature = heldOutLoss(x, y, fold, fitTemperature);
  const isTemperatureBetter = isClear(raw, temperature, groups, CLEAR);
  if (rows.length >= isotonicRows) {
    const isotonic = heldOutLoss(x, y, fold, fitIsotonic);
    const rival = isTemperatureBetter ? temperature : raw;
    if (isClear(raw, isotonic, groups, CLEAR) && isClear(rival, isotonic, groups, CLEAR)) return fitIsotonic(x, y);
  }
  return isTemperatureBetter ? fitTemperature(x, y) : { kind: "none" };
}

/**
 * One calibration a model: those with few labels shrink to what all models together need.
 *
 * @param score   [n x models] row-major
 * @param quality [n x models], NaN where unknown
 */
export function chooseCalibrations(
  score: Float32Array,
  quality: Float32Array,
  models: number,
  options: Omit<ChooseOptions, "pool"> = {},
): Calibration[] {
  const count = score.length / models;
  const group = options.group ?? Int32Array.from({ length: count }, (_, i) => i);
  const everyGroup = Int32Array.from(score, (_, at) => group[Math.floor(at / models)]!);
  // The pool stays a slope and an intercept, which a few labels can move.
  const pool = chooseCalibration(score, quality, {
    ...options,
    group: everyGroup,
    isotonicRows: Number.POSITIVE_INFINITY,
  });
  return Array.from({ length: models }, (_, model) => {
    const column = (matrix: Float32Array) =>
      Float32Array.from({ length: count }, (_, i) => matrix[i * models + model]!);
    return chooseCalibration(column(score), column(quality), { ...options, group, pool });
  });
}

function shrunk(x: Float64Array, y: Float64Array, pool: Calibration): Calibration {
  if (pool.kind !== "temperature") return { kind: "none" };
  const { slope, intercept }: Temperature = pool;
  return fitTemperature(x, y, { prior: { slope, intercept }, priorRows: POOL_ROWS });
}

/** [n] log loss of each row under a calibration fitted on the other folds. */
function heldOutLoss(
  x: Float64Array,
  y: Float64Array,
  fold: Int32Array,
  calibrate: (score: Float64Array, quality: Float64Array) => Calibration,
): Float64Array {
  const losses = new Float64Array(x.length);
  for (let held = 0; held < FOLDS; held++) {
    const apply = calibrationFunction(
      calibrate(
        x.filter((_, i) => fold[i] !== held),
        y.filter((_, i) => fold[i] !== held),
      ),
    );
    for (let i = 0; i < x.length; i++) if (fold[i] === held) losses[i] = logLoss(apply(x[i]!), y[i]!);
  }
  return losses;
}

/** Is `after` lower than `before` by so many standard errors, counted over groups? */
function isClear(before: Float64Array, after: Float64Array, group: Int32Array, errors: number): boolean {
  const sums = new Map<number, number>();
  let gain = 0;
  for (let i = 0; i < before.length; i++) {
    const difference = before[i]! - after[i]!;
    gain += difference;
    sums.set(group[i]!, (sums.get(group[i]!) ?? 0) + difference);
  }
  const mean = gain / sums.size;
  let squares = 0;
  for (const sum of sums.values()) squares += (sum - mean) ** 2;
  return gain > errors * Math.sqrt(squares);
}

const EDGE = 1e-3;

/** Log loss with scores held off 0 and 1, so that one sure mistake does not decide. */
function logLoss(score: number, label: number): number {
  const inside = Math.min(1 - EDGE, Math.max(EDGE, score));
  return -(label * Math.log(inside) + (1 - label) * Math.log(1 - inside));
}
