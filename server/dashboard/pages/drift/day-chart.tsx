import { areaY, dot, lineY, type PlotOptions, pointerX, ruleY, tip } from "@observablehq/plot";
import { useMemo } from "react";
import { count, day } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";
import type { ChartDay } from "./drift-body.ts";

/** More of them run into one another where the page is narrow. */
const MOST_TICKS = 4;

interface DayChartProps {
  readonly title: string;
  readonly days: readonly ChartDay[];
  readonly show: (value: number) => string;
  /** Least height of the scale, so that nothing does not look like something. */
  readonly least: number;
}

/** A figure of a model's answers day by day, with the limits that it keeps to while the model stays as it was. */
export function DayChart({ title, days, show, least }: DayChartProps) {
  const options = useMemo<PlotOptions>(() => {
    const points = days.map((one) => ({ ...one, at: new Date(`${one.day}T00:00:00Z`) }));
    const step = Math.ceil(points.length / MOST_TICKS);
    const most = Math.max(least, ...points.map(({ value, high }) => Math.max(value, high ?? 0)));
    const charted = points.filter(({ low }) => low !== null);
    return {
      marginLeft: 48,
      marginRight: 18,
      marginBottom: 34,
      x: {
        type: "utc",
        label: null,
        ticks: points.filter((_, i) => i % step === 0).map(({ at }) => at),
        tickFormat: (at: Date) => day(at),
      },
      y: { grid: true, label: null, ticks: 4, nice: true, domain: [0, most], tickFormat: show },
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
  }, [days, show, least]);
  return <Chart title={title} height={170} options={options} />;
}
