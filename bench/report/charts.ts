import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { hull, hullHeight } from "../../trainer/metrics/hull.ts";
import type { BenchReport, CalibrationReport, StudyChart } from "../result.ts";

/** Series colours, distinguishable for colour-blind eyes and on light and dark ground alike. */
const COLOURS = [
  "#0b84d8",
  "#e8772e",
  "#2fa36b",
  "#c2549d",
  "#8c6bd6",
  "#b38a00",
  "#5f8a99",
  "#d1495b",
  "#7a9a2e",
  "#9a6b4f",
];
const WIDTH = 760;
const MARGIN = { marginLeft: 64, marginRight: 24, marginTop: 28, marginBottom: 44 };
const STYLE = { fontSize: "12px", fontFamily: "inherit", background: "transparent", overflow: "visible" };

/**
 * Cost-quality frontier: each contender's hull, the single models as dots (those on the Zero router's hull by name), the
 * best single model's quality as a line. The oracle may leave the picture at the top.
 */
export function frontierChart(report: BenchReport): string {
  const shown = shownFrontiers(report);
  const singles = report.singles.flatMap(({ model, quality, cost_usd }) =>
    cost_usd === null ? [] : [{ model, quality, cost: cost_usd * THOUSAND }],
  );
  const dearest = Math.max(...singles.map(({ cost }) => cost));
  const lines = shown.flatMap(({ name, points }) =>
    alongHull(
      points.map(({ cost, quality }) => ({ cost: cost * THOUSAND, quality })),
      dearest,
    ).map((point) => ({ ...point, name })),
  );
  const corners = hull(singles);
  // Names stand under and over their dots by turns, the last one to its left, so that neighbours stay apart.
  const labels = corners.flatMap((corner, turn) => {
    const at = singles.find(({ cost, quality }) => cost === corner.cost && quality === corner.quality);
    if (at === undefined) return [];
    const isLast = turn === corners.length - 1;
    const options = isLast
      ? { dx: -8, dy: 14, textAnchor: "end" as const }
      : { dx: 8, dy: turn % 2 === 0 ? 14 : 26, textAnchor: "start" as const };
    return [{ at, options }];
  });
  const qualities = [...singles, ...lines.filter(({ name }) => name !== "oracle")].map(({ quality }) => quality);
  const [low, high] = [Math.min(...qualities), Math.max(...qualities)];
  const bestSingle = Math.max(...singles.map(({ quality }) => quality));
  return draw({
    ...MARGIN,
    width: WIDTH,
    height: 440,
    style: STYLE,
    x: { type: "log", label: "USD per 1,000 prompts (log) →", grid: true, tickFormat: "~g", ticks: 5 },
    y: { label: "↑ mean quality", grid: true, domain: [low - 0.08 * (high - low), high + 0.12 * (high - low)] },
    color: { domain: shown.map(({ name }) => name), range: COLOURS, legend: false },
    marks: [
      Plot.ruleY([bestSingle], { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "4 4" }),
      Plot.line(lines, {
        x: "cost",
        y: "quality",
        stroke: "name",
        strokeWidth: 1.4,
        clip: true,
        filter: ({ name }: Line) => name !== "weir",
      }),
      Plot.line(lines, {
        x: "cost",
        y: "quality",
        stroke: "name",
        strokeWidth: 3,
        clip: true,
        filter: ({ name }: Line) => name === "weir",
      }),
      Plot.dot(singles, { x: "cost", y: "quality", r: 3.5, fill: "currentColor", fillOpacity: 0.7 }),
      ...labels.map(({ at, options }) =>
        Plot.text([at], {
          x: "cost",
          y: "quality",
          text: "model",
          fill: "currentColor",
          fillOpacity: 0.85,
          stroke: "var(--card)",
          strokeWidth: 4,
          fontSize: 10.5,
          ...options,
        }),
      ),
    ],
  });
}

/** The frontiers that are drawn. */
export function shownFrontiers(report: BenchReport): BenchReport["frontier"] {
  return report.frontier.filter(({ name, points }) => points.length > 0 && name !== "shuffled");
}

type Line = { readonly name: string };

const CURVE_STEPS = 60;

/** A hull's straight lines as points, because on a logarithmic axis they bend; flat from its end to `until`. */
function alongHull(
  corners: readonly { cost: number; quality: number }[],
  until: number,
): { cost: number; quality: number }[] {
  const first = corners[0]!.cost;
  const last = Math.max(until, corners.at(-1)!.cost);
  const steps = Array.from({ length: CURVE_STEPS + 1 }, (_, step) => first * (last / first) ** (step / CURVE_STEPS));
  const costs = [...new Set([...steps, ...corners.map(({ cost }) => cost)])].sort((a, b) => a - b);
  return costs.map((cost) => ({ cost, quality: hullHeight(corners, cost) }));
}

/** Predicted against observed quality in equal-mass bins, one small panel a model. */
export function reliabilityChart(calibration: readonly CalibrationReport[]): string {
  const points = calibration.flatMap(({ model, bins }) => bins.map((bin) => ({ ...bin, model })));
  const columns = Math.min(4, calibration.length);
  const panels = new Map(
    calibration.map(({ model }, index) => [model, { column: index % columns, line: Math.floor(index / columns) }]),
  );
  const place = (point: { model: string }) => panels.get(point.model)!;
  const lines = Math.ceil(calibration.length / columns);
  return draw({
    marginLeft: 44,
    marginRight: 12,
    marginTop: 16,
    marginBottom: 40,
    width: WIDTH,
    height: 30 + lines * 200,
    style: STYLE,
    x: { domain: [0, 1], label: null, ticks: [0, 0.5, 1], tickFormat: String, grid: true },
    y: { domain: [0, 1], label: null, ticks: [0, 0.5, 1], tickFormat: String, grid: true },
    fx: { axis: null, padding: 0.16 },
    fy: { axis: null, padding: 0.22 },
    marks: [
      Plot.link([0], {
        x1: 0,
        y1: 0,
        x2: 1,
        y2: 1,
        stroke: "currentColor",
        strokeOpacity: 0.4,
        strokeDasharray: "3 3",
      }),
      Plot.line(points, {
        x: "predicted",
        y: "observed",
        fx: (d: Place) => place(d).column,
        fy: (d: Place) => place(d).line,
        stroke: COLOURS[0]!,
        strokeWidth: 1.5,
      }),
      Plot.dot(points, {
        x: "predicted",
        y: "observed",
        fx: (d: Place) => place(d).column,
        fy: (d: Place) => place(d).line,
        fill: COLOURS[0]!,
        r: 2.5,
      }),
      Plot.text(calibration, {
        fx: (d: Place) => place(d).column,
        fy: (d: Place) => place(d).line,
        frameAnchor: "top-left",
        dx: 4,
        dy: -12,
        text: (d: CalibrationReport) => `${d.model.slice(0, 24)}  ${d.ece.toFixed(3)}`,
        fill: "currentColor",
        fontSize: 10.5,
      }),
    ],
  });
}

/** A study's chart: lines with their intervals. */
export function studyChart(chart: StudyChart): string {
  const banded = chart.points.filter(({ low, high }) => low !== null && high !== null);
  return draw({
    ...MARGIN,
    width: WIDTH,
    height: 380,
    style: STYLE,
    x: {
      type: chart.isLogX ? "log" : "linear",
      label: `${chart.x} →`,
      grid: true,
      ...(chart.isLogX ? { tickFormat: "~s" } : {}),
    },
    y: { label: `↑ ${chart.y}`, grid: true, nice: true },
    color: { domain: seriesOf(chart), range: COLOURS, legend: false },
    marks: [
      ...(chart.kind === "reliability"
        ? [
            Plot.link([0], {
              x1: 0,
              y1: 0,
              x2: 1,
              y2: 1,
              stroke: "currentColor",
              strokeOpacity: 0.4,
              strokeDasharray: "3 3",
            }),
          ]
        : []),
      Plot.areaY(banded, { x: "x", y1: "low", y2: "high", fill: "series", z: "series", fillOpacity: 0.12 }),
      Plot.line(chart.points, { x: "x", y: "y", stroke: "series", z: "series", strokeWidth: 2 }),
      Plot.dot(chart.points, { x: "x", y: "y", fill: "series", r: 3 }),
    ],
  });
}

/** Names and colours of series in drawing order, for a legend in HTML. */
export function legend(names: readonly string[]): readonly { readonly name: string; readonly colour: string }[] {
  return names.map((name, index) => ({ name, colour: COLOURS[index % COLOURS.length]! }));
}

export function seriesOf(chart: StudyChart): string[] {
  return [...new Set(chart.points.map(({ series }) => series))];
}

type Place = { model: string };

const THOUSAND = 1000;

function draw(options: Plot.PlotOptions): string {
  const { document } = parseHTML("<html><body></body></html>");
  return Plot.plot({ ...options, document: document as unknown as NonNullable<Plot.PlotOptions["document"]> })
    .outerHTML; // linkedom's has what Plot calls
}
