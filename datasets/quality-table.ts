import type { Conversation } from "../engine/conversation.ts";

export type Split = "train" | "calibration" | "test";

/** One prompt of a table. */
export interface PromptRow {
  readonly promptId: string;
  readonly conversation: Conversation;
  readonly task: string | null;
  readonly source: string;
  /** Split that the data came with; null when it has none. */
  readonly split: Split | null;
  /** Rows of one group never fall on two sides of a split; the prompt's own digest when the data gives none. */
  readonly group: string;
  /** Source extras such as `repo_split`, `routellm_excluded`, `fewshot`. */
  readonly extras: Readonly<Record<string, unknown>>;
}

/** Quality records as columns. Matrices are [prompts x models], row-major, NaN where unknown. */
export interface QualityTable {
  readonly prompts: readonly PromptRow[];
  readonly models: readonly string[];
  readonly quality: Float32Array;
  readonly costUsd: Float32Array | null;
  readonly inputTokens: Float32Array | null;
  readonly outputTokens: Float32Array | null;
  readonly latencyMs: Float32Array | null;
  /** Probability with which each label was collected; null when all are 1. */
  readonly propensity: Float32Array | null;
  /** Where it came from: one entry a file read, with its SHA-256. */
  readonly lineage: readonly {
    readonly source: string;
    readonly file: string;
    readonly digest: string;
    readonly records: number;
  }[];
}
