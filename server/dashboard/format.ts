const USD = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const SMALL_USD = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumSignificantDigits: 3 });
const COUNT = new Intl.NumberFormat("en-US");
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 });
const DATE_TIME = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** Says an unknown value, instead of a zero that nobody measured. */
export const UNKNOWN = "unknown";

/** Dollars to the cent, and small sums to three digits, so that none looks like nothing. */
export function usd(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  return value !== 0 && Math.abs(value) < 0.1 ? SMALL_USD.format(value) : USD.format(value);
}

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : COUNT.format(value);
}

export function short(value: number): string {
  return SHORT.format(value);
}

/** @param share 0.5 for 50 % */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined || !Number.isFinite(share) ? UNKNOWN : PERCENT.format(share);
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

export function day(at: Date): string {
  return DATE.format(at);
}

/** The relative change to a period before, e.g. `+12 %`; null where there was nothing before. */
export function change(now: number, before: number): string | null {
  if (before === 0) return null;
  const share = now / before - 1;
  return `${share >= 0 ? "+" : ""}${PERCENT.format(share)}`;
}

/** A dimension's value as it is shown; requests without it have a name too. */
export function named(value: unknown): string {
  return value === null || value === undefined || value === "" ? "(none)" : String(value);
}
