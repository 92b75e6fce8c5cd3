/** Widths of roll-up buckets, finest first; bucket starts are whole minutes since the epoch, in UTC. */
export const GRAINS = ["minute", "hour", "day", "month"] as const;
export type Grain = (typeof GRAINS)[number];

export const MINUTE_MS = 60_000;
const MINUTES_OF = { minute: 1, hour: 60, day: 1440 } as const;

export function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}

/** Start of the bucket that a minute lies in. */
export function bucketOf(minute: number, grain: Grain): number {
  if (grain !== "month") return minute - mod(minute, MINUTES_OF[grain]);
  const date = new Date(minute * MINUTE_MS);
  return minuteOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
}

/** Start of the bucket after the one that begins here. */
export function nextBucket(bucket: number, grain: Grain): number {
  if (grain !== "month") return bucket + MINUTES_OF[grain];
  const date = new Date(bucket * MINUTE_MS);
  return minuteOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1));
}

/** Buckets of one width, `[from, to)` in minutes. */
export interface Stretch {
  readonly grain: Grain;
  readonly from: number;
  readonly to: number;
}

/**
 * Covers `[from, to)` exactly with the fewest buckets: wide ones in the middle, narrow ones at the ends.
 *
 * @param from, to on buckets of `finest`
 * @param widest   no wider than this, so that an answer by hours is read from hours
 */
export function stretchesOf(from: number, to: number, finest: Grain, widest: Grain): Stretch[] {
  const usable = GRAINS.slice(GRAINS.indexOf(finest), GRAINS.indexOf(widest) + 1);
  return cover(from, to, usable);
}

function cover(from: number, to: number, grains: readonly Grain[]): Stretch[] {
  const grain = grains.at(-1);
  if (from >= to || grain === undefined) return [];
  const finer = grains.slice(0, -1);
  const first = ceil(from, grain);
  const last = bucketOf(to, grain);
  if (finer.length === 0) return [{ grain, from, to }];
  if (first >= last) return cover(from, to, finer);
  return [...cover(from, first, finer), { grain, from: first, to: last }, ...cover(last, to, finer)];
}

export function ceil(minute: number, grain: Grain): number {
  const start = bucketOf(minute, grain);
  return start === minute ? minute : nextBucket(start, grain);
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
