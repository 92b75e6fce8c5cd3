import { availableParallelism } from "node:os";
import { encoderText } from "../engine/features.ts";
import { embedAll } from "./encoder/embed-all.ts";
import { openEncoder } from "./encoder/open-encoder.ts";
import type { RouterEncoder } from "./fit-router.ts";

/** PCA kept of the encoder beside the cheap features; plain concatenation loses. */
const COMPONENTS = 64;

export interface EncoderOptions {
  /** Plug-in of engine/embedders/. */
  readonly embedder: string;
  readonly folder: URL | null;
  readonly model: string | null;
  /** Folder that keeps vectors between runs. */
  readonly cacheDir: string | null;
}

/** The text encoder of the full tier, ready for `fitRouter`. */
export async function trainingEncoder(options: EncoderOptions): Promise<RouterEncoder> {
  const opened = await openEncoder(options);
  const { dimensions, digest } = opened;
  await opened.close();
  return {
    name: options.model ?? options.embedder,
    digest,
    dimensions,
    mix: { kind: "pca", dimensions: COMPONENTS },
    encode: (table, onProgress) =>
      embedAll(
        table.prompts.map((prompt) => encoderText(prompt.conversation)),
        {
          ...options,
          workers: Math.max(1, Math.min(8, availableParallelism())),
          onProgress: (done, total) => onProgress(done / Math.max(1, total)),
        },
      ),
  };
}
