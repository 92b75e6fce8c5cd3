import { constants, createWriteStream } from "node:fs";
import { access, mkdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { DatasetError } from "./errors.ts";

/**
 * Writes chunks under a temporary name that becomes the real one at the end, gzipped when the name ends in `.gz`: nobody
 * ever sees half a file. What is no file (a pipe, /dev/stdout) is written to as it is.
 *
 * @throws DatasetError `file_exists` unless forced, `file_unwritable`; whatever the chunks throw, with nothing left behind
 */
export async function writeAtomically(
  file: string,
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  options: { force?: boolean } = {},
): Promise<void> {
  if (!options.force) await refuseExisting(file);
  const known = await refuseUnwritable(file);
  const isStream = known !== null && !known.isFile();
  const temporary = isStream ? file : path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.part`);
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    const source = Readable.from(chunks, { objectMode: true });
    const sink = createWriteStream(temporary, { flags: "w" });
    if (file.endsWith(".gz")) await pipeline(source, createGzip({ level: 6 }), sink);
    else await pipeline(source, sink);
    if (!isStream) await rename(temporary, file);
  } catch (error) {
    if (!isStream) await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(error, file);
  }
}

/** @throws DatasetError `file_exists` */
export async function refuseExisting(file: string): Promise<void> {
  if ((await statOf(file)) === null) return;
  throw new DatasetError("file_exists", "the file is there already; --force replaces it", { place: file });
}

/**
 * Finds before the work what would be found after it: a folder under that name, a file where a folder is needed, no
 * right to write. Nothing is made.
 *
 * @returns what is there under that name, or null
 * @throws  DatasetError `file_unwritable`
 */
export async function refuseUnwritable(file: string, kind: "file" | "folder" = "file") {
  const known = await statOf(file);
  if (kind === "file" && known?.isDirectory()) throw faultOf("EISDIR", file);
  let nearest = path.resolve(file);
  let info = kind === "folder" ? known : null;
  while (info === null && path.dirname(nearest) !== nearest) {
    nearest = path.dirname(nearest);
    info = await statOf(nearest);
  }
  if (info !== null && !info.isDirectory()) throw faultOf("ENOTDIR", file, nearest);
  await access(nearest, constants.W_OK).catch((error: unknown) => {
    throw unwritable(error, file);
  });
  return known;
}

const FAULTS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file system takes no file of that size",
  EISDIR: "there is a folder of that name",
  ENOTDIR: "a file stands where a folder is needed",
  ENOENT: "its folder cannot be made",
  ENAMETOOLONG: "the name is too long",
};

/** A fault of the file system as an error that names the file; any other error as it is. */
export function unwritable(error: unknown, file: string): unknown {
  const { code, syscall } = Object(error) as { code?: unknown; syscall?: unknown };
  return typeof code === "string" && typeof syscall === "string" ? faultOf(code, file, undefined, error) : error;
}

function faultOf(code: string, file: string, at?: string, cause?: unknown): DatasetError {
  const reason = `${FAULTS[code] ?? code}${at === undefined ? "" : `: ${at}`}`;
  return new DatasetError("file_unwritable", `cannot be written: ${reason}`, { place: file, cause });
}

/** null when there is nothing, or nothing that can be looked at. */
function statOf(file: string) {
  return stat(file).catch(() => null);
}
