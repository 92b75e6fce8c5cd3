import type { OnnxNode } from "./onnx-model.ts";

/** The loops of kernels.wat; all addresses are byte offsets in the graph's memory. */
export interface Kernels {
  /** out = bias + x times a packed matrix. `k` even. */
  gemv(x: number, matrix: number, bias: number, out: number, k: number, panels: number): void;
  /** out = the sum of weighted rows of a byte table. At least one term. */
  addRows(ids: number, weights: number, terms: number, table: number, out: number, groups: number): number;
}

/** A value of a graph for one prompt: the free dimension "batch" is 1. */
export interface Tensor {
  readonly kind: "tensor";
  readonly dims: readonly number[];
  readonly size: number;
  /** Holds one number for each n-gram term of the prompt; `size` is then the most there can be. */
  readonly isPerTerm: boolean;
  /** Numbers of a constant, or the byte offset of what is computed. */
  readonly at: { readonly data: Float32Array } | { readonly offset: number };
}

/** A whole-number constant, e.g. axes or the columns that a Gather takes. */
interface Whole {
  readonly kind: "whole";
  readonly dims: readonly number[];
  readonly data: Int32Array;
}

/** Rows of n-gram terms, before anything has been computed: one id a term. */
export interface TermIds {
  readonly kind: "ids";
  readonly dims: readonly number[];
  readonly offset: number;
}

/** A table of signed bytes, by rows. */
export interface ByteTable {
  readonly kind: "table";
  readonly dims: readonly number[];
  readonly data: Int8Array;
}

/** The rows of a table that the prompt's terms name; never written out, only added up by a MatMul. */
interface TableRows {
  readonly kind: "rows";
  readonly ids: TermIds;
  readonly table: ByteTable;
}

export type Value = Tensor | Whole | TermIds | ByteTable | TableRows;

/** What a step has at hand once the memory is there. */
export interface Bound {
  floats(tensor: Tensor): Float32Array;
  readonly memory: ArrayBuffer;
  readonly kernels: Kernels;
  /** Terms of the prompt that is being scored. */
  readonly prompt: { terms: number };
}

/** A node's work, ready to be done over and over. */
export type Step = () => void;

/** What an operator does to compile one node. */
export interface Compiling {
  readonly node: OnnxNode;
  /** @throws Unsupported */
  value(input: number): Value;
  /** @throws Unsupported when the input is anything but a tensor of floats */
  tensor(input: number): Tensor;
  /** A whole-number constant, by input or, in older operators, by attribute. */
  whole(input: number, attribute: string): readonly number[] | null;
  number(attribute: string, otherwise: number): number;
  /** The node's output, new in memory. */
  output(dims: readonly number[], isPerTerm?: boolean): Tensor;
  /** The node's output is a value that is there already, perhaps of other dimensions. */
  alias(value: Value): void;
  reserve(bytes: number): number;
  /** Called once the memory is there; what it returns is called for every prompt. */
  step(bind: (bound: Bound) => Step): void;
}

export type Operator = (compiling: Compiling) => void;

/** Not a fault: the graph has something that only onnxruntime can run. */
export class Unsupported extends Error {}

export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
