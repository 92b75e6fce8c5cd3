import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { quantileSorted } from "simple-statistics";
import { nextNormal, type Rng } from "../../../engine/rng.ts";

const DRAWS = 4000;

/**
 * How many standard errors hold for all of several estimates on the same sessions at once. Estimates at neighbouring
 * thresholds move together, so this is far less than one correction an estimate.
 *
 * @param residuals one array an estimate: its influence by session, [sessions], mean 0
 * @source          Gaussian multiplier bootstrap of the largest studentised deviation, Chernozhukov, Chetverikov & Kato 2013
 */
export function simultaneousFactor(residuals: readonly Float64Array[], confidence: number, rng: Rng): number {
  const moving = residuals.filter((residual) => residual.some((value) => value !== 0));
  if (moving.length === 0) return 0;
  const loadings = factorOf(correlationOf(moving));
  const normals = new Float64Array(moving.length);
  const largest = new Float64Array(DRAWS)
    .map(() => {
      for (let i = 0; i < normals.length; i++) normals[i] = nextNormal(rng);
      let most = 0;
      for (const row of loadings) {
        let sum = 0;
        for (let i = 0; i < normals.length; i++) sum += row[i]! * normals[i]!;
        most = Math.max(most, Math.abs(sum));
      }
      return most;
    })
    .sort();
  return quantileSorted(Array.from(largest), confidence);
}

function correlationOf(residuals: readonly Float64Array[]): Matrix {
  const norms = residuals.map((residual) => Math.sqrt(product(residual, residual)));
  const correlation = Matrix.zeros(residuals.length, residuals.length);
  for (let i = 0; i < residuals.length; i++) {
    for (let j = 0; j <= i; j++) {
      const value = product(residuals[i]!, residuals[j]!) / (norms[i]! * norms[j]!);
      correlation.set(i, j, value);
      correlation.set(j, i, value);
    }
  }
  return correlation;
}

/** Rows whose products are the correlations; also where estimates coincide, so that it has no inverse. */
function factorOf(correlation: Matrix): number[][] {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(correlation, { assumeSymmetric: true });
  return eigenvectorMatrix.to2DArray().map((row) => row.map((x, i) => x * Math.sqrt(Math.max(0, realEigenvalues[i]!))));
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
