import type { Calibration } from "../../engine/schema/manifest.ts";

export type Temperature = Extract<Calibration, { kind: "temperature" }>;

export interface TemperatureOptions {
  /** What slope and intercept are pulled towards; slope 1, intercept 0 when left out. */
  readonly prior?: { readonly slope: number; readonly intercept: number };
  /** Strength of the pull, in rows of label information. */
  readonly priorRows?: number;
  /** The same of the intercept alone, where a model may have become another one while the order of prompts still holds. */
  readonly interceptRows?: number;
  /** [n] what each row counts for; 1 when left out. */
  readonly weight?: ArrayLike<number>;
}

const ROUNDS = 50;
const EDGE = 1e-6;
const LEAST_SLOPE = 0.05;
/** p (1 - p) of a middling row: turns rows of prior into curvature. */
const ROW_CURVATURE = 0.2;

/**
 * Slope and intercept on the logit that make soft labels likeliest, by Newton's method; also called Platt scaling.
 *
 * @param score   [n] raw score in [0, 1]
 * @param quality [n] in [0, 1]; rows with NaN are left out
 * @returns       the prior itself without rows; the slope is held above 0, so order is kept
 * @source        Platt 1999; Guo et al. 2017, arXiv:1706.04599
 */
export function fitTemperature(
  score: ArrayLike<number>,
  quality: ArrayLike<number>,
  { prior = { slope: 1, intercept: 0 }, priorRows = 1, interceptRows = priorRows, weight }: TemperatureOptions = {},
): Temperature {
  const logits: number[] = [];
  const labels: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < score.length; i++) {
    if (Number.isNaN(quality[i])) continue;
    const inside = Math.min(1 - EDGE, Math.max(EDGE, score[i]!));
    logits.push(Math.log(inside / (1 - inside)));
    labels.push(quality[i]!);
    counts.push(weight?.[i] ?? 1);
  }
  const pull = { slope: priorRows * ROW_CURVATURE, intercept: interceptRows * ROW_CURVATURE };
  let { slope, intercept } = prior;
  let value = loss(logits, labels, counts, slope, intercept, prior, pull);
  for (let round = 0; round < ROUNDS; round++) {
    let gradientSlope = pull.slope * (slope - prior.slope);
    let gradientIntercept = pull.intercept * (intercept - prior.intercept);
    let curveSlope = pull.slope + 1e-9;
    let curveIntercept = pull.intercept + 1e-9;
    let curveBoth = 0;
    for (let i = 0; i < logits.length; i++) {
      const logit = logits[i]!;
      const p = 1 / (1 + Math.exp(-(slope * logit + intercept)));
      const error = counts[i]! * (p - labels[i]!);
      const curve = counts[i]! * p * (1 - p);
      gradientSlope += error * logit;
      gradientIntercept += error;
      curveSlope += curve * logit * logit;
      curveIntercept += curve;
      curveBoth += curve * logit;
    }
    const determinant = Math.max(1e-12, curveSlope * curveIntercept - curveBoth * curveBoth);
    const stepSlope = (curveIntercept * gradientSlope - curveBoth * gradientIntercept) / determinant;
    const stepIntercept = (curveSlope * gradientIntercept - curveBoth * gradientSlope) / determinant;
    // Halve the step until it helps: far from the optimum Newton may overshoot.
    let share = 1;
    let next = value;
    for (; share > 1e-4; share /= 2) {
      const trial = Math.max(LEAST_SLOPE, slope - share * stepSlope);
      next = loss(logits, labels, counts, trial, intercept - share * stepIntercept, prior, pull);
      if (next <= value) break;
    }
    if (!(next <= value)) break;
    slope = Math.max(LEAST_SLOPE, slope - share * stepSlope);
    intercept -= share * stepIntercept;
    if (value - next < 1e-12 * (1 + Math.abs(value))) break;
    value = next;
  }
  return { kind: "temperature", slope, intercept };
}

function loss(
  logits: readonly number[],
  labels: readonly number[],
  counts: readonly number[],
  slope: number,
  intercept: number,
  prior: { readonly slope: number; readonly intercept: number },
  pull: { readonly slope: number; readonly intercept: number },
): number {
  let sum = (pull.slope / 2) * (slope - prior.slope) ** 2 + (pull.intercept / 2) * (intercept - prior.intercept) ** 2;
  for (let i = 0; i < logits.length; i++) {
    const z = slope * logits[i]! + intercept;
    sum += counts[i]! * (Math.max(0, z) - labels[i]! * z + Math.log1p(Math.exp(-Math.abs(z))));
  }
  return sum;
}
