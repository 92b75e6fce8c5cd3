import type { QualityTable } from "../../datasets/quality-table.ts";
import { FEATURE_COUNT, featurize } from "../../engine/features.ts";
import { hashNgrams } from "../../engine/ngrams.ts";
import type { NgramSpec } from "../../engine/schema/manifest.ts";

/** What the engine would see of each prompt, before anything learned. Rows are the table's rows. */
export interface RawFeatures {
  readonly count: number;
  /** [count x FEATURE_COUNT] */
  readonly cheap: Float32Array;
  /** Hashed n-grams of row i are entries start[i] until start[i + 1]; null when none are used. */
  readonly ngrams: SparseRows | null;
  /** [count x dimensions]; null on the fast tier. */
  readonly embedding: { readonly dimensions: number; readonly values: Float32Array } | null;
}

/** Rows of few entries, end to end. */
export interface SparseRows {
  readonly start: Float64Array;
  readonly ids: Int32Array;
  readonly weights: Float32Array;
}

/** The n-grams, where they must be there. */
export function neededNgrams(raw: RawFeatures): SparseRows {
  if (!raw.ngrams) throw new Error("the features were made without n-grams");
  return raw.ngrams;
}

/** [buckets] number of rows that have a term of the bucket. */
export function rowsWithTerm({ start, ids }: SparseRows, rows: Int32Array, buckets: number): Int32Array {
  const seen = new Int32Array(buckets);
  for (const row of rows) for (let k = start[row]!; k < start[row + 1]!; k++) seen[ids[k]!]!++;
  return seen;
}

/** How prompts are turned into embeddings; given by the caller so that the fast tier loads no encoder. */
export interface EncodeOptions {
  readonly dimensions: number;
  encode(table: QualityTable, onProgress: (done: number) => void): Promise<Float32Array>;
}

export interface RawFeatureOptions {
  readonly ngrams: NgramSpec | null;
  readonly encoder: EncodeOptions | null;
  readonly onProgress?: (done: number) => void;
}

const cheapOf = new WeakMap<QualityTable["prompts"], Float32Array>();
const ngramsOf = new WeakMap<QualityTable["prompts"], Map<string, SparseRows>>();
const embeddingOf = new WeakMap<QualityTable["prompts"], Float32Array>();

/** Featurizes every prompt of a table once; the same prompts again cost nothing. */
export async function rawFeatures(table: QualityTable, options: RawFeatureOptions): Promise<RawFeatures> {
  const cheap = cheapOf.get(table.prompts) ?? cheapFeatures(table, options.onProgress);
  cheapOf.set(table.prompts, cheap);
  let ngrams: SparseRows | null = null;
  if (options.ngrams) {
    const key = JSON.stringify(options.ngrams);
    const cache = ngramsOf.get(table.prompts) ?? new Map<string, SparseRows>();
    ngramsOf.set(table.prompts, cache);
    ngrams = cache.get(key) ?? hashAll(table, options.ngrams);
    cache.set(key, ngrams);
  }
  let embedding: RawFeatures["embedding"] = null;
  if (options.encoder) {
    const values =
      embeddingOf.get(table.prompts) ?? (await options.encoder.encode(table, options.onProgress ?? (() => {})));
    embeddingOf.set(table.prompts, values);
    embedding = { dimensions: options.encoder.dimensions, values };
  }
  return { count: table.prompts.length, cheap, ngrams, embedding };
}

function cheapFeatures(table: QualityTable, onProgress?: (done: number) => void): Float32Array {
  const count = table.prompts.length;
  const cheap = new Float32Array(count * FEATURE_COUNT);
  for (let i = 0; i < count; i++) {
    featurize(table.prompts[i]!.conversation, cheap, i * FEATURE_COUNT);
    if (onProgress && i % 256 === 0) onProgress(i / count);
  }
  return cheap;
}

function hashAll(table: QualityTable, spec: NgramSpec): SparseRows {
  const count = table.prompts.length;
  const start = new Float64Array(count + 1);
  let ids = new Int32Array(count * 128 + spec.maxTerms);
  let weights = new Float32Array(ids.length);
  let used = 0;
  for (let i = 0; i < count; i++) {
    const row = hashNgrams(table.prompts[i]!.conversation, spec);
    if (used + row.ids.length > ids.length) {
      ids = grown(ids, new Int32Array(ids.length * 2 + row.ids.length));
      weights = grown(weights, new Float32Array(ids.length));
    }
    ids.set(row.ids, used);
    weights.set(row.weights, used);
    used += row.ids.length;
    start[i + 1] = used;
  }
  return { start, ids: ids.slice(0, used), weights: weights.slice(0, used) };
}

function grown<T extends { set(from: T): void }>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
