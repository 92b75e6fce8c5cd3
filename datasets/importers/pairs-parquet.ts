import path from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { checkColumns, columnsOfUse } from "../check-columns.ts";
import { digestFile } from "../digest-file.ts";
import { DatasetError } from "../errors.ts";
import { defineImporter, type PlacedRecord } from "../importer.ts";
import { toDatasetError } from "../read-lines.ts";
import { createRowReader } from "../row-to-records.ts";

/** Rows handed on at once, and the most that one row group is cut into. */
const BATCH = 4096;

/** One row group is decoded at a time, and of it only the columns that a record takes something from. */
export default defineImporter({
  name: "pairs-parquet",
  title: "a Parquet table, mapped like pairs-csv",
  takes: "a .parquet file",
  mappable: true,
  detect: ({ path, isFolder }) => !isFolder && /\.parquet$/i.test(path),
  async *read(file, context) {
    await context.plan([file]);
    const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import("hyparquet");
    const { compressors } = await import("hyparquet-compressors");
    const source = context.source ?? path.basename(file).replace(/\..*$/, "");
    const read = createRowReader({ mapping: context.mapping, source, qualitySource: context.qualitySource });
    const { onProgress } = context.reading(file);
    try {
      const buffer = await asyncBufferFromFile(file);
      if (buffer.byteLength < SMALLEST) throw new Error(`it has ${buffer.byteLength} bytes`);
      const metadata = await parquetMetadataAsync(buffer);
      const header = parquetSchema(metadata).children.map((child) => child.element.name);
      checkColumns(header, context.mapping, file);
      const columns = columnsOfUse(header, context.mapping);
      let groupStart = 0;
      for (const group of metadata.row_groups) {
        const groupEnd = groupStart + Number(group.num_rows);
        const rows = await parquetReadObjects({
          file: buffer,
          metadata,
          columns,
          rowStart: groupStart,
          rowEnd: groupEnd,
          compressors: { ...compressors, ...NATIVE },
        });
        for (let from = 0; from < rows.length; from += BATCH) {
          const records: PlacedRecord[] = [];
          rows.slice(from, from + BATCH).forEach((row, at) => {
            const line = groupStart + from + at + 1;
            for (const record of read(plain(row))) records.push({ file, line, record });
          });
          yield records;
        }
        groupStart = groupEnd;
        onProgress?.(Math.round((buffer.byteLength * groupEnd) / Number(metadata.num_rows)), buffer.byteLength);
      }
    } catch (error) {
      if (error instanceof DatasetError) throw error;
      if (typeof (error as { code?: unknown }).code === "string") throw toDatasetError(error, file, 0);
      const message = error instanceof Error ? error.message : String(error);
      throw new DatasetError("file_unreadable", `not a Parquet file that can be read: ${message}`, {
        place: file,
        cause: error,
      });
    }
    context.done(file, await digestFile(file));
  },
});

/** The magic at both ends, and the length of the footer between. */
const SMALLEST = 12;

/** What zlib does faster than JavaScript. */
const NATIVE = {
  GZIP: (input: Uint8Array): Uint8Array => gunzipSync(input),
  BROTLI: (input: Uint8Array): Uint8Array => brotliDecompressSync(input),
};

type Row = Readonly<Record<string, unknown>>;

/** A row as JSON would hold it: a 64-bit number beyond the safe ones becomes text, a time its ISO form, bytes base64. */
function plain(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plainValue);
  return Array.isArray(value) ? value.map(plainValue) : plain(value as Row); // nothing else is left
}
