import path from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { checkColumns } from "../check-columns.ts";
import { digestFile } from "../digest-file.ts";
import { DatasetError } from "../errors.ts";
import { defineImporter, type PlacedRecord } from "../importer.ts";
import { toDatasetError } from "../read-lines.ts";
import { createRowReader } from "../row-to-records.ts";

/** Rows handed on at once, and the most that one row group is cut into. */
const BATCH = 4096;

/** One row group is decoded at a time. Snappy, gzip and Brotli are read; Zstandard has no decoder in Node 20. */
export default defineImporter({
  name: "pairs-parquet",
  title: "a Parquet table, mapped like pairs-csv",
  takes: "a .parquet file",
  mappable: true,
  detect: ({ path, isFolder }) => !isFolder && /\.parquet$/i.test(path),
  async *read(file, context) {
    await context.plan([file]);
    const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import("hyparquet");
    const source = context.source ?? path.basename(file).replace(/\..*$/, "");
    const read = createRowReader({ mapping: context.mapping, source, qualitySource: context.qualitySource });
    const { onProgress } = context.reading(file);
    try {
      const buffer = await asyncBufferFromFile(file);
      const metadata = await parquetMetadataAsync(buffer);
      const header = parquetSchema(metadata).children.map((child) => child.element.name);
      checkColumns(header, context.mapping, file);
      let groupStart = 0;
      for (const group of metadata.row_groups) {
        const groupEnd = groupStart + Number(group.num_rows);
        const rows = await parquetReadObjects({
          file: buffer,
          metadata,
          rowStart: groupStart,
          rowEnd: groupEnd,
          compressors: COMPRESSORS,
        });
        for (let from = 0; from < rows.length; from += BATCH) {
          const records: PlacedRecord[] = [];
          rows.slice(from, from + BATCH).forEach((row, at) => {
            const line = groupStart + from + at + 1;
            for (const record of read(row)) records.push({ file, line, record });
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

const COMPRESSORS = {
  GZIP: (input: Uint8Array): Uint8Array => gunzipSync(input),
  BROTLI: (input: Uint8Array): Uint8Array => brotliDecompressSync(input),
};
