import { createHash } from "node:crypto";
import { DatasetError } from "./errors.ts";
import { type FileSummary, type ReadOptions, readChunks, toDatasetError } from "./read-lines.ts";

export interface JsonItem {
  readonly value: unknown;
  /** 1-based position in the array. */
  readonly number: number;
  /** 1-based line on which the item begins. */
  readonly line: number;
}

const MAX_ITEM_BYTES = 256 * 1024 * 1024;
const BYTE = {
  quote: 0x22,
  backslash: 0x5c,
  open: 0x5b,
  close: 0x5d,
  brace: 0x7b,
  unbrace: 0x7d,
  comma: 0x2c,
} as const;

/**
 * Streams the items of a file that is one JSON array: only one item is held in memory. Gzip is seen by its first bytes.
 *
 * @throws DatasetError `row_invalid` where the file stops being a JSON array, `gzip_broken`, `file_missing`
 */
export async function* readJsonArray(file: string, options: ReadOptions = {}): AsyncGenerator<JsonItem[], FileSummary> {
  const hash = createHash("sha256");
  let bytes = 0;
  const onBytes = (read: number) => {
    bytes = read;
  };
  yield* splitJsonArray(readChunks(file, hash, onBytes, options.onProgress), file);
  return { digest: hash.digest("hex"), bytes };
}

/** The items of a JSON array that comes in chunks; `name` is what errors call it. */
export async function* splitJsonArray(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<JsonItem[]> {
  const split = createArraySplitter(name);
  try {
    for await (const chunk of chunks) {
      const items = split.push(chunk);
      if (items.length > 0) yield items;
    }
    split.end();
  } catch (error) {
    throw toDatasetError(error, name, split.line);
  }
}

export interface ArraySplitter {
  push(chunk: Uint8Array): JsonItem[];
  /** @throws DatasetError when the array has not been closed */
  end(): void;
  readonly line: number;
}

/** Cuts the bytes of a JSON array into its items. */
export function createArraySplitter(file: string): ArraySplitter {
  let line = 1;
  let itemLine = 1;
  let number = 0;
  let depth = 0;
  let state: "before" | "inside" | "after" = "before";
  let inString = false;
  let escaped = false;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let hasItem = false;

  const fail = (reason: string): never => {
    const place = `${file}:${line}`;
    throw new DatasetError("row_invalid", reason, { place });
  };
  const take = (items: JsonItem[]) => {
    const text = new TextDecoder("utf-8", { fatal: true });
    number++;
    try {
      items.push({ value: JSON.parse(text.decode(Buffer.concat(held))), number, line: itemLine });
    } catch {
      fail(`item ${number} is not valid JSON in UTF-8`);
    }
    held = [];
    heldBytes = 0;
    hasItem = false;
  };

  return {
    get line() {
      return line;
    },
    push(chunk) {
      const items: JsonItem[] = [];
      let start = 0;
      const keep = (end: number) => {
        if (!hasItem || end <= start) return;
        held.push(chunk.slice(start, end));
        heldBytes += end - start;
        if (heldBytes > MAX_ITEM_BYTES) fail("an item over 256 MiB");
      };
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i]!;
        if (byte === 0x0a) line++;
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BYTE.backslash) escaped = true;
          else if (byte === BYTE.quote) inString = false;
          continue;
        }
        const isSpace = byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
        if (isSpace) continue;
        if (state === "before") {
          if (byte === 0xef || byte === 0xbb || byte === 0xbf) continue;
          if (byte !== BYTE.open) fail("the file is not a JSON array");
          state = "inside";
          continue;
        }
        if (state === "after") fail("text after the end of the JSON array");
        if (depth === 0 && (byte === BYTE.comma || byte === BYTE.close)) {
          keep(i);
          if (hasItem) take(items);
          else if (byte === BYTE.comma || number > 0) fail("an item is missing between commas");
          if (byte === BYTE.close) state = "after";
          continue;
        }
        if (!hasItem) {
          hasItem = true;
          itemLine = line;
          start = i;
        }
        if (byte === BYTE.quote) inString = true;
        else if (byte === BYTE.open || byte === BYTE.brace) depth++;
        else if (byte === BYTE.close || byte === BYTE.unbrace) depth--;
      }
      keep(chunk.length);
      return items;
    },
    end() {
      if (state !== "after") fail(state === "before" ? "the file is not a JSON array" : "the JSON array is cut short");
    },
  };
}
