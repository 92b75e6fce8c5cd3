import { calibrationFunction } from "../../engine/calibration.ts";
import type { CalibrationSample } from "../../engine/calibration-sample.ts";
import type { Calibration } from "../../engine/schema/manifest.ts";

/**
 * The rows on which routes solve their trade-offs, as they would look had the world been as it is now: qualities through the
 * adjustment, and outcomes with them, so that what was seen agrees with what is expected as well as it did before.
 *
 * @param adjusted [models] in the sample's order
 */
export function adjustSample(sample: CalibrationSample, adjusted: readonly Calibration[]): CalibrationSample {
  const functions = adjusted.map(calibrationFunction);
  const quality = new Float32Array(sample.quality.length);
  const observed = new Float32Array(sample.observed.length);
  for (let cell = 0; cell < quality.length; cell++) {
    const before = sample.quality[cell]!;
    const now = functions[cell % sample.models]!(before);
    quality[cell] = now;
    observed[cell] = moved(sample.observed[cell]!, before, now);
  }
  return { ...sample, quality, observed };
}

/** An outcome whose mean was `before` and is `now`: part of what was good is taken away, or of what was bad made good. */
function moved(outcome: number, before: number, now: number): number {
  if (Number.isNaN(outcome)) return outcome;
  if (now <= before) return before === 0 ? 0 : (outcome * now) / before;
  return 1 - ((1 - outcome) * (1 - now)) / (1 - before);
}
