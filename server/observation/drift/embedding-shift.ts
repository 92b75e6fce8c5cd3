import { median } from "simple-statistics";
import { type Rng, shuffle } from "../../../engine/rng.ts";

export interface EmbeddingShift {
  /** Squared maximum mean discrepancy, unbiased, so it may be a little below 0. */
  readonly discrepancy: number;
  /** By permutation: share of random partings that differ as much. Exact at one look. */
  readonly pValue: number;
}

const PERMUTATIONS = 499;
const PAIRS_FOR_WIDTH = 2_000;

/**
 * Whether two samples of embeddings come from one population: kernel two-sample test with a Gaussian kernel of median width.
 *
 * @param before embeddings of one length; some hundred a side are enough, as the work grows with their square
 * @source       Gretton et al. 2012, A Kernel Two-Sample Test
 */
export function embeddingShift(
  before: readonly Float32Array[],
  after: readonly Float32Array[],
  rng: Rng,
): EmbeddingShift {
  if (before.length < 2 || after.length < 2) return { discrepancy: 0, pValue: 1 };
  const { discrepancy, isParted } = openShift(before, after, rng);
  let asFar = 1;
  for (let round = 0; round < PERMUTATIONS; round++) if (isParted()) asFar++;
  return { discrepancy, pValue: asFar / (PERMUTATIONS + 1) };
}

/** The same for callers that part as often as they need. At least two points a side. */
export function openShift(
  before: readonly Float32Array[],
  after: readonly Float32Array[],
  rng: Rng,
): Pick<EmbeddingShift, "discrepancy"> & {
  /** Parts all points at random: whether the two parts differ as much as the samples do. */
  readonly isParted: () => boolean;
} {
  const all = [...before, ...after];
  const kernel = kernelOf(all, rng);
  const order = Int32Array.from(all.keys());
  const discrepancy = discrepancyOf(kernel, order, before.length);
  return {
    discrepancy,
    isParted: () => discrepancyOf(kernel, shuffle(order, rng), before.length) >= discrepancy,
  };
}

function kernelOf(points: readonly Float32Array[], rng: Rng): Float64Array {
  const n = points.length;
  const distances = Array.from({ length: PAIRS_FOR_WIDTH }, () =>
    squaredDistance(points[Math.floor(rng.next() * n)]!, points[Math.floor(rng.next() * n)]!),
  ).filter((distance) => distance > 0);
  const width = distances.length === 0 ? 1 : median(distances);
  const kernel = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const value = Math.exp(-squaredDistance(points[i]!, points[j]!) / width);
      kernel[i * n + j] = value;
      kernel[j * n + i] = value;
    }
  }
  return kernel;
}

/** Mean kernel within each side less twice that between; the first `split` of the order are one side. */
function discrepancyOf(kernel: Float64Array, order: Int32Array, split: number): number {
  const n = order.length;
  let [first, second, between] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const value = kernel[order[i]! * n + order[j]!]!;
      if (i < split) first += value;
      else if (j >= split) second += value;
      else between += value;
    }
  }
  const rest = n - split;
  return (2 * first) / (split * (split - 1)) + (2 * second) / (rest * (rest - 1)) - (2 * between) / (split * rest);
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}
