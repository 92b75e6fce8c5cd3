import { DatasetError } from "./errors.ts";
import { type FieldMapping, MAPPABLE_FIELDS, mappedColumns } from "./field-mapping.ts";

const KNOWN = new Set<string>([...MAPPABLE_FIELDS, "extras"]);

/**
 * Whether a table's header and a mapping fit: every mapped column is there, and without a mapping every column is a
 * field of a record. Prompt, model and quality must come from somewhere.
 *
 * @throws DatasetError `column_unknown` or `column_missing`
 */
export function checkColumns(header: readonly string[], mapping: FieldMapping, place: string): void {
  const present = new Set(header);
  const list = `the table has ${header.join(", ")}`;
  const absent = mappedColumns(mapping).filter((column) => !present.has(column) && !present.has(column.split(".")[0]!));
  if (absent.length > 0) {
    throw new DatasetError("column_unknown", `--map names no column ${absent.join(", ")}; ${list}`, { place });
  }
  const unknown = mapping.isEmpty ? header.filter((column) => !KNOWN.has(column)) : [];
  if (unknown.length > 0) {
    const message = `unknown column ${unknown.join(", ")}; say with --map what it is, e.g. --map extras.${unknown[0]}=${unknown[0]}`;
    throw new DatasetError("column_unknown", message, { place });
  }
  const has = (field: (typeof MAPPABLE_FIELDS)[number]) => mapping.fields.has(field) || present.has(field);
  const isWide = mapping.models.size > 0;
  const missing = [
    has("prompt") || has("messages") ? null : "prompt",
    isWide || has("model") ? null : "model",
    isWide || has("quality") ? null : "quality",
  ].filter((field) => field !== null);
  if (missing.length > 0) {
    const message = `no column for ${missing.join(", ")}; name it with --map ${missing[0]}=<column>; ${list}`;
    throw new DatasetError("column_missing", message, { place });
  }
}

/** The columns of a header that a record takes something from. */
export function columnsOfUse(header: readonly string[], mapping: FieldMapping): string[] {
  const mapped = new Set(mappedColumns(mapping).flatMap((column) => [column, column.split(".")[0]!]));
  return header.filter((column) => KNOWN.has(column) || mapped.has(column));
}
