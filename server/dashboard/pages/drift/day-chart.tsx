import { areaY, dot, lineY, type PlotOptions, pointerX, ruleY, tip } from "@observablehq/plot";
import { useMemo } from "react";
import { count, day } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";
import type { ChartDay } from "./drift-body.ts";

interface DayChartProps {
  readonly title: string;
  readonly days: readonly ChartDay[];
  readonly show: (value: number) => string;
}

/** A figure of a model's answers day by day, with the limits that it keeps to while the model stays as it was. */
export function DayChart({ title, days, show }: DayChartProps) {
  const options = useMemo<PlotOptions>(() => {
    const points = days.map((one) => ({ ...one, at: new Date(`${one.day}T00:00:00Z`) }));
    const charted = points.filter(({ low }) => low !== null);
    return {
      marginLeft: 48,
      marginRight: 18,
      marginBottom: 34,
      x: { type: "utc", label: null, ticks: Math.min(5, points.length), tickFormat: (at: Date) => day(at) },
      y: { grid: true, label: null, ticks: 4, nice: true, zero: true, tickFormat: show },
      marks: [
        ruleY([0], { strokeOpacity: 0.4 }),
        areaY(charted, { x: "at", y1: "low", y2: "high", fill: "var(--weir-before)", fillOpacity: 0.18 }),
        lineY(points, { x: "at", y: "value", stroke: "var(--weir-cost)", strokeWidth: 1.5 }),
        dot(points, {
          x: "at",
          y: "value",
          r: ({ is_out: isOut }: ChartDay) => (isOut ? 5 : 2.5),
          fill: ({ is_out: isOut }: ChartDay) => (isOut ? "var(--weir-alarm)" : "var(--weir-cost)"),
        }),
        tip(
          points,
          pointerX({
            x: "at",
            y: "value",
            fill: "var(--mantine-color-body)",
            title: ({ at, value, answers }: (typeof points)[number]) =>
              `${day(at)}: ${show(value)}\n${count(answers)} answers`,
          }),
        ),
      ],
    };
  }, [days, show]);
  return <Chart title={title} height={170} options={options} />;
}
