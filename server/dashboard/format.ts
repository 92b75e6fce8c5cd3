const USD = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", signDisplay: "negative" });
const SMALL_USD = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  maximumSignificantDigits: 3,
  signDisplay: "negative",
});
const COST_USD = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  minimumFractionDigits: 6,
  maximumFractionDigits: 6,
});
const PRICE_USD = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", minimumFractionDigits: 3 });
const COUNT = new Intl.NumberFormat("en-US");
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
/** Figures that are less than nothing have the sign of mathematics, which is as wide as a plus. */
const withMinus = (text: string): string => text.replace("-", MINUS);
/** Lines do not break between the sign and the dollar. */
const withMinusDollar = (text: string): string => text.replace("-", `${MINUS}\u2060`);
const MINUS = "\u2212";
const percentOf = (digits: number) =>
  new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: digits, signDisplay: "negative" });
const PERCENT = percentOf(1);
const TENTHS = new Intl.NumberFormat("en-US", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const FINE_PERCENT = percentOf(2);
const DATE_TIME = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const DAY_TIME = new Intl.DateTimeFormat("en-GB", {
  day: "2-digit",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "UTC",
});

/** Says an unknown value, instead of a zero that nobody measured. */
export const UNKNOWN = "unknown";

/** Changes beyond this many times say more as the figure itself. */
const MOST_CHANGE = 9.995;

/** Dollars to the cent, and small sums to three digits, so that none looks like nothing. */
export function usd(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  return withMinusDollar(value !== 0 && Math.abs(value) < 0.1 ? SMALL_USD.format(value) : USD.format(value));
}

/** What one request costs: as many decimals for all, so that a column can be compared at a glance. */
export function cost(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : withMinusDollar(COST_USD.format(value));
}

/** A price a million tokens, to the tenth of a cent for all. */
export function perMillion(value: number): string {
  return PRICE_USD.format(value);
}

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : COUNT.format(value);
}

/** To three decimals, e.g. a quality or a difference of two. */
export function thousandths(value: number): string {
  return withMinus(value.toFixed(3));
}

export function short(value: number): string {
  return SHORT.format(value);
}

/** @param share 0.5 for 50 % */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined || !Number.isFinite(share) ? UNKNOWN : withMinus(PERCENT.format(share));
}

/** To a tenth for all: a column of shares can be compared at a glance. */
export function tenths(share: number): string {
  return withMinus(TENTHS.format(share));
}

/** A difference as it is shown, with its sign also where it is more. */
export function signed(value: number, show: (value: number) => string): string {
  const text = show(value);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** To a hundredth: for what is near nothing and yet not nothing. */
export function finePercent(share: number | null | undefined): string {
  return share === null || share === undefined || !Number.isFinite(share)
    ? UNKNOWN
    : withMinus(FINE_PERCENT.format(share));
}

export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return value >= 100 ? `${Math.round(value)} ms` : `${value.toFixed(value < 1 ? 2 : 1)} ms`;
}

/** UTC, as the log and the roll-ups count. */
export function moment(text: string): string {
  return `${DATE_TIME.format(new Date(text))} UTC`;
}

/** Shorter, where the head of the column says the rest. */
export function dayTime(text: string): string {
  return DAY_TIME.format(new Date(text));
}

export function day(at: Date): string {
  return DATE.format(at);
}

/** What it was in a period before, e.g. `+12% to the 14 days before`, or the figure itself; null where there was nothing. */
export function change(now: number, before: number, show: (value: number) => string): string | null {
  if (before === 0) return null;
  const share = now / before - 1;
  return Math.abs(share) > MOST_CHANGE ? `${show(before)} before` : `${share >= 0 ? "+" : ""}${percent(share)}`;
}

/** A dimension's value as it is shown; requests without it have a name too. */
export function named(value: unknown): string {
  return value === null || value === undefined || value === "" ? "(none)" : String(value);
}

const WINDOWS: Readonly<Record<string, string>> = {
  "1h": "an hour",
  "1d": "a day",
  "7d": "a week",
  "1w": "a week",
  "1mo": "a month",
  "1y": "a year",
  total: "in all",
};

/** A budget's window in words, e.g. `a month`, `in 3h`. */
export function windowText(window: string): string {
  return WINDOWS[window] ?? `in ${window}`;
}
