import path from "node:path";
import { pathToFileURL } from "node:url";
import type { QualityTable } from "../datasets/quality-table.ts";
import { type Artifact, openArtifact } from "../engine/artifact.ts";
import { readConversation } from "../engine/batcher.ts";
import { calibrationFunction } from "../engine/calibration.ts";
import { encoderText, FEATURE_COUNT } from "../engine/features.ts";
import type { FeatureBatch } from "../engine/scorer.ts";
import type { RouterPredictions } from "../trainer/fit-router.ts";

const BATCH = 256;

/** An artifact folder, or null for the shipped default. */
export function openArtifactFolder(folder: string): Promise<Artifact> {
  return openArtifact(pathToFileURL(`${path.resolve(folder)}/`));
}

/** What an artifact says of rows of a table, by the very steps that serving takes. */
export async function predictWithArtifact(
  artifact: Artifact,
  table: QualityTable,
  rows: Int32Array,
): Promise<RouterPredictions> {
  const { manifest } = artifact;
  const width = manifest.models.length;
  const tasks = manifest.tasks.length;
  const calibrate = manifest.models.map(({ calibration }) => calibrationFunction(calibration));
  const out = {
    count: rows.length,
    models: manifest.models.map(({ model }) => model),
    score: new Float32Array(rows.length * width),
    quality: new Float32Array(rows.length * width),
    spread: new Float32Array(rows.length * width),
    outputTokens: new Float32Array(rows.length * width),
    complexity: new Float32Array(rows.length),
    outOfDistribution: new Float32Array(rows.length),
    task: new Float32Array(rows.length * tasks),
  };
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = await readBatch(artifact, table, rows.subarray(from, from + BATCH));
    const scores = await artifact.scorer.score(batch);
    out.score.set(scores.score, from * width);
    out.spread.set(scores.spread, from * width);
    out.outputTokens.set(scores.outputTokens, from * width);
    out.complexity.set(scores.complexity, from);
    out.outOfDistribution.set(scores.outOfDistribution, from);
    out.task.set(scores.task, from * tasks);
  }
  for (let cell = 0; cell < out.score.length; cell++) out.quality[cell] = calibrate[cell % width]!(out.score[cell]!);
  return out;
}

async function readBatch(artifact: Artifact, table: QualityTable, rows: Int32Array): Promise<FeatureBatch> {
  const readings = Array.from(rows, (row) => readConversation(table.prompts[row]!.conversation, artifact));
  const { features: spec } = artifact.manifest;
  const count = rows.length;
  const features = new Float32Array(count * FEATURE_COUNT);
  readings.forEach((reading, at) => {
    features.set(reading.features, at * FEATURE_COUNT);
  });
  let ngrams: FeatureBatch["ngrams"] = null;
  if (spec.ngrams !== null) {
    const terms = readings.reduce((most, reading) => Math.max(most, reading.ngrams?.ids.length ?? 0), 1);
    const ids = new Int32Array(count * terms);
    const weights = new Float32Array(count * terms);
    readings.forEach(({ ngrams: found }, at) => {
      if (found === null) return;
      ids.set(found.ids, at * terms);
      weights.set(found.weights, at * terms);
    });
    ngrams = { terms, ids, weights };
  }
  let embedding: Float32Array | null = null;
  if (artifact.embedder !== null) {
    embedding = new Float32Array(count * artifact.embedder.dimensions);
    for (const [at, { conversation }] of readings.entries()) {
      embedding.set(await artifact.embedder.embed(encoderText(conversation)), at * artifact.embedder.dimensions);
    }
  }
  return { count, features, ngrams, embedding };
}
