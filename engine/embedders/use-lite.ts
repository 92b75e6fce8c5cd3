import type { InferenceSession } from "onnxruntime-node";
import { z } from "zod";
import { defineEmbedder } from "../embedder.ts";
import { EngineError } from "../errors.ts";
import { cutText, ENCODER_TEXT_LIMIT } from "../features/encoder-text.ts";
import { loadOnnxRuntime } from "../onnx-runtime.ts";
import { packageRoot } from "../package-root.ts";
import { createUnigramTokenizer, type Tokenizer } from "../tokenizer/unigram.ts";
import { asFolder, encoderDigest, readEncoderFiles } from "./_encoder-files.ts";
import { meanFirst } from "./_mean-first.ts";
import { createRunning } from "./_running.ts";

const SHIPPED = new URL("models/encoders/use-lite/", packageRoot);
const GRAPH = "encoder.onnx";
const TOKENIZER = "tokenizer.json";

const Vocabulary = z.strictObject({
  kind: z.literal("unigram"),
  firstPiece: z.number().int().nonnegative(),
  pieces: z.array(z.string()),
  scores: z.array(z.number()),
});

/**
 * Universal Sentence Encoder lite, English, int8: the first 128 tokens of the first 2,000 characters become 512 numbers
 * of unit length. The empty text becomes the zero vector, which says nothing; the reference throws.
 */
export default defineEmbedder({
  name: "use-lite",
  async open({ folder, threads }) {
    const { manifest, files } = await readEncoderFiles(asFolder(folder ?? SHIPPED));
    const tokenizer = readTokenizer(files.get(TOKENIZER));
    const ort = await loadOnnxRuntime();
    const session = await openSession(ort.InferenceSession, files.get(GRAPH), threads);
    const running = createRunning("the text encoder");
    const { dimensions, maxTokens } = manifest;

    return {
      dimensions,
      digest: encoderDigest(manifest.files),
      async embed(text) {
        const ids = tokenizer.encode(cutText(text, ENCODER_TEXT_LIMIT)).subarray(0, maxTokens);
        if (ids.length === 0) return new Float32Array(dimensions);
        const outputs = await running.track(() => session.run({ ids: new ort.Tensor("int32", ids, [ids.length]) }));
        // The graph declares this output as float.
        return outputs.embedding!.data as Float32Array;
      },
      async close() {
        await running.finish();
        await session.release();
      },
    };
  },
});

function readTokenizer(bytes: Buffer | undefined): Tokenizer {
  try {
    return createUnigramTokenizer(Vocabulary.parse(JSON.parse(String(bytes))));
  } catch (cause) {
    throw new EngineError("artifact_corrupt", `${TOKENIZER} is not a unigram vocabulary`, { place: TOKENIZER, cause });
  }
}

async function openSession(
  sessions: typeof InferenceSession,
  bytes: Buffer | undefined,
  threads: number,
): Promise<InferenceSession> {
  try {
    const session = await sessions.create(meanFirst(bytes ?? new Uint8Array()), {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    });
    if (session.inputNames.includes("ids") && session.outputNames.includes("embedding")) return session;
    await session.release();
    throw new TypeError("the graph has no input `ids` or no output `embedding`");
  } catch (cause) {
    throw new EngineError("artifact_corrupt", `${GRAPH} is not a text encoder that can be run`, {
      place: GRAPH,
      cause,
    });
  }
}
