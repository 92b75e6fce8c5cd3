import type { RouteCalibration } from "../policy.ts";

/**
 * How far to believe that candidates differ on one prompt otherwise than they do on average. Of quality q, with row mean
 * a and candidate c, the shrunk quality is a + m[c] + factor x (q - a - p[c]), where p is the candidate's mean predicted
 * difference from the row mean and m the one that was observed.
 */
export interface Shrinkage {
  /** In [0, 1]: 1 believes the scorer's differences, 0 only those of the candidates' means. */
  readonly factor: number;
  /** [candidates] p */
  readonly predicted: Float64Array;
  /** [candidates] m */
  readonly observed: Float64Array;
  /** Observed labels on rows where at least two candidates were observed. */
  readonly labels: number;
}

/** A candidate's observed mean counts like so many further rows of its predicted mean. */
const PRIOR_ROWS = 20;
/** Without labels nothing says how far differences are to be believed. */
const FACTOR_WITHOUT_LABELS = 0.5;
/** Fewer labels than this say nothing either. */
const LEAST_LABELS = 40;

/**
 * Chosen on what was observed: the slope of observed differences on predicted ones, less one standard error.
 * Differences are taken within a row, over the candidates observed on it, so that a prompt's difficulty, which all
 * candidates share, has no part in it.
 */
export function fitShrinkage({ rows, candidateIds, quality, observed }: RouteCalibration): Shrinkage {
  const width = candidateIds.length;
  const predicted = meanDifferences(quality, rows, width);
  const shift = new Float64Array(width);
  const counts = new Float64Array(width);
  eachPairedRow(observed, rows, width, (row, known) => {
    const offset = row * width;
    const residual = mean(known, (c) => observed[offset + c]! - quality[offset + c]!);
    for (const c of known) {
      shift[c]! += observed[offset + c]! - quality[offset + c]! - residual;
      counts[c]!++;
    }
  });
  const corrected = predicted.map((p, c) => p + shift[c]! / (counts[c]! + PRIOR_ROWS));
  const labels = counts.reduce((sum, count) => sum + count, 0);
  const factor = labels < LEAST_LABELS ? FACTOR_WITHOUT_LABELS : slope();
  return { factor, predicted, observed: corrected, labels };

  function slope(): number {
    let cross = 0;
    let square = 0;
    let targetSquare = 0;
    eachPairedRow(observed, rows, width, (row, known) => {
      const offset = row * width;
      const meanQuality = mean(known, (c) => quality[offset + c]! - predicted[c]!);
      const meanObserved = mean(known, (c) => observed[offset + c]! - corrected[c]!);
      for (const c of known) {
        const deviation = quality[offset + c]! - predicted[c]! - meanQuality;
        const target = observed[offset + c]! - corrected[c]! - meanObserved;
        cross += deviation * target;
        square += deviation * deviation;
        targetSquare += target * target;
      }
    });
    if (square < 1e-9) return 1;
    const raw = cross / square;
    const noise = Math.max(0, targetSquare - raw * cross) / labels;
    return Math.min(1, Math.max(0, raw - Math.sqrt(noise / square)));
  }
}

/**
 * Applies a shrinkage to some of its candidates; differences between any two do not depend on which others are there.
 *
 * @param candidates index of each quality's candidate in the shrinkage, -1: not known to it, left as it is
 */
export function shrink(
  { factor, predicted, observed }: Shrinkage,
  quality: ArrayLike<number>,
  candidates: ArrayLike<number>,
  out: Float64Array,
): void {
  let count = 0;
  let meanQuality = 0;
  let meanPredicted = 0;
  let meanObserved = 0;
  for (let i = 0; i < candidates.length; i++) {
    const c = candidates[i]!;
    if (c === -1) continue;
    count++;
    meanQuality += quality[i]!;
    meanPredicted += predicted[c]!;
    meanObserved += observed[c]!;
  }
  for (let i = 0; i < candidates.length; i++) {
    const c = candidates[i]!;
    if (c === -1) {
      out[i] = quality[i]!;
      continue;
    }
    const difference = quality[i]! - meanQuality / count - (predicted[c]! - meanPredicted / count);
    out[i] = meanQuality / count + observed[c]! - meanObserved / count + factor * difference;
  }
}

function meanDifferences(quality: Float32Array, rows: number, width: number): Float64Array {
  const means = new Float64Array(width);
  for (let cell = 0; cell < quality.length; cell++) means[cell % width]! += quality[cell]! / rows;
  const overall = means.reduce((sum, value) => sum + value, 0) / width;
  return means.map((value) => value - overall);
}

function eachPairedRow(
  observed: Float32Array,
  rows: number,
  width: number,
  visit: (row: number, known: readonly number[]) => void,
): void {
  for (let row = 0; row < rows; row++) {
    const known: number[] = [];
    for (let c = 0; c < width; c++) if (!Number.isNaN(observed[row * width + c]!)) known.push(c);
    if (known.length >= 2) visit(row, known);
  }
}

function mean(candidates: readonly number[], value: (candidate: number) => number): number {
  let sum = 0;
  for (const c of candidates) sum += value(c);
  return sum / candidates.length;
}
