import type { LogRecord } from "../../engine/schema/log-record.ts";
import { csvLine } from "../usage/csv.ts";

/** Columns of tabular exports, with their Parquet types. What has no plain type is JSON. */
const COLUMNS = {
  id: "STRING",
  at: "TIMESTAMP",
  operation: "STRING",
  key_id: "STRING",
  tenant: "STRING",
  team: "STRING",
  user: "STRING",
  feature: "STRING",
  route: "STRING",
  session: "STRING",
  metadata: "JSON",
  dialect: "STRING",
  stream: "BOOLEAN",
  requested_model: "STRING",
  model: "STRING",
  upstream: "STRING",
  decision: "JSON",
  plan: "JSON",
  attempts: "JSON",
  status: "INT32",
  input_tokens: "INT64",
  cache_read_tokens: "INT64",
  cache_write_tokens: "INT64",
  output_tokens: "INT64",
  reasoning_tokens: "INT64",
  tokens_estimated: "BOOLEAN",
  cost_usd: "DOUBLE",
  incumbent_cost_usd: "DOUBLE",
  saved_usd: "DOUBLE",
  cache: "STRING",
  guardrails: "JSON",
  overhead_ms: "DOUBLE",
  first_token_ms: "DOUBLE",
  duration_ms: "DOUBLE",
  arm: "STRING",
  error: "STRING",
  content: "JSON",
  feedback: "JSON",
} as const satisfies Record<keyof LogRecord, string>;
type ColumnName = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as ColumnName[];

export type ExportFormat = "jsonl" | "csv" | "parquet";

export const EXPORT_TYPES: Readonly<Record<ExportFormat, string>> = {
  jsonl: "application/x-ndjson",
  csv: "text/csv; charset=utf-8",
  parquet: "application/vnd.apache.parquet",
};

type Pages = AsyncIterable<readonly LogRecord[]>;

/** Records as the bytes of a file, a page at a time: however many they are, one page and its bytes are in memory. */
export async function* exportRecords(pages: Pages, format: ExportFormat): AsyncGenerator<Buffer> {
  if (format === "parquet") {
    yield* parquet(pages);
    return;
  }
  if (format === "csv") yield Buffer.from(csvLine(NAMES));
  for await (const page of pages) {
    const lines = page.map((record) =>
      format === "csv" ? csvLine(NAMES.map((name) => record[name])) : `${JSON.stringify(record)}\n`,
    );
    if (lines.length > 0) yield Buffer.from(lines.join(""));
  }
}

/** Rows of one group; a reader loads a group at a time. */
const GROUP_ROWS = 10_000;

async function* parquet(pages: Pages): AsyncGenerator<Buffer> {
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import("hyparquet-writer");
  const writer = new ByteWriter();
  const types = NAMES.map((name) => ({
    name,
    data: [],
    type: COLUMNS[name],
    nullable: name !== "id" && name !== "at",
  }));
  const file = new ParquetWriter({ writer, schema: schemaFromColumnData({ columnData: types }) });
  /** What was written since; the writer goes on counting offsets from the file's begin. */
  function fresh(): Buffer {
    const bytes = Buffer.from(writer.getBuffer());
    writer.index = 0;
    return bytes;
  }
  let rows: LogRecord[] = [];
  for await (const page of pages) {
    rows.push(...page);
    if (rows.length < GROUP_ROWS) continue;
    file.write({ columnData: columnsOf(rows), rowGroupSize: rows.length });
    rows = [];
    yield fresh();
  }
  if (rows.length > 0) file.write({ columnData: columnsOf(rows), rowGroupSize: rows.length });
  file.finish();
  yield fresh();
}

function columnsOf(rows: readonly LogRecord[]) {
  return NAMES.map((name) => ({
    name,
    type: COLUMNS[name],
    data: rows.map((row) => parquetValue(COLUMNS[name], row[name])),
  }));
}

function parquetValue(type: (typeof COLUMNS)[ColumnName], value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (type === "INT64") return BigInt(value as number);
  return type === "TIMESTAMP" ? new Date(value as string) : value;
}
