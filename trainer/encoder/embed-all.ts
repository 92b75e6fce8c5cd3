import type { Worker } from "node:worker_threads";
import type { Embedder } from "../../engine/embedder.ts";
import { startWorker } from "../../engine/start-worker.ts";
import type { EmbedResult, EmbedTask } from "./embed-worker.ts";
import { type EncoderChoice, openEncoder } from "./open-encoder.ts";
import { openVectorCache } from "./vector-cache.ts";

/** Fewer texts than this are embedded here: a worker takes longer to start. */
const WORTH_WORKERS = 200;
const TEXTS_A_TASK = 16;
const TEXTS_A_CACHE_FILE = 4096;

export interface EmbedAllOptions {
  /** Plug-in of engine/embedders/; default `use-lite`. */
  readonly embedder?: string;
  /** Folder of the encoder; default the shipped one. */
  readonly folder?: URL | null;
  readonly model?: string | null;
  /** Worker threads; default 2, and 0 embeds on this thread. */
  readonly workers?: number;
  /** Folder that keeps vectors between runs; default none. */
  readonly cacheDir?: string | null;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Embeds texts one by one, as serving does, on worker threads. Equal texts are embedded once.
 *
 * @returns [texts x dimensions], row-major
 */
export async function embedAll(texts: readonly string[], options: EmbedAllOptions = {}): Promise<Float32Array> {
  const choice: EncoderChoice = {
    embedder: options.embedder ?? "use-lite",
    folder: options.folder ?? null,
    model: options.model ?? null,
  };
  const encoder = await openEncoder(choice);
  try {
    const vectors = new Float32Array(texts.length * encoder.dimensions);
    const cache = options.cacheDir ? openVectorCache(options.cacheDir, encoder.digest, encoder.dimensions) : null;
    const missing = cache === null ? texts.map((_, row) => row) : await cache.read(texts, vectors);
    const firstRow = new Map<string, number>();
    for (const row of missing) if (!firstRow.has(texts[row]!)) firstRow.set(texts[row]!, row);
    const rows = [...firstRow.values()];

    const embed = await startEmbedding(choice, encoder, rows.length, options.workers ?? 2);
    try {
      for (let from = 0; from < rows.length; from += TEXTS_A_CACHE_FILE) {
        const chunk = rows.slice(from, from + TEXTS_A_CACHE_FILE);
        await embed.run(
          chunk.map((row) => texts[row]!),
          (index, vector) => vectors.set(vector, chunk[index]! * encoder.dimensions),
          (done) => options.onProgress?.(texts.length - rows.length + from + done, texts.length),
        );
        await cache?.write(texts, chunk, vectors);
      }
    } finally {
      await embed.stop();
    }
    for (const row of missing) {
      const first = firstRow.get(texts[row]!)!;
      if (first !== row)
        vectors.copyWithin(row * encoder.dimensions, first * encoder.dimensions, (first + 1) * encoder.dimensions);
    }
    options.onProgress?.(texts.length, texts.length);
    return vectors;
  } finally {
    await encoder.close();
  }
}

interface Embedding {
  run(
    texts: readonly string[],
    onVector: (index: number, vector: Float32Array) => void,
    onDone: (count: number) => void,
  ): Promise<void>;
  stop(): Promise<void>;
}

async function startEmbedding(
  choice: EncoderChoice,
  encoder: Embedder,
  count: number,
  wanted: number,
): Promise<Embedding> {
  const workers = count < WORTH_WORKERS ? [] : Array.from({ length: wanted }, () => workerFor(choice));
  if (workers.length === 0) {
    return {
      async run(texts, onVector, onDone) {
        for (let i = 0; i < texts.length; i++) {
          onVector(i, await encoder.embed(texts[i]!));
          if (i % TEXTS_A_TASK === 0) onDone(i);
        }
      },
      async stop() {},
    };
  }
  return {
    async run(texts, onVector, onDone) {
      let next = 0;
      let done = 0;
      const serve = async (worker: Worker) => {
        while (next < texts.length) {
          const task: EmbedTask = { first: next, texts: texts.slice(next, next + TEXTS_A_TASK) };
          next += task.texts.length;
          const { first, vectors } = await ask(worker, task);
          for (let i = 0; i < task.texts.length; i++) {
            onVector(first + i, vectors.subarray(i * encoder.dimensions, (i + 1) * encoder.dimensions));
          }
          done += task.texts.length;
          onDone(done);
        }
      };
      await Promise.all(workers.map(serve));
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function workerFor(choice: EncoderChoice): Worker {
  return startWorker("trainer/encoder/embed-worker.ts", { ...choice, folder: choice.folder?.href ?? null });
}

function ask(worker: Worker, task: EmbedTask): Promise<EmbedResult> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
      then();
    };
    const onMessage = (result: EmbedResult) => settle(() => resolve(result));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = (code: number) =>
      settle(() => reject(new Error(`an embedding thread ended early with code ${code}`)));
    worker.on("message", onMessage);
    worker.on("error", onError);
    worker.on("exit", onExit);
    worker.postMessage(task);
  });
}
