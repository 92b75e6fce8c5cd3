import { stat } from "node:fs/promises";
import { type Conversation, conversationFromMessages } from "../engine/conversation.ts";
import { QualityRecord } from "../engine/schema/quality-record.ts";
import { DatasetError } from "./errors.ts";
import { type FieldMapping, NO_MAPPING, parseFieldMapping } from "./field-mapping.ts";
import { firstProblem } from "./first-problem.ts";
import { inspectInput } from "./folder-files.ts";
import { type ImportContext, type Importer, importerNamed, importers, type PlacedRecord } from "./importer.ts";
import { groupOf } from "./prompt-id.ts";
import type { QualityTable } from "./quality-table.ts";
import { readDataFolder } from "./read-data-folder.ts";
import { createRecordRegister } from "./record-register.ts";
import { createRowIssues, type RowIssues } from "./row-issues.ts";
import { createTableBuilder } from "./table-builder.ts";

export interface ReadRecordsOptions {
  /** Importer; found by the looks of the input when absent. */
  readonly format?: string | undefined;
  readonly mapping?: FieldMapping | string | undefined;
  readonly source?: string | undefined;
  readonly sources?: readonly string[] | undefined;
  readonly qualitySource?: QualityRecord["quality_source"] | undefined;
  readonly strict?: boolean | undefined;
  readonly issues?: RowIssues | undefined;
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

export interface ValidRecord {
  readonly file: string;
  readonly line: number;
  readonly record: QualityRecord;
}

export type Lineage = QualityTable["lineage"];

/**
 * Streams the valid records of any input. What the schema refuses, a second judgement of one (prompt_id, model), and a
 * prompt id with another text are reported; memory is some 100 bytes a prompt and 4 a pair.
 *
 * @throws DatasetError naming the place; with `strict` at the first malformed row
 */
export async function* streamRecords(
  input: string,
  options: ReadRecordsOptions = {},
): AsyncGenerator<ValidRecord[], Lineage> {
  const issues = options.issues ?? createRowIssues({ strict: options.strict ?? false });
  const importer = await chooseImporter(input, options.format);
  const mapping = toMapping(options.mapping);
  if (!mapping.isEmpty && !importer.mappable) {
    throw new DatasetError("column_unknown", `--map has no meaning for ${importer.name}`, { place: input });
  }
  const files = new Map<string, { digest: string; records: number; source: string }>();
  const context = createContext(mapping, issues, options, (file, digest) => {
    const known = files.get(file);
    files.set(file, { digest, records: known?.records ?? 0, source: known?.source ?? "" });
  });
  const register = createRecordRegister();
  let source = "";
  for await (const batch of importer.read(input, context)) {
    const valid: ValidRecord[] = [];
    for (const placed of batch) {
      const record = check(placed, register, issues, options.sources);
      if (record === null) continue;
      valid.push({ file: placed.file, line: placed.line, record });
      source = record.source;
      const known = files.get(placed.file);
      if (known) known.records++;
      else files.set(placed.file, { digest: "", records: 1, source });
    }
    if (valid.length > 0) yield valid;
  }
  return [...files]
    .filter(([, { digest }]) => digest !== "")
    .map(([file, entry]) => ({ ...entry, source: entry.source || source, file }));
}

/**
 * Reads any input into columns.
 *
 * @throws DatasetError `empty_table` when no valid record is left
 */
export async function readRecords(input: string, options: ReadRecordsOptions = {}): Promise<QualityTable> {
  const importer = await chooseImporter(input, options.format);
  if (importer.name === "data-folder") return readDataFolder(input, options);
  const issues = options.issues ?? createRowIssues({ strict: options.strict ?? false });
  const builder = createTableBuilder();
  const batches = streamRecords(input, { ...options, issues, format: importer.name });
  while (true) {
    const next = await batches.next();
    if (next.done) {
      if (builder.promptCount > 0) return builder.finish(next.value);
      const [reason] = issues.reasons()[0] ?? issues.skipReasons()[0] ?? ["no row"];
      throw new DatasetError("empty_table", `no valid record (${reason})`, { place: issues.firstPlace ?? input });
    }
    for (const { record } of next.value) {
      const row = builder.rowOf(record.prompt_id) ?? builder.addPrompt(promptRow(record));
      builder.addOutcome(row, builder.columnOf(record.model), {
        quality: record.quality,
        costUsd: record.cost_usd ?? Number.NaN,
        inputTokens: record.input_tokens ?? Number.NaN,
        outputTokens: record.output_tokens ?? Number.NaN,
        latencyMs: record.latency_ms ?? Number.NaN,
        propensity: record.propensity ?? Number.NaN,
      });
    }
  }
}

/** What the router would read of a record's request. */
function conversationOfRecord(record: QualityRecord): Conversation {
  const { prompt, messages, tools, response_format: format, max_output_tokens: limit } = record;
  return conversationFromMessages(messages ?? [{ role: "user", content: prompt ?? "" }], {
    ...(tools === undefined ? {} : { tools }),
    responseFormat: format?.type === "json_schema" ? "json_schema" : format?.type === "json_object" ? "json" : "text",
    maxOutputTokens: limit ?? null,
  });
}

export function promptRow(record: QualityRecord): QualityTable["prompts"][number] {
  return {
    promptId: record.prompt_id,
    conversation: conversationOfRecord(record),
    task: record.task ?? null,
    source: record.source,
    split: record.split ?? null,
    group: record.group ?? groupOf(record.prompt ?? JSON.stringify(record.messages)),
    extras: record.extras ?? {},
  };
}

async function chooseImporter(input: string, format: string | undefined): Promise<Importer> {
  const looks = await inspectInput(input);
  if (format !== undefined) return importerNamed(format);
  const all = await importers();
  for (const importer of all.values()) if (importer.detect(looks)) return importer;
  const names = [...all.keys()].join(", ");
  throw new DatasetError("importer_unknown", `cannot tell what this is; name an importer: ${names}`, { place: input });
}

function toMapping(mapping: FieldMapping | string | undefined): FieldMapping {
  if (mapping === undefined) return NO_MAPPING;
  return typeof mapping === "string" ? parseFieldMapping(mapping) : mapping;
}

function createContext(
  mapping: FieldMapping,
  issues: RowIssues,
  options: ReadRecordsOptions,
  done: ImportContext["done"],
): ImportContext {
  const sizes = new Map<string, number>();
  const fractions = new Map<string, number>();
  const report = () => {
    let read = 0;
    let total = 0;
    for (const [file, size] of sizes) {
      total += size;
      read += size * (fractions.get(file) ?? 0);
    }
    options.onProgress?.(Math.round(read), total);
  };
  return {
    issues,
    mapping,
    source: options.source ?? null,
    sources: options.sources ?? null,
    qualitySource: options.qualitySource ?? null,
    async plan(files) {
      if (!options.onProgress) return;
      for (const file of files) {
        const info = await stat(file).catch(() => null);
        sizes.set(file, info?.size ?? 0);
      }
    },
    reading: (file) => ({
      onProgress:
        options.onProgress &&
        ((read, total) => {
          fractions.set(file, total > 0 ? read / total : 1);
          report();
        }),
    }),
    done,
  };
}

function check(
  { file, line, record }: PlacedRecord,
  register: ReturnType<typeof createRecordRegister>,
  issues: RowIssues,
  sources: readonly string[] | undefined,
): QualityRecord | null {
  if (record.prompt === undefined && record.messages === undefined) {
    issues.report(file, line, "no prompt text (empty, or a column that --map must name)");
    return null;
  }
  const parsed = QualityRecord.safeParse(record);
  if (!parsed.success) {
    issues.report(file, line, firstProblem(parsed.error));
    return null;
  }
  const { prompt, messages, source } = parsed.data;
  if (sources && !sources.includes(source)) {
    issues.skip(`of another source: ${source}`);
    return null;
  }
  if (prompt !== undefined && prompt.trim() === "") {
    issues.report(file, line, "empty prompt");
    return null;
  }
  const fault = register.add(parsed.data, prompt ?? JSON.stringify(messages));
  if (fault === null) return parsed.data;
  issues.report(file, line, fault, "duplicate_record");
  return null;
}
