/** Metrics in the order of tables, with the heading of each. */
export const METRIC_NAMES: Readonly<Record<string, string>> = {
  aiq: "AIQ",
  apgr: "APGR (calls)",
  apgr_usd: "APGR (USD)",
  cpt50: "CPT50",
  cpt80: "CPT80",
  cost95: "cost at 95 %",
  area: "deferral area",
  qnc: "QNC",
  quality: "quality",
  pgr: "PGR",
  cost_usd: "USD / 1k",
  arena: "arena score",
  regret: "regret",
};

/** Of a knob's whole range, and of one operating point. */
export const CURVE_METRICS = ["aiq", "apgr", "apgr_usd", "cpt50", "cpt80", "cost95", "area", "qnc"] as const;
export const POINT_METRICS = ["quality", "pgr", "cost_usd", "arena", "regret"] as const;

const SHARES: ReadonlySet<string> = new Set(["cpt50", "cpt80", "cost95", "qnc"]);

export function formatMetric(metric: string, value: number): string {
  if (Number.isNaN(value)) return "-";
  if (SHARES.has(metric)) return `${(100 * value).toFixed(1)} %`;
  if (metric === "cost_usd") return (1000 * value).toPrecision(3);
  return value.toFixed(metric === "arena" ? 3 : 4);
}
