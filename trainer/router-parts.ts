import type { QualityTable } from "../datasets/quality-table.ts";
import { FEATURE_COUNT } from "../engine/features.ts";
import type { Design } from "./design/design.ts";
import { rawFeatures } from "./design/raw-features.ts";
import type { FittedEstimator } from "./estimator.ts";
import type { ComplexityHead } from "./heads/complexity.ts";
import type { EaseHead } from "./heads/ease.ts";
import type { OutOfDistributionHead } from "./heads/out-of-distribution.ts";
import type { OutputTokensHead } from "./heads/output-tokens.ts";
import type { PriorGate } from "./heads/prior-gate.ts";
import type { TaskHead } from "./heads/task.ts";
import { gatherRows } from "./learn/folds.ts";

/** The learned parts of a router, columns in the order of its models. */
export interface RouterParts {
  readonly design: Design;
  readonly estimator: FittedEstimator;
  readonly outputTokens: OutputTokensHead;
  readonly complexity: ComplexityHead;
  readonly task: TaskHead;
  readonly outOfDistribution: OutOfDistributionHead;
  /** null while it is still to be fitted, or where scores need none. */
  readonly ease: EaseHead | null;
  /** null while the gate is still to be fitted. */
  readonly gate: PriorGate | null;
}

/** Everything the graph puts out, uncalibrated. */
export interface RawOutputs {
  readonly score: Float32Array;
  readonly spread: Float32Array;
  readonly outputTokens: Float32Array;
  readonly complexity: Float32Array;
  readonly outOfDistribution: Float32Array;
  readonly task: Float32Array;
}

/** The trainer's own forward pass over rows of a table. */
export async function forward(parts: RouterParts, table: QualityTable, rows: Int32Array): Promise<RawOutputs> {
  const count = rows.length;
  const x = await parts.design.transform(table, rows);
  const raw = await rawFeatures(table, { ngrams: null, encoder: null });
  const cheap = gatherRows(raw.cheap, FEATURE_COUNT, rows);
  const { score, spread } = parts.estimator.predict(x, count);
  const complexity = parts.complexity.predict(score, count);
  const rarity = (await parts.design.rarity?.of(table, rows)) ?? null;
  const outOfDistribution = await parts.outOfDistribution.predict({ count, x, cheap, rarity });
  parts.ease?.apply(score);
  parts.gate?.apply(score, spread, outOfDistribution);
  return {
    score,
    spread,
    outputTokens: parts.outputTokens.predict(x, count),
    complexity,
    outOfDistribution,
    task: parts.task.predict(x, count),
  };
}
