import { terminalTable } from "../../engine/terminal-table.ts";
import type { SourceSummary } from "./summarise.ts";

const MAX_TASKS = 20;

/** What `weir datasets stats` prints of one source: an overview, its models with bars, its tasks, a sketch. */
export function statsText(summary: SourceSummary): string {
  return [overview(summary), modelTable(summary), sketch(summary), taskTable(summary)].filter(Boolean).join("\n\n");
}

function overview({ source, prompts, records, coverage, splits, groups, models, best, oracle }: SourceSummary): string {
  const shares = Object.entries(splits).filter(([, count]) => count > 0);
  return [
    `${source}: ${count(prompts)} prompts in ${count(groups)} groups, ${models.length} models, ${count(records)} outcomes (${percent(coverage)} of all pairs)`,
    `  splits        ${shares.map(([name, rows]) => `${name} ${count(rows)}`).join(", ")}`,
    `  best single   ${best.model}: quality ${best.quality.toFixed(3)}${cost(best.costUsd)}`,
    `  oracle        quality ${oracle.quality.toFixed(3)}${cost(oracle.costUsd)}, pool of ${oracle.pool}`,
  ].join("\n");
}

function modelTable({ models }: SourceSummary): string {
  const head = ["", "model", "labels", "coverage", "quality", "", "USD per 1k", "output tokens", "ms"];
  const rows = models.map((model, index) => [
    letter(index),
    model.model,
    count(model.labels),
    percent(model.coverage),
    `${model.quality.toFixed(3)}${model.standardError === null ? "" : ` ± ${model.standardError.toFixed(3)}`}`,
    bar(model.quality, 12),
    model.costUsd === null ? "-" : significant(model.costUsd * 1000),
    model.outputTokens === null ? "-" : Math.round(model.outputTokens),
    model.latencyMs === null ? "-" : Math.round(model.latencyMs),
  ]);
  return terminalTable(head, rows);
}

function taskTable({ tasks, prompts }: SourceSummary): string {
  const most = tasks[0]?.[1] ?? 1;
  const shown = tasks.slice(0, MAX_TASKS).map(([task, rows]) => [task, count(rows), bar(rows / most, 20)]);
  const rest = tasks.slice(MAX_TASKS).reduce((sum, [, rows]) => sum + rows, 0);
  if (rest > 0) shown.push([`${tasks.length - MAX_TASKS} more`, count(rest), percent(rest / prompts)]);
  return terminalTable(["task", "prompts", ""], shown);
}

const WIDTH = 64;
const HEIGHT = 12;

/** Quality over cost on a logarithmic axis, each model by its letter, `*` the oracle; empty without two prices. */
export function sketch({ models, oracle }: SourceSummary): string {
  const points = models.flatMap(({ costUsd, quality }, index) =>
    costUsd === null || costUsd <= 0 ? [] : [{ x: Math.log10(costUsd), y: quality, mark: letter(index) }],
  );
  if (points.length < 2) return "";
  if (oracle.costUsd !== null && oracle.costUsd > 0) {
    points.push({ x: Math.log10(oracle.costUsd), y: oracle.quality, mark: "*" });
  }
  const [left, right] = range(points.map(({ x }) => x));
  const [low, high] = range(points.map(({ y }) => y));
  const grid = Array.from({ length: HEIGHT }, () => new Array<string>(WIDTH).fill(" "));
  for (const { x, y, mark } of points) {
    const column = Math.round(((x - left) / (right - left)) * (WIDTH - 1));
    const line = Math.round(((high - y) / (high - low)) * (HEIGHT - 1));
    grid[line]![column] = mark;
  }
  const lines = grid.map((cells, index) => {
    const label = index === 0 ? high.toFixed(2) : index === HEIGHT - 1 ? low.toFixed(2) : "";
    return `${label.padStart(6)} ┤${cells.join("").trimEnd()}`;
  });
  const axis = `${" ".repeat(7)}└${"─".repeat(WIDTH)}`;
  const from = significant(10 ** left * 1000);
  const to = significant(10 ** right * 1000);
  const caption = `${" ".repeat(8)}${from}${to.padStart(WIDTH - from.length)}\n${" ".repeat(8)}USD per 1,000 prompts, logarithmic; * oracle`;
  return ["quality", ...lines, axis, caption].join("\n");
}

function range(values: readonly number[]): [low: number, high: number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** A bar of eighths: `bar(0.5, 4)` is two full blocks. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const rest = eighths % 8;
  return "█".repeat(Math.floor(eighths / 8)) + (rest === 0 ? "" : String.fromCharCode(0x2590 - rest));
}

function letter(index: number): string {
  return "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[index] ?? "·";
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function cost(usd: number | null): string {
  return usd === null ? "" : `, ${usd.toExponential(2)} USD a prompt`;
}

function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}
