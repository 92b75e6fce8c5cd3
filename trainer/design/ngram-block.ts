import type { Rng } from "../../engine/rng.ts";
import type { NgramSpec } from "../../engine/schema/manifest.ts";
import type { DesignBlock } from "./block.ts";
import { moments } from "./cheap-block.ts";
import { neededNgrams, type RawFeatures, rowsWithTerm, type SparseRows } from "./raw-features.ts";
import { sparseSvd } from "./sparse-svd.ts";

const FLOAT = 1;
/** A term met in fewer train prompts tells nothing about others. */
const MIN_PROMPTS = 2;
/** Rows that the decomposition looks at, at most; the subspace hardly moves beyond. */
const MAX_SVD_ROWS = 12_000;

/**
 * Hashed n-grams -> idf of the train rows -> unit length -> leading right singular vectors, divided by the deviation of
 * the first component so that relative variances stay. The table [buckets x rank] is kept in int8 with one scale a row;
 * training sees the rounded table too, so graph and trainer agree.
 */
export async function fitNgramBlock(
  raw: RawFeatures,
  trainRows: Int32Array,
  spec: NgramSpec,
  rank: number,
  rng: Rng,
): Promise<DesignBlock> {
  const source = neededNgrams(raw);
  const idf = inverseFrequency(source, trainRows, spec.buckets);
  const sampled = everyNth(trainRows, MAX_SVD_ROWS);
  const vectors = await sparseSvd(unitRows(source, sampled, idf), sampled.length, spec.buckets, rank, rng);
  const { table, rowScale } = quantised(vectors, spec.buckets, rank);
  const scaledIdf = idf.map((value, bucket) => value * rowScale[bucket]!);

  const projections = new WeakMap<SparseRows, { readonly values: Float32Array; readonly isDone: Uint8Array }>();
  const sums = new Float64Array(rank);
  /** All projections made so far, [rows x rank]; a row is projected once, as often as it is asked for. */
  const projected = (rows: SparseRows, row: number): Float32Array => {
    const count = rows.start.length - 1;
    const known = projections.get(rows) ?? { values: new Float32Array(count * rank), isDone: new Uint8Array(count) };
    projections.set(rows, known);
    if (known.isDone[row] === 0) {
      project(rows, row, idf, scaledIdf, table, sums, known.values, row * rank);
      known.isDone[row] = 1;
    }
    return known.values;
  };
  for (const row of trainRows) projected(source, row);
  const { mean, deviation } = moments(projected(source, trainRows[0]!), rank, trainRows);
  const largest = deviation.reduce((most, value) => Math.max(most, value), 0);
  const shift = Float32Array.from(mean);
  const scale = Math.fround(largest > 0 ? 1 / largest : 0);

  return {
    name: "ngrams",
    dimensions: rank,
    transform(features, row, out, offset) {
      const values = projected(neededNgrams(features), row);
      for (let j = 0; j < rank; j++) out[offset + j] = Math.fround(values[row * rank + j]! - shift[j]!) * scale;
    },
    toOnnx(graph, { ngramIds, ngramWeights }) {
      if (ngramIds === null || ngramWeights === null) throw new Error("the graph has no n-gram inputs");
      const gather = (name: string, data: Float32Array) =>
        graph.op("Gather", [graph.constant(name, data, [spec.buckets]), ngramIds]);
      const lastAxis = graph.constant("last_axis", BigInt64Array.of(1n), [1]);
      const weighted = graph.op("Mul", [ngramWeights, gather("ngram_idf", idf)]);
      const squared = graph.op("ReduceSumSquare", [weighted], { axes: { ints: [1] }, keepdims: { int: 1 } });
      const length = graph.op("Sqrt", [
        graph.op("Max", [squared, graph.constant("tiny", Float32Array.of(MIN_SQUARE), [1])]),
      ]);
      const terms = graph.op("Mul", [ngramWeights, gather("ngram_scaled_idf", scaledIdf)]);
      const rows = graph.op(
        "Cast",
        [graph.op("Gather", [graph.constant("ngram_table", table, [spec.buckets, rank]), ngramIds])],
        { to: { int: FLOAT } },
      );
      const summed = graph.op("MatMul", [graph.op("Unsqueeze", [terms, lastAxis]), rows]);
      const unit = graph.op("Div", [graph.op("Squeeze", [summed, lastAxis]), length]);
      const centred = graph.op("Sub", [unit, graph.constant("ngram_mean", shift, [rank])]);
      return graph.op("Mul", [centred, graph.constant("ngram_scale", Float32Array.of(scale), [1])]);
    },
  };
}

const MIN_SQUARE = 1e-12;

/** log((1 + prompts) / (1 + prompts with the term)) + 1; 0 for terms too rare to learn from and for padding. */
function inverseFrequency(source: SparseRows, trainRows: Int32Array, buckets: number): Float32Array {
  const seen = rowsWithTerm(source, trainRows, buckets);
  const idf = new Float32Array(buckets);
  for (let bucket = 1; bucket < buckets; bucket++) {
    if (seen[bucket]! >= MIN_PROMPTS) idf[bucket] = Math.log((1 + trainRows.length) / (1 + seen[bucket]!)) + 1;
  }
  return idf;
}

function unitRows(source: SparseRows, rows: Int32Array, idf: Float32Array): SparseRows {
  let total = 0;
  for (const row of rows) total += source.start[row + 1]! - source.start[row]!;
  const start = new Float64Array(rows.length + 1);
  const ids = new Int32Array(total);
  const weights = new Float32Array(total);
  let at = 0;
  rows.forEach((row, i) => {
    const from = at;
    let squared = 0;
    for (let k = source.start[row]!; k < source.start[row + 1]!; k++) {
      const weight = source.weights[k]! * idf[source.ids[k]!]!;
      if (weight === 0) continue;
      ids[at] = source.ids[k]!;
      weights[at++] = weight;
      squared += weight * weight;
    }
    const length = Math.sqrt(Math.max(squared, MIN_SQUARE));
    for (let k = from; k < at; k++) weights[k]! /= length;
    start[i + 1] = at;
  });
  return { start, ids: ids.subarray(0, at), weights: weights.subarray(0, at) };
}

function project(
  source: SparseRows,
  row: number,
  idf: Float32Array,
  scaledIdf: Float32Array,
  table: Int8Array,
  sums: Float64Array,
  out: Float32Array,
  offset: number,
): void {
  const rank = sums.length;
  sums.fill(0);
  let squared = 0;
  for (let k = source.start[row]!; k < source.start[row + 1]!; k++) {
    const bucket = source.ids[k]!;
    const weight = source.weights[k]!;
    squared += (weight * idf[bucket]!) ** 2;
    const term = weight * scaledIdf[bucket]!;
    if (term === 0) continue;
    const from = bucket * rank;
    for (let j = 0; j < rank; j++) sums[j]! += term * table[from + j]!;
  }
  const length = Math.sqrt(Math.max(squared, MIN_SQUARE));
  for (let j = 0; j < rank; j++) out[offset + j] = sums[j]! / length;
}

function quantised(
  vectors: Float32Array,
  buckets: number,
  rank: number,
): { readonly table: Int8Array; readonly rowScale: Float32Array } {
  const table = new Int8Array(buckets * rank);
  const rowScale = new Float32Array(buckets);
  for (let bucket = 0; bucket < buckets; bucket++) {
    let largest = 0;
    for (let j = 0; j < rank; j++) largest = Math.max(largest, Math.abs(vectors[bucket * rank + j]!));
    if (largest === 0) continue;
    rowScale[bucket] = largest / 127;
    for (let j = 0; j < rank; j++) {
      table[bucket * rank + j] = Math.round(vectors[bucket * rank + j]! / rowScale[bucket]!);
    }
  }
  return { table, rowScale };
}

/** At most `most` rows, evenly spread. */
function everyNth(rows: Int32Array, most: number): Int32Array {
  if (rows.length <= most) return rows;
  return Int32Array.from({ length: most }, (_, i) => rows[Math.floor((i * rows.length) / most)]!);
}
