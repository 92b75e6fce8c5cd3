import { areaY, dot, lineY, type PlotOptions, pointerX, ruleY, tip } from "@observablehq/plot";
import { useMemo } from "react";
import { count, day } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";

/** One day of a figure; `low` and `high` are the limits that it keeps to while nothing changes. */
export interface DrawnDay {
  readonly day: string;
  readonly value: number;
  /** Answers, or requests, behind it. */
  readonly answers: number;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly is_out?: boolean;
}

/** More of them run into one another where the page is narrow. */
const MOST_TICKS = 4;

interface DayChartProps {
  readonly title: string;
  readonly days: readonly DrawnDay[];
  readonly show: (value: number) => string;
  /** Least height of the scale, so that nothing does not look like something. */
  readonly least: number;
  /** A dashed line that days usually stay below. */
  readonly limit?: number | null;
  /** What was counted for a day. */
  readonly unit?: string;
}

/** A figure day by day, with the limits that it keeps to while nothing changes. */
export function DayChart({ title, days, show, least, limit = null, unit = "answers" }: DayChartProps) {
  const options = useMemo<PlotOptions>(() => {
    const points = days.map((one) => ({ ...one, at: new Date(`${one.day}T00:00:00Z`) }));
    const step = Math.ceil(points.length / MOST_TICKS);
    const most = Math.max(least, limit ?? 0, ...points.map(({ value, high }) => Math.max(value, high ?? 0)));
    const lowest = Math.min(0, ...points.map(({ value }) => value));
    const charted = points.filter(({ low }) => low != null);
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
      y: { grid: true, label: null, ticks: 4, nice: true, domain: [lowest, most], tickFormat: show },
      marks: [
        ruleY([0], { strokeOpacity: 0.4 }),
        ...(limit === null ? [] : [ruleY([limit], { stroke: "var(--weir-before)", strokeDasharray: "4 3" })]),
        areaY(charted, { x: "at", y1: "low", y2: "high", fill: "var(--weir-before)", fillOpacity: 0.18 }),
        lineY(points, { x: "at", y: "value", stroke: "var(--weir-cost)", strokeWidth: 1.5 }),
        dot(points, {
          x: "at",
          y: "value",
          r: ({ is_out: isOut }: DrawnDay) => (isOut === true ? 5 : 2.5),
          fill: ({ is_out: isOut }: DrawnDay) => (isOut === true ? "var(--weir-alarm)" : "var(--weir-cost)"),
        }),
        tip(
          points,
          pointerX({
            x: "at",
            y: "value",
            fill: "var(--mantine-color-body)",
            title: ({ at, value, answers }: (typeof points)[number]) =>
              `${day(at)}: ${show(value)}\n${count(answers)} ${unit}`,
          }),
        ),
      ],
    };
  }, [days, show, least, limit, unit]);
  return <Chart title={title} height={170} options={options} />;
}
