import { usdFromNano } from "../../engine/cost.ts";
import type { Learned, LearningRow } from "../../engine/learning-row.ts";
import type { Estimate } from "../observation/estimators/estimate.ts";
import type { Compared, Means } from "./compare.ts";
import type { Word } from "./compare-on-material.ts";
import type { Comparison } from "./comparison.ts";
import type { Material } from "./read-material.ts";
import type { RetrainJob } from "./retrain-job.ts";

export interface ComparisonParts {
  readonly job: RetrainJob;
  readonly material: Material;
  readonly rows: readonly LearningRow[];
  readonly atMs: number | null;
  readonly learned: Learned;
  readonly by: Word;
  readonly compared: Compared;
}

export function comparisonBody({ job, material, rows, atMs, learned, by, compared }: ComparisonParts): Comparison {
  const value = compared.kind === "value" ? compared : null;
  return {
    from: timeOf(job.sinceMs),
    to: timeOf(job.nowMs),
    held_out_from: timeOf(atMs ?? job.nowMs),
    by,
    choices_from: learned.adjusted === null ? "text" : "log",
    requests: compared.requests,
    known: compared.known,
    sessions: compared.sessions,
    labels: rows.reduce((sum, { outcomes }) => sum + outcomes.length, 0),
    left_out: { ...material.leftOut },
    disagreement: compared.disagreement,
    uncovered: compared.uncovered,
    effective_sample_size: compared.effectiveSampleSize,
    confidence: job.confidence,
    way: learned.way,
    tried: learned.tried.map(({ way, logLoss, note }) => ({ way, log_loss: logLoss, note })),
    quality_difference: value === null ? null : figure(value.quality),
    quality_difference_snips: value === null ? null : figure(value.qualitySnips),
    cost_difference_usd: value === null ? null : figure(value.cost, usd),
    serving: value === null ? null : served(value.means.serving),
    candidate: value === null ? null : served(value.means.candidate),
    incumbent: value === null ? null : served(value.means.incumbent),
    data_digest: learned.digest,
  };
}

function figure({ value, low, high }: Estimate, of: (value: number) => number = (same) => same) {
  return { value: of(value), low: of(low), high: of(high) };
}

function served({ quality, costNanoUsd }: Means) {
  return { quality, cost_usd: usd(costNanoUsd) };
}

function usd(nanoUsd: number): number {
  return usdFromNano(Math.round(nanoUsd));
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
