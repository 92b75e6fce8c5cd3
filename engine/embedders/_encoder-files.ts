import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { EngineError } from "../errors.ts";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** manifest.json of models/encoders/<name>/. */
export const EncoderManifest = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().min(1),
  /** Embedder plug-in that opens it. */
  embedder: z.string().min(1),
  dimensions: z.number().int().positive(),
  maxTokens: z.number().int().positive(),
  precision: z.enum(["float", "weights", "int8"]),
  /** File name -> SHA-256. */
  files: z.record(z.string(), Sha256),
  licence: z.string(),
  source: z.strictObject({ package: z.string(), version: z.string(), origin: z.string(), digest: Sha256 }),
});
export type EncoderManifest = z.infer<typeof EncoderManifest>;

/** The digest that artifacts record: SHA-256 over the files' names and digests, in the order of their names. */
export function encoderDigest(files: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(files).sort()) hash.update(`${name}\n${files[name]}\n`);
  return hash.digest("hex");
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The same folder, ending in a slash, so that file names resolve below it. */
export function asFolder(place: URL): URL {
  return place.pathname.endsWith("/") ? place : new URL(`${place.href}/`);
}

/**
 * Reads and checks manifest.json and the files that it names.
 *
 * @throws EngineError `artifact_missing`, `artifact_corrupt`
 */
export async function readEncoderFiles(
  folder: URL,
): Promise<{ readonly manifest: EncoderManifest; readonly files: ReadonlyMap<string, Buffer> }> {
  const manifest = parseManifest(await readEncoderFile(folder, "manifest.json"), folder);
  const files = new Map<string, Buffer>();
  for (const [name, digest] of Object.entries(manifest.files)) {
    const bytes = await readEncoderFile(folder, name);
    if (sha256(bytes) !== digest) {
      throw new EngineError(
        "artifact_corrupt",
        `${name} of the text encoder is not the file that its manifest names; restore it or run \`weir encoder import --force\``,
        { place: fileURLToPath(new URL(name, folder)) },
      );
    }
    files.set(name, bytes);
  }
  return { manifest, files };
}

export async function readEncoderFile(folder: URL, name: string): Promise<Buffer> {
  const place = new URL(name, folder);
  try {
    return await readFile(place);
  } catch (cause) {
    throw new EngineError("artifact_missing", `the text encoder has no ${name}; looked in ${fileURLToPath(folder)}`, {
      place: fileURLToPath(place),
      cause,
    });
  }
}

function parseManifest(bytes: Buffer, folder: URL): EncoderManifest {
  const place = fileURLToPath(new URL("manifest.json", folder));
  try {
    return EncoderManifest.parse(JSON.parse(bytes.toString()));
  } catch (cause) {
    throw new EngineError("artifact_corrupt", `${place} is not a text encoder's manifest`, { place, cause });
  }
}
