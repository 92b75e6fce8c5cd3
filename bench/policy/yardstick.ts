import { columnMeans, type Pool } from "../pool.ts";

/** What all contenders of a pool are held against; fixed from training rows, so that no test row moves it. */
export interface Yardstick {
  /** Models of the pool. */
  readonly models: number;
  /** The pair of call curves, by index. */
  readonly weak: number;
  readonly strong: number;
  /** The best single model by training mean, and the cheapest (in unpriced pools: the worst). */
  readonly best: number;
  readonly cheapest: number;
  /** [models] mean cost on training rows, USD; null when costs are unknown. */
  readonly meanCost: Float64Array | null;
  /** [models] mean quality on training rows. */
  readonly meanQuality: Float64Array;
  /** What a USD is worth in quality: it makes the best and the cheapest single model equal. 0 in unpriced pools. */
  readonly qualityPerUsd: number;
}

/** @param pair names of the weak and the strong model; default: the cheapest and the best by training mean */
export function createYardstick(train: Pool, pair?: { readonly weak: string; readonly strong: string }): Yardstick {
  const models = train.models.length;
  const meanQuality = columnMeans(train.observed, models);
  const meanCost = train.cost === null ? null : columnMeans(train.cost, models);
  const best = indexOfMost(meanQuality);
  const byCheapness = meanCost === null ? meanQuality.map((quality) => -quality) : meanCost.map((cost) => -cost);
  const cheapest = indexOfMost(byCheapness);
  const spread = meanCost === null ? 0 : meanCost[best]! - meanCost[cheapest]!;
  return {
    models,
    weak: pair === undefined ? weakOf(meanQuality, cheapest, best) : train.models.indexOf(pair.weak),
    strong: pair === undefined ? best : train.models.indexOf(pair.strong),
    best,
    cheapest,
    meanCost,
    meanQuality,
    qualityPerUsd: spread > 0 ? (meanQuality[best]! - meanQuality[cheapest]!) / spread : 0,
  };
}

/** The cheapest model, or the worst one when the best is also the cheapest. */
function weakOf(meanQuality: Float64Array, cheapest: number, best: number): number {
  return cheapest === best ? indexOfMost(meanQuality.map((quality) => -quality)) : cheapest;
}

function indexOfMost(values: Float64Array): number {
  let most = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[most]!) most = index;
  return most;
}
