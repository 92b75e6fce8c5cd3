import type { Calibration } from "./schema/manifest.ts";

/** Maps a raw score in [0, 1] to a quality in [0, 1]. */
export type CalibrationFunction = (score: number) => number;

/** Scores of exactly 0 and 1 would have infinite logits. */
const EDGE = 1e-6;

/** A fitted calibration made ready to apply; monotone, never outside [0, 1]. */
export function calibrationFunction(calibration: Calibration): CalibrationFunction {
  if (calibration.kind === "none") return clip;
  if (calibration.kind === "isotonic")
    return isotonic(Float64Array.from(calibration.x), Float64Array.from(calibration.y));
  const { slope, intercept } = calibration;
  return (score) => {
    const inside = Math.min(1 - EDGE, Math.max(EDGE, score));
    return 1 / (1 + Math.exp(-(slope * Math.log(inside / (1 - inside)) + intercept)));
  };
}

/** Piecewise linear through the knots, flat outside. */
function isotonic(x: Float64Array, y: Float64Array): CalibrationFunction {
  const last = x.length - 1;
  return (score) => {
    if (score <= x[0]!) return clip(y[0]!);
    if (score >= x[last]!) return clip(y[last]!);
    let low = 0;
    let high = last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x[middle]! <= score) low = middle;
      else high = middle;
    }
    const share = (score - x[low]!) / (x[high]! - x[low]!);
    return clip(y[low]! + share * (y[high]! - y[low]!));
  };
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}
