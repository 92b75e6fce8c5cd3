import { lineY, type PlotOptions, pointerX, rectY, ruleY, tip } from "@observablehq/plot";
import { useMemo } from "react";
import { count, day, usd } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";
import { bucketsOf, type Period } from "../../parts/period.tsx";
import type { SpendByBucket } from "./spend-by-bucket.ts";

interface SpendChartProps {
  readonly spend: SpendByBucket;
  readonly period: Period;
  /** Cost of each bucket of the period before, from the first. */
  readonly earlier: readonly number[];
}

interface Whole {
  readonly at: Date;
  readonly cost: number;
  readonly requests: number;
}

/** Cost by bucket as a stack of models, with the period before as a dashed line at the same places. */
export function SpendChart({ spend, period: { from, to, interval }, earlier }: SpendChartProps) {
  const options = useMemo<PlotOptions>(() => {
    const starts = bucketsOf(from, to, interval);
    const middle = (i: number) => new Date((starts[i]! + (starts[i + 1] ?? Date.parse(to))) / 2);
    const behind = earlier.flatMap((cost, i) => (i < starts.length ? [{ at: middle(i), cost }] : []));
    const whole = spend.totals.map((one, i): Whole => ({ at: middle(i), ...one }));
    const parts = spend.parts.flatMap(({ name, colour, costs }) =>
      costs.map((cost, i) => ({ name, colour, cost, from: new Date(starts[i]!), to: ends(starts, i, to) })),
    );
    return {
      x: { type: "utc", label: null, domain: [new Date(from), new Date(to)], ...hoursOf(starts, interval) },
      y: { grid: true, label: null, tickFormat: (value: number) => usd(value), ticks: 4, nice: true },
      marginLeft: 56,
      marks: [
        rectY(parts, {
          x1: "from",
          x2: "to",
          y: "cost",
          fill: "colour",
          order: spend.parts.map(({ name }) => name),
          z: "name",
          insetLeft: 1,
          insetRight: 1,
        }),
        ...(behind.some(({ cost }) => cost > 0)
          ? [
              // On a pale edge, so that it is seen before the bars as well.
              lineY(behind, { x: "at", y: "cost", stroke: "var(--weir-card)", strokeWidth: 4, strokeOpacity: 0.75 }),
              lineY(behind, {
                x: "at",
                y: "cost",
                stroke: "var(--weir-before)",
                strokeWidth: 2,
                strokeDasharray: "5 3",
              }),
            ]
          : []),
        ruleY([0]),
        tip(
          whole,
          pointerX({
            x: "at",
            y: "cost",
            title: (one: Whole) => tipOf(one, interval),
            fill: "var(--mantine-color-body)",
          }),
        ),
      ],
    };
  }, [spend, from, to, interval, earlier]);
  const [lowest, highest] = [spend.totals.map(({ cost }) => cost)].map((costs) => [
    Math.min(...costs),
    Math.max(...costs),
  ])[0]!;
  return (
    <>
      <ul className="weir-legend">
        {spend.parts.map(({ name, colour }) => (
          <li key={name}>
            <span className="weir-swatch" style={{ background: colour }} />
            {name}
          </li>
        ))}
        {earlier.some((cost) => cost > 0) ? (
          <li>
            <span className="weir-swatch" data-dashed />
            the period before, all models
          </li>
        ) : null}
      </ul>
      <Chart
        title={`Spend by ${interval} and model, from ${usd(lowest)} to ${usd(highest)}; dashed: the period before`}
        height={260}
        options={options}
      />
    </>
  );
}

/** Every sixth hour, by the clock of the log. */
function hoursOf(starts: readonly number[], interval: Period["interval"]): PlotOptions["x"] {
  if (interval !== "hour") return {};
  const shown = starts.map((atMs) => new Date(atMs)).filter((at) => at.getUTCHours() % 6 === 0);
  return {
    ticks: shown,
    tickFormat: (at: Date) => (at.getUTCHours() === 0 ? day(at) : `${at.toISOString().slice(11, 13)}:00`),
  };
}

function ends(starts: readonly number[], i: number, to: string): Date {
  return new Date(starts[i + 1] ?? Date.parse(to));
}

function tipOf({ at, cost, requests }: Whole, interval: Period["interval"]): string {
  const when =
    interval === "hour"
      ? `${at.toISOString().slice(11, 13)}:00 UTC`
      : interval === "month"
        ? at.toISOString().slice(0, 7)
        : day(at);
  return `${when}\n${usd(cost)}, ${count(requests)} requests`;
}
