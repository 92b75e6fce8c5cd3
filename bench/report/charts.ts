import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
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

/** Cost-quality frontier: each contender's hull, the single models as labelled dots, the target as a line. */
export function frontierChart(report: BenchReport): string {
  const lines = report.frontier.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })));
  const singles = report.singles.flatMap(({ model, quality, cost_usd }) =>
    cost_usd === null ? [] : [{ model, quality, cost: cost_usd * THOUSAND }],
  );
  const scaled = lines.map((point) => ({ ...point, cost: point.cost * THOUSAND }));
  const bestSingle = Math.max(...report.singles.map(({ quality }) => quality));
  return draw({
    ...MARGIN,
    width: WIDTH,
    height: 440,
    style: STYLE,
    x: { type: "log", label: "USD per 1,000 prompts (log) →", grid: true, tickFormat: "~g", ticks: 6 },
    y: { label: "↑ mean quality", grid: true, nice: true },
    color: { domain: report.frontier.map(({ name }) => name), range: COLOURS, legend: false },
    marks: [
      Plot.ruleY([bestSingle], { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "4 4" }),
      Plot.line(scaled, {
        x: "cost",
        y: "quality",
        stroke: "name",
        strokeWidth: (d: { name: string }) => (d.name === "weir" ? 3 : 1.5),
      }),
      Plot.dot(singles, { x: "cost", y: "quality", r: 3.5, fill: "currentColor", fillOpacity: 0.75 }),
      Plot.text(singles, {
        x: "cost",
        y: "quality",
        text: "model",
        dy: 12,
        fill: "currentColor",
        fillOpacity: 0.75,
        fontSize: 10,
      }),
    ],
  });
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
    x: { domain: [0, 1], label: "predicted quality →", ticks: 3, grid: true },
    y: { domain: [0, 1], label: "↑ observed", ticks: 3, grid: true },
    fx: { axis: null, padding: 0.12 },
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
        fontSize: 10,
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
      Plot.areaY(banded, { x: "x", y1: "low", y2: "high", fill: "series", fillOpacity: 0.12 }),
      Plot.line(chart.points, { x: "x", y: "y", stroke: "series", strokeWidth: 2 }),
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
