import path from "node:path";
import { z } from "zod";
import type { AnswerMeasures } from "../engine/schema/answer-measures.ts";
import { parseCsvHeader, splitCsvLine } from "./csv-line.ts";
import { firstProblem } from "./first-problem.ts";
import type { QualityTable } from "./quality-table.ts";
import { readLines } from "./read-lines.ts";
import { createRowIssues, type RowIssues } from "./row-issues.ts";

/** What answers to a table's prompts showed of themselves; [prompts x models] row-major, null where none is recorded. */
export interface AnswerTable {
  readonly answers: readonly (AnswerMeasures | null)[];
  /** The file read, with its SHA-256. */
  readonly file: string;
  readonly digest: string;
  /** Answers that belong to a prompt and a model of the table. */
  readonly records: number;
}

const COUNTS = [
  "response_chars",
  "words",
  "lines",
  "steps",
  "reason_chars",
  "eq_total",
  "eq_wrong",
  "h_contrast",
  "h_approx",
  "h_think",
  "h_cannot",
  "h_recheck",
  "n_candidates",
  "num_count",
] as const;
const COLUMNS = [
  "prompt_id",
  "model",
  "answer",
  "answer_found",
  ...COUNTS,
  "opts_seen",
  "truncated",
  "refusal",
  "supported",
  "num_used",
] as const;

const flag = z.enum(["0", "1"]).transform((value) => value === "1");
const count = z
  .string()
  .regex(/^\d+(\.\d+)?$/, "a count")
  .transform(Number);
const optional = z.string().transform((value, context) => {
  if (value === "") return null;
  if (Number.isFinite(Number(value))) return Number(value);
  context.addIssue("not a number");
  return z.NEVER;
});
const AnswerRow = z.object({
  answer: z.string(),
  answer_found: flag,
  ...(Object.fromEntries(COUNTS.map((name) => [name, count])) as Record<(typeof COUNTS)[number], typeof count>),
  opts_seen: optional,
  truncated: flag,
  refusal: flag,
  supported: optional,
  num_used: optional,
});

/**
 * Reads `<source>.answers.csv.gz`: one row an answer, its final answer and counts of its text. Answers to prompts or by
 * models that the table does not have are passed over.
 *
 * @throws DatasetError naming file and line
 */
export async function readAnswers(
  folder: string,
  source: string,
  table: QualityTable,
  issues: RowIssues = createRowIssues({ strict: true }),
): Promise<AnswerTable> {
  const file = path.join(folder, `${source}.answers.csv.gz`);
  const rowOf = new Map(table.prompts.map(({ promptId }, row) => [promptId, row]));
  const width = table.models.length;
  const answers: (AnswerMeasures | null)[] = new Array(table.prompts.length * width).fill(null);
  let records = 0;
  let header: ReturnType<typeof parseCsvHeader<(typeof COLUMNS)[number]>> | null = null;
  const lines = readLines(file);
  while (true) {
    const next = await lines.next();
    if (next.done) return { answers, file, digest: next.value.digest, records };
    for (const { text, number } of next.value) {
      if (text === null) {
        issues.report(file, number, "not valid UTF-8", "utf8_broken");
        continue;
      }
      if (header === null) {
        header = parseCsvHeader(file, text, COLUMNS);
        continue;
      }
      const { index, names } = header;
      const fields = splitCsvLine(text);
      if (fields === null || fields.length !== names.length) {
        issues.report(file, number, "wrong number of fields");
        continue;
      }
      const row = rowOf.get(fields[index.prompt_id]!);
      const column = table.models.indexOf(fields[index.model]!);
      if (row === undefined || column === -1) continue;
      const parsed = AnswerRow.safeParse(Object.fromEntries(names.map((name, at) => [name, fields[at]!])));
      if (!parsed.success) {
        issues.report(file, number, firstProblem(parsed.error));
        continue;
      }
      answers[row * width + column] = measuresOf(parsed.data);
      records++;
    }
  }
}

function measuresOf(row: z.infer<typeof AnswerRow>): AnswerMeasures {
  return {
    answer: row.answer,
    isFound: row.answer_found,
    characters: row.response_chars,
    words: row.words,
    lines: row.lines,
    steps: row.steps,
    reasonCharacters: row.reason_chars,
    equations: row.eq_total,
    wrongEquations: row.eq_wrong,
    contrasts: row.h_contrast,
    approximations: row.h_approx,
    conjectures: row.h_think,
    denials: row.h_cannot,
    rechecks: row.h_recheck,
    stated: row.n_candidates,
    optionsSeen: row.opts_seen,
    isTruncated: row.truncated,
    isRefusal: row.refusal,
    isSupported: row.supported === null ? null : row.supported > 0.5,
    numbersUsed: row.num_used,
    numbers: row.num_count,
    isBroken: row.refusal || row.response_chars === 0,
  };
}
