import type { Rng } from "../../engine/rng.ts";

/** Columns cut into bins: a row's bin is how many cuts lie below its value. */
export interface BinnedColumns {
  readonly count: number;
  readonly dimensions: number;
  readonly bins: number;
  /** [dimensions x count] column-major, so that a histogram walks one column. */
  readonly bin: Uint8Array;
  /** Rising values; bin b holds cuts[b - 1] < x <= cuts[b]. */
  readonly cuts: readonly Float32Array[];
}

/** One tree, nodes from the root at 0. A leaf has feature -1 and holds its number in `left`. */
export interface TreeShape {
  readonly feature: Int32Array;
  /** x <= threshold goes left. */
  readonly threshold: Float32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly leaves: number;
}

export interface GrowOptions {
  readonly depth: number;
  readonly leastLeafRows: number;
  /** Rows of prior in a leaf's gain. */
  readonly shrinkage: number;
  /** Share of columns that a tree looks at. */
  readonly columnShare: number;
}

/** Cuts each column at quantiles of its distinct values. */
export function binColumns(x: Float32Array, count: number, dimensions: number, bins: number): BinnedColumns {
  const bin = new Uint8Array(count * dimensions);
  const cuts: Float32Array[] = [];
  const column = new Float32Array(count);
  for (let j = 0; j < dimensions; j++) {
    for (let i = 0; i < count; i++) column[i] = x[i * dimensions + j]!;
    const edges = cutsOf(column, bins);
    cuts.push(edges);
    for (let i = 0; i < count; i++) bin[j * count + i] = binOf(column[i]!, edges);
  }
  return { count, dimensions, bins, bin, cuts };
}

function cutsOf(column: Float32Array, bins: number): Float32Array {
  const distinct = Float32Array.from(new Set(Float32Array.from(column).sort()));
  if (distinct.length <= bins) return distinct.slice(0, -1);
  const sorted = Float32Array.from(column).sort();
  const cuts = new Set<number>();
  for (let b = 1; b < bins; b++) cuts.add(sorted[Math.floor((b * sorted.length) / bins)]!);
  cuts.delete(sorted[sorted.length - 1]!);
  return Float32Array.from(cuts);
}

function binOf(value: number, cuts: Float32Array): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cuts[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface OpenNode {
  readonly node: number;
  readonly rows: Int32Array;
  readonly depth: number;
  readonly histogram: Float64Array;
}

/**
 * Grows one tree level by level over a sketch of the gradients: a split is worth what the squared sums of its sides
 * gain, added over the sketch's columns, so that all outputs share one structure.
 *
 * @param rows   rows that the tree is grown on
 * @param sketch [count x width] gradients, projected
 * @source       SketchBoost, arXiv:2211.12858; histograms and sibling subtraction as in LightGBM
 */
export function growTree(
  columns: BinnedColumns,
  rows: Int32Array,
  sketch: Float32Array,
  width: number,
  { depth, leastLeafRows, shrinkage, columnShare }: GrowOptions,
  rng: Rng,
): TreeShape {
  const used = drawColumns(columns, columnShare, rng);
  const cell = width + 1;
  const stride = columns.bins * cell;
  const feature: number[] = [-1];
  const threshold: number[] = [0];
  const left: number[] = [0];
  const right: number[] = [0];
  let leaves = 0;

  const fill = (members: Int32Array): Float64Array => {
    const histogram = new Float64Array(used.length * stride);
    for (let u = 0; u < used.length; u++) {
      const from = used[u]! * columns.count;
      const base = u * stride;
      for (let i = 0; i < members.length; i++) {
        const row = members[i]!;
        const at = base + columns.bin[from + row]! * cell;
        histogram[at]! += 1;
        for (let s = 0, source = row * width; s < width; s++) histogram[at + 1 + s]! += sketch[source + s]!;
      }
    }
    return histogram;
  };

  let open: OpenNode[] = [{ node: 0, rows, depth: 0, histogram: depth > 0 ? fill(rows) : new Float64Array(0) }];
  while (open.length > 0) {
    const next: OpenNode[] = [];
    for (const { node, rows: members, depth: level, histogram } of open) {
      const split =
        level < depth && members.length >= 2 * leastLeafRows
          ? bestSplit(histogram, used.length, columns.bins, width, leastLeafRows, shrinkage)
          : null;
      if (split === null) {
        left[node] = leaves++;
        continue;
      }
      const column = used[split.column]!;
      const below = members.filter((row) => columns.bin[column * columns.count + row]! <= split.bin);
      const above = members.filter((row) => columns.bin[column * columns.count + row]! > split.bin);
      feature[node] = column;
      threshold[node] = columns.cuts[column]![split.bin]!;
      left[node] = feature.length;
      right[node] = feature.length + 1;
      feature.push(-1, -1);
      threshold.push(0, 0);
      left.push(0, 0);
      right.push(0, 0);
      const isLast = level + 1 >= depth;
      const isBelowSmaller = below.length <= above.length;
      const smaller = isLast ? histogram : fill(isBelowSmaller ? below : above);
      if (!isLast) for (let at = 0; at < histogram.length; at++) histogram[at]! -= smaller[at]!;
      next.push({
        node: left[node]!,
        rows: below,
        depth: level + 1,
        histogram: isBelowSmaller ? smaller : histogram,
      });
      next.push({
        node: right[node]!,
        rows: above,
        depth: level + 1,
        histogram: isBelowSmaller ? histogram : smaller,
      });
    }
    open = next;
  }
  return {
    feature: Int32Array.from(feature),
    threshold: Float32Array.from(threshold),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    leaves,
  };
}

/** The leaf that a row of a row-major matrix falls into. */
export function leafOf({ feature, threshold, left, right }: TreeShape, x: Float32Array, from: number): number {
  let node = 0;
  while (feature[node]! >= 0) node = x[from + feature[node]!]! <= threshold[node]! ? left[node]! : right[node]!;
  return left[node]!;
}

/** Columns that a tree looks at on average, where there are so many. */
const LEAST_COLUMNS = 8;

function drawColumns({ dimensions, cuts }: BinnedColumns, share: number, rng: Rng): Int32Array {
  const drawn: number[] = [];
  const chance = Math.max(share, LEAST_COLUMNS / dimensions);
  for (let j = 0; j < dimensions; j++) if (cuts[j]!.length > 0 && rng.next() < chance) drawn.push(j);
  return Int32Array.from(drawn);
}

function bestSplit(
  histogram: Float64Array,
  columns: number,
  bins: number,
  width: number,
  leastLeafRows: number,
  shrinkage: number,
): { readonly column: number; readonly bin: number } | null {
  const cell = width + 1;
  const total = new Float64Array(cell);
  const below = new Float64Array(cell);
  let best: { column: number; bin: number } | null = null;
  let most = 1e-9;
  for (let column = 0; column < columns; column++) {
    const from = column * bins * cell;
    if (column === 0) {
      for (let b = 0; b < bins; b++) for (let s = 0; s < cell; s++) total[s]! += histogram[from + b * cell + s]!;
    }
    below.fill(0);
    for (let b = 0; b + 1 < bins; b++) {
      for (let s = 0; s < cell; s++) below[s]! += histogram[from + b * cell + s]!;
      const rowsBelow = below[0]!;
      const rowsAbove = total[0]! - rowsBelow;
      if (rowsBelow < leastLeafRows) continue;
      if (rowsAbove < leastLeafRows) break;
      let gain = 0;
      for (let s = 1; s < cell; s++) {
        const above = total[s]! - below[s]!;
        gain += (below[s]! * below[s]!) / (rowsBelow + shrinkage) + (above * above) / (rowsAbove + shrinkage);
        gain -= (total[s]! * total[s]!) / (total[0]! + shrinkage);
      }
      if (gain > most) {
        most = gain;
        best = { column, bin: b };
      }
    }
  }
  return best;
}
