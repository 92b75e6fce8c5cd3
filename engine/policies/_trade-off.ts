/** Rows as a trade-off sees them; matrices are [rows x candidates] row-major. */
export interface TradeOffRows {
  readonly rows: number;
  readonly candidates: number;
  /** What choices are made by. */
  readonly estimate: Float64Array;
  /** What choices are judged by: observed quality where it is known, the estimate elsewhere. */
  readonly value: Float64Array;
  readonly cost: Float32Array;
}

/** One setting of argmax estimate - lambda x cost, and what it brings on the rows. */
export interface TradeOff {
  readonly lambda: number;
  /** Mean value and cost a row. */
  readonly quality: number;
  readonly cost: number;
  readonly isMet: boolean;
}

/** Lambdas are told apart to 1 %, from 1e-16 to 100 quality a nano-USD. */
const LEAST_LOG = Math.log(1e-16);
const LOG_STEP = 0.01;
const BINS = Math.ceil((Math.log(100) - LEAST_LOG) / LOG_STEP);

/** What changes, summed over the rows, when lambda falls through each bin; bin 0 has the smallest lambdas. */
interface Changes {
  readonly quality: Float64Array;
  readonly cost: Float64Array;
  /** With every row at its cheapest choice. */
  readonly startQuality: number;
  readonly startCost: number;
}

/**
 * The cheapest setting whose mean quality reaches a target, over all lambdas at once: the choice of a row changes only
 * where its upper hull of (cost, estimate) has a corner. Quality is smoothed to rise with cost (pooled adjacent
 * violators), so that one lucky corner does not decide.
 *
 * @param isAllowed [candidates] who may be chosen; at least one
 * @returns the setting; when no setting reaches the target, the one with the best estimate for every row (lambda 0)
 */
export function solveTradeOff(data: TradeOffRows, isAllowed: readonly boolean[], target: number): TradeOff {
  const changes = collectChanges(data, isAllowed);
  // Point p is the setting between the p-th and the next bin from above; point 0 has every row at its cheapest.
  const quality = new Float64Array(BINS + 1);
  const cost = new Float64Array(BINS + 1);
  quality[0] = changes.startQuality;
  cost[0] = changes.startCost;
  for (let p = 1; p <= BINS; p++) {
    quality[p] = quality[p - 1]! + changes.quality[BINS - p]!;
    cost[p] = cost[p - 1]! + changes.cost[BINS - p]!;
  }
  const smooth = pooledToRise(quality);
  const found = smooth.findIndex((value) => value >= target - 1e-12);
  const point = found === -1 ? BINS : found;
  const lambda = point === BINS ? 0 : Math.exp(LEAST_LOG + (BINS - point) * LOG_STEP);
  return { lambda, quality: smooth[point]!, cost: cost[point]!, isMet: found !== -1 };
}

function collectChanges(data: TradeOffRows, isAllowed: readonly boolean[]): Changes {
  const { rows, candidates, estimate, value, cost } = data;
  const changes = { quality: new Float64Array(BINS), cost: new Float64Array(BINS), startQuality: 0, startCost: 0 };
  // Kept from row to row: where one candidate is dearer than another, it mostly is so everywhere.
  const sorted = Int32Array.from(isAllowed.flatMap((yes, c) => (yes ? [c] : [])));
  const hull = new Int32Array(sorted.length);
  for (let row = 0; row < rows; row++) {
    const from = row * candidates;
    sortByCost(sorted, from, estimate, cost);
    const corners = upperHull(sorted, from, estimate, cost, hull);
    const first = from + hull[0]!;
    changes.startQuality += value[first]! / rows;
    changes.startCost += cost[first]! / rows;
    for (let i = 1; i < corners; i++) {
      const a = from + hull[i - 1]!;
      const b = from + hull[i]!;
      const lambda = (estimate[b]! - estimate[a]!) / (cost[b]! - cost[a]!);
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor((Math.log(lambda) - LEAST_LOG) / LOG_STEP)));
      changes.quality[bin]! += (value[b]! - value[a]!) / rows;
      changes.cost[bin]! += (cost[b]! - cost[a]!) / rows;
    }
  }
  return changes;
}

/** Insertion sort by cost, of equals the better estimate first. */
function sortByCost(sorted: Int32Array, from: number, estimate: Float64Array, cost: Float32Array): void {
  for (let i = 1; i < sorted.length; i++) {
    const c = sorted[i]!;
    const own = cost[from + c]!;
    let at = i;
    for (; at > 0; at--) {
      const other = from + sorted[at - 1]!;
      const isAfter = cost[other]! > own || (cost[other]! === own && estimate[other]! < estimate[from + c]!);
      if (!isAfter) break;
      sorted[at] = sorted[at - 1]!;
    }
    sorted[at] = c;
  }
}

/** Writes the candidates that are chosen for some lambda to `hull`, from the cheapest to the best; returns their number. */
function upperHull(
  sorted: Int32Array,
  from: number,
  estimate: Float64Array,
  cost: Float32Array,
  hull: Int32Array,
): number {
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    const c = sorted[i]!;
    const e = estimate[from + c]!;
    if (count > 0 && e <= estimate[from + hull[count - 1]!]!) continue;
    while (count > 1) {
      const b = from + hull[count - 1]!;
      const a = from + hull[count - 2]!;
      const before = (estimate[b]! - estimate[a]!) * (cost[from + c]! - cost[b]!);
      if (before > (e - estimate[b]!) * (cost[b]! - cost[a]!)) break;
      count--;
    }
    // Of equal cost only the better one, which comes first, is kept.
    if (count === 1 && cost[from + hull[0]!]! === cost[from + c]!) count = 0;
    hull[count++] = c;
  }
  return count;
}

/** Pooled adjacent violators: the nearest sequence (least squares) that does not fall. */
function pooledToRise(values: Float64Array): Float64Array {
  const level = new Float64Array(values.length);
  const size = new Int32Array(values.length);
  let blocks = 0;
  for (const value of values) {
    level[blocks] = value;
    size[blocks++] = 1;
    while (blocks > 1 && level[blocks - 2]! >= level[blocks - 1]!) {
      const a = size[blocks - 2]!;
      const b = size[blocks - 1]!;
      level[blocks - 2] = (level[blocks - 2]! * a + level[blocks - 1]! * b) / (a + b);
      size[blocks - 2] = a + b;
      blocks--;
    }
  }
  const out = new Float64Array(values.length);
  let at = 0;
  for (let block = 0; block < blocks; block++) {
    out.fill(level[block]!, at, at + size[block]!);
    at += size[block]!;
  }
  return out;
}
