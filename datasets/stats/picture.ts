import type { SourceSummary } from "./summarise.ts";

const MAX_TASKS = 30;

/**
 * A self-contained page: for each source quality over cost, label coverage, and prompts by task. It asks the network
 * for nothing.
 */
export async function statsHtml(summaries: readonly SourceSummary[]): Promise<string> {
  const charts = await loadCharts();
  const sections = summaries.map((summary) => {
    const { source, prompts, models, records } = summary;
    const text = `${prompts.toLocaleString("en-US")} prompts, ${models.length} models, ${records.toLocaleString("en-US")} outcomes`;
    const figures = [charts.quality(summary), charts.coverage(summary), charts.tasks(summary)];
    return `<section><h2>${escapeHtml(source)}</h2><p>${text}</p>${figures.join("\n")}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Data set statistics</title>
<style>body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:960px;padding:0 1rem;color:#1b1f24}
h2{margin-top:3rem}svg{display:block;margin:1rem 0;max-width:100%;height:auto}</style></head>
<body><h1>Data set statistics</h1>
${sections.join("\n")}
</body></html>
`;
}

/** The cost-quality chart of one source alone. */
export async function statsSvg(summary: SourceSummary): Promise<string> {
  const charts = await loadCharts();
  return `<?xml version="1.0" encoding="UTF-8"?>\n${charts.quality(summary)}\n`;
}

async function loadCharts() {
  const [Plot, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const draw = (options: Parameters<typeof Plot.plot>[0]): string => {
    const svg = Plot.plot({ document, width: 920, marginLeft: 60, ...options });
    svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    return svg.outerHTML;
  };
  const byModel = (summary: SourceSummary, x: "quality" | "coverage", label: string): string =>
    draw({
      height: 40 + 16 * summary.models.length,
      marginLeft: 260,
      x: { label, domain: [0, 1], grid: true },
      y: { label: null },
      marks: [Plot.barX(summary.models, { x, y: "model", sort: { y: null }, fill: "#4a7fb5" }), Plot.ruleX([0])],
    });
  return {
    quality(summary: SourceSummary): string {
      const priced = summary.models.filter(({ costUsd }) => costUsd !== null && costUsd > 0);
      if (priced.length < 2) return byModel(summary, "quality", "mean quality");
      const points = priced.map(({ model, quality, costUsd, standardError }) => ({
        model,
        quality,
        usd: costUsd! * 1000,
        low: quality - 1.96 * (standardError ?? 0),
        high: quality + 1.96 * (standardError ?? 0),
      }));
      const { oracle } = summary;
      const best = oracle.costUsd ? [{ usd: oracle.costUsd * 1000, quality: oracle.quality }] : [];
      return draw({
        height: 480,
        marginRight: 120,
        x: { type: "log", label: "USD per 1,000 prompts", grid: true, tickFormat: "~g" },
        y: { label: "mean quality, with 95 % interval", grid: true, nice: true },
        marks: [
          Plot.ruleX(points, { x: "usd", y1: "low", y2: "high", stroke: "#9db7d1" }),
          Plot.dot(points, { x: "usd", y: "quality", r: 4, fill: "#4a7fb5" }),
          Plot.text(points, { x: "usd", y: "quality", text: "model", dx: 7, textAnchor: "start", fontSize: 9 }),
          Plot.dot(best, { x: "usd", y: "quality", r: 8, symbol: "star", fill: "#c8553d" }),
          Plot.text(best, { x: "usd", y: "quality", text: () => "oracle", dx: 12, textAnchor: "start", fontSize: 10 }),
        ],
      });
    },
    coverage: (summary: SourceSummary): string => byModel(summary, "coverage", "share of prompts with a label"),
    tasks(summary: SourceSummary): string {
      const tasks = summary.tasks.slice(0, MAX_TASKS).map(([task, prompts]) => ({ task, prompts }));
      return draw({
        height: 40 + 16 * tasks.length,
        marginLeft: 260,
        x: { label: "prompts", grid: true },
        y: { label: null },
        marks: [Plot.barX(tasks, { x: "prompts", y: "task", sort: { y: null }, fill: "#7a9a5b" }), Plot.ruleX([0])],
      });
    },
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
