/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly count: number;
  /** Mean predicted and mean observed quality. */
  readonly predicted: number;
  readonly observed: number;
  /** Variance of the labels in the bin. */
  readonly variance: number;
  /** Lowest and highest prediction in it. */
  readonly low: number;
  readonly high: number;
}

/**
 * Bins of as equal a number of rows as ties allow, by rising prediction: equal predictions never fall into two bins.
 *
 * @param predicted [n] in [0, 1]
 * @param observed  [n] in [0, 1]; rows with NaN are left out
 * @returns         at most `bins` bins, none empty
 */
export function equalMassBins(predicted: ArrayLike<number>, observed: ArrayLike<number>, bins = 15): ReliabilityBin[] {
  const rows: number[] = [];
  for (let i = 0; i < predicted.length; i++) if (!Number.isNaN(observed[i])) rows.push(i);
  rows.sort((a, b) => predicted[a]! - predicted[b]! || a - b);
  const result: ReliabilityBin[] = [];
  let start = 0;
  while (start < rows.length) {
    const left = bins - result.length;
    let end = left <= 1 ? rows.length : Math.max(start + 1, start + Math.round((rows.length - start) / left));
    while (end < rows.length && predicted[rows[end]!] === predicted[rows[end - 1]!]) end++;
    result.push(summarise(rows, start, end, predicted, observed));
    start = end;
  }
  return result;
}

function summarise(
  rows: readonly number[],
  start: number,
  end: number,
  predicted: ArrayLike<number>,
  observed: ArrayLike<number>,
): ReliabilityBin {
  const count = end - start;
  let predictedSum = 0;
  let observedSum = 0;
  let squares = 0;
  for (let i = start; i < end; i++) {
    const label = observed[rows[i]!]!;
    predictedSum += predicted[rows[i]!]!;
    observedSum += label;
    squares += label * label;
  }
  const mean = observedSum / count;
  return {
    count,
    predicted: predictedSum / count,
    observed: mean,
    variance: Math.max(0, squares / count - mean * mean),
    low: predicted[rows[start]!]!,
    high: predicted[rows[end - 1]!]!,
  };
}
