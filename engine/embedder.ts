import type { Named } from "./discover.ts";

export interface Embedder {
  readonly dimensions: number;
  /** Digest of weights and tokenizer; recorded in artifacts. */
  readonly digest: string;
  /** Same text, same vector: one text at a time, in training and serving alike (int8 results depend on the batch). */
  embed(text: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Plug-in of engine/embedders/: opens a text encoder from a local folder. */
export interface EmbedderPlugin extends Named {
  open(options: {
    readonly folder: URL | null;
    readonly model: string | null;
    readonly threads: number;
  }): Promise<Embedder>;
}

export function defineEmbedder(plugin: EmbedderPlugin): EmbedderPlugin {
  return plugin;
}
