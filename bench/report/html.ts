import type { BenchReport, Estimate, StudyReport } from "../result.ts";
import { frontierChart, legend, reliabilityChart, seriesOf, shownFrontiers, studyChart } from "./charts.ts";
import { CURVE_METRICS, formatMetric, METRIC_NAMES, POINT_METRICS } from "./format.ts";
import { STYLE_SHEET } from "./style-sheet.ts";

const VERDICTS: ReadonlySet<string> = new Set(["better", "worse", "not distinguishable"]);

/** One self-contained page: no script, no request. */
export function benchPage(reports: readonly BenchReport[]): string {
  const first = reports[0];
  const title = `weir bench: ${reports.map(({ data }) => data.source).join(", ")}`;
  return page(title, [
    `<p class="lead">${reports.length === 1 ? "" : `${reports.length} sources. `}Each number comes with a 95 % interval from resampling whole
question groups; a difference whose interval covers 0 is called <em>not distinguishable</em>.</p>`,
    ...reports.map(benchSection),
    first === undefined ? "" : provenance(first),
  ]);
}

export function studyPage(reports: readonly StudyReport[]): string {
  const first = reports[0];
  return page(`weir bench --study ${reports.map(({ study }) => study).join(", ")}`, [
    ...reports.map(studySection),
    first === undefined ? "" : provenance(first),
  ]);
}

function benchSection(report: BenchReport): string {
  const { data, ceiling } = report;
  const parts = [
    `<section><h2>${html(data.source)} <small>${data.split} split</small></h2>`,
    `<p class="facts">${[
      fact("prompts", `${data.prompts} in ${data.groups} groups`),
      fact("models", String(data.models.length)),
      fact("pair for calls", `${report.pair.weak} → ${report.pair.strong}`),
      fact("oracle quality", ceiling.oracle_quality.toFixed(3)),
      fact("noise", ceiling.noise),
      ...(report.out_of_distribution_share === null
        ? []
        : [fact("out of distribution", percent(report.out_of_distribution_share))]),
    ].join("")}</p>`,
  ];
  if (report.frontier.length > 0) {
    parts.push(`<figure><figcaption>Cost and quality: what each can reach by moving its one knob (upper hull). Dots: one model always.
Dashed: the best single model.</figcaption>${legendList(shownFrontiers(report).map(({ name }) => name))}${frontierChart(report)}</figure>`);
  }
  parts.push(policyTable(report));
  if (report.calibration.length > 0) {
    parts.push(
      `<figure><figcaption>Reliability: predicted quality (across) against observed quality (up) on the ${data.split} split, equal-mass bins; the number is ECE.</figcaption>${reliabilityChart(report.calibration)}</figure>`,
    );
  }
  if (report.promise.length > 0) parts.push(promiseTable(report));
  if (report.tasks.length > 0) parts.push(taskTable(report));
  parts.push(
    report.latency === null
      ? ""
      : `<p class="facts">${fact("in-process", `${Math.round(report.latency.decisions_per_s)} decisions/s`)}${fact("p50", `${report.latency.p50_ms.toFixed(3)} ms`)}${fact("p99", `${report.latency.p99_ms.toFixed(3)} ms`)}</p>`,
    report.notes.length === 0
      ? ""
      : `<ul class="notes">${report.notes.map((note) => `<li>${html(note)}</li>`).join("")}</ul>`,
    "</section>",
  );
  return parts.join("\n");
}

function policyTable(report: BenchReport): string {
  const baselines = [...new Set(report.policies.flatMap((row) => Object.keys(row.vs)))];
  const compared = report.policies.filter((row) => Object.keys(row.vs).length > 0);
  const versus = compared.flatMap((row) =>
    baselines.flatMap((baseline) => {
      const found = row.vs[baseline];
      if (found === undefined) return [];
      const verdict = found.distinguishable ? (found.difference > 0 ? "better" : "worse") : "not distinguishable";
      return `<tr><th>${html(row.name)}</th><th>${html(baseline)}</th><td>${METRIC_NAMES[found.metric] ?? found.metric}</td><td>${signed(found.metric, found.difference)}
<small>[${signed(found.metric, found.low)}, ${signed(found.metric, found.high)}]</small></td><td><span class="tag ${verdict.replaceAll(" ", "-")}">${verdict}</span></td></tr>`;
    }),
  );
  return `<h3>Curves</h3><p>What each reaches over the whole range of its knob.</p>${metricTable(report, CURVE_METRICS)}
<h3>Operating points</h3><p>What each brings as it stands; weir at ${percent(report.quality_target)} of the best single model's quality.</p>${metricTable(report, POINT_METRICS)}
<h3>Paired differences</h3><div class="scroll" tabindex="0"><table><thead><tr><th></th><th>against</th><th>metric</th><th>difference</th><th></th></tr></thead><tbody>${versus.join("\n")}</tbody></table></div>`;
}

function metricTable(report: BenchReport, wanted: readonly string[]): string {
  const metrics = wanted.filter((metric) => report.policies.some((row) => row.metrics[metric] !== undefined));
  const rows = report.policies
    .filter((row) => metrics.some((metric) => row.metrics[metric] !== undefined))
    .map(
      (row) =>
        `<tr class="${row.source}"><th>${html(row.name)}<small>${row.source}</small></th>${metrics
          .map((metric) => `<td>${estimateCell(metric, row.metrics[metric])}</td>`)
          .join("")}</tr>`,
    );
  const head = metrics.map((metric) => `<th>${METRIC_NAMES[metric]}</th>`).join("");
  return `<div class="scroll" tabindex="0"><table><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function promiseTable(report: BenchReport): string {
  const rows = report.promise.map(
    (
      row,
    ) => `<tr><th>${html(row.policy)}</th><td>${percent(row.target)}</td><td>${row.promised_quality.toFixed(4)}</td><td>${row.achieved.value.toFixed(4)}
<small>[${row.achieved.low.toFixed(4)}, ${row.achieved.high.toFixed(4)}]</small></td><td>${percent(row.broken)}</td><td>${percent(row.broken_by_a_point)}</td><td>${percent(row.cost_share)}</td></tr>`,
  );
  return `<h3>Realised against promised</h3><p>Rows that were not learned from are parted anew into a calibration and a test set ${report.promise[0]?.resamples ?? 0} times; a mean that is kept exactly falls short by chance half of the time.</p>
<div class="scroll" tabindex="0"><table><thead><tr><th>policy</th><th>target</th><th>promised</th><th>achieved</th><th>fell short</th><th>by over a point</th><th>cost of the incumbent's</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function taskTable(report: BenchReport): string {
  const rows = report.tasks.map(
    (
      row,
    ) => `<tr><th>${html(row.task)}</th><td>${row.n}</td><td>${row.quality.toFixed(3)}</td><td>${row.best_single_quality.toFixed(3)}</td><td>${row.oracle_quality.toFixed(3)}</td>
<td>${row.cost_share === null ? "" : percent(row.cost_share)}</td><td>${html(row.most_chosen)} <small>${percent(row.most_chosen_share)}</small></td></tr>`,
  );
  return `<details><summary>By task (${report.tasks.length}), at the quality target</summary><div class="scroll" tabindex="0"><table><thead><tr><th>task</th><th>n</th><th>quality</th><th>best single</th><th>oracle</th><th>cost share</th><th>most chosen</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div></details>`;
}

function studySection(report: StudyReport): string {
  const bars = report.bars.map(
    (row) =>
      `<tr><th>${html(row.what)}</th><td>${short(row.value)}</td><td>${row.wanted} ${short(row.bar)}</td><td><span class="tag ${row.met ? "better" : "worse"}">${row.met ? "met" : "not met"}</span></td></tr>`,
  );
  return `<section><h2>${html(report.study)}</h2><p>${html(report.protocol)}</p>
${bars.length === 0 ? "" : `<h3>Bars</h3><div class="scroll" tabindex="0"><table><tbody>${bars.join("\n")}</tbody></table></div>`}
${report.charts.map((chart) => `<figure><figcaption>${html(chart.title)}</figcaption>${legendList(seriesOf(chart))}${studyChart(chart)}</figure>`).join("\n")}
${report.tables.map(studyTable).join("\n")}
${report.notes.length === 0 ? "" : `<ul class="notes">${report.notes.map((note) => `<li>${html(note)}</li>`).join("")}</ul>`}
<p class="facts">${fact("command", report.command)}${fact("took", `${Math.round(report.seconds)} s`)}</p></section>`;
}

function studyTable(table: StudyReport["tables"][number]): string {
  const cell = (value: string | number | null) => {
    if (value === null || Number.isNaN(value)) return "";
    if (typeof value === "number")
      return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) >= 2 ? 2 : 4);
    return VERDICTS.has(value) ? `<span class="tag ${value.replaceAll(" ", "-")}">${value}</span>` : html(value);
  };
  const rows = table.rows.map(
    (row) =>
      `<tr>${row.map((value, at) => (at === 0 ? `<th>${cell(value)}</th>` : `<td>${cell(value)}</td>`)).join("")}</tr>`,
  );
  return `<h3>${html(table.title)}</h3>${table.note === "" ? "" : `<p>${html(table.note)}</p>`}<div class="scroll" tabindex="0"><table><thead><tr>${table.columns
    .map((column) => `<th>${html(column)}</th>`)
    .join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function provenance(report: BenchReport | StudyReport): string {
  const { machine } = report;
  const artifact = "artifact" in report ? fact("artifact", report.artifact) : "";
  return `<footer class="facts">${fact("at", report.at)}${fact("commit", report.commit)}${artifact}${fact("seed", String(report.seed))}${fact("machine", `${machine.cores} x ${machine.cpu}, ${machine.memory_gb} GB, node ${machine.node}`)}</footer>`;
}

function page(title: string, parts: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${html(title)}</title>
<style>${STYLE_SHEET}</style></head>
<body><main><h1>${html(title)}</h1>
${parts.join("\n")}
</main></body></html>
`;
}

function estimateCell(metric: string, estimate: Estimate | undefined): string {
  if (estimate === undefined) return "";
  return `${formatMetric(metric, estimate.value)} <small>[${formatMetric(metric, estimate.low)}, ${formatMetric(metric, estimate.high)}]</small>`;
}

function legendList(names: readonly string[]): string {
  return `<ul class="legend">${legend(names)
    .map(({ name, colour }) => `<li><i style="background:${colour}"></i>${html(name)}</li>`)
    .join("")}</ul>`;
}

function fact(name: string, value: string): string {
  return `<span><b>${html(name)}</b> ${html(value)}</span>`;
}

function signed(metric: string, value: number): string {
  return `${value > 0 ? "+" : ""}${formatMetric(metric, value)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toFixed(4)));
}

function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
