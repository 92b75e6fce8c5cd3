import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { DatasetError } from "./errors.ts";
import type { ImportContext } from "./importer.ts";
import { readChunks, toDatasetError } from "./read-lines.ts";

interface CsvRow {
  readonly fields: readonly string[];
  /** Line on which the row begins, from 1. */
  readonly line: number;
}

export interface CsvRows {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
}

const BATCH = 512;

/**
 * Streams a CSV file with a header line; fields may hold line breaks inside quotes. Rows with another number of fields
 * are reported.
 *
 * @throws DatasetError `utf8_broken`, `gzip_broken` or, for quotes that never close, `row_invalid`
 */
export async function* readCsvRows(file: string, context: ImportContext): AsyncGenerator<CsvRows> {
  const hash = createHash("sha256");
  const { onProgress } = context.reading(file);
  const text = decodeUtf8(readChunks(file, hash, null, onProgress), file);
  const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true });
  const source = Readable.from(text, { objectMode: false, encoding: "utf8" });
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  let header: readonly string[] | null = null;
  let rows: CsvRow[] = [];
  let line = 1;
  try {
    // With `info: true` every record is an object of the fields and where the parser stands after them.
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      const begin = line;
      line = info.lines + 1;
      if (header === null) header = checkedHeader(record, file);
      else if (record.length !== header.length) {
        if (rows.length > 0) yield { header, rows };
        rows = [];
        context.issues.report(file, begin, `wrong number of fields: ${record.length} of ${header.length}`);
      } else rows.push({ fields: record, line: begin });
      if (rows.length === BATCH) {
        yield { header: header ?? [], rows };
        rows = [];
      }
    }
  } catch (error) {
    if (error instanceof CsvError) {
      throw new DatasetError("row_invalid", error.message, { place: `${file}:${line}`, cause: error });
    }
    throw toDatasetError(error, file, line);
  }
  if (header === null) throw new DatasetError("empty_table", "the file has no header line", { place: file });
  yield { header, rows };
  context.done(file, hash.digest("hex"));
}

function checkedHeader(names: readonly string[], file: string): readonly string[] {
  const trimmed = names.map((name) => name.trim());
  const twice = trimmed.find((name, at) => trimmed.indexOf(name) < at);
  if (twice === undefined) return trimmed;
  throw new DatasetError("column_unknown", `the column ${twice} stands twice in the header`, { place: `${file}:1` });
}

/** Text of the bytes; a sequence that is not UTF-8 is thrown with its line. */
async function* decodeUtf8(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  let last: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of chunks) {
      last = chunk;
      yield decoder.decode(chunk, { stream: true });
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) line++;
      last = Buffer.alloc(0);
    }
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const place = `${file}:${line + brokenLine(last)}`;
    throw new DatasetError("utf8_broken", "not valid UTF-8; convert the file to UTF-8", { place, cause: error });
  }
}

/** How many lines into a chunk the first line lies that is not UTF-8. */
function brokenLine(chunk: Buffer): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let lines = 0;
  let start = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, start)) {
    try {
      decoder.decode(chunk.subarray(start, at));
    } catch {
      // The first line of a chunk may begin in the middle of a character that was sound.
      if (start > 0) return lines;
    }
    lines++;
    start = at + 1;
  }
  return lines;
}
