import { parentPort, workerData } from "node:worker_threads";
import { openEncoder } from "./open-encoder.ts";

/** What the main thread sends: texts, and where they stand in its list. */
export interface EmbedTask {
  readonly first: number;
  readonly texts: readonly string[];
}

/** What comes back: one vector after the other. */
export interface EmbedResult {
  readonly first: number;
  readonly vectors: Float32Array<ArrayBuffer>;
}

const {
  embedder: name,
  folder,
  model,
} = workerData as { embedder: string; folder: string | null; model: string | null };
const encoder = await openEncoder({ embedder: name, folder: folder === null ? null : new URL(folder), model });

parentPort!.on("message", async ({ first, texts }: EmbedTask) => {
  const vectors = new Float32Array(texts.length * encoder.dimensions);
  for (let i = 0; i < texts.length; i++) vectors.set(await encoder.embed(texts[i]!), i * encoder.dimensions);
  const result: EmbedResult = { first, vectors };
  parentPort!.postMessage(result, [vectors.buffer]);
});
