import type { RouteCalibration } from "../policy.ts";

/** Observed quality where it is known, the scorer's expectation elsewhere; [rows x candidates]. */
export function seenOrExpected({ quality, observed }: RouteCalibration): Float64Array {
  return Float64Array.from(observed, (seen, cell) => (Number.isNaN(seen) ? quality[cell]! : seen));
}

/** Every n-th row of a calibration, so that at most `most` are left. */
export function thinned(calibration: RouteCalibration, most: number): RouteCalibration {
  const { rows, candidateIds, tasks } = calibration;
  if (rows <= most) return calibration;
  const width = candidateIds.length;
  const kept = Array.from({ length: most }, (_, i) => Math.floor((i * rows) / most));
  const pick = (matrix: Float32Array, columns: number) =>
    Float32Array.from(
      { length: most * columns },
      (_, i) => matrix[kept[Math.floor(i / columns)]! * columns + (i % columns)]!,
    );
  return {
    ...calibration,
    rows: most,
    quality: pick(calibration.quality, width),
    costNanoUsd: pick(calibration.costNanoUsd, width),
    observed: pick(calibration.observed, width),
    inputTokens: Uint32Array.from(kept, (row) => calibration.inputTokens[row]!),
    task: pick(calibration.task, tasks),
  };
}
