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
}

/** Every row's choices from the cheapest to the best, and the lambda at which each gives way to the next. */
interface Steps {
  readonly lambda: Float64Array;
  readonly gain: Float64Array;
  readonly price: Float64Array;
  readonly startQuality: number;
  readonly startCost: number;
}

/**
 * The cheapest setting whose mean quality reaches a target, exactly over all lambdas: the choices of a row change only
 * where its upper hull of (cost, estimate) has a corner. Quality is smoothed to rise with cost (pooled adjacent
 * violators), so that one lucky corner does not decide.
 *
 * @param isAllowed [candidates] who may be chosen; at least one
 * @returns the setting; when no setting reaches the target, the one with the best estimate for every row (lambda 0)
 */
export function solveTradeOff(
  data: TradeOffRows,
  isAllowed: readonly boolean[],
  target: number,
): TradeOff & { readonly isMet: boolean } {
  const steps = collectSteps(data, isAllowed);
  const order = Array.from(steps.lambda.keys()).sort((a, b) => steps.lambda[b]! - steps.lambda[a]!);
  const quality = new Float64Array(order.length + 1);
  const cost = new Float64Array(order.length + 1);
  quality[0] = steps.startQuality;
  cost[0] = steps.startCost;
  order.forEach((step, i) => {
    quality[i + 1] = quality[i]! + steps.gain[step]!;
    cost[i + 1] = cost[i]! + steps.price[step]!;
  });
  const smooth = pooledToRise(quality);
  const found = smooth.findIndex((value) => value >= target - 1e-12);
  const at = found === -1 ? order.length : found;
  return { lambda: between(steps.lambda, order, at), quality: smooth[at]!, cost: cost[at]!, isMet: found !== -1 };
}

/** A lambda between the last corner passed and the next one. */
function between(lambdas: Float64Array, order: readonly number[], passed: number): number {
  if (passed === order.length) return 0;
  const next = lambdas[order[passed]!]!;
  if (passed === 0) return next * 2;
  return (next + lambdas[order[passed - 1]!]!) / 2;
}

function collectSteps(data: TradeOffRows, isAllowed: readonly boolean[]): Steps {
  const { rows, candidates, estimate, value, cost } = data;
  const allowed = isAllowed.flatMap((yes, c) => (yes ? [c] : []));
  const lambda: number[] = [];
  const gain: number[] = [];
  const price: number[] = [];
  let startQuality = 0;
  let startCost = 0;
  const hull: number[] = [];
  for (let row = 0; row < rows; row++) {
    const from = row * candidates;
    upperHull(allowed, from, estimate, cost, hull);
    const first = from + hull[0]!;
    startQuality += value[first]! / rows;
    startCost += cost[first]! / rows;
    for (let i = 1; i < hull.length; i++) {
      const a = from + hull[i - 1]!;
      const b = from + hull[i]!;
      lambda.push((estimate[b]! - estimate[a]!) / (cost[b]! - cost[a]!));
      gain.push((value[b]! - value[a]!) / rows);
      price.push((cost[b]! - cost[a]!) / rows);
    }
  }
  return {
    lambda: Float64Array.from(lambda),
    gain: Float64Array.from(gain),
    price: Float64Array.from(price),
    startQuality,
    startCost,
  };
}

/** Candidates that are chosen for some lambda, from the cheapest to the best; written to `hull`. */
function upperHull(
  allowed: readonly number[],
  from: number,
  estimate: Float64Array,
  cost: Float32Array,
  hull: number[],
): void {
  hull.length = 0;
  const sorted = [...allowed].sort(
    (a, b) => cost[from + a]! - cost[from + b]! || estimate[from + b]! - estimate[from + a]! || a - b,
  );
  for (const c of sorted) {
    const e = estimate[from + c]!;
    if (hull.length > 0 && e <= estimate[from + hull.at(-1)!]!) continue;
    while (hull.length > 1) {
      const b = from + hull.at(-1)!;
      const a = from + hull.at(-2)!;
      const before = (estimate[b]! - estimate[a]!) * (cost[from + c]! - cost[b]!);
      if (before > (e - estimate[b]!) * (cost[b]! - cost[a]!)) break;
      hull.pop();
    }
    hull.push(c);
  }
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
