import { dot, type PlotOptions, ruleX, ruleY } from "@observablehq/plot";
import { useMemo } from "react";
import { usd } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";
import type { MonthBody } from "./savings-body.ts";

const ROW_HEIGHT = 34;
const AXIS_HEIGHT = 46;

/** What each month saved, with its interval; a line a month, the newest on top. */
export function MonthsChart({ months }: { readonly months: readonly MonthBody[] }) {
  const known = useMemo(
    () => months.filter(({ saved_low_usd: low, saved_high_usd: high }) => low !== null && high !== null).toReversed(),
    [months],
  );
  const options = useMemo<PlotOptions>(
    () => ({
      marginLeft: 70,
      marginTop: 6,
      x: { grid: true, label: null, tickFormat: (value: number) => usd(value), ticks: 5, nice: true },
      y: { type: "band", label: null, domain: known.map(({ month }) => month) },
      marks: [
        ruleX([0], { strokeOpacity: 0.5 }),
        ruleY(known, {
          y: "month",
          x1: "saved_low_usd",
          x2: "saved_high_usd",
          stroke: "var(--weir-cost)",
          strokeWidth: 6,
          strokeOpacity: 0.35,
          strokeLinecap: "round",
        }),
        dot(known, { y: "month", x: "saved_usd", fill: "var(--weir-cost)", r: 6 }),
      ],
    }),
    [known],
  );
  if (known.length === 0) return null;
  return (
    <Chart
      title="Verified saving by month, with its interval"
      height={AXIS_HEIGHT + ROW_HEIGHT * known.length}
      options={options}
    />
  );
}
