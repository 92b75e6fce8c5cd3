import type { QualityTable, Split } from "../quality-table.ts";
import { selectTable } from "../select-table.ts";
import { type OracleSummary, POOL_COVERAGE, summariseOracle } from "./oracle.ts";

/** Means are over the labels that there are; null where there is none. */
interface ModelSummary {
  readonly model: string;
  readonly labels: number;
  /** Share of the prompts that have a label of this model. */
  readonly coverage: number;
  readonly quality: number;
  /** Standard error of the mean quality; null for one label. */
  readonly standardError: number | null;
  readonly costUsd: number | null;
  readonly outputTokens: number | null;
  readonly latencyMs: number | null;
}

export interface SourceSummary {
  readonly source: string;
  readonly prompts: number;
  readonly records: number;
  /** Share of prompts x models that have a label. */
  readonly coverage: number;
  readonly splits: Readonly<Record<Split | "none", number>>;
  /** Prompts of each task, most first. */
  readonly tasks: readonly (readonly [task: string, prompts: number])[];
  readonly groups: number;
  /** Best mean quality first. */
  readonly models: readonly ModelSummary[];
  /** Best mean quality among the models that judge nearly every prompt (the oracle's 98 %), or of all when none does. */
  readonly best: ModelSummary;
  readonly oracle: OracleSummary;
}

/** One summary a source: means of different sources say nothing together, for each means quality in its own way. */
export function summarise(table: QualityTable): SourceSummary[] {
  const sources = [...new Set(table.prompts.map((prompt) => prompt.source))];
  return sources.map((source) =>
    summariseSource(source, selectTable(table, { sources: [source], dropUnlabelled: true })),
  );
}

function summariseSource(source: string, table: QualityTable): SourceSummary {
  const splits = { train: 0, calibration: 0, test: 0, none: 0 };
  const tasks = new Map<string, number>();
  for (const { split, task } of table.prompts) {
    splits[split ?? "none"]++;
    tasks.set(task ?? "(none)", (tasks.get(task ?? "(none)") ?? 0) + 1);
  }
  const models = table.models
    .map((model, column) => summariseModel(table, model, column))
    .sort((a, b) => b.quality - a.quality || (a.model < b.model ? -1 : 1));
  const records = models.reduce((sum, { labels }) => sum + labels, 0);
  return {
    source,
    prompts: table.prompts.length,
    records,
    coverage: records / (table.prompts.length * table.models.length),
    splits,
    tasks: [...tasks].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
    groups: new Set(table.prompts.map((prompt) => prompt.group)).size,
    models,
    best: models.find(({ coverage }) => coverage >= POOL_COVERAGE) ?? models[0]!,
    oracle: summariseOracle(table),
  };
}

function summariseModel(table: QualityTable, model: string, column: number): ModelSummary {
  const { count, mean, variance } = moments(table.quality, table, column);
  const meanOf = (values: Float32Array | null): number | null => {
    if (values === null) return null;
    const found = moments(values, table, column);
    return found.count === 0 ? null : found.mean;
  };
  return {
    model,
    labels: count,
    coverage: count / table.prompts.length,
    quality: mean,
    standardError: count > 1 ? Math.sqrt(variance / count) : null,
    costUsd: meanOf(table.costUsd),
    outputTokens: meanOf(table.outputTokens),
    latencyMs: meanOf(table.latencyMs),
  };
}

function moments(values: Float32Array, table: QualityTable, column: number) {
  const width = table.models.length;
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let at = column; at < values.length; at += width) {
    const value = values[at]!;
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
    squares += value * value;
  }
  const mean = sum / count;
  return { count, mean, variance: count > 1 ? Math.max(0, (squares - count * mean * mean) / (count - 1)) : 0 };
}
