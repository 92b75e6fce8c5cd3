import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { refuseUnwritable, unwritable } from "../../datasets/write-atomically.ts";
import { Manifest } from "../../engine/schema/manifest.ts";
import { TrainError } from "../errors.ts";

export interface ArtifactFiles {
  /** All but `files`, which is made from the bytes. */
  readonly manifest: Omit<Manifest, "files">;
  /** File name -> bytes the engine reads, digests recorded. */
  readonly binaries: Readonly<Record<string, Uint8Array>>;
  readonly card: string;
}

/**
 * Writes models/<name>/<version>/ whole or not at all: to a temporary folder beside it, which is then renamed.
 *
 * @returns the folder
 * @throws  TrainError `exists` when that version is there already; DatasetError `file_unwritable`
 */
export async function writeArtifact(out: string, files: ArtifactFiles): Promise<string> {
  const { manifest } = files;
  const parent = path.join(out, manifest.name);
  const folder = path.join(parent, manifest.version);
  await refuseUnwritable(folder, "folder");
  await mkdir(parent, { recursive: true });
  if ((await readdir(parent)).includes(manifest.version)) {
    throw new TrainError("exists", `${folder} is there already; existing artifacts are kept`, { place: folder });
  }
  const whole = Manifest.parse({
    ...manifest,
    files: Object.fromEntries(Object.entries(files.binaries).map(([name, bytes]) => [name, sha256(bytes)])),
  });
  const temporary = await mkdtemp(path.join(parent, ".writing-"));
  try {
    for (const [name, bytes] of Object.entries(files.binaries)) await writeFile(path.join(temporary, name), bytes);
    await writeFile(path.join(temporary, "manifest.json"), `${JSON.stringify(whole, null, 2)}\n`);
    await writeFile(path.join(temporary, "CARD.md"), titled(files.card, manifest));
    await chmod(temporary, 0o755);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw unwritable(error, folder);
  }
  return folder;
}

/** A card that was taken over from another version bears that one's title. */
function titled(card: string, { name, version }: ArtifactFiles["manifest"]): string {
  return card.replace(/^# Router .*/, `# Router ${name} ${version}`);
}

/** The next free `<date>.<n>` under models/<name>/. */
export async function nextVersion(out: string, name: string, date: string): Promise<string> {
  const taken = await readdir(path.join(out, name)).catch(() => [] as string[]);
  let n = 1;
  while (taken.includes(`${date}.${n}`)) n++;
  return `${date}.${n}`;
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
