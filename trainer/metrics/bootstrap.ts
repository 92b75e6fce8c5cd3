import type { Rng } from "../../engine/rng.ts";
import { quantile } from "./quantile.ts";

/** An estimate with its percentile interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Difference extends Interval {
  /** The interval leaves 0 out. When false say "not distinguishable". */
  readonly distinguishable: boolean;
}

export interface BootstrapOptions {
  /** [n] rows of one group (document, session, question) are drawn together; every row alone when left out. */
  readonly group?: ArrayLike<number>;
  /** 1,000. */
  readonly resamples?: number;
  /** 0.95. */
  readonly level?: number;
}

/**
 * Percentile bootstrap interval of any statistic of rows. Groups are drawn whole with replacement.
 *
 * @param count     rows, >= 1
 * @param statistic of row indices, repeats included; resamples where it is not finite are left out
 * @returns         `value` is the statistic of all rows once
 * @source          Efron & Tibshirani 1993; clustering as in arXiv:2411.00640
 */
export function bootstrap(
  count: number,
  statistic: (rows: Int32Array) => number,
  rng: Rng,
  { group, resamples = 1000, level = 0.95 }: BootstrapOptions = {},
): Interval {
  const draw = createDraw(count, group, rng);
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const value = statistic(draw());
    if (Number.isFinite(value)) values.push(value);
  }
  const value = statistic(Int32Array.from({ length: count }, (_, row) => row));
  if (values.length === 0) return { value, low: Number.NaN, high: Number.NaN };
  const sorted = Float64Array.from(values).sort();
  const tail = (1 - level) / 2;
  return { value, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/**
 * Paired bootstrap: both policies on the same draws, so that what they share cancels.
 *
 * @returns value = first - second on all rows, with its interval
 */
export function pairedBootstrap(
  count: number,
  first: (rows: Int32Array) => number,
  second: (rows: Int32Array) => number,
  rng: Rng,
  options: BootstrapOptions = {},
): Difference {
  const interval = bootstrap(count, (rows) => first(rows) - second(rows), rng, options);
  return { ...interval, distinguishable: interval.low > 0 || interval.high < 0 };
}

/** Makes a function that draws one resample: row indices, whole groups, as many groups as there are. */
function createDraw(count: number, group: ArrayLike<number> | undefined, rng: Rng): () => Int32Array {
  if (group === undefined) {
    const rows = new Int32Array(count);
    return () => {
      for (let i = 0; i < count; i++) rows[i] = Math.floor(rng.next() * count);
      return rows;
    };
  }
  const members = new Map<number, number[]>();
  for (let row = 0; row < count; row++) {
    const rows = members.get(group[row]!);
    if (rows === undefined) members.set(group[row]!, [row]);
    else rows.push(row);
  }
  const groups = [...members.values()];
  const widest = groups.reduce((most, rows) => Math.max(most, rows.length), 0);
  const buffer = new Int32Array(groups.length * widest);
  return () => {
    let filled = 0;
    for (let i = 0; i < groups.length; i++) {
      for (const row of groups[Math.floor(rng.next() * groups.length)]!) buffer[filled++] = row;
    }
    return buffer.subarray(0, filled);
  };
}
