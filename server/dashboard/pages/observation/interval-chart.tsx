import { Text } from "@mantine/core";
import { areaY, dot, lineY, type PlotOptions, pointerX, ruleY, tip } from "@observablehq/plot";
import { useMemo } from "react";
import { percent } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";
import type { Figure, HistoryDay } from "./observation-body.ts";

interface IntervalChartProps {
  readonly title: string;
  readonly history: readonly HistoryDay[];
  readonly of: (day: HistoryDay) => Figure | null;
  /** A line that the interval should get above. */
  readonly limit?: number;
}

interface Drawn {
  readonly day: number;
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
}

/** A figure and its interval, day by day. Days on which nothing bounds it are left out. */
export function IntervalChart({ title, history, of, limit }: IntervalChartProps) {
  const days = useMemo(() => boundedDays(history, of), [history, of]);
  const options = useMemo<PlotOptions>(() => {
    const last = history.at(-1)?.day ?? 1;
    const newest = days.at(-1);
    // Bounds of the first days, which say nothing yet, would leave no room for those that do.
    const widest =
      limit === undefined || newest === undefined
        ? null
        : Math.max(4 * Math.abs(limit), 1.5 * Math.abs(newest.low), 1.5 * Math.abs(newest.high));
    return {
      marginLeft: 56,
      marginBottom: 36,
      x: { label: "day", tickFormat: "d", domain: [1, Math.max(2, last)], ticks: wholeDays(last) },
      y: {
        grid: true,
        label: null,
        tickFormat: (value: number) => percent(value),
        ticks: 5,
        ...(widest === null ? { nice: true } : { domain: [-widest, widest] }),
      },
      marks: [
        ruleY([0], { strokeOpacity: 0.4 }),
        ...(limit === undefined ? [] : [ruleY([limit], { stroke: "var(--weir-before)", strokeDasharray: "4 3" })]),
        areaY(days, { x: "day", y1: "low", y2: "high", fill: "var(--weir-cost)", fillOpacity: 0.2, clip: true }),
        lineY(days, { x: "day", y: "value", stroke: "var(--weir-cost)", strokeWidth: 2, clip: true }),
        dot(days, { x: "day", y: "value", fill: "var(--weir-cost)", r: 3, clip: true }),
        tip(days, pointerX({ x: "day", y: "value", title: tipOf, fill: "var(--mantine-color-body)" })),
      ],
    };
  }, [history, days, limit]);
  if (days.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No day's audits bound it yet.
      </Text>
    );
  return <Chart title={title} height={220} options={options} />;
}

function boundedDays(history: readonly HistoryDay[], of: IntervalChartProps["of"]): Drawn[] {
  return history.flatMap((one) => {
    const figure = of(one);
    if (figure === null || figure.low === null || figure.high === null) return [];
    return [{ day: one.day, value: figure.value, low: figure.low, high: figure.high }];
  });
}

/** At most 15 of them, so that they do not run into one another. */
function wholeDays(last: number): number[] {
  const step = Math.ceil(last / 15);
  return Array.from({ length: last }, (_, i) => i + 1).filter((day) => (day - 1) % step === 0);
}

function tipOf({ day, value, low, high }: Drawn): string {
  return `day ${day}\n${percent(value)} [${percent(low)}, ${percent(high)}]`;
}
