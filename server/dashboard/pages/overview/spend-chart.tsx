import { areaY, lineY, type PlotOptions, pointerX, ruleY, tip } from "@observablehq/plot";
import { useMemo } from "react";
import { usd } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";

export interface ByDay {
  readonly at: Date;
  readonly cost: number;
  readonly requests: number;
}

interface SpendChartProps {
  readonly now: readonly ByDay[];
  readonly earlier: readonly ByDay[];
  readonly interval: "hour" | "day" | "month";
}

/** Cost by bucket, with the period before it drawn behind at the same place. */
export function SpendChart({ now, earlier, interval }: SpendChartProps) {
  const options = useMemo<PlotOptions>(() => {
    const shiftMs = now.length === 0 || earlier.length === 0 ? 0 : now[0]!.at.getTime() - earlier[0]!.at.getTime();
    const behind = earlier.map((one) => ({ ...one, at: new Date(one.at.getTime() + shiftMs) }));
    return {
      x: { type: "utc", label: null },
      y: { grid: true, label: `USD a ${interval}`, tickFormat: (value: number) => usd(value), ticks: 4 },
      marginLeft: 64,
      marks: [
        ruleY([0]),
        lineY(behind, { x: "at", y: "cost", stroke: "var(--weir-before)", strokeDasharray: "4 3" }),
        areaY(now, { x: "at", y: "cost", fill: "var(--weir-cost)", fillOpacity: 0.15 }),
        lineY(now, { x: "at", y: "cost", stroke: "var(--weir-cost)", strokeWidth: 2 }),
        tip(now, pointerX({ x: "at", y: "cost", title: tipOf, fill: "var(--mantine-color-body)" })),
      ],
    };
  }, [now, earlier, interval]);
  return <Chart title={`Spend by ${interval}; dashed: the period before`} options={options} />;
}

function tipOf({ at, cost, requests }: ByDay): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC\n${usd(cost)}, ${requests} requests`;
}
