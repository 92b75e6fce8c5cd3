import type { Artifact } from "../artifact.ts";
import type { CalibrationSample } from "../calibration-sample.ts";
import type { Manifest } from "../schema/manifest.ts";
import type { FeatureBatch, ScoreBatch } from "../scorer.ts";
import { TINY, tinyManifest, tinySample } from "./tiny-artifact.ts";

export interface FakeArtifact extends Artifact {
  readonly calls: number[];
  readonly isClosed: boolean;
  readonly running: number;
}

export interface FakeOptions {
  readonly manifest?: Partial<Manifest>;
  readonly sample?: CalibrationSample | null;
  /** Scores a batch; default: small 0.6, medium 0.7, large 0.8 at 100 output tokens. */
  readonly score?: (batch: FeatureBatch) => Promise<ScoreBatch>;
  readonly embedder?: Artifact["embedder"];
}

/** An artifact in memory that counts its calls and knows when it was closed. */
export function fakeArtifact(options: FakeOptions = {}): FakeArtifact {
  const calls: number[] = [];
  const score = options.score ?? (async ({ count }) => constantScores(count));
  let isClosed = false;
  let running = 0;
  return {
    manifest: { ...tinyManifest(), ...options.manifest },
    sample: options.sample === undefined ? tinySample() : options.sample,
    cascade: null,
    embedder: options.embedder ?? null,
    calls,
    get isClosed() {
      return isClosed;
    },
    get running() {
      return running;
    },
    scorer: {
      async score(batch) {
        if (isClosed) throw new Error("scored after close");
        calls.push(batch.count);
        running++;
        try {
          return await score(batch);
        } finally {
          running--;
        }
      },
      async close() {},
    },
    async close() {
      isClosed = true;
    },
  };
}

/** The same scores for every prompt of a batch over the tiny artifact's models and tasks. */
export function constantScores(count: number, change: Partial<ScoreBatch> = {}): ScoreBatch {
  const repeat = (values: readonly number[]) =>
    Float32Array.from({ length: count * values.length }, (_, i) => values[i % values.length]!);
  const models = TINY.models.length;
  return {
    score: repeat([0.6, 0.7, 0.8]),
    spread: repeat(new Array(models).fill(0.05)),
    outputTokens: repeat(new Array(models).fill(100)),
    complexity: repeat([0.3]),
    outOfDistribution: repeat([1]),
    task: repeat([0.9, 0.1]),
    ...change,
  };
}
