import { InferenceSession, Tensor } from "onnxruntime-node";
import type { QualityTable } from "../../datasets/quality-table.ts";
import { FEATURE_COUNT } from "../../engine/features.ts";
import { type RawFeatures, rawFeatures } from "../design/raw-features.ts";
import { TrainError } from "../errors.ts";
import type { FittedRouter } from "../fit-router.ts";
import { gatherRows } from "../learn/folds.ts";
import { forward } from "../router-parts.ts";

/** Probabilities may differ by this much at most; larger numbers by this share of themselves. */
export const TOLERANCE = 1e-5;
const ROWS = 128;

/** Largest difference between a graph and the trainer's own forward pass, an output. */
export type ParityReport = Readonly<Record<string, number>>;

/**
 * Opens the graph with onnxruntime and compares it with the trainer's own forward pass on up to 128 rows.
 *
 * @throws TrainError `parity_failed`, naming the output
 */
export async function checkParity(
  bytes: Uint8Array,
  router: FittedRouter,
  table: QualityTable,
  rows: Int32Array,
): Promise<ParityReport> {
  const picked = rows.filter((_, i) => i % Math.max(1, Math.floor(rows.length / ROWS)) === 0).subarray(0, ROWS);
  const got = await runGraph(bytes, router, table, picked);
  const own = await forward(router.parts, table, picked);
  const expected: Record<string, Float32Array> = {
    score: own.score,
    spread: own.spread,
    output_tokens: own.outputTokens,
    complexity: own.complexity,
    out_of_distribution: own.outOfDistribution,
    ...(router.tasks.length > 0 ? { task: own.task } : {}),
  };
  const report: Record<string, number> = {};
  for (const [name, values] of Object.entries(expected)) {
    report[name] = largestDifference(values, got[name]);
    if (!(report[name] <= TOLERANCE)) {
      throw new TrainError(
        "parity_failed",
        `the exported graph differs from the trainer by ${report[name].toExponential(2)} in ${name}; nothing was written`,
        { place: name },
      );
    }
  }
  return report;
}

/** Outputs of a graph for rows of a table, as the engine would feed it. */
async function runGraph(
  bytes: Uint8Array,
  router: Pick<FittedRouter, "features" | "parts">,
  table: QualityTable,
  rows: Int32Array,
): Promise<Readonly<Record<string, Float32Array>>> {
  const { design } = router.parts;
  const raw = await rawFeatures(table, {
    ngrams: router.features.ngrams,
    encoder: design.options.encoder,
  });
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  try {
    const feeds: Record<string, Tensor> = {
      features: new Tensor("float32", gatherRows(raw.cheap, FEATURE_COUNT, rows), [rows.length, FEATURE_COUNT]),
    };
    if (raw.ngrams) Object.assign(feeds, ngramFeeds(raw.ngrams, rows));
    if (raw.embedding) {
      const { dimensions, values } = raw.embedding;
      feeds["embedding"] = new Tensor("float32", gatherRows(values, dimensions, rows), [rows.length, dimensions]);
    }
    const results = await session.run(feeds);
    return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, value.data as Float32Array]));
  } finally {
    await session.release();
  }
}

function ngramFeeds(ngrams: NonNullable<RawFeatures["ngrams"]>, rows: Int32Array): Record<string, Tensor> {
  const terms = rows.reduce((most, row) => Math.max(most, ngrams.start[row + 1]! - ngrams.start[row]!), 1);
  const ids = new Int32Array(rows.length * terms);
  const weights = new Float32Array(rows.length * terms);
  rows.forEach((row, i) => {
    ids.set(ngrams.ids.subarray(ngrams.start[row]!, ngrams.start[row + 1]!), i * terms);
    weights.set(ngrams.weights.subarray(ngrams.start[row]!, ngrams.start[row + 1]!), i * terms);
  });
  return {
    ngram_ids: new Tensor("int32", ids, [rows.length, terms]),
    ngram_weights: new Tensor("float32", weights, [rows.length, terms]),
  };
}

function largestDifference(expected: Float32Array, got: Float32Array | undefined): number {
  if (!got || got.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(expected[i]! - got[i]!) / Math.max(1, Math.abs(expected[i]!));
    largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
  }
  return largest;
}
