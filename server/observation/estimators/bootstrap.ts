import { quantileSorted } from "simple-statistics";
import type { Rng } from "../../../engine/rng.ts";
import { normalCdf, normalQuantile } from "../distributions.ts";
import type { Estimate } from "./estimate.ts";

const MOST_BLOCKS = 200;

export interface BootstrapOptions {
  readonly confidence: number;
  readonly rng: Rng;
  /** 2,000. */
  readonly resamples?: number;
}

/**
 * Bias-corrected and accelerated bootstrap over whole sessions, a check on the normal intervals where costs are heavy-tailed.
 *
 * @param clusters  sessions, drawn whole with replacement
 * @param statistic of how often each session was drawn, [clusters], in an array that it must not keep; sums by session are the caller's
 * @source          Efron 1987; acceleration from a jackknife over at most 200 blocks of sessions
 */
export function bcaBootstrap(
  clusters: number,
  statistic: (times: Float64Array) => number,
  { confidence, rng, resamples = 2000 }: BootstrapOptions,
): Estimate {
  const value = statistic(new Float64Array(clusters).fill(1));
  const times = new Float64Array(clusters);
  const drawn = Float64Array.from({ length: resamples }, () => statistic(drawTimes(times, rng))).sort();
  let below = 0;
  for (const at of drawn) below += at < value ? 1 : at === value ? 0.5 : 0;
  const share = Math.min(1 - 0.5 / resamples, Math.max(0.5 / resamples, below / resamples));
  const bias = normalQuantile(share);
  const acceleration = accelerationOf(clusters, statistic);
  const boundAt = (tail: number) => {
    const shifted = bias + normalQuantile(tail);
    return quantileSorted(Array.from(drawn), normalCdf(bias + shifted / (1 - acceleration * shifted)));
  };
  const tail = (1 - confidence) / 2;
  return { value, low: boundAt(tail), high: boundAt(1 - tail), method: "bca_bootstrap", n: clusters };
}

function drawTimes(times: Float64Array, rng: Rng): Float64Array {
  times.fill(0);
  for (let i = 0; i < times.length; i++) times[Math.floor(rng.next() * times.length)]! += 1;
  return times;
}

function accelerationOf(clusters: number, statistic: (times: Float64Array) => number): number {
  const blocks = Math.min(clusters, MOST_BLOCKS);
  const times = new Float64Array(clusters);
  const without = Array.from({ length: blocks }, (_, block) => {
    times.fill(1);
    for (let cluster = block; cluster < clusters; cluster += blocks) times[cluster] = 0;
    return statistic(times);
  });
  const mean = without.reduce((sum, at) => sum + at, 0) / blocks;
  let [squares, cubes] = [0, 0];
  for (const at of without) {
    squares += (mean - at) ** 2;
    cubes += (mean - at) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}
