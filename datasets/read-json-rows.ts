import type { ImportContext } from "./importer.ts";
import { readJsonArray } from "./read-json-array.ts";
import { readChunks, readLines, toDatasetError } from "./read-lines.ts";

export interface JsonRow {
  readonly value: Readonly<Record<string, unknown>>;
  readonly line: number;
}

/** Rows of a file that is either JSON lines or one JSON array of objects; what is no object is reported, not thrown. */
export async function* readJsonRows(file: string, context: ImportContext): AsyncGenerator<JsonRow[]> {
  if (await beginsWithBracket(file)) yield* arrayRows(file, context);
  else yield* lineRows(file, context);
}

async function* lineRows(file: string, context: ImportContext): AsyncGenerator<JsonRow[]> {
  const lines = readLines(file, context.reading(file));
  while (true) {
    const next = await lines.next();
    if (next.done) return context.done(file, next.value.digest);
    let rows: JsonRow[] = [];
    for (const { text, number } of next.value) {
      const value = text === null ? undefined : parse(text);
      if (isObject(value)) {
        rows.push({ value, line: number });
        continue;
      }
      // The rows before go first, so that faults are met in the order of the file.
      if (rows.length > 0) yield rows;
      rows = [];
      if (text === null) context.issues.report(file, number, "not valid UTF-8", "utf8_broken");
      else context.issues.report(file, number, value === undefined ? "not JSON" : "not a JSON object");
    }
    yield rows;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function* arrayRows(file: string, context: ImportContext): AsyncGenerator<JsonRow[]> {
  const items = readJsonArray(file, context.reading(file));
  while (true) {
    const next = await items.next();
    if (next.done) return context.done(file, next.value.digest);
    let rows: JsonRow[] = [];
    for (const { value, line } of next.value) {
      if (isObject(value)) {
        rows.push({ value, line });
        continue;
      }
      if (rows.length > 0) yield rows;
      rows = [];
      context.issues.report(file, line, "not a JSON object");
    }
    yield rows;
  }
}

async function beginsWithBracket(file: string): Promise<boolean> {
  try {
    for await (const chunk of readChunks(file, null, null)) {
      const text = chunk.subarray(0, 4096).toString("latin1").replace(/^ï»¿/, "").trimStart();
      if (text !== "") return text.startsWith("[");
    }
  } catch (error) {
    throw toDatasetError(error, file, 1);
  }
  return false;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
