import type { z } from "zod";
import type { QualityRecord } from "../engine/schema/quality-record.ts";
import { type FieldMapping, MAPPABLE_FIELDS, type MappableField, type PerModelField } from "./field-mapping.ts";
import { groupOf, promptIdOf } from "./prompt-id.ts";
import { parseSplit } from "./split-name.ts";

export interface RowOptions {
  readonly mapping: FieldMapping;
  /** Source of rows that name none. */
  readonly source: string;
  readonly qualitySource: QualityRecord["quality_source"] | null;
}

type RecordInput = z.input<typeof QualityRecord>;
type Row = Readonly<Record<string, unknown>>;

const NUMBERS = new Set<MappableField>([
  "cost_usd",
  "input_tokens",
  "output_tokens",
  "latency_ms",
  "propensity",
  "max_output_tokens",
]);
const JSON_FIELDS = new Set<MappableField>(["messages", "tools", "response_format"]);

/**
 * Reads the rows of a table as records: one, or with per-model columns one for each model that has a quality there.
 * Absent ids and groups are made from the text, once for the rows of one prompt that follow one another. The records
 * still have to pass the schema.
 */
export function createRowReader(options: RowOptions): (row: Row) => RecordInput[] {
  let last = { source: "", text: "", promptId: "", group: "" };
  const identify = (source: string, text: string) => {
    if (last.text !== text || last.source !== source) {
      last = { source, text, promptId: promptIdOf(source, text), group: groupOf(text) };
    }
    return last;
  };
  return (row) => readRow(row, options, identify);
}

function readRow(
  row: Row,
  options: RowOptions,
  identify: (source: string, text: string) => { readonly promptId: string; readonly group: string },
): RecordInput[] {
  const { mapping } = options;
  const base: Record<string, unknown> = {};
  for (const field of MAPPABLE_FIELDS) {
    const value = convert(field, valueAt(row, mapping.fields.get(field) ?? field));
    if (value !== undefined) base[field] = value;
  }
  const extras = { ...asObject(row.extras) };
  for (const [name, column] of mapping.extras) extras[name] = valueAt(row, column);
  if (Object.keys(extras).length > 0) base.extras = extras;

  base.source ??= options.source;
  base.quality_source ??= options.qualitySource ?? "exact";
  const text = textOf(base);
  if (text !== "" && (base.prompt_id === undefined || base.group === undefined)) {
    const { promptId, group } = identify(String(base.source), text);
    base.prompt_id ??= promptId;
    base.group ??= group;
  }
  const records = mapping.models.size === 0 ? [base] : perModelRecords(row, base, mapping.models);
  // The schema is applied by the reader, which reports a row that does not keep to it.
  return records as RecordInput[];
}

function perModelRecords(
  row: Row,
  base: Record<string, unknown>,
  models: ReadonlyMap<string, ReadonlyMap<PerModelField, string>>,
): Record<string, unknown>[] {
  return [...models].flatMap(([model, columns]) => {
    const record: Record<string, unknown> = { ...base, model };
    for (const [field, column] of columns) {
      const value = convert(field, valueAt(row, column));
      if (value === undefined) delete record[field];
      else record[field] = value;
    }
    return record.quality === undefined ? [] : [record];
  });
}

/** A field by name, or by dotted path when the row has no field of that whole name. */
export function valueAt(row: unknown, path: string): unknown {
  if (typeof row !== "object" || row === null) return undefined;
  if (Object.hasOwn(row, path)) return (row as Row)[path];
  let value: unknown = row;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Row)[part];
  }
  return value;
}

/** undefined for an empty cell; text that is no number stays as it is, so that the schema names it. */
function convert(field: MappableField, value: unknown): unknown {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "bigint") return convert(field, Number(value));
  if (value instanceof Date) return value.toISOString();
  if (field === "quality") return toQuality(value);
  if (NUMBERS.has(field)) return typeof value === "string" ? toNumber(value) : value;
  if (JSON_FIELDS.has(field)) return typeof value === "string" ? parseJson(value) : value;
  if (field === "split") return parseSplit(String(value)) ?? value;
  return typeof value === "object" ? value : String(value);
}

const WORDS: Readonly<Record<string, number>> = { true: 1, false: 0, good: 1, bad: 0, correct: 1, incorrect: 0 };

/** true and false, good and bad count as 1 and 0. */
export function toQuality(value: unknown): unknown {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string") return value;
  return WORDS[value.trim().toLowerCase()] ?? toNumber(value);
}

function toNumber(text: string): number | string {
  const trimmed = text.trim();
  const number = trimmed === "" ? Number.NaN : Number(trimmed);
  return Number.isNaN(number) && trimmed.toLowerCase() !== "nan" ? text : number;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function textOf(base: Readonly<Record<string, unknown>>): string {
  if (typeof base.prompt === "string") return base.prompt;
  return base.messages === undefined ? "" : JSON.stringify(base.messages);
}

function asObject(value: unknown): Record<string, unknown> {
  const parsed = typeof value === "string" ? parseJson(value) : value;
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
    ? (parsed as Record<string, unknown>)
    : {};
}
