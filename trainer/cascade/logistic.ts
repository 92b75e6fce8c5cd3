import { cholesky, choleskySolve, openBlas } from "../blas.ts";
import type { LinearMap } from "../learn/masked-ridge.ts";

/** Steps until the weights stand; each raises the likelihood, because the curvature bound holds everywhere. */
const MOST_STEPS = 60;
const ENOUGH = 1e-4;
/** The curvature of a logistic loss is a quarter at most. */
const CURVATURE = 0.25;
const INTERCEPT_PENALTY = 1e-6;

/**
 * L2 logistic regression for many targets over the same rows, intercepts free. One factor of the bound on the curvature
 * serves all targets and all steps.
 *
 * @param x      [count x dimensions] standardised
 * @param y      [count x outputs] in [0, 1], NaN where unknown
 * @source       Böhning and Lindsay 1988: a fixed upper bound on the Hessian makes Newton's step climb without a search
 */
export async function fitLogistic(
  x: Float32Array,
  count: number,
  dimensions: number,
  y: Float32Array,
  outputs: number,
  penalty: number,
): Promise<LinearMap> {
  const size = dimensions + 1;
  const blas = await openBlas();
  const design = withOnes(x, count, dimensions);
  const gram = await blas.crossProduct(design, design, count, size, size);
  const factor = bound(gram, size, penalty);
  const weights = new Float64Array(size * outputs);
  startAtMeans(weights, dimensions, y, count, outputs);
  for (let step = 0; step < MOST_STEPS; step++) {
    const logits = await blas.multiply(design, Float32Array.from(weights), count, size, outputs);
    const residual = new Float32Array(count * outputs);
    for (let cell = 0; cell < residual.length; cell++) {
      const label = y[cell]!;
      if (!Number.isNaN(label)) residual[cell] = label - 1 / (1 + Math.exp(-logits[cell]!));
    }
    const gradient = await blas.crossProduct(design, residual, count, size, outputs);
    for (let i = 0; i < dimensions * outputs; i++) gradient[i]! -= penalty * weights[i]!;
    const move = choleskySolve(factor, size, gradient, outputs);
    let most = 0;
    for (let i = 0; i < move.length; i++) {
      weights[i]! += move[i]!;
      most = Math.max(most, Math.abs(move[i]!));
    }
    if (most < ENOUGH) break;
  }
  return {
    dimensions,
    outputs,
    weights: Float32Array.from(weights.subarray(0, dimensions * outputs)),
    bias: Float32Array.from(weights.subarray(dimensions * outputs)),
  };
}

/** [count x outputs] probabilities. */
export function predictLogistic(map: LinearMap, x: Float32Array, count: number): Float32Array {
  const { dimensions, outputs, weights, bias } = map;
  const out = new Float32Array(count * outputs);
  for (let row = 0; row < count; row++) {
    for (let m = 0; m < outputs; m++) {
      let sum = bias[m]!;
      for (let d = 0; d < dimensions; d++) sum += x[row * dimensions + d]! * weights[d * outputs + m]!;
      out[row * outputs + m] = 1 / (1 + Math.exp(-sum));
    }
  }
  return out;
}

function withOnes(x: Float32Array, count: number, dimensions: number): Float32Array {
  const design = new Float32Array(count * (dimensions + 1));
  for (let row = 0; row < count; row++) {
    design.set(x.subarray(row * dimensions, (row + 1) * dimensions), row * (dimensions + 1));
    design[row * (dimensions + 1) + dimensions] = 1;
  }
  return design;
}

function bound(gram: Float64Array, size: number, penalty: number): Float64Array {
  const matrix = gram.map((value) => CURVATURE * value);
  for (let i = 0; i < size; i++) matrix[i * size + i]! += i < size - 1 ? penalty : INTERCEPT_PENALTY;
  return cholesky(matrix, size);
}

function startAtMeans(
  weights: Float64Array,
  dimensions: number,
  y: Float32Array,
  count: number,
  outputs: number,
): void {
  for (let m = 0; m < outputs; m++) {
    let sum = 0.5;
    let known = 1;
    for (let row = 0; row < count; row++) {
      const label = y[row * outputs + m]!;
      if (Number.isNaN(label)) continue;
      sum += label;
      known++;
    }
    const mean = Math.min(0.99, Math.max(0.01, sum / known));
    weights[dimensions * outputs + m] = Math.log(mean / (1 - mean));
  }
}
