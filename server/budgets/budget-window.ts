/** How a budget starts anew. */
export type Alignment = "calendar" | "rolling";

type Unit = "min" | "h" | "d" | "w" | "mo" | "y";

/** A stretch of time, e.g. 7 days or 3 months; null: for ever. */
export interface WindowLength {
  readonly count: number;
  readonly unit: Unit;
}

/** Where spending at a moment is booked, and which buckets count together with it. */
export interface WindowAt {
  readonly bucketMs: number;
  /** First and last bucket that count, both included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** When what is spent now starts to count no more; null: never. */
  readonly resetsAtMs: number | null;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FIXED_MS: Readonly<Record<"min" | "h" | "d" | "w", number>> = {
  min: MINUTE_MS,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
};
/** 5 January 1970 was a Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
const LONGEST_YEARS = 10;
/** A rolling window moves in so many steps; what leaves it does so up to one step late. */
const STEPS = 60;
const FOR_EVER = "total";
const PATTERN = /^([1-9]\d{0,6})\s*(m|min|h|d|w|mo|q|y)$/;
const NAMES: Readonly<Record<string, string>> = {
  minute: "1min",
  hour: "1h",
  day: "1d",
  week: "1w",
  month: "1mo",
  quarter: "3mo",
  year: "1y",
};

export const WINDOW_HELP =
  'a number and one of m, h, d, w, mo, q, y, such as "1d", "7d" or "1mo", up to 10y; or "total" for one that never starts anew';

/**
 * The window that a text means: `1h`, `7d`, `1mo`, `1q`, `month`, or `total`.
 *
 * @returns undefined when the text means none
 */
export function parseWindow(text: string): WindowLength | null | undefined {
  if (text === FOR_EVER) return null;
  const match = PATTERN.exec(Object.hasOwn(NAMES, text) ? NAMES[text]! : text);
  if (match === null) return undefined;
  const count = Number(match[1]);
  const given = match[2]!;
  const length: WindowLength =
    given === "q" ? { count: 3 * count, unit: "mo" } : { count, unit: given === "m" ? "min" : (given as Unit) };
  return approximateMs(length) > LONGEST_YEARS * 366 * DAY_MS ? undefined : length;
}

/**
 * Calendar windows are whole UTC minutes, hours, days, weeks from Monday, months or years, and start at the same moment
 * for everyone. Rolling ones reach back from now; a bucket counts until all of it has left, so never too little.
 */
export function windowAt(length: WindowLength | null, alignment: Alignment, nowMs: number): WindowAt {
  if (length === null) return { bucketMs: 0, fromMs: 0, toMs: 0, resetsAtMs: null };
  if (alignment === "calendar") {
    const startMs = calendarStart(length, nowMs);
    return { bucketMs: startMs, fromMs: startMs, toMs: startMs, resetsAtMs: calendarEnd(length, startMs) };
  }
  const stepMs = stepMsOf(length);
  const bucketMs = nowMs - (((nowMs % stepMs) + stepMs) % stepMs);
  // From the bucket, not from the moment: what comes in during one step is one account.
  const backMs = shift(length, bucketMs, -1);
  // Buckets of later moments count too: a clock that was set back must not forget what was spent.
  return {
    bucketMs,
    fromMs: backMs - stepMs + 1,
    toMs: Number.MAX_SAFE_INTEGER,
    resetsAtMs: shift(length, bucketMs + stepMs, 1),
  };
}

const lastWindows = new WeakMap<Windowed, { readonly at: WindowAt; readonly untilMs: number }>();

/** The window of whatever has one, e.g. a budget; its dates are reckoned once for as long as they stay the same. */
export function windowOf(of: Windowed, nowMs: number): WindowAt {
  const known = lastWindows.get(of);
  if (known !== undefined && nowMs >= known.at.bucketMs && nowMs < known.untilMs) return known.at;
  const { length, alignment } = of;
  const at = windowAt(length, alignment, nowMs);
  const untilMs = length !== null && alignment === "rolling" ? at.bucketMs + stepMsOf(length) : at.resetsAtMs;
  lastWindows.set(of, { at, untilMs: untilMs ?? Number.POSITIVE_INFINITY });
  return at;
}

export interface Windowed {
  readonly length: WindowLength | null;
  readonly alignment: Alignment;
}

/** A rolling window moves by so much at a time. */
function stepMsOf(length: WindowLength): number {
  return Math.max(1, Math.floor(approximateMs(length) / STEPS));
}

function calendarStart({ count, unit }: WindowLength, nowMs: number): number {
  if (unit === "mo" || unit === "y") {
    const at = new Date(nowMs);
    const span = unit === "y" ? 12 * count : count;
    const months = at.getUTCFullYear() * 12 + at.getUTCMonth();
    const first = Math.floor(months / span) * span;
    return Date.UTC(Math.floor(first / 12), first % 12);
  }
  const spanMs = FIXED_MS[unit] * count;
  const origin = unit === "w" ? FIRST_MONDAY_MS : 0;
  return origin + Math.floor((nowMs - origin) / spanMs) * spanMs;
}

function calendarEnd({ count, unit }: WindowLength, startMs: number): number {
  return unit === "mo" || unit === "y"
    ? addMonths(startMs, unit === "y" ? 12 * count : count)
    : startMs + FIXED_MS[unit] * count;
}

function shift({ count, unit }: WindowLength, atMs: number, times: 1 | -1): number {
  if (unit === "mo" || unit === "y") return addMonths(atMs, times * (unit === "y" ? 12 * count : count));
  return atMs + times * FIXED_MS[unit] * count;
}

/** The 31st becomes the last day of a shorter month. */
function addMonths(atMs: number, months: number): number {
  const at = new Date(atMs);
  const day = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCMonth(at.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  at.setUTCDate(Math.min(day, lastDay));
  return at.getTime();
}

function approximateMs({ count, unit }: WindowLength): number {
  if (unit === "mo") return count * 30 * DAY_MS;
  return unit === "y" ? count * 365 * DAY_MS : count * FIXED_MS[unit];
}
