import { dot, type PlotOptions, ruleX, ruleY } from "@observablehq/plot";
import { useMemo } from "react";
import { usd } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";
import type { MonthBody } from "./savings-body.ts";

/** What each month saved, with its interval. */
export function MonthsChart({ months }: { readonly months: readonly MonthBody[] }) {
  const options = useMemo<PlotOptions>(() => {
    const known = months.filter(({ saved_low_usd: low, saved_high_usd: high }) => low !== null && high !== null);
    return {
      marginLeft: 64,
      x: { type: "point", label: null },
      y: { grid: true, label: null, tickFormat: (value: number) => usd(value), ticks: 4 },
      marks: [
        ruleY([0], { strokeOpacity: 0.4 }),
        ruleX(known, {
          x: "month",
          y1: "saved_low_usd",
          y2: "saved_high_usd",
          stroke: "var(--weir-cost)",
          strokeWidth: 3,
          strokeOpacity: 0.4,
        }),
        dot(known, { x: "month", y: "saved_usd", fill: "var(--weir-cost)", r: 6 }),
      ],
    };
  }, [months]);
  return <Chart title="Verified saving by month, with its interval" height={200} options={options} />;
}
