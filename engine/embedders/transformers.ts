import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { defineEmbedder } from "../embedder.ts";
import { refuseTelemetry } from "../environment.ts";
import { EngineError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { asFolder, encoderDigest, readEncoderFile, sha256 } from "./_encoder-files.ts";
import { createRunning } from "./_running.ts";

const ENCODERS = new URL("models/encoders/", packageRoot);
/** Graph files in order of choice, with the name that transformers.js has for each. */
const GRAPHS = [
  ["onnx/model_quantized.onnx", "q8"],
  ["onnx/model_int8.onnx", "int8"],
  ["onnx/model.onnx", "fp32"],
  ["onnx/model_fp16.onnx", "fp16"],
] as const;

/**
 * Any sentence encoder in the layout of the Hugging Face hub (config.json, tokenizer.json, onnx/model*.onnx): the mean of
 * its token vectors, scaled to unit length. It is read from `folder`, or from models/encoders/<model>/; nothing is
 * downloaded. The empty text becomes whatever the model makes of its special tokens.
 */
export default defineEmbedder({
  name: "transformers",
  async open({ folder, model, threads }) {
    const place = asFolder(folder ?? folderOf(model));
    const graph = GRAPHS.find(([file]) => existsSync(new URL(file, place)));
    if (graph === undefined) {
      throw new EngineError(
        "artifact_missing",
        `no text encoder in ${fileURLToPath(place)}: it has no onnx/model*.onnx`,
        {
          place: fileURLToPath(place),
        },
      );
    }
    const [file, dtype] = graph;
    const digest = await digestOf(place, file);
    const extract = await openPipeline(place, dtype, threads);
    const running = createRunning("the text encoder");
    const embed = (text: string) =>
      running.track(async () => {
        const output = await extract(text, { pooling: "mean", normalize: true });
        return Float32Array.from(output.data as Float32Array);
      });

    return {
      dimensions: (await embed("dimensions")).length,
      digest,
      embed,
      async close() {
        await running.finish();
        await extract.dispose();
      },
    };
  },
});

function folderOf(model: string | null): URL {
  if (model !== null) return new URL(`${model}/`, ENCODERS);
  throw new EngineError("artifact_missing", "the transformers embedder needs a folder or a model's name");
}

async function openPipeline(place: URL, dtype: (typeof GRAPHS)[number][1], threads: number) {
  // Loaded here because it is large and few need it.
  refuseTelemetry();
  const { env, pipeline } = await import("@xenova/transformers");
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  try {
    return await pipeline("feature-extraction", fileURLToPath(place), {
      local_files_only: true,
      dtype,
      device: "cpu",
      session_options: { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3 },
    });
  } catch (cause) {
    throw new EngineError("artifact_corrupt", `the text encoder in ${fileURLToPath(place)} cannot be opened`, {
      place: fileURLToPath(place),
      cause,
    });
  }
}

/** Over the graph and every JSON file beside it: vocabulary and configuration change vectors too. */
async function digestOf(place: URL, graph: string): Promise<string> {
  const names = (await readdir(place)).filter((name) => name.endsWith(".json") || name.endsWith(".txt"));
  const files: Record<string, string> = {};
  for (const name of [...names, graph]) files[name] = sha256(await readEncoderFile(place, name));
  return encoderDigest(files);
}
