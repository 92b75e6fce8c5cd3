import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { type CalibrationSample, encodeCalibrationSample } from "../calibration-sample.ts";
import { FEATURE_COUNT, featureDigest } from "../features.ts";
import { type Rng, seededRng } from "../rng.ts";
import type { FeatureSpec, Manifest } from "../schema/manifest.ts";
import { onnxBytes } from "./onnx-bytes.ts";

export interface TinyOptions {
  readonly models: readonly string[];
  readonly tasks: readonly string[];
  readonly seed: number;
  /** Rows of the calibration sample. */
  readonly rows: number;
  /** Makes a `full` artifact that also reads this encoder's vectors. */
  readonly encoder: FeatureSpec["encoder"];
}

export const TINY: TinyOptions = {
  models: ["small", "medium", "large"],
  tasks: ["chat", "math"],
  seed: 1,
  rows: 400,
  encoder: null,
};

/** Writes an artifact with a random linear graph over the real features: right in every form, worth nothing as a router. */
export async function writeTinyArtifact(folder: URL, options: TinyOptions = TINY): Promise<Manifest> {
  await mkdir(folder, { recursive: true });
  const files: Record<string, Uint8Array> = {
    "router.onnx": tinyGraph(options),
    "calibration.bin": encodeCalibrationSample(tinySample(options)),
  };
  const manifest = {
    ...tinyManifest(options),
    files: Object.fromEntries(
      Object.entries(files).map(([file, data]) => [file, createHash("sha256").update(data).digest("hex")]),
    ),
  };
  for (const [file, data] of Object.entries(files)) await writeFile(new URL(file, folder), data);
  await writeFile(new URL("manifest.json", folder), JSON.stringify(manifest));
  return manifest;
}

export function tinyManifest({ models, tasks, seed, encoder }: TinyOptions = TINY): Manifest {
  return {
    schemaVersion: 1,
    name: "tiny",
    version: "test",
    tier: encoder === null ? "fast" : "full",
    createdAt: "2026-01-01T00:00:00Z",
    files: {},
    features: { digest: featureDigest(), count: FEATURE_COUNT, ngrams: null, encoder },
    models: models.map((model) => ({
      model,
      calibration: { kind: "none" },
      trainLabels: 100,
      meanQuality: 0.5,
      eligible: true,
    })),
    tasks: [...tasks],
    outOfDistributionAbove: 1e9,
    aliases: [],
    lineage: { data: [], estimator: "tiny", options: {}, seed, commit: "", command: "", libraries: {} },
    report: {},
  };
}

/** Better models are right more often; predictions carry some truth and some noise. */
export function tinySample({ models, tasks, seed, rows }: TinyOptions = TINY): CalibrationSample {
  const rng = seededRng(seed);
  const width = models.length;
  const sample = {
    rows,
    models: width,
    tasks: tasks.length,
    quality: new Float32Array(rows * width),
    outputTokens: new Float32Array(rows * width),
    inputTokens: new Uint32Array(rows),
    observed: new Float32Array(rows * width),
    task: new Float32Array(rows * tasks.length),
  };
  for (let row = 0; row < rows; row++) {
    const ease = rng.next();
    sample.inputTokens[row] = 20 + Math.floor(rng.next() * 400);
    if (tasks.length > 0) sample.task[row * tasks.length + Math.floor(rng.next() * tasks.length)] = 1;
    for (let model = 0; model < width; model++) {
      const truth = Math.min(0.98, 0.15 + 0.6 * ease + (0.3 * (model + 1)) / width);
      sample.quality[row * width + model] = Math.min(1, Math.max(0, truth + 0.1 * (rng.next() - 0.5)));
      sample.outputTokens[row * width + model] = 50 + 300 * rng.next();
      sample.observed[row * width + model] = rng.next() < truth ? 1 : 0;
    }
  }
  return sample;
}

function tinyGraph({ models, tasks, seed, encoder }: TinyOptions): Uint8Array {
  const rng = seededRng(seed);
  const M = models.length;
  const T = tasks.length;
  const E = encoder?.dimensions ?? 0;
  return onnxBytes({
    inputs: { features: ["batch", FEATURE_COUNT], ...(E > 0 && { embedding: ["batch", E] }) },
    outputs: {
      score: ["batch", M],
      spread: ["batch", M],
      output_tokens: ["batch", M],
      complexity: ["batch"],
      out_of_distribution: ["batch"],
      task: ["batch", T],
    },
    constants: [
      { name: "w", dims: [FEATURE_COUNT, M], data: randomData(FEATURE_COUNT * M, 0.1, rng) },
      { name: "v", dims: [FEATURE_COUNT, M], data: randomData(FEATURE_COUNT * M, 0.01, rng) },
      { name: "k", dims: [FEATURE_COUNT, T], data: randomData(FEATURE_COUNT * T, 0.1, rng) },
      { name: "base", dims: [1], data: Float32Array.of(5) },
      { name: "tenth", dims: [1], data: Float32Array.of(0.1) },
      { name: "one", dims: [1], data: Float32Array.of(1) },
      { name: "e", dims: [E, M], data: randomData(E * M, 0.5, rng) },
    ],
    nodes: [
      { op: "MatMul", inputs: ["features", "w"], output: E > 0 ? "cheap_logit" : "logit" },
      ...(E > 0
        ? [
            { op: "MatMul", inputs: ["embedding", "e"], output: "text_logit" },
            { op: "Add", inputs: ["cheap_logit", "text_logit"], output: "logit" },
          ]
        : []),
      { op: "Sigmoid", inputs: ["logit"], output: "score" },
      { op: "Mul", inputs: ["score", "tenth"], output: "spread" },
      { op: "MatMul", inputs: ["features", "v"], output: "log_tokens" },
      { op: "Add", inputs: ["log_tokens", "base"], output: "log_tokens_up" },
      { op: "Exp", inputs: ["log_tokens_up"], output: "output_tokens" },
      { op: "ReduceMean", inputs: ["score"], output: "mean", ints: { axes: [1], keepdims: 0 } },
      { op: "Sub", inputs: ["one", "mean"], output: "complexity" },
      { op: "ReduceMax", inputs: ["features"], output: "out_of_distribution", ints: { axes: [1], keepdims: 0 } },
      { op: "MatMul", inputs: ["features", "k"], output: "task_logit" },
      { op: "Softmax", inputs: ["task_logit"], output: "task", ints: { axis: 1 } },
    ],
  });
}

function randomData(length: number, scale: number, rng: Rng): Float32Array {
  return Float32Array.from({ length }, () => scale * (rng.next() - 0.5));
}
