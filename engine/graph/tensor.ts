import type { OnnxNode } from "./onnx-model.ts";

/** out = a with b; an operand of step 0 is one number, one of step 16 is as long as out, which ends at `end`. */
export type TwoKernel = (a: number, b: number, out: number, end: number, stepA: number, stepB: number) => void;
export type OneKernel = (a: number, out: number, end: number) => void;
type SumKernel = (at: number, count: number) => number;

/** The loops of kernels.wat, which says what each does; all addresses are byte offsets in the graph's memory. */
export interface Kernels
  extends Readonly<Record<"add" | "sub" | "mul" | "div" | "max" | "min", TwoKernel>>,
    Readonly<Record<"sqrt" | "exp" | "sigmoid", OneKernel>>,
    Readonly<Record<"sum" | "squares", SumKernel>> {
  gemv(
    list: number,
    listEnd: number,
    matrix: number,
    panelBytes: number,
    limits: number,
    bias: number,
    out: number,
    panels: number,
  ): void;
  listMoved(x: number, rest: number, count: number, list: number): number;
  weighTerms(ids: number, weights: number, terms: number, table: number, products: number, sums: number): void;
  addRows(
    ids: number,
    weights: number,
    terms: number,
    table: number,
    out: number,
    groups: number,
    weightStep: number,
  ): void;
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

/** A number of a constant for each term; only ever weighted. */
interface TermColumn {
  readonly kind: "column";
  readonly ids: TermIds;
  readonly data: Float32Array;
}

/** A column's numbers times the terms' weights; only ever summed, or taken as weights of table rows. */
export interface WeightedColumn {
  readonly kind: "weighted";
  readonly dims: readonly number[];
  readonly column: TermColumn;
  readonly weights: Tensor;
}

/** Byte offsets of what becomes of a weighted column: its first number (one every 16 bytes), its sum, that of its squares. */
export interface TermLane {
  readonly values: number;
  readonly sum: number;
  readonly squares: number;
}

/** The numbers of a row that moved away from where they rest, as gemv wants them. */
export interface MovedRow {
  readonly list: number;
  /** Whether it rests anywhere but at noughts. */
  rests(): boolean;
  /** Where the list ends for the prompt at hand; of several rows, of the one for that matrix. */
  end(kernels: Kernels, matrix: number): number;
}

export type Value = Tensor | Whole | TermIds | ByteTable | TableRows | TermColumn | WeightedColumn;

/** What a step has at hand once the memory is there. */
export interface Bound {
  floats(tensor: Tensor): Float32Array;
  readonly memory: ArrayBuffer;
  readonly kernels: Kernels;
  /** Terms of the prompt that is being scored. */
  readonly prompt: { terms: number };
  /** Has something done once, when the steps have run on a prompt of noughts. */
  afterRest(task: () => void): void;
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
  /** Byte offset of a tensor in the graph's memory, where a constant is put for it. */
  place(tensor: Tensor): number;
  placeNumber(value: number): number;
  lane(weighted: WeightedColumn): TermLane;
  /** Of a computed tensor, as one row. */
  moved(row: Tensor): MovedRow;
  /** Called once the memory is there; what it returns is called for every prompt. */
  step(bind: (bound: Bound) => Step): void;
}

export type Operator = (compiling: Compiling) => void;

/** Not a fault: the graph has something that only onnxruntime can run. */
export class Unsupported extends Error {}

export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
