import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DatasetError } from "./errors.ts";

/** A line longer than this is no record but a file of another kind. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface Line {
  /** null: the bytes are not UTF-8. */
  readonly text: string | null;
  /** 1-based. */
  readonly number: number;
}

export interface FileSummary {
  readonly digest: string;
  readonly bytes: number;
}

export interface ReadOptions {
  /** Bytes read so far of the file as it lies on disk, and its size. */
  readonly onProgress?: ((readBytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Streams the lines of a file, gunzipped when its first bytes say gzip, in batches; empty lines are skipped. Memory is
 * one chunk. The generator's return value has the SHA-256 of the file as it lies on disk.
 *
 * @throws DatasetError `file_missing`, `file_unreadable` or `gzip_broken`, with the place
 */
export async function* readLines(file: string, options: ReadOptions = {}): AsyncGenerator<Line[], FileSummary> {
  const hash = createHash("sha256");
  let number = 0;
  let rest: Buffer[] = [];
  let restBytes = 0;

  const decode = (bytes: Buffer, batch: Line[]) => {
    number++;
    let end = bytes.length;
    if (end > 0 && bytes[end - 1] === CARRIAGE_RETURN) end--;
    const start = number === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    if (end <= start) return;
    const line = bytes.subarray(start, end);
    batch.push({ text: isUtf8(line) ? line.toString("utf8") : null, number });
  };

  let bytes = 0;
  try {
    for await (const chunk of readChunks(file, hash, (read) => (bytes = read), options.onProgress)) {
      const batch: Line[] = [];
      let start = 0;
      let at = chunk.indexOf(NEWLINE);
      while (at >= 0) {
        const piece = chunk.subarray(start, at);
        if (rest.length > 0) {
          decode(Buffer.concat([...rest, piece]), batch);
          rest = [];
          restBytes = 0;
        } else decode(piece, batch);
        start = at + 1;
        at = chunk.indexOf(NEWLINE, start);
      }
      if (start < chunk.length) {
        rest.push(chunk.subarray(start));
        restBytes += chunk.length - start;
        if (restBytes > MAX_LINE_BYTES) {
          const place = `${file}:${number + 1}`;
          throw new DatasetError("row_invalid", "a line over 256 MiB; is this a file of lines?", { place });
        }
      }
      if (batch.length > 0) yield batch;
    }
    if (rest.length > 0) {
      const batch: Line[] = [];
      decode(Buffer.concat(rest), batch);
      if (batch.length > 0) yield batch;
    }
  } catch (error) {
    throw toDatasetError(error, file, number + 1);
  }
  return { digest: hash.digest("hex"), bytes };
}

/** The file's bytes, gunzipped when they are gzip, hashed as they lie on disk. */
export async function* readChunks(
  file: string,
  hash: { update(data: Buffer): unknown } | null,
  onBytes: ((readBytes: number) => void) | null,
  onProgress?: ((readBytes: number, totalBytes: number) => void) | undefined,
): AsyncGenerator<Buffer> {
  const [size, isGzip] = await inspect(file);
  const raw = createReadStream(file, { highWaterMark: 1 << 18 });
  let read = 0;
  const hashed = async function* () {
    for await (const chunk of raw as AsyncIterable<Buffer>) {
      hash?.update(chunk);
      read += chunk.length;
      onBytes?.(read);
      onProgress?.(read, size);
      yield chunk;
    }
  };
  if (!isGzip) {
    yield* hashed();
    return;
  }
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  // Errors of either stream surface through the iteration of gunzip below.
  pipeline(Readable.from(hashed(), { objectMode: false }), gunzip, () => {});
  yield* gunzip as AsyncIterable<Buffer>;
}

async function inspect(file: string): Promise<[size: number, isGzip: boolean]> {
  const info = await stat(file);
  if (info.isDirectory()) throw new DatasetError("file_unreadable", "a folder where a file is needed", { place: file });
  const handle = await open(file, "r");
  try {
    const head = Buffer.alloc(2);
    await handle.read(head, 0, 2, 0);
    return [info.size, head[0] === 0x1f && head[1] === 0x8b];
  } finally {
    await handle.close();
  }
}

const READ_FAULTS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "a folder where a file is needed",
  ENOTDIR: "a file where a folder is needed",
};

/** What the file system or zlib said, as an error that names the file and how to mend it. */
export function toDatasetError(error: unknown, file: string, line: number): DatasetError {
  if (error instanceof DatasetError) return error;
  const code = (error as { code?: string }).code ?? "";
  if (code === "ENOENT")
    return new DatasetError("file_missing", "no such file or folder", { place: file, cause: error });
  if (code.startsWith("Z_")) {
    const place = `${file}:${line}`;
    const what = code === "Z_BUF_ERROR" ? "the gzip stream is cut short" : "the gzip stream is damaged";
    return new DatasetError("gzip_broken", `${what}; fetch or pack the file again`, { place, cause: error });
  }
  const message = READ_FAULTS[code] ?? (error instanceof Error ? error.message : String(error));
  return new DatasetError("file_unreadable", message, { place: file, cause: error });
}
