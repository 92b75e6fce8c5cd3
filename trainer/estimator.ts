import type { Named } from "../engine/discover.ts";
import type { Rng } from "../engine/rng.ts";
import type { GraphBuilder } from "./onnx/graph.ts";

/** Design matrix and labels. Matrices are row-major. */
export interface TrainingRows {
  readonly count: number;
  readonly dimensions: number;
  readonly modelCount: number;
  /** [count x dimensions] standardised, finite. */
  readonly x: Float32Array;
  /** [count x modelCount] quality in [0, 1], NaN where unknown. */
  readonly quality: Float32Array;
  /** [count x modelCount] label weights (1 / propensity); null when all are 1. */
  readonly weight: Float32Array | null;
  /** [count] task index, -1 when unknown. */
  readonly task: Int32Array;
  readonly taskCount: number;
  /** [count] group index: validation and folds never cut a group. */
  readonly group: Int32Array;
  /** [modelCount] mean cost of an answer in USD, NaN where unknown; absent when unknown for all. Hyper-parameters are chosen by it. */
  readonly meanCostUsd?: Float32Array | null;
  /** Stretches of the columns of x by where they come from, so that an estimator may weigh them apart. */
  readonly blocks?: readonly DesignStretch[];
}

/** Columns [from, to) of the design matrix. */
export interface DesignStretch {
  readonly name: "cheap" | "ngrams" | "encoder";
  readonly from: number;
  readonly to: number;
}

/** Predictions, [count x modelCount] row-major. */
export interface Predictions {
  /** In [0, 1]. */
  readonly score: Float32Array;
  /** Standard deviation between members, 0 for a single model. */
  readonly spread: Float32Array;
}

export interface FittedEstimator {
  predict(x: Float32Array, count: number): Predictions;
  /** Adds the forward pass to a graph: `x` [batch, dimensions] -> names of `score` and `spread` [batch, modelCount]. */
  toOnnx(graph: GraphBuilder, x: string): { readonly score: string; readonly spread: string };
}

export interface FitContext {
  readonly rng: Rng;
  /** Fraction done in [0, 1] and the current loss, for a progress bar. */
  progress(done: number, loss: number): void;
}

/** Plug-in of trainer/estimators/: options at creation, rows only in fit. Same rows and seed, same bytes. */
export interface EstimatorPlugin<Options = unknown> extends Named {
  readonly defaults: Options;
  fit(rows: TrainingRows, options: Options, context: FitContext): Promise<FittedEstimator>;
}

export function defineEstimator<Options>(plugin: EstimatorPlugin<Options>): EstimatorPlugin<Options> {
  return plugin;
}
