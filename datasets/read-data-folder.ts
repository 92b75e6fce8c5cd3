import { readdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { conversationFromPrompt } from "../engine/conversation.ts";
import { type CsvHeader, parseCsvHeader, splitCsvLine } from "./csv-line.ts";
import { DatasetError } from "./errors.ts";
import { firstProblem } from "./first-problem.ts";
import { mergeTables } from "./merge-tables.ts";
import { groupOf } from "./prompt-id.ts";
import type { PromptRow, QualityTable } from "./quality-table.ts";
import { type FileSummary, readLines, toDatasetError } from "./read-lines.ts";
import { createRowIssues, type RowIssues } from "./row-issues.ts";
import { parseSplit } from "./split-name.ts";
import { createTableBuilder, type TableBuilder } from "./table-builder.ts";

export interface ReadDataFolderOptions {
  /** Source names; all pairs of the folder when absent. */
  readonly sources?: readonly string[] | undefined;
  /** Only these models' outcomes; all when absent. */
  readonly models?: readonly string[] | undefined;
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  /** Throw at the first malformed row instead of leaving it out. */
  readonly strict?: boolean | undefined;
  /** Where malformed rows are counted; with one, `strict` is its own. */
  readonly issues?: RowIssues | undefined;
}

const PROMPTS = ".prompts.jsonl.gz";
const OUTCOMES = ".outcomes.csv.gz";
const OUTCOME_COLUMNS = ["prompt_id", "model", "quality"] as const;

const PromptLine = z.looseObject({
  id: z.string().min(1),
  prompt: z.string(),
  task: z.string().nullish(),
  source: z.string().min(1).optional(),
  split: z.string().nullish(),
  group: z.string().nullish(),
});

/**
 * Reads `<source>.prompts.jsonl.gz` and `<source>.outcomes.csv.gz` of a folder. Several sources give one table whose
 * models are the union, in order of first occurrence. What a prompt line has beside the named fields becomes `extras`.
 *
 * @throws DatasetError naming file and line
 */
export async function readDataFolder(folder: string, options: ReadDataFolderOptions = {}): Promise<QualityTable> {
  const sources = await chooseSources(folder, options.sources);
  const issues = options.issues ?? createRowIssues({ strict: options.strict ?? false });
  const wanted = options.models ? new Set(options.models) : null;
  const progress = await folderProgress(folder, sources, options.onProgress);
  const tables: QualityTable[] = [];
  for (const source of sources) tables.push(await readSource(folder, source, wanted, issues, progress));
  const table = mergeTables(tables);
  const absent = options.models?.filter((model) => !table.models.includes(model)) ?? [];
  if (absent.length > 0) {
    throw new DatasetError("model_unknown", `the folder has no outcomes of ${absent.join(", ")}`, { place: folder });
  }
  return table;
}

/** Names of the sources whose two files lie in a folder, sorted. */
export async function listDataFolder(folder: string): Promise<string[]> {
  let files: Set<string>;
  try {
    files = new Set(await readdir(folder));
  } catch (error) {
    throw toDatasetError(error, folder, 0);
  }
  return [...files]
    .filter((file) => file.endsWith(PROMPTS))
    .map((file) => file.slice(0, -PROMPTS.length))
    .filter((source) => files.has(source + OUTCOMES))
    .sort();
}

async function chooseSources(folder: string, asked: readonly string[] | undefined): Promise<readonly string[]> {
  const present = await listDataFolder(folder);
  if (present.length === 0) {
    const message = `the folder holds no <source>${PROMPTS} with its <source>${OUTCOMES}`;
    throw new DatasetError("file_missing", message, { place: folder });
  }
  const missing = asked?.filter((source) => !present.includes(source)) ?? [];
  if (missing.length > 0) {
    const message = `no source ${missing.join(", ")} in the folder; it has ${present.join(", ")}`;
    throw new DatasetError("source_unknown", message, { place: folder });
  }
  return asked ? [...new Set(asked)] : present;
}

type Progress = (file: string) => (readBytes: number, totalBytes: number) => void;

async function folderProgress(
  folder: string,
  sources: readonly string[],
  onProgress: ReadDataFolderOptions["onProgress"],
): Promise<Progress> {
  if (!onProgress) return () => () => {};
  const { stat } = await import("node:fs/promises");
  const files = sources.flatMap((source) => [source + PROMPTS, source + OUTCOMES]);
  const sizes = await Promise.all(files.map(async (file) => (await stat(path.join(folder, file))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const done = new Map<string, number>();
  let sum = 0;
  return (file) => (readBytes) => {
    sum += readBytes - (done.get(file) ?? 0);
    done.set(file, readBytes);
    onProgress(sum, total);
  };
}

async function readSource(
  folder: string,
  source: string,
  models: ReadonlySet<string> | null,
  issues: RowIssues,
  progress: Progress,
): Promise<QualityTable> {
  const builder = createTableBuilder();
  const promptFile = path.join(folder, source + PROMPTS);
  const prompts = await eachLine(promptFile, issues, progress, (line) =>
    addPrompt(builder, source, promptFile, line, issues),
  );
  if (builder.promptCount === 0) throw new DatasetError("empty_table", "no usable prompt", { place: promptFile });
  const promptRecords = builder.promptCount;

  const outcomeFile = path.join(folder, source + OUTCOMES);
  let header: OutcomeHeader | null = null;
  let records = 0;
  const outcomes = await eachLine(outcomeFile, issues, progress, (line) => {
    if (header === null) header = parseCsvHeader(outcomeFile, line.text, OUTCOME_COLUMNS);
    else if (addOutcome(builder, header, models, outcomeFile, line, issues)) records++;
  });
  return builder.finish([
    { source, file: promptFile, digest: prompts.digest, records: promptRecords },
    { source, file: outcomeFile, digest: outcomes.digest, records },
  ]);
}

async function eachLine(
  file: string,
  issues: RowIssues,
  progress: Progress,
  take: (line: TextLine) => void,
): Promise<FileSummary> {
  const lines = readLines(file, { onProgress: progress(file) });
  while (true) {
    const next = await lines.next();
    if (next.done) return next.value;
    for (const { text, number } of next.value) {
      if (text === null) issues.report(file, number, "not valid UTF-8", "utf8_broken");
      else take({ text, number });
    }
  }
}

/** Takes a prompt line, or says why not. */
function addPrompt(builder: TableBuilder, source: string, file: string, line: TextLine, issues: RowIssues): void {
  const prompt = parsePrompt(line.text, source);
  if (typeof prompt === "string") issues.report(file, line.number, prompt);
  else if (builder.rowOf(prompt.promptId) === undefined) builder.addPrompt(prompt);
  else issues.report(file, line.number, `duplicate prompt id: ${prompt.promptId}`, "duplicate_record");
}

/** The prompt, or the reason why it is none. */
function parsePrompt(text: string, source: string): PromptRow | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "not JSON";
  }
  const parsed = PromptLine.safeParse(json);
  if (!parsed.success) return firstProblem(parsed.error);
  const { id, prompt, task, source: given, split, group, ...rest } = parsed.data;
  if (prompt.trim() === "") return "empty prompt";
  const known = split ? parseSplit(split) : null;
  if (known === undefined) return `unknown split: ${split}`;
  return {
    promptId: id,
    conversation: conversationFromPrompt(prompt),
    task: task || null,
    source: given ?? source,
    split: known,
    group: group || groupOf(prompt),
    extras: known !== null && split !== known ? { ...rest, given_split: split } : rest,
  };
}

interface TextLine {
  readonly text: string;
  readonly number: number;
}

type OutcomeHeader = CsvHeader<(typeof OUTCOME_COLUMNS)[number]>;

/** true when the row was taken; a model that nobody asked for is neither taken nor an issue. */
function addOutcome(
  builder: TableBuilder,
  header: OutcomeHeader,
  models: ReadonlySet<string> | null,
  file: string,
  line: TextLine,
  issues: RowIssues,
): boolean {
  const fields = splitCsvLine(line.text);
  const problem = fields === null ? "unbalanced quotes" : outcomeProblem(builder, header, fields);
  if (fields === null || problem !== null) {
    issues.report(file, line.number, problem ?? "unbalanced quotes");
    return false;
  }
  const promptId = fields[header.index.prompt_id]!;
  const model = fields[header.index.model]!;
  if (models && !models.has(model)) return false;
  const added = builder.addOutcome(builder.rowOf(promptId)!, builder.columnOf(model), {
    quality: Number(fields[header.index.quality]),
    costUsd: optionalNumber(header, fields, "cost_usd"),
    inputTokens: optionalNumber(header, fields, "input_tokens"),
    outputTokens: optionalNumber(header, fields, "output_tokens"),
    latencyMs: optionalNumber(header, fields, "latency_ms"),
    propensity: optionalNumber(header, fields, "propensity"),
  });
  if (!added) {
    issues.report(file, line.number, `duplicate (prompt_id, model): ${promptId}, ${model}`, "duplicate_record");
  }
  return added;
}

function outcomeProblem(builder: TableBuilder, header: OutcomeHeader, fields: readonly string[]): string | null {
  if (fields.length !== header.names.length)
    return `wrong number of fields: ${fields.length} of ${header.names.length}`;
  if (fields[header.index.model] === "") return "empty model";
  const promptId = fields[header.index.prompt_id]!;
  if (builder.rowOf(promptId) === undefined) return `prompt_id without a prompt: ${promptId}`;
  const quality = fields[header.index.quality]!;
  if (quality === "" || !(Number(quality) >= 0 && Number(quality) <= 1)) return `quality is not in 0..1: "${quality}"`;
  for (const name of MEASURES) {
    const at = header.at(name);
    if (at === undefined || fields[at] === "") continue;
    const value = Number(fields[at]);
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return `${name} is not a number from 0: "${fields[at]}"`;
  }
  const propensity = optionalNumber(header, fields, "propensity");
  if (propensity === 0 || propensity > 1) return `propensity is not in (0, 1]: ${propensity}`;
  return null;
}

const MEASURES = ["cost_usd", "input_tokens", "output_tokens", "latency_ms", "propensity"] as const;

/** NaN when the file has no such column or the field is empty. */
function optionalNumber(header: OutcomeHeader, fields: readonly string[], name: (typeof MEASURES)[number]): number {
  const at = header.at(name);
  return at === undefined || fields[at] === "" ? Number.NaN : Number(fields[at]);
}
