import type { Calibration } from "../engine/schema/manifest.ts";

/** Fewer labels in all calibrate nothing. */
const MIN_LABELS = 300;
/** Precision of the priors: slope 1, common intercept 0, and each model's own intercept at the common one. */
const SLOPE_PRECISION = 20;
const COMMON_PRECISION = 5;
const OWN_PRECISION = 200;
const STEPS = 12;
const EDGE = 1e-3;

/**
 * Calibrates the models of a pool together: one slope for all, an intercept each. A slope of its own for each model would
 * serve that model's probabilities, but bend the differences between models that routing lives on: on MMLU the APGR fell
 * from .697 to .690 with slopes apart. Averages of estimators are under-confident, so the slope is mostly above 1.
 *
 * @param score   [n x models] raw, on rows the scorer has not seen
 * @param quality [n x models], NaN where unknown
 */
export function calibratePool(score: Float32Array, quality: Float32Array, models: number): Calibration[] {
  const known = Int32Array.from(quality.keys()).filter((at) => !Number.isNaN(quality[at]!));
  if (known.length < MIN_LABELS) return Array.from({ length: models }, () => ({ kind: "none" }) as const);
  const logit = score.map(logitOf);
  let slope = 1;
  const intercept = new Float64Array(models);
  for (let step = 0; step < STEPS; step++) {
    slope += slopeStep(logit, quality, known, models, slope, intercept);
    interceptStep(logit, quality, known, models, slope, intercept);
  }
  return Array.from(
    intercept,
    (value) => ({ kind: "temperature", slope: Math.max(0.05, slope), intercept: value }) as const,
  );
}

/** Precision with which an intercept stays where it was. */
const ANCHOR_PRECISION = 5;

/**
 * The same slopes, intercepts moved so that over all rows that were learned from a model's calibrated mean is the mean of its
 * labels. A slope needs rows unseen, a mean does not: fitted on the calibration rows alone it would carry their luck over to
 * a scorer that has learned from them. On MMLU-Pro the mean ECE, noise taken off, fell from .017 to .013.
 *
 * @param score   [n x models] raw, of the scorer that is calibrated, on the rows that it learned from
 * @param quality [n x models], NaN where unknown
 */
export function anchorPool(
  calibrations: readonly Calibration[],
  score: Float32Array,
  quality: Float32Array,
): Calibration[] {
  const models = calibrations.length;
  return calibrations.map((calibration, m) => {
    if (calibration.kind !== "temperature") return calibration;
    const { slope } = calibration;
    let { intercept } = calibration;
    for (let step = 0; step < STEPS; step++) {
      let gradient = -ANCHOR_PRECISION * (intercept - calibration.intercept);
      let curvature = ANCHOR_PRECISION;
      for (let at = m; at < score.length; at += models) {
        if (Number.isNaN(quality[at]!)) continue;
        const p = sigmoid(slope * logitOf(score[at]!) + intercept);
        gradient += quality[at]! - p;
        curvature += p * (1 - p);
      }
      intercept += gradient / curvature;
    }
    return { kind: "temperature", slope, intercept };
  });
}

/** Newton step of the slope, intercepts held. */
function slopeStep(
  logit: Float32Array,
  quality: Float32Array,
  known: Int32Array,
  models: number,
  slope: number,
  intercept: Float64Array,
): number {
  let gradient = -SLOPE_PRECISION * (slope - 1);
  let curvature = SLOPE_PRECISION;
  for (const at of known) {
    const p = sigmoid(slope * logit[at]! + intercept[at % models]!);
    gradient += (quality[at]! - p) * logit[at]!;
    curvature += p * (1 - p) * logit[at]! ** 2;
  }
  return gradient / curvature;
}

/** Newton step of the common intercept, then of each model's own towards it. */
function interceptStep(
  logit: Float32Array,
  quality: Float32Array,
  known: Int32Array,
  models: number,
  slope: number,
  intercept: Float64Array,
): void {
  const gradient = new Float64Array(models);
  const curvature = new Float64Array(models);
  for (const at of known) {
    const m = at % models;
    const p = sigmoid(slope * logit[at]! + intercept[m]!);
    gradient[m]! += quality[at]! - p;
    curvature[m]! += p * (1 - p);
  }
  let middle = 0;
  for (const value of intercept) middle += value / models;
  const common = (sum(gradient) - COMMON_PRECISION * middle) / (sum(curvature) + COMMON_PRECISION) + middle;
  for (let m = 0; m < models; m++) {
    intercept[m]! += (gradient[m]! - OWN_PRECISION * (intercept[m]! - common)) / (curvature[m]! + OWN_PRECISION);
  }
}

function logitOf(score: number): number {
  const inside = Math.max(EDGE, Math.min(1 - EDGE, score));
  return Math.log(inside / (1 - inside));
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
