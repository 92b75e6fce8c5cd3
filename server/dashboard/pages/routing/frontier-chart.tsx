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
    const points = frontier.map(({ cost_usd: cost, quality, difference }) => ({
      cost,
      quality,
      low: incumbent.quality + difference.low,
      high: incumbent.quality + difference.high,
    }));
    const middle = Math.sqrt(Math.min(...points.map(({ cost }) => cost)) * Math.max(...points.map(({ cost }) => cost)));
    const marks = [
      { cost: incumbent.cost_usd, quality: incumbent.quality, name: "incumbent" },
      { cost: current.cost_usd, quality: current.quality, name: "decided" },
    ];
    return {
      marginRight: 24,
      marginBottom: 42,
      marginTop: 28,
      x: {
        type: "log",
        label: "expected cost of a request",
        tickFormat: (value: number) => usd(value),
        ticks: ticksOf(points.map(({ cost }) => cost)),
        insetLeft: 14,
        insetRight: 14,
      },
      y: { grid: true, label: "expected quality", ticks: 5, insetBottom: 12, insetTop: 12 },
      marks: [
        areaY(points, { x: "cost", y1: "low", y2: "high", fill: "var(--weir-cost)", fillOpacity: 0.15 }),
        lineY(points, { x: "cost", y: "quality", stroke: "var(--weir-cost)", strokeWidth: 2 }),
        dot(marks, { x: "cost", y: "quality", fill: "var(--weir-before)", r: 5 }),
        ...marks.map((mark) => {
          const isLeft = mark.cost < middle;
          const place = {
            dy: isLeft ? -4 : 16,
            dx: isLeft ? 12 : -8,
            textAnchor: isLeft ? ("start" as const) : ("end" as const),
          };
          return text([mark], { x: "cost", y: "quality", text: "name", fill: "currentColor", ...place });
        }),
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

/** 1, 2 and 5 of every power of ten between the ends, or only the powers where those would be many. */
function ticksOf(costs: readonly number[]): number[] {
  const [low, high] = [Math.min(...costs), Math.max(...costs)];
  const powers = Array.from({ length: 24 }, (_, i) => 10 ** (i - 12));
  const fine = powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((tick) => tick >= low && tick <= high);
  return fine.length <= 6 ? fine : powers.filter((tick) => tick >= low && tick <= high);
}
