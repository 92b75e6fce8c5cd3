import type { Rng } from "../../engine/rng.ts";
import { openBlas } from "../blas.ts";

const ROUNDS = 12;

/** Cluster of each row. Starts are drawn as in k-means++ on a sample. */
export async function fitKmeans(
  x: Float32Array,
  count: number,
  dimensions: number,
  clusters: number,
  rng: Rng,
): Promise<Int32Array> {
  const blas = await openBlas();
  const centres = startCentres(x, count, dimensions, clusters, rng);
  let assigned = new Int32Array(count);
  for (let round = 0; round < ROUNDS; round++) {
    const turned = new Float32Array(dimensions * clusters);
    const half = new Float64Array(clusters);
    for (let k = 0; k < clusters; k++) {
      for (let j = 0; j < dimensions; j++) {
        const value = centres[k * dimensions + j]!;
        turned[j * clusters + k] = value;
        half[k]! += (value * value) / 2;
      }
    }
    const product = await blas.multiply(x, turned, count, dimensions, clusters);
    assigned = Int32Array.from({ length: count }, (_, i) => {
      let best = 0;
      for (let k = 1; k < clusters; k++) {
        if (product[i * clusters + k]! - half[k]! > product[i * clusters + best]! - half[best]!) best = k;
      }
      return best;
    });
    moveCentres(centres, x, assigned, dimensions, clusters);
  }
  return assigned;
}

function startCentres(x: Float32Array, count: number, dimensions: number, clusters: number, rng: Rng): Float64Array {
  const centres = new Float64Array(clusters * dimensions);
  const distance = new Float64Array(count).fill(1);
  for (let k = 0; k < clusters; k++) {
    const total = distance.reduce((sum, value) => sum + value, 0);
    let left = rng.next() * total;
    let chosen = 0;
    while (chosen < count - 1 && left >= distance[chosen]!) left -= distance[chosen++]!;
    for (let j = 0; j < dimensions; j++) centres[k * dimensions + j] = x[chosen * dimensions + j]!;
    for (let i = 0; i < count; i++) {
      let squared = 0;
      for (let j = 0; j < dimensions; j++) squared += (x[i * dimensions + j]! - centres[k * dimensions + j]!) ** 2;
      distance[i] = k === 0 ? squared : Math.min(distance[i]!, squared);
    }
  }
  return centres;
}

function moveCentres(
  centres: Float64Array,
  x: Float32Array,
  assigned: Int32Array,
  dimensions: number,
  clusters: number,
): void {
  const sums = new Float64Array(clusters * dimensions);
  const sizes = new Float64Array(clusters);
  assigned.forEach((k, i) => {
    sizes[k]!++;
    for (let j = 0; j < dimensions; j++) sums[k * dimensions + j]! += x[i * dimensions + j]!;
  });
  for (let k = 0; k < clusters; k++) {
    if (sizes[k]! === 0) continue;
    for (let j = 0; j < dimensions; j++) centres[k * dimensions + j] = sums[k * dimensions + j]! / sizes[k]!;
  }
}
