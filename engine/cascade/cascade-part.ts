import { ANSWER_FEATURE_COUNT, answerFeatureDigest } from "../answer/answer-features.ts";
import { EngineError } from "../errors.ts";
import type { CascadeManifest } from "../schema/cascade.ts";
import { type CascadeSample, decodeCascadeSamples } from "./cascade-sample.ts";
import { createInformedScorer, type InformedScorer } from "./informed-scorer.ts";

export const CASCADE_GRAPH = "cascade.onnx";
export const CASCADE_SAMPLE = "cascade.bin";

/** What an artifact knows of looking at answers. */
export interface CascadePart {
  readonly manifest: CascadeManifest;
  /** By pool. */
  readonly samples: readonly CascadeSample[];
  readonly scorer: InformedScorer;
}

/**
 * The cascade part of an artifact whose files' digests were checked; null when it has none.
 *
 * @throws EngineError `artifact_missing`, `artifact_corrupt` or `artifact_mismatch`
 */
export function openCascadePart(
  manifest: CascadeManifest | undefined,
  files: ReadonlyMap<string, Uint8Array>,
): CascadePart | null {
  if (manifest === undefined) return null;
  const { digest, count } = manifest.answers;
  if (digest !== answerFeatureDigest() || count !== ANSWER_FEATURE_COUNT) {
    throw new EngineError(
      "artifact_mismatch",
      `its cascade was trained on other features of answers (digest ${digest.slice(0, 12)}) than this engine makes ` +
        `(${answerFeatureDigest().slice(0, 12)}); train it again`,
      { place: "cascade.answers.digest" },
    );
  }
  const [graph, sample] = [CASCADE_GRAPH, CASCADE_SAMPLE].map((file) => {
    const bytes = files.get(file);
    if (bytes !== undefined) return bytes;
    throw new EngineError("artifact_missing", `manifest.json tells of a cascade but names no ${file}`, { place: file });
  });
  const samples = decodeCascadeSamples(sample!);
  const fits = samples.map(({ models, quality }) => `${models}:${[...quality.keys()].join()}`).join(";");
  const wanted = manifest.pools.map(({ members, sets }) => `${members.length}:${sets.join()}`).join(";");
  if (fits !== wanted) {
    throw new EngineError("artifact_mismatch", `${CASCADE_SAMPLE} holds other pools than manifest.json`, {
      place: CASCADE_SAMPLE,
    });
  }
  return { manifest, samples, scorer: createInformedScorer(graph!, manifest) };
}
