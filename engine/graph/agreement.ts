import { seededRng } from "../rng.ts";
import type { FeatureBatch, ScoreBatch, ScorerSource } from "../scorer.ts";

/** Probabilities may differ by this much at most; larger numbers by this share of themselves. */
const TOLERANCE = 1e-5;
const ROWS = 4;
const MOST_TERMS = 200;

/** Made-up prompts, the same every time, to try a graph with. */
export function probeBatch({ features, modelCount }: Pick<ScorerSource, "features" | "modelCount">): FeatureBatch {
  const rng = seededRng(modelCount);
  const { count, ngrams, encoder } = features;
  const terms = Math.min(ngrams?.maxTerms ?? 1, MOST_TERMS);
  const buckets = ngrams?.buckets ?? 1;
  return {
    count: ROWS,
    // Counts, shares and flags: most of a prompt's are nought.
    features: Float32Array.from({ length: ROWS * count }, () => Math.max(0, 4 * rng.next() - 2)),
    ngrams: ngrams && {
      terms,
      ids: Int32Array.from({ length: ROWS * terms }, () => 1 + Math.floor(rng.next() * (buckets - 1))),
      weights: Float32Array.from({ length: ROWS * terms }, () => Math.log1p(1 + Math.floor(3 * rng.next()))),
    },
    embedding: encoder && Float32Array.from({ length: ROWS * encoder.dimensions }, () => 0.2 * (rng.next() - 0.5)),
  };
}

/** Whether every number of one is that of the other but for rounding. */
export function agree(a: ScoreBatch, b: ScoreBatch): boolean {
  const columns = Object.keys(a) as (keyof ScoreBatch)[];
  return columns.every((column) => isClose(a[column], b[column]));
}

function isClose(a: Float32Array, b: Float32Array): boolean {
  return (
    a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) <= TOLERANCE * Math.max(1, Math.abs(value)))
  );
}
