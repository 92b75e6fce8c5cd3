import { areaY, dot, lineY, type PlotOptions, text } from "@observablehq/plot";
import { useMemo } from "react";
import { usd } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";
import type { RoutingBody, RoutingPoint } from "./routing-body.ts";

interface FrontierChartProps {
  readonly frontier: RoutingBody["frontier"];
  readonly incumbent: NonNullable<RoutingBody["incumbent"]>;
  readonly current: RoutingPoint;
  readonly handle: RoutingPoint;
}

/** Mean predicted quality over cost a request, with the band of its difference to the incumbent. */
export function FrontierChart({ frontier, incumbent, current, handle }: FrontierChartProps) {
  const options = useMemo<PlotOptions>(() => {
    const points = [...new Map(frontier.map((point) => [point.cost_usd, point])).values()].map(
      ({ cost_usd: cost, quality, difference }) => ({
        cost,
        quality,
        low: incumbent.quality + difference.low,
        high: incumbent.quality + difference.high,
      }),
    );
    const marks = [
      { cost: incumbent.cost_usd, quality: incumbent.quality, name: "incumbent" },
      { cost: current.cost_usd, quality: current.quality, name: "as decided now" },
    ];
    return {
      marginRight: 80,
      x: { type: "log", label: "USD a request", tickFormat: (value: number) => usd(value), ticks: 4 },
      y: { grid: true, label: "expected quality" },
      marks: [
        areaY(points, { x: "cost", y1: "low", y2: "high", fill: "var(--weir-cost)", fillOpacity: 0.15 }),
        lineY(points, { x: "cost", y: "quality", stroke: "var(--weir-cost)", strokeWidth: 2 }),
        dot(marks, { x: "cost", y: "quality", fill: "var(--weir-before)", r: 5 }),
        text(marks, { x: "cost", y: "quality", text: "name", dy: -12, fill: "currentColor" }),
        dot([{ cost: handle.cost_usd, quality: handle.quality }], {
          x: "cost",
          y: "quality",
          fill: "var(--weir-cost)",
          stroke: "var(--mantine-color-body)",
          r: 7,
        }),
      ],
    };
  }, [frontier, incumbent, current, handle]);
  return <Chart title="Expected quality over cost a request, for every trade-off" height={300} options={options} />;
}
