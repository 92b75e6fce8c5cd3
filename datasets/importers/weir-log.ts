import path from "node:path";
import { Feedback, LogRecord } from "../../engine/schema/log-record.ts";
import type { QualitySource } from "../../engine/schema/quality-record.ts";
import { firstProblem } from "../first-problem.ts";
import { namesIn } from "../folder-files.ts";
import { defineImporter, type ImportContext, type PlacedRecord } from "../importer.ts";
import { groupOf } from "../prompt-id.ts";
import { type JsonRow, readJsonRows } from "../read-json-rows.ts";
import { requestText } from "../request-text.ts";

const SOURCE = "weir";
const LOG_FILE = /\.(jsonl|ndjson)(\.gz)?$/i;
/** Which word counts when several spoke of one answer: a test before a judge before a user. */
const WEIGHT = { test: 2, judge: 1, user: 0 } as const;
const QUALITY_SOURCE = { test: "exact", judge: "judge", user: "user" } as const satisfies Record<string, QualitySource>;

type Spoken = Pick<Feedback, "source"> & { readonly score: number };

/**
 * Weir's own log with its feedback: log records and feedback in any order, in one file or in the files of a folder.
 * Feedback is read first and held (a few bytes each), then the records stream past. Only records whose route keeps
 * text can be trained on; the others are passed over and counted.
 */
export default defineImporter({
  name: "weir-log",
  title: "Weir's own log records with their feedback",
  takes: "a .jsonl file, or a folder with log*.jsonl and feedback*.jsonl",
  mappable: false,
  detect: ({ entries }) => entries.some((name) => name.startsWith("feedback") && LOG_FILE.test(name)),
  async *read(input, context) {
    const names = (await namesIn(input)).filter((name) => LOG_FILE.test(name));
    const files = names.length > 0 ? names.map((name) => path.join(input, name)) : [input];
    await context.plan(files);
    const feedback = await readFeedback(files, context);
    for (const file of files) {
      for await (const rows of readJsonRows(file, context)) {
        yield rows.flatMap((row) => toRecord(row, file, feedback, context) ?? []);
      }
    }
  },
});

/** A line is feedback when it has no model but a score or a label. */
function isFeedback({ value }: JsonRow): boolean {
  return !Object.hasOwn(value, "model") && (Object.hasOwn(value, "score") || Object.hasOwn(value, "label"));
}

async function readFeedback(files: readonly string[], context: ImportContext): Promise<ReadonlyMap<string, Spoken>> {
  const spoken = new Map<string, Spoken>();
  // Broken lines are reported by the second pass, which reads every line again.
  const silent = { ...context, done: () => {}, reading: () => ({}), issues: SILENT };
  for (const file of files) {
    for await (const rows of readJsonRows(file, silent)) {
      for (const row of rows) if (isFeedback(row)) keep(spoken, row, file, context);
    }
  }
  return spoken;
}

const SILENT: ImportContext["issues"] = {
  report() {},
  skip() {},
  count: 0,
  skipped: 0,
  reasons: () => [],
  skipReasons: () => [],
  examples: [],
  firstPlace: null,
};

function keep(spoken: Map<string, Spoken>, row: JsonRow, file: string, context: ImportContext): void {
  const parsed = Feedback.safeParse(row.value);
  if (parsed.success) add(spoken, parsed.data);
  else context.issues.report(file, row.line, firstProblem(parsed.error));
}

/** Later feedback of the same weight replaces earlier: the server's upsert per (id, source). */
function add(spoken: Map<string, Spoken>, { id, source, score, label }: Feedback): void {
  const known = spoken.get(id);
  if (known && WEIGHT[known.source] > WEIGHT[source]) return;
  spoken.set(id, { source, score: score ?? (label === "good" ? 1 : 0) });
}

function toRecord(
  row: JsonRow,
  file: string,
  feedback: ReadonlyMap<string, Spoken>,
  context: ImportContext,
): PlacedRecord | null {
  if (isFeedback(row)) return null;
  const parsed = LogRecord.safeParse(row.value);
  if (!parsed.success) {
    context.issues.report(file, row.line, firstProblem(parsed.error));
    return null;
  }
  const record = parsed.data;
  const own = new Map<string, Spoken>();
  for (const item of record.feedback ?? []) add(own, item);
  const said = feedback.get(record.id) ?? feedback.get(record.decision?.decision_id ?? "") ?? [...own.values()][0];
  if (said === undefined) return skip(context, "no feedback");
  if (record.model === null || record.error) return skip(context, "no model answered");
  if (record.cache === "hit" || record.cache === "semantic") return skip(context, "answered from a cache");
  const text = record.content ? requestText(record.content) : null;
  if (text === null) return skip(context, "the route keeps no text (log.content)");
  const { decision } = record;
  const task = decision?.task;
  return {
    file,
    line: row.line,
    record: {
      prompt_id: `${context.source ?? SOURCE}:${record.id}`,
      ...text,
      ...(task ? { task } : {}),
      source: context.source ?? SOURCE,
      group: groupOf(JSON.stringify(text.messages)),
      model: record.model,
      quality: said.score,
      quality_source: context.qualitySource ?? QUALITY_SOURCE[said.source],
      ...optional("cost_usd", record.cost_usd),
      ...optional("input_tokens", record.input_tokens),
      ...optional("output_tokens", record.output_tokens),
      ...optional("latency_ms", record.duration_ms),
      ...optional("propensity", decision?.propensity),
      at: record.at,
      ...(record.content?.answer === undefined ? {} : { answer: record.content.answer }),
      ...(record.route || record.feature
        ? { extras: { route: record.route ?? null, feature: record.feature ?? null } }
        : {}),
    },
  };
}

function optional<Name extends string>(name: Name, value: number | null | undefined): { [key in Name]?: number } {
  // A computed key widens to an index signature; it is exactly `name`.
  return value === null || value === undefined ? {} : ({ [name]: value } as { [key in Name]: number });
}

function skip(context: ImportContext, reason: string): null {
  context.issues.skip(reason);
  return null;
}
