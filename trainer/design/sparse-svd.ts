import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { nextNormal, type Rng } from "../../engine/rng.ts";
import { openBlas } from "../blas.ts";
import type { SparseRows } from "./raw-features.ts";
import { createSparseKernel } from "./sparse-kernel.ts";

const OVERSAMPLING = 8;
const POWER_ITERATIONS = 2;

/**
 * Leading right singular vectors of a sparse matrix, [columns x rank] row-major.
 *
 * @source Halko, Martinsson and Tropp 2011, randomised range finder with power iterations, arXiv:0909.4061
 */
export async function sparseSvd(
  rows: SparseRows,
  count: number,
  columns: number,
  rank: number,
  rng: Rng,
): Promise<Float32Array> {
  const width = Math.ceil((rank + OVERSAMPLING) / 4) * 4;
  const kernel = createSparseKernel();
  let basis: Float32Array = new Float32Array(columns * width);
  const used = usedColumns(rows, columns);
  for (let column = 0; column < columns; column++) {
    if (!used[column]) continue;
    for (let j = 0; j < width; j++) basis[column * width + j] = nextNormal(rng);
  }
  for (let iteration = 0; iteration <= POWER_ITERATIONS; iteration++) {
    const left = await orthonormal(kernel.times(rows, count, basis, columns, width), count, width);
    basis = kernel.transposeTimes(rows, count, left, columns, width);
  }
  // basis = Aᵀ Q: its right singular directions rotate it to the leading vectors of A.
  const { vectors, values } = await rotation(basis, columns, width);
  const kept = new Float32Array(width * rank);
  for (let j = 0; j < rank; j++) {
    const scale = values[j]! > 1e-9 ? 1 / Math.sqrt(values[j]!) : 0;
    const sign = signOf(vectors, j);
    for (let i = 0; i < width; i++) kept[i * rank + j] = vectors.get(i, j) * scale * sign;
  }
  const blas = await openBlas();
  return blas.multiply(basis, kept, columns, width, rank);
}

function usedColumns(rows: SparseRows, columns: number): Uint8Array {
  const used = new Uint8Array(columns);
  for (let k = 0; k < rows.ids.length; k++) used[rows.ids[k]!] = 1;
  return used;
}

/** Columns made orthonormal through the eigenvectors of their Gram matrix; empty directions become 0. */
async function orthonormal(matrix: Float32Array, count: number, width: number): Promise<Float32Array> {
  const { vectors, values } = await rotation(matrix, count, width);
  const turn = new Float32Array(width * width);
  for (let j = 0; j < width; j++) {
    const scale = values[j]! > values[0]! * 1e-10 ? 1 / Math.sqrt(values[j]!) : 0;
    for (let i = 0; i < width; i++) turn[i * width + j] = vectors.get(i, j) * scale;
  }
  const blas = await openBlas();
  return blas.multiply(matrix, turn, count, width, width);
}

/** Eigenvectors of the Gram matrix of the columns, largest eigenvalue first. */
async function rotation(
  matrix: Float32Array,
  count: number,
  width: number,
): Promise<{ readonly vectors: Matrix; readonly values: readonly number[] }> {
  const blas = await openBlas();
  return symmetricEigen(await blas.crossProduct(matrix, matrix, count, width, width), width);
}

/** Eigenpairs of a symmetric matrix, largest first. */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
): { readonly vectors: Matrix; readonly values: readonly number[] } {
  const symmetric = new Matrix(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) symmetric.set(i, j, (matrix[i * size + j]! + matrix[j * size + i]!) / 2);
  }
  const found = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  const order = found.realEigenvalues
    .map((_, i) => i)
    .sort((a, b) => found.realEigenvalues[b]! - found.realEigenvalues[a]!);
  const vectors = new Matrix(size, size);
  order.forEach((from, to) => {
    for (let i = 0; i < size; i++) vectors.set(i, to, found.eigenvectorMatrix.get(i, from));
  });
  return { vectors, values: order.map((i) => found.realEigenvalues[i]!) };
}

/** +1 or -1 such that the largest entry of a vector is positive, so that signs repeat. */
function signOf(vectors: Matrix, column: number): number {
  let largest = 0;
  for (let i = 0; i < vectors.rows; i++) {
    if (Math.abs(vectors.get(i, column)) > Math.abs(largest)) largest = vectors.get(i, column);
  }
  return largest < 0 ? -1 : 1;
}
