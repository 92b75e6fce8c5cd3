import type { Artifact } from "../engine/artifact.ts";
import { EngineError } from "../engine/errors.ts";
import { FEATURE_COUNT, featureDigest } from "../engine/features.ts";

/**
 * Stands in for an artifact that is not there, so that requests are still served: every score fails, and the engine
 * gives each request to its route's incumbent.
 */
export function missingArtifact(fault: string): Artifact {
  return {
    manifest: {
      schemaVersion: 1,
      name: "none",
      version: "none",
      tier: "fast",
      createdAt: new Date(0).toISOString(),
      files: {},
      features: { digest: featureDigest(), count: FEATURE_COUNT, ngrams: null, encoder: null },
      models: [],
      tasks: [],
      outOfDistributionAbove: 0,
      aliases: [],
      lineage: { data: [], estimator: "none", options: {}, seed: 0, commit: "", command: "", libraries: {} },
      report: {},
    },
    scorer: {
      score: () => Promise.reject(new EngineError("artifact_missing", fault)),
      close: async () => {},
    },
    embedder: null,
    sample: null,
    cascade: null,
    close: async () => {},
  };
}
