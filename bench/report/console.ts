import { type Cell, terminalTable } from "../../engine/terminal-table.ts";
import type { BenchReport, StudyReport } from "../result.ts";
import { CURVE_METRICS, formatMetric, METRIC_NAMES, POINT_METRICS } from "./format.ts";

const MOST_TASKS = 20;

/** A study as text for a terminal. */
export function printStudy(report: StudyReport): string {
  const parts = [`${report.study}: ${report.protocol}`];
  for (const { title, columns, rows, note } of report.tables) {
    const table = tableUnder(columns);
    table.push(...rows.map((row) => row.map(cellText)));
    parts.push(`\n${title}\n${table.toString()}${note === "" ? "" : `\n${note}`}`);
  }
  if (report.bars.length > 0) {
    const table = tableUnder(["bar", "value", "", ""]);
    table.push(
      ...report.bars.map(({ what, value, bar, wanted, met }) => [
        what,
        cellText(value),
        `${wanted} ${bar}`,
        met ? "met" : "NOT MET",
      ]),
    );
    parts.push(`\n${table.toString()}`);
  }
  parts.push(...report.notes, `${report.seconds} s, commit ${report.commit}, seed ${report.seed}`);
  return parts.join("\n");
}

/** A benchmark of one source as text for a terminal. */
export function printBench(report: BenchReport): string {
  const { data, pair, policies } = report;
  const versus = tableUnder(["", "against", "metric", "difference", "95 %", ""]);
  for (const row of policies) {
    for (const [baseline, { metric, difference, low, high, distinguishable }] of Object.entries(row.vs)) {
      const verdict = distinguishable ? (difference > 0 ? "better" : "worse") : "not distinguishable";
      versus.push([
        row.name,
        baseline,
        METRIC_NAMES[metric] ?? metric,
        formatMetric(metric, difference),
        `${formatMetric(metric, low)} to ${formatMetric(metric, high)}`,
        verdict,
      ]);
    }
  }
  const calibration = tableUnder(["model", "ECE", "95 %", "Brier", "n"]);
  for (const { model, ece, ece_low, ece_high, brier, n } of report.calibration) {
    calibration.push([model, ece.toFixed(4), `${ece_low.toFixed(4)} to ${ece_high.toFixed(4)}`, brier.toFixed(4), n]);
  }
  const promise = tableUnder(["policy", "target", "promised", "achieved", "fell short", "by a point", "cost share"]);
  for (const row of report.promise) {
    promise.push([
      row.policy,
      row.target,
      row.promised_quality.toFixed(4),
      `${row.achieved.value.toFixed(4)} (${row.achieved.low.toFixed(4)} to ${row.achieved.high.toFixed(4)})`,
      percent(row.broken),
      percent(row.broken_by_a_point),
      percent(row.cost_share),
    ]);
  }
  const tasks = tableUnder(["task", "n", "quality", "best single", "oracle", "cost share", "most chosen"]);
  for (const row of report.tasks.slice(0, MOST_TASKS)) {
    tasks.push([
      row.task,
      row.n,
      row.quality.toFixed(3),
      row.best_single_quality.toFixed(3),
      row.oracle_quality.toFixed(3),
      row.cost_share === null ? "" : percent(row.cost_share),
      `${row.most_chosen} ${percent(row.most_chosen_share)}`,
    ]);
  }
  return [
    `${data.source}, ${data.split} split: ${data.prompts} prompts in ${data.groups} groups, ${data.models.length} models; calls move from ${pair.weak} to ${pair.strong}`,
    `Curves: over the whole range of each one's knob\n${metricTable(report, CURVE_METRICS)}`,
    `Operating points: weir at ${percent(report.quality_target)} of the best single model's quality\n${metricTable(report, POINT_METRICS)}`,
    ...(report.policies.some(({ vs }) => Object.keys(vs).length > 0) ? ["Paired differences", versus.toString()] : []),
    ...(report.calibration.length > 0 ? ["Calibration", calibration.toString()] : []),
    ...(report.promise.length > 0
      ? ["Realised against promised, calibration and test rows parted anew each time", promise.toString()]
      : []),
    ...(report.tasks.length > 0
      ? [
          `By task, at the quality target${report.tasks.length > MOST_TASKS ? ` (the ${MOST_TASKS} largest of ${report.tasks.length})` : ""}`,
          tasks.toString(),
        ]
      : []),
    `oracle ${report.ceiling.oracle_quality.toFixed(4)}; ${report.ceiling.noise}`,
    ...(report.out_of_distribution_share === null
      ? []
      : [`out of distribution: ${percent(report.out_of_distribution_share)} of the prompts`]),
    ...(report.latency === null
      ? []
      : [
          `in-process: ${Math.round(report.latency.decisions_per_s)} decisions/s, p50 ${report.latency.p50_ms.toFixed(3)} ms, p99 ${report.latency.p99_ms.toFixed(3)} ms`,
        ]),
    ...report.notes,
    `commit ${report.commit}, seed ${report.seed}, artifact ${report.artifact}`,
  ].join("\n");
}

function metricTable({ policies }: BenchReport, wanted: readonly string[]): string {
  const metrics = wanted.filter((metric) => policies.some((row) => row.metrics[metric] !== undefined));
  const table = tableUnder(["", ...metrics.map((metric) => METRIC_NAMES[metric]!)]);
  for (const row of policies) {
    const cells = metrics.map((metric) => {
      const found = row.metrics[metric];
      if (found === undefined) return "";
      const [value, low, high] = [found.value, found.low, found.high].map((each) => formatMetric(metric, each));
      return `${value} [${low}, ${high}]`;
    });
    if (cells.some((cell) => cell !== "")) table.push([row.name, ...cells]);
  }
  return table.toString();
}

function tableUnder(head: readonly string[]) {
  const rows: Cell[][] = [];
  return {
    push(...more: Cell[][]): void {
      rows.push(...more);
    },
    toString: () => terminalTable(head, rows),
  };
}

function cellText(value: string | number | null): string {
  if (value === null || (typeof value === "number" && Number.isNaN(value))) return "";
  return typeof value === "string" ? value : Number.isInteger(value) ? String(value) : value.toFixed(4);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
