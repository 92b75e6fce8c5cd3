import type { Named } from "./discover.ts";
import type { FeatureSpec } from "./schema/manifest.ts";

/** Input of a scorer: `count` prompts side by side. */
export interface FeatureBatch {
  readonly count: number;
  /** [count x features] cheap features, row-major. */
  readonly features: Float32Array;
  /** [count x terms] hashed n-gram rows and their weights, padded with row 0 at weight 0; null when the artifact uses none. */
  readonly ngrams: { readonly terms: number; readonly ids: Int32Array; readonly weights: Float32Array } | null;
  /** [count x dimensions] text embeddings; null when the artifact uses none. */
  readonly embedding: Float32Array | null;
}

/** Output of a scorer, row-major, M = models of the artifact, T = tasks. */
export interface ScoreBatch {
  /** [count x M] raw score in [0, 1]; calibrated it becomes quality. */
  readonly score: Float32Array;
  /** [count x M] standard deviation between ensemble members, in probability, >= 0. */
  readonly spread: Float32Array;
  /** [count x M] expected output tokens, > 0. */
  readonly outputTokens: Float32Array;
  /** [count] predicted failure of the reference tier, in [0, 1]. */
  readonly complexity: Float32Array;
  /** [count] Mahalanobis distance to the training rows, >= 0. */
  readonly outOfDistribution: Float32Array;
  /** [count x T] task probabilities. */
  readonly task: Float32Array;
}

export interface Scorer {
  score(batch: FeatureBatch): Promise<ScoreBatch>;
  /** The same at once, row after row in this thread; absent when the scorer cannot. */
  readonly scoreNow?: (batch: FeatureBatch) => ScoreBatch;
  /** Frees native memory once every running call has ended. */
  close(): Promise<void>;
}

/** An artifact's scoring file and what its manifest promises of it. */
export interface ScorerSource {
  readonly bytes: Uint8Array;
  /** The same bytes, for a scorer that would rather not keep them until it knows that it needs them again. */
  readonly readAgain?: () => Promise<Uint8Array>;
  readonly features: FeatureSpec;
  readonly modelCount: number;
  readonly taskCount: number;
}

/** Plug-in of engine/scorers/: opens an artifact's scoring file `router.<name>`. */
export interface ScorerPlugin extends Named {
  /** @throws EngineError `artifact_corrupt` when the bytes cannot be read, `artifact_mismatch` when they do not fit */
  open(source: ScorerSource): Promise<Scorer>;
}

export function defineScorer(plugin: ScorerPlugin): ScorerPlugin {
  return plugin;
}
