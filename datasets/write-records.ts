import { createWriteStream } from "node:fs";
import { access, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { DatasetError } from "./errors.ts";

/**
 * Writes JSON lines, gzipped when the name ends in `.gz`, under a temporary name that becomes the real one at the end:
 * nobody ever sees half a file. Same rows, same bytes.
 *
 * @throws DatasetError `file_exists` unless forced; whatever the rows throw, with nothing left behind
 */
export async function writeJsonLines(
  file: string,
  batches: AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>,
  options: { force?: boolean } = {},
): Promise<number> {
  let count = 0;
  const text = async function* () {
    for await (const batch of batches) {
      if (batch.length === 0) continue;
      count += batch.length;
      yield `${batch.map((row) => JSON.stringify(row)).join("\n")}\n`;
    }
  };
  await writeAtomically(file, text(), options);
  return count;
}

/** Writes chunks under a temporary name, then renames; see `writeJsonLines`. */
export async function writeAtomically(
  file: string,
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  options: { force?: boolean } = {},
): Promise<void> {
  if (!options.force) await refuseExisting(file);
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.part`);
  try {
    const source = Readable.from(chunks, { objectMode: true });
    const sink = createWriteStream(temporary, { flags: "w" });
    if (file.endsWith(".gz")) await pipeline(source, createGzip({ level: 6 }), sink);
    else await pipeline(source, sink);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** @throws DatasetError `file_exists` */
export async function refuseExisting(file: string): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists) throw new DatasetError("file_exists", "the file is there already; --force replaces it", { place: file });
}
