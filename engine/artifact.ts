import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type CalibrationSample, decodeCalibrationSample } from "./calibration-sample.ts";
import { type CascadePart, openCascadePart } from "./cascade/cascade-part.ts";
import { discover } from "./discover.ts";
import type { Embedder, EmbedderPlugin } from "./embedder.ts";
import { EngineError } from "./errors.ts";
import { FEATURE_COUNT, featureDigest } from "./features.ts";
import { packageRoot } from "./package-root.ts";
import { Manifest } from "./schema/manifest.ts";
import type { Scorer, ScorerPlugin } from "./scorer.ts";

/** A trained router, verified and ready to score. */
export interface Artifact {
  readonly manifest: Manifest;
  readonly scorer: Scorer;
  /** Text encoder of a `full` artifact; null for `fast`. */
  readonly embedder: Embedder | null;
  /** Held-out rows by which routes solve their trade-offs; null when the artifact ships none. */
  readonly sample: CalibrationSample | null;
  /** What it knows of looking at answers; null when it only chooses before a call. */
  readonly cascade: CascadePart | null;
  /** Frees native memory once every running call has ended. */
  close(): Promise<void>;
}

export interface ArtifactOptions {
  /** Where text encoders lie; default: `models/encoders/` of the package. */
  readonly encoders?: URL;
  /** Threads of the text encoder; default 1. */
  readonly encoderThreads?: number;
}

const MANIFEST = "manifest.json";
const SAMPLE = "calibration.bin";
const SCORING_FILE = /^router\.([a-z-]+)$/;
const PLAIN_NAME = /^[\w-][\w.-]*$/;

/**
 * Opens models/<name>/<version>/ and trusts nothing in it: every file's digest, the features that this engine makes, the
 * graph's inputs and outputs, and the text encoder must be those that the manifest names.
 *
 * @throws EngineError `artifact_missing` (a file is not there), `artifact_corrupt` (a file is not what it was when it was
 *   written) or `artifact_mismatch` (it was made for other features, another encoder or another engine); `place` is the part
 */
export async function openArtifact(folder: URL, options: ArtifactOptions = {}): Promise<Artifact> {
  const base = folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`);
  const manifest = await readManifest(base);
  checkFeatures(manifest);
  const files = await readFiles(base, manifest);
  const sample = readSample(manifest, files.get(SAMPLE));
  const cascade = openCascadePart(manifest.cascade, files);
  const scorer = await openScorer(manifest, files, base);
  try {
    const embedder = await openEmbedder(manifest, options);
    return {
      manifest,
      scorer,
      embedder,
      sample,
      cascade,
      async close() {
        await Promise.all([scorer.close(), embedder?.close()]);
      },
    };
  } catch (error) {
    await scorer.close();
    throw error;
  }
}

/** Reads and checks a manifest alone, e.g. to list artifacts. */
export async function readManifest(folder: URL): Promise<Manifest> {
  const bytes = await readPart(folder, MANIFEST);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new EngineError("artifact_corrupt", `${MANIFEST} is not JSON`, { place: MANIFEST, cause });
  }
  const version = z.looseObject({ schemaVersion: z.number() }).safeParse(json).data?.schemaVersion;
  if (version !== undefined && version !== 1) {
    throw mismatch("schemaVersion", `${MANIFEST} has schema version ${version}; this engine reads 1`);
  }
  const parsed = Manifest.safeParse(json);
  if (!parsed.success) {
    const problems = z.prettifyError(parsed.error).replaceAll("\n", " ");
    throw new EngineError("artifact_corrupt", `${MANIFEST} is not a manifest: ${problems}`, { place: MANIFEST });
  }
  const repeated = firstRepeated(parsed.data.models.map(({ model }) => model));
  if (repeated !== null) {
    throw new EngineError("artifact_corrupt", `${MANIFEST} names model ${repeated} twice`, { place: MANIFEST });
  }
  return parsed.data;
}

function checkFeatures({ features, tier, name }: Manifest): void {
  if (features.digest !== featureDigest() || features.count !== FEATURE_COUNT) {
    throw mismatch(
      "features.digest",
      `artifact ${name} was trained on other features (${features.count}, digest ${features.digest.slice(0, 12)}) than ` +
        `this engine makes (${FEATURE_COUNT}, digest ${featureDigest().slice(0, 12)}); train it again`,
    );
  }
  if ((tier === "full") !== (features.encoder !== null)) {
    throw mismatch("features.encoder", `tier ${tier} ${tier === "full" ? "needs" : "takes no"} text encoder`);
  }
}

async function readFiles(folder: URL, manifest: Manifest): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [file, expected] of Object.entries(manifest.files)) {
    if (!PLAIN_NAME.test(file)) {
      throw new EngineError("artifact_corrupt", `${MANIFEST} names a file outside of its folder: ${file}`, {
        place: file,
      });
    }
    files.set(file, await readChecked(folder, file, expected));
  }
  return files;
}

async function readChecked(folder: URL, file: string, expected: string): Promise<Uint8Array> {
  const bytes = await readPart(folder, file);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual === expected) return bytes;
  throw new EngineError(
    "artifact_corrupt",
    `${file} has SHA-256 ${actual}, but ${MANIFEST} says ${expected}; fetch or train the artifact again`,
    { place: file },
  );
}

function readSample(manifest: Manifest, bytes: Uint8Array | undefined): CalibrationSample | null {
  if (bytes === undefined) return null;
  const sample = decodeCalibrationSample(bytes);
  if (sample.models !== manifest.models.length || sample.tasks !== manifest.tasks.length) {
    throw mismatch(
      SAMPLE,
      `${SAMPLE} has ${sample.models} models and ${sample.tasks} tasks, ${MANIFEST} ${manifest.models.length} and ${manifest.tasks.length}`,
    );
  }
  return sample;
}

async function openScorer(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>, folder: URL): Promise<Scorer> {
  const plugins = await discover<ScorerPlugin>(new URL("./scorers/", import.meta.url));
  for (const [file, bytes] of files) {
    const plugin = plugins.get(SCORING_FILE.exec(file)?.[1] ?? "");
    if (plugin === undefined) continue;
    const { features, models, tasks } = manifest;
    const readAgain = () => readChecked(folder, file, manifest.files[file]!);
    return plugin.open({ bytes, readAgain, features, modelCount: models.length, taskCount: tasks.length });
  }
  throw new EngineError("artifact_missing", `${MANIFEST} names no scoring file such as router.onnx`, {
    place: "router.onnx",
  });
}

/** A plug-in of the encoder's own name opens it; any other encoder is opened by `transformers` from a local folder. */
async function openEmbedder({ features }: Manifest, options: ArtifactOptions): Promise<Embedder | null> {
  if (features.encoder === null) return null;
  const { name, digest, dimensions } = features.encoder;
  const plugins = await discover<EmbedderPlugin>(new URL("./embedders/", import.meta.url));
  const plugin = plugins.get(name) ?? plugins.get("transformers");
  if (plugin === undefined || !PLAIN_NAME.test(name))
    throw mismatch("features.encoder", `no encoder "${name}" is known`);
  const encoders = options.encoders ?? new URL("models/encoders/", packageRoot);
  const folder = new URL(`${name}/`, encoders);
  const embedder = await plugin.open({ folder, model: name, threads: options.encoderThreads ?? 1 });
  if (embedder.digest === digest && embedder.dimensions === dimensions) return embedder;
  await embedder.close();
  throw mismatch(
    "features.encoder",
    `encoder ${name} has digest ${embedder.digest.slice(0, 12)} and ${embedder.dimensions} dimensions; the artifact was ` +
      `trained with ${digest.slice(0, 12)} and ${dimensions}`,
  );
}

async function readPart(folder: URL, file: string): Promise<Buffer> {
  try {
    return await readFile(new URL(file, folder));
  } catch (cause) {
    throw new EngineError("artifact_missing", `${file} cannot be read in ${folder.pathname}`, { place: file, cause });
  }
}

function firstRepeated(names: readonly string[]): string | null {
  return names.find((name, i) => names.indexOf(name) !== i) ?? null;
}

function mismatch(place: string, message: string): EngineError {
  return new EngineError("artifact_mismatch", message, { place });
}
