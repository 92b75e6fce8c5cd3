import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { createInflateRaw } from "node:zlib";
import { DatasetError } from "./errors.ts";
import { toDatasetError } from "./read-lines.ts";

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly compressedBytes: number;
  readonly headerOffset: number;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const MAX_COMMENT = 65_535;

/**
 * Entries of a zip file, from its central directory. Archives over 4 GiB (zip64) and encryption are not read.
 *
 * @source APPNOTE.TXT 6.3.9, sections 4.3.12 and 4.3.16
 * @throws DatasetError `zip_broken`
 */
export async function listZip(file: string): Promise<ZipEntry[]> {
  const handle = await open(file, "r").catch((error: unknown) => {
    throw toDatasetError(error, file, 0);
  });
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, MAX_COMMENT + 22));
    await handle.read(tail, 0, tail.length, size - tail.length);
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end--;
    if (end < 0) throw broken(file, "no end of the central directory; the file is cut short or no zip");
    const count = tail.readUInt16LE(end + 10);
    const directory = Buffer.alloc(tail.readUInt32LE(end + 12));
    const offset = tail.readUInt32LE(end + 16);
    if (offset + directory.length > size) throw broken(file, "the central directory lies outside the file");
    await handle.read(directory, 0, directory.length, offset);
    return parseDirectory(directory, count, file);
  } finally {
    await handle.close();
  }
}

function parseDirectory(directory: Buffer, count: number, file: string): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== ENTRY_SIGNATURE) {
      throw broken(file, `entry ${i + 1} of the central directory is damaged`);
    }
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.subarray(at + 46, at + 46 + nameLength).toString("utf8"),
      method: directory.readUInt16LE(at + 10),
      compressedBytes: directory.readUInt32LE(at + 20),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** The bytes of one entry, inflated as they are read. */
export async function* readZipEntry(file: string, entry: ZipEntry): AsyncGenerator<Buffer> {
  if (entry.method !== 0 && entry.method !== 8) {
    throw broken(file, `${entry.name} is packed with method ${entry.method}; only stored and deflated are read`);
  }
  const header = Buffer.alloc(30);
  const handle = await open(file, "r");
  try {
    await handle.read(header, 0, 30, entry.headerOffset);
  } finally {
    await handle.close();
  }
  if (header.readUInt32LE(0) !== LOCAL_SIGNATURE) throw broken(file, `the header of ${entry.name} is damaged`);
  if (entry.compressedBytes === 0) return;
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const raw = createReadStream(file, { start, end: start + entry.compressedBytes - 1, highWaterMark: 1 << 18 });
  try {
    yield* (
      entry.method === 0 ? raw : Readable.from(raw, { objectMode: false }).pipe(createInflateRaw())
    ) as AsyncIterable<Buffer>;
  } catch (error) {
    throw broken(file, `${entry.name} does not unpack`, error);
  }
}

function broken(file: string, message: string, cause?: unknown): DatasetError {
  return new DatasetError("zip_broken", message, { place: file, cause });
}
