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
  const logit = score.map((value) => {
    const inside = Math.max(EDGE, Math.min(1 - EDGE, value));
    return Math.log(inside / (1 - inside));
  });
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

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
