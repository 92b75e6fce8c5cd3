import { type InformedRows, NOTHING_CALLED } from "./informed-rows.ts";
import { planStatistics, statisticCount } from "./plan-statistics.ts";

/** Ridge from the statistics of what is expected before a call to what a plan brought. */
export interface ValueFitter {
  /** @param target [picked]; @returns [statistics] */
  fit(target: Float64Array): Float64Array;
}

/** The Gram matrix is factored once; every plan and every lambda is one pair of triangular solves. */
export function valueFitter(data: InformedRows, penalty: number, picked: Int32Array): ValueFitter {
  const { models } = data;
  const rows = picked.length;
  const size = statisticCount(models);
  const quality = data.quality.get(NOTHING_CALLED)!;
  const statistics = new Float64Array(rows * size);
  for (const [at, row] of picked.entries()) planStatistics(quality, row * models, models, statistics, at * size);
  const { mean, scale } = moments(statistics, rows, size);
  const gram = new Float64Array(size * size);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < size; i++) {
      const a = (statistics[row * size + i]! - mean[i]!) * scale[i]!;
      if (a === 0) continue;
      for (let j = 0; j <= i; j++) {
        gram[i * size + j]! += a * (statistics[row * size + j]! - mean[j]!) * scale[j]!;
      }
    }
  }
  for (let i = 0; i < size; i++) gram[i * size + i]! += penalty;
  const factor = factored(gram, size);

  return {
    fit(target) {
      let average = 0;
      for (let row = 0; row < rows; row++) average += target[row]! / rows;
      const right = new Float64Array(size);
      for (let row = 0; row < rows; row++) {
        const away = target[row]! - average;
        for (let i = 0; i < size; i++) right[i]! += away * (statistics[row * size + i]! - mean[i]!) * scale[i]!;
      }
      const weights = solved(factor, size, right);
      let intercept = average;
      for (let i = 0; i < size; i++) {
        weights[i]! *= scale[i]!;
        intercept -= weights[i]! * mean[i]!;
      }
      weights[size - 1]! += intercept; // the statistic that is always 1
      return weights;
    },
  };
}

/** The value that weights give to statistics. */
export function planValue(weights: Float64Array, statistics: Float64Array, from = 0): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * statistics[from + i]!;
  return sum;
}

function moments(values: Float64Array, rows: number, size: number): { mean: Float64Array; scale: Float64Array } {
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  for (let cell = 0; cell < values.length; cell++) {
    mean[cell % size]! += values[cell]! / rows;
    squares[cell % size]! += values[cell]! ** 2 / rows;
  }
  const scale = squares.map((square, i) => {
    const variance = square - mean[i]! ** 2;
    return variance < 1e-12 ? 0 : 1 / Math.sqrt(variance);
  });
  return { mean, scale };
}

/** Lower Cholesky factor, in place. */
function factored(matrix: Float64Array, size: number): Float64Array {
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let sum = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k]! * matrix[j * size + k]!;
      matrix[i * size + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / matrix[j * size + j]!;
    }
  }
  return matrix;
}

function solved(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const x = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i]! -= factor[i * size + k]! * x[k]!;
    x[i]! /= factor[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i]! -= factor[k * size + i]! * x[k]!;
    x[i]! /= factor[i * size + i]!;
  }
  return x;
}
