import type { CalibrationSample } from "./calibration-sample.ts";
import { expectedCostNanoUsd } from "./cost.ts";
import type { RouteCalibration } from "./policy.ts";
import type { Price } from "./schema/candidate.ts";

/** A candidate with a trained column and a price. */
export interface PricedColumn {
  readonly candidateId: string;
  readonly column: number;
  readonly price: Price;
}

/** Cells (rows x candidates) beyond which rows are thinned out, so that a route is ready in milliseconds. */
const MOST_CELLS = 60_000;
/** However many candidates there are, so many rows stay. */
const LEAST_ROWS = 500;
/** With so many rows on which two of the candidates were observed, the other rows are left out. */
const ENOUGH_PAIRED_ROWS = 300;

/**
 * The calibration sample seen through one route: its candidates' columns, at its own prices. Rows on which at least two of
 * the candidates were observed are kept when there are enough of them, because only there can choices be judged by what
 * happened; else all rows, by what is predicted.
 *
 * @param incumbent index in `candidates`, -1 when it has no column or no price
 */
export function routeCalibration(
  sample: CalibrationSample,
  candidates: readonly PricedColumn[],
  incumbent: number,
): RouteCalibration {
  const chosen = chooseRows(sample, candidates);
  const rows = chosen.length;
  const width = candidates.length;
  const { models, tasks } = sample;
  const quality = new Float32Array(rows * width);
  const costNanoUsd = new Float32Array(rows * width);
  const observed = new Float32Array(rows * width);
  const inputTokens = new Uint32Array(rows);
  const task = new Float32Array(rows * tasks);
  for (let row = 0; row < rows; row++) {
    const from = chosen[row]!;
    inputTokens[row] = sample.inputTokens[from]!;
    task.set(sample.task.subarray(from * tasks, (from + 1) * tasks), row * tasks);
    for (let k = 0; k < width; k++) {
      const { column, price } = candidates[k]!;
      const cell = from * models + column;
      quality[row * width + k] = sample.quality[cell]!;
      observed[row * width + k] = sample.observed[cell]!;
      costNanoUsd[row * width + k] = expectedCostNanoUsd(inputTokens[row]!, 0, sample.outputTokens[cell]!, price);
    }
  }
  const candidateIds = candidates.map(({ candidateId }) => candidateId);
  return { rows, candidateIds, incumbent, quality, costNanoUsd, observed, inputTokens, task, tasks };
}

function chooseRows(sample: CalibrationSample, candidates: readonly PricedColumn[]): Int32Array {
  const paired: number[] = [];
  const columns = [...new Set(candidates.map(({ column }) => column))];
  for (let row = 0; row < sample.rows; row++) {
    let known = 0;
    for (const column of columns) if (!Number.isNaN(sample.observed[row * sample.models + column]!)) known++;
    if (known >= 2) paired.push(row);
  }
  const all = paired.length >= ENOUGH_PAIRED_ROWS ? paired : Array.from({ length: sample.rows }, (_, row) => row);
  const most = Math.max(LEAST_ROWS, Math.floor(MOST_CELLS / candidates.length));
  if (all.length <= most) return Int32Array.from(all);
  return Int32Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]!);
}
