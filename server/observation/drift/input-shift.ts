import { chiSquareUpperTail } from "../distributions.ts";

export interface InputShift {
  /** Population stability index: below 0.1 alike, above 0.25 another population (banking's rule of thumb). */
  readonly index: number;
  /** Chance of shares that differ so much when nothing changed, at one look. */
  readonly pValue: number;
  /** Cluster whose share moved most, and by how much. */
  readonly largest: { readonly cluster: string; readonly before: number; readonly after: number } | null;
}

/** Added to every cluster, so that one that is absent on a side has a finite weight. */
const SMOOTHING = 0.5;

/**
 * How far the mix of task clusters moved between two windows.
 *
 * @source population stability index: Siddiqi 2006; chi-square test of homogeneity
 */
export function clusterShift(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): InputShift {
  const clusters = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const [first, second] = [before, after].map((counts) => clusters.map((cluster) => counts[cluster] ?? 0)) as [
    number[],
    number[],
  ]; // two sides in, two out
  const [nFirst, nSecond] = [total(first), total(second)];
  if (clusters.length === 0 || nFirst === 0 || nSecond === 0) return { index: 0, pValue: 1, largest: null };
  let [index, chiSquare] = [0, 0];
  let largest: InputShift["largest"] = null;
  clusters.forEach((cluster, i) => {
    const p = (first[i]! + SMOOTHING) / (nFirst + SMOOTHING * clusters.length);
    const q = (second[i]! + SMOOTHING) / (nSecond + SMOOTHING * clusters.length);
    index += (q - p) * Math.log(q / p);
    const share = (first[i]! + second[i]!) / (nFirst + nSecond);
    if (share > 0) {
      chiSquare += (first[i]! - nFirst * share) ** 2 / (nFirst * share);
      chiSquare += (second[i]! - nSecond * share) ** 2 / (nSecond * share);
    }
    const [was, is] = [first[i]! / nFirst, second[i]! / nSecond];
    if (largest === null || Math.abs(is - was) > Math.abs(largest.after - largest.before)) {
      largest = { cluster, before: was, after: is };
    }
  });
  const pValue = clusters.length === 1 ? 1 : chiSquareUpperTail(chiSquare, clusters.length - 1);
  return { index, pValue, largest };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
