import { InferenceSession, Tensor } from "onnxruntime-node";
import { TrainError } from "./errors.ts";
import { createGraph } from "./onnx/graph.ts";

/**
 * Dense products through onnxruntime: a graph of one MatMul a kind, opened once. Results repeat for the same input, and
 * long sums are cut into chunks that are added in float64, so a Gram matrix of 100,000 rows keeps its digits.
 */
export interface Blas {
  /** a [rows x inner] times b [inner x columns]. */
  multiply(a: Float32Array, b: Float32Array, rows: number, inner: number, columns: number): Promise<Float32Array>;
  /** aᵀ [columnsA x rows] times b [rows x columnsB], summed in float64. */
  crossProduct(
    a: Float32Array,
    b: Float32Array,
    rows: number,
    columnsA: number,
    columnsB: number,
  ): Promise<Float64Array>;
}

const THREADS = 2;
/** Rows a chunk: float32 sums stay short. */
const CHUNK_ROWS = 2048;

let opened: Promise<Blas> | null = null;

/** The process's one instance: sessions are costly to open, hold no state and repeat their results. */
export function openBlas(): Promise<Blas> {
  opened ??= createBlas();
  return opened;
}

export const sessionOptions: InferenceSession.SessionOptions = {
  intraOpNumThreads: THREADS,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
};

async function createBlas(): Promise<Blas> {
  const product = await InferenceSession.create(productGraph(), sessionOptions);
  const cross = await InferenceSession.create(crossGraph(), sessionOptions);

  return {
    async multiply(a, b, rows, inner, columns) {
      const out = new Float32Array(rows * columns);
      const right = new Tensor("float32", b, [inner, columns]);
      const chunk = Math.max(CHUNK_ROWS, 16_384);
      for (let from = 0; from < rows; from += chunk) {
        const count = Math.min(chunk, rows - from);
        const left = new Tensor("float32", a.subarray(from * inner, (from + count) * inner), [count, inner]);
        const { y } = await product.run({ a: left, b: right });
        out.set(y!.data as Float32Array, from * columns);
      }
      return out;
    },
    async crossProduct(a, b, rows, columnsA, columnsB) {
      const out = new Float64Array(columnsA * columnsB);
      for (let from = 0; from < rows; from += CHUNK_ROWS) {
        const count = Math.min(CHUNK_ROWS, rows - from);
        const { y } = await cross.run({
          a: new Tensor("float32", a.subarray(from * columnsA, (from + count) * columnsA), [count, columnsA]),
          b: new Tensor("float32", b.subarray(from * columnsB, (from + count) * columnsB), [count, columnsB]),
        });
        const part = y!.data as Float32Array;
        for (let i = 0; i < part.length; i++) out[i]! += part[i]!;
      }
      return out;
    },
  };
}

function productGraph(): Uint8Array {
  const graph = createGraph("product");
  const a = graph.input("a", "float", ["rows", "inner"]);
  const b = graph.input("b", "float", ["inner", "columns"]);
  graph.output(graph.op("MatMul", [a, b]), "y", "float", ["rows", "columns"]);
  return graph.bytes();
}

function crossGraph(): Uint8Array {
  const graph = createGraph("cross");
  const a = graph.input("a", "float", ["rows", "columns_a"]);
  const b = graph.input("b", "float", ["rows", "columns_b"]);
  graph.output(graph.op("Gemm", [a, b], { transA: { int: 1 } }), "y", "float", ["columns_a", "columns_b"]);
  return graph.bytes();
}

/** y = x [count x inner] w [inner x columns] + bias, without leaving the thread: for predictions of a few rows. */
export function affine(
  x: Float32Array,
  count: number,
  inner: number,
  w: Float32Array,
  bias: Float32Array | null,
  columns: number,
): Float32Array {
  const out = new Float32Array(count * columns);
  const sums = new Float64Array(columns);
  for (let row = 0; row < count; row++) {
    if (bias) sums.set(bias);
    else sums.fill(0);
    const at = row * inner;
    for (let i = 0; i < inner; i++) {
      const value = x[at + i]!;
      if (value === 0) continue;
      const from = i * columns;
      for (let j = 0; j < columns; j++) sums[j]! += value * w[from + j]!;
    }
    out.set(sums, row * columns);
  }
  return out;
}

/** Lower Cholesky factor of a symmetric positive definite matrix, in place; the upper part is left as it was. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  for (let j = 0; j < size; j++) {
    const rowJ = j * size;
    for (let i = j; i < size; i++) {
      const rowI = i * size;
      let sum = matrix[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[rowI + k]! * matrix[rowJ + k]!;
      if (i > j) matrix[rowI + j] = sum / matrix[rowJ + j]!;
      else if (sum > 0) matrix[rowJ + j] = Math.sqrt(sum);
      else throw new TrainError("singular_matrix", "the normal equations are singular; raise the penalty");
    }
  }
  return matrix;
}

/** Solves L Lᵀ X = B for X [size x columns] given the factor of `cholesky`; B is left alone. */
export function choleskySolve(factor: Float64Array, size: number, b: Float64Array, columns: number): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) {
      const l = factor[i * size + k]!;
      for (let j = 0; j < columns; j++) x[i * columns + j]! -= l * x[k * columns + j]!;
    }
    const diagonal = factor[i * size + i]!;
    for (let j = 0; j < columns; j++) x[i * columns + j]! /= diagonal;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) {
      const l = factor[k * size + i]!;
      for (let j = 0; j < columns; j++) x[i * columns + j]! -= l * x[k * columns + j]!;
    }
    const diagonal = factor[i * size + i]!;
    for (let j = 0; j < columns; j++) x[i * columns + j]! /= diagonal;
  }
  return x;
}

/** Inverse of a lower triangular factor, [size x size]. */
export function invertLower(factor: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    inverse[column * size + column] = 1 / factor[column * size + column]!;
    for (let i = column + 1; i < size; i++) {
      let sum = 0;
      for (let k = column; k < i; k++) sum += factor[i * size + k]! * inverse[k * size + column]!;
      inverse[i * size + column] = -sum / factor[i * size + i]!;
    }
  }
  return inverse;
}
