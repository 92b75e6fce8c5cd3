import { parse } from "csv-parse/sync";
import { DatasetError } from "./errors.ts";

export interface CsvHeader<Required extends string> {
  readonly names: readonly string[];
  /** Positions of the required columns. */
  readonly index: Readonly<Record<Required, number>>;
  /** Position of any other column; undefined when the file has none of that name. */
  at(name: string): number | undefined;
}

/** Fields of one CSV line without line breaks inside quotes; null when its quotes do not balance. */
export function splitCsvLine(text: string): string[] | null {
  if (!text.includes('"')) return text.split(",");
  try {
    // csv-parse is typed by its options; without `columns` it gives an array of arrays.
    const rows = parse(text, { relax_column_count: true }) as unknown as string[][];
    return rows.length === 1 ? rows[0]! : null;
  } catch {
    return null;
  }
}

/** @throws DatasetError `column_missing` or `column_unknown`, naming the file's first line */
export function parseCsvHeader<Required extends string>(
  file: string,
  line: string,
  required: readonly Required[],
): CsvHeader<Required> {
  const place = `${file}:1`;
  const names = splitCsvLine(line)?.map((name) => name.trim()) ?? [];
  const positions = new Map(names.map((name, at) => [name, at]));
  const missing = required.filter((name) => !positions.has(name));
  if (missing.length > 0) {
    const message = `no column ${missing.join(", ")}; the header has ${names.join(", ")}`;
    throw new DatasetError("column_missing", message, { place });
  }
  if (positions.size < names.length) {
    throw new DatasetError("column_unknown", "a column name stands twice in the header", { place });
  }
  // Every required name was found above.
  const index = Object.fromEntries(required.map((name) => [name, positions.get(name)!])) as Record<Required, number>;
  return { names, index, at: (name) => positions.get(name) };
}
