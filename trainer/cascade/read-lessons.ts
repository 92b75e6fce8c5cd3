import path from "node:path";
import { DatasetError } from "../../datasets/errors.ts";
import { firstProblem } from "../../datasets/first-problem.ts";
import { readLines } from "../../datasets/read-lines.ts";
import { promptRow, type ReadRecordsOptions, streamRecords } from "../../datasets/read-records.ts";
import { createTableBuilder } from "../../datasets/table-builder.ts";
import { type AnswerAsk, answerAsk } from "../../engine/answer/answer-kind.ts";
import { measureAnswer } from "../../engine/answer/measure-answer.ts";
import type { Artifact } from "../../engine/artifact.ts";
import { calibrationFunction } from "../../engine/calibration.ts";
import { bodyOfMeasures } from "../../engine/schema/answer-measures.ts";
import { CascadeLesson } from "../../engine/schema/cascade-lesson.ts";
import { estimateInputTokens } from "../../engine/tokens.ts";
import { scoreRows } from "../add-model.ts";

/** Lessons with where they came from. */
export interface Lessons {
  readonly source: string;
  readonly digest: string;
  readonly lessons: readonly CascadeLesson[];
}

/**
 * Lessons as a server writes them, or made from records with answers: prompts are joined by their text, and what is
 * expected of each model is what the artifact says.
 *
 * @param input a file of lessons, or any input of `weir datasets` whose records have an `answer`
 * @throws DatasetError with the place
 */
export async function readLessons(
  input: string,
  artifact: Artifact,
  options: ReadRecordsOptions = {},
): Promise<Lessons> {
  return (await isOfLessons(input)) ? readWritten(input) : lessonsOfRecords(input, artifact, options);
}

/** By its first line. */
async function isOfLessons(input: string): Promise<boolean> {
  if (!/\.jsonl(\.gz)?$/i.test(input)) return false;
  const first = await readLines(input).next();
  if (first.done) return false;
  try {
    const value: unknown = JSON.parse(first.value[0]?.text ?? "");
    return typeof value === "object" && value !== null && Array.isArray((value as { answers?: unknown }).answers);
  } catch {
    return false;
  }
}

async function readWritten(file: string): Promise<Lessons> {
  const lessons: CascadeLesson[] = [];
  const lines = readLines(file);
  while (true) {
    const next = await lines.next();
    if (next.done) return { source: path.basename(file), digest: next.value.digest, lessons };
    for (const { text, number } of next.value) {
      if (text === null || text.trim() === "") continue;
      const parsed = CascadeLesson.safeParse(parsedOrNull(text));
      const place = `${file}:${number}`;
      if (!parsed.success) throw new DatasetError("row_invalid", firstProblem(parsed.error), { place });
      lessons.push(parsed.data);
    }
  }
}

function parsedOrNull(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

interface Answered {
  readonly model: string;
  readonly answer: string;
  readonly quality: number;
  readonly costUsd: number;
}

async function lessonsOfRecords(input: string, artifact: Artifact, options: ReadRecordsOptions): Promise<Lessons> {
  const builder = createTableBuilder();
  const answered: Answered[][] = [];
  const route: (string | null)[] = [];
  const batches = streamRecords(input, options);
  let digest = "";
  let source = path.basename(input);
  while (true) {
    const next = await batches.next();
    if (next.done) {
      digest = next.value[0]?.digest ?? "";
      break;
    }
    for (const { record } of next.value) {
      if (record.answer === undefined || record.cost_usd === undefined) continue;
      ({ source } = record);
      const { prompt, messages, tools, response_format } = record;
      // A log has one id a request: the same ask by its text.
      const key = JSON.stringify([messages ?? prompt, tools, response_format]);
      const row = builder.rowOf(key) ?? builder.addPrompt({ ...promptRow(record), promptId: key });
      answered[row] ??= [];
      route[row] ??= typeof record.extras?.["route"] === "string" ? record.extras["route"] : null;
      if (answered[row].some(({ model }) => model === record.model)) continue;
      const { model, answer, quality, cost_usd } = record;
      answered[row].push({ model, answer, quality, costUsd: cost_usd });
      builder.columnOf(model);
    }
  }
  const rows = [...answered.keys()].filter((row) => answered[row]!.length > 1);
  if (rows.length === 0) {
    const message = "no prompt has the answers of two models: records need `answer` and `cost_usd`";
    throw new DatasetError("empty_table", message, { place: input });
  }
  const table = builder.finish([]);
  const { models } = artifact.manifest;
  const { score, outputTokens } = await scoreRows(artifact, table, rows);
  const calibrate = models.map(({ calibration }) => calibrationFunction(calibration));
  const lessons = rows.flatMap((row, at): CascadeLesson[] => {
    const { promptId, conversation, group } = table.prompts[row]!;
    const ask = answerAsk(conversation);
    const answers = answered[row]!.flatMap(({ model, answer, quality, costUsd }) => {
      const column = models.findIndex((trained) => trained.model === model);
      if (column === -1) return [];
      const cell = at * models.length + column;
      return [
        {
          model,
          expected: Math.min(1, Math.max(0, calibrate[column]!(score[cell]!))),
          quality,
          cost_usd: costUsd,
          output_tokens: Math.max(0, outputTokens[cell]!),
          measures: bodyOfMeasures(measured(answer, ask)),
        },
      ];
    });
    if (answers.length < 2) return [];
    const facts = { group, route: route[row] ?? null, kind: ask.kind, input_tokens: estimateInputTokens(conversation) };
    return [{ id: promptId, ...facts, answers }];
  });
  return { source, digest, lessons };
}

function measured(text: string, ask: AnswerAsk) {
  return measureAnswer({ text, calls: [], isCutOff: false, isRefused: false, isValid: null }, ask);
}
