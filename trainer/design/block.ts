import type { DesignStretch } from "../estimator.ts";
import type { GraphBuilder } from "../onnx/graph.ts";
import type { RawFeatures } from "./raw-features.ts";

/** Names of the graph's inputs. */
export interface GraphInputs {
  readonly features: string;
  readonly ngramIds: string | null;
  readonly ngramWeights: string | null;
  readonly embedding: string | null;
}

/** A fitted stretch of columns of the design matrix. */
export interface DesignBlock {
  readonly name: DesignStretch["name"];
  readonly dimensions: number;
  /** Writes the block of raw row `row` to out[offset .. offset + dimensions). */
  transform(raw: RawFeatures, row: number, out: Float32Array, offset: number): void;
  /** [batch x dimensions] */
  toOnnx(graph: GraphBuilder, inputs: GraphInputs): string;
}

/** Standardised values beyond this many standard deviations are cut: unseen features must not saturate the head. */
export const CLIP = 5;
/** A column whose standard deviation over the train rows is below this is constant, and becomes 0. */
export const CONSTANT_BELOW = 1e-6;
