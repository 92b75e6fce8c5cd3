import path from "node:path";
import { canonicalModel } from "../canonical-model.ts";
import { estimateTokens } from "../estimate-tokens.ts";
import { findFolder, namesIn } from "../folder-files.ts";
import { defineImporter, type ImportContext, type PlacedRecord } from "../importer.ts";
import { groupOf, promptIdOf } from "../prompt-id.ts";
import { readCsvRows } from "../read-csv-rows.ts";
import { readJsonRows } from "../read-json-rows.ts";
import { toQuality } from "../row-to-records.ts";

const SOURCE = "routellm";

/**
 * A clone of lm-sys/RouteLLM. Every row of the repository is kept, so that its protocol can be repeated: a question that
 * it holds twice gets a second id in the same group. What the authors drop as contaminated carries
 * `extras.routellm_excluded`; MT-bench is judged over two turns, and the second is `extras.turn2`.
 */
export default defineImporter({
  name: "routellm",
  title: "RouteLLM's evaluations: MMLU, GSM8K, MT-bench, strong against weak",
  takes: "a clone of github.com/lm-sys/RouteLLM, or its routellm/evals",
  mappable: false,
  detect: ({ entries }) => entries.includes("routellm") || (entries.includes("mmlu") && entries.includes("gsm8k")),
  async *read(root, context) {
    const evals = await findFolder(root, ["routellm/evals", "evals", "."], "routellm/evals");
    const responses = path.join(evals, "mmlu", "responses");
    const mmlu = (await namesIn(responses)).filter((name) => /^mmlu_.+\.csv$/.test(name));
    const hasGsm8k = (await namesIn(path.join(evals, "gsm8k"))).includes("gsm8k_responses.csv");
    const mtBench = await namesIn(path.join(evals, "mt_bench"));
    const hasMtBench = mtBench.includes("question.jsonl") && mtBench.includes("judgements.jsonl");
    const files = [
      ...mmlu.map((name) => path.join(responses, name)),
      ...(hasGsm8k ? [path.join(evals, "gsm8k", "gsm8k_responses.csv")] : []),
      ...(hasMtBench ? [path.join(evals, "mt_bench", "judgements.jsonl")] : []),
    ];
    await findFolder(evals, files.length > 0 ? ["."] : [], "mmlu/responses/mmlu_*.csv, gsm8k or mt_bench");
    await context.plan(files);

    const ids = createIds();
    const excludedMmlu = await contaminated(path.join(evals, "mmlu"), context);
    for (const name of mmlu) {
      const task = `mmlu/${name.slice("mmlu_".length, -".csv".length)}`;
      yield* readResponses(path.join(responses, name), task, excludedMmlu, ids, context);
    }
    if (hasGsm8k) {
      const excluded = await contaminated(path.join(evals, "gsm8k"), context);
      yield* readResponses(path.join(evals, "gsm8k", "gsm8k_responses.csv"), "gsm8k", excluded, ids, context);
    }
    if (hasMtBench) yield* readMtBench(path.join(evals, "mt_bench"), ids, context);
  },
});

type Ids = (prompt: string) => string;

/** Ids that stay apart when the repository holds one question twice: the second gets `-2`. */
function createIds(): Ids {
  const times = new Map<string, number>();
  return (prompt) => {
    const id = promptIdOf(SOURCE, prompt);
    const time = (times.get(id) ?? 0) + 1;
    times.set(id, time);
    return time === 1 ? id : `${id}-${time}`;
  };
}

async function contaminated(folder: string, context: ImportContext): Promise<ReadonlySet<string>> {
  const prompts = new Set<string>();
  if (!(await namesIn(folder)).includes("contaminated_prompts.jsonl")) return prompts;
  for await (const rows of readJsonRows(path.join(folder, "contaminated_prompts.jsonl"), context)) {
    for (const { value } of rows) if (typeof value.eval_prompt === "string") prompts.add(value.eval_prompt);
  }
  return prompts;
}

/** `prompt`, one column of True and False a model, and perhaps `<model>_response`. */
async function* readResponses(
  file: string,
  task: string,
  excluded: ReadonlySet<string>,
  ids: Ids,
  context: ImportContext,
): AsyncGenerator<PlacedRecord[]> {
  for await (const { header, rows } of readCsvRows(file, context)) {
    const promptAt = header.indexOf("prompt");
    const models = header.flatMap((name, at) =>
      at === promptAt || name === "" || name.endsWith("_response")
        ? []
        : [{ name, at, answerAt: header.indexOf(`${name}_response`) }],
    );
    const records: PlacedRecord[] = [];
    for (const { fields, line } of rows) {
      const prompt = fields[promptAt] ?? "";
      const id = ids(prompt);
      const extras = excluded.has(prompt) ? { extras: { routellm_excluded: true } } : {};
      for (const { name, at, answerAt } of models) {
        const answer = fields[answerAt];
        records.push({
          file,
          line,
          record: {
            prompt_id: id,
            prompt,
            task,
            source: SOURCE,
            group: groupOf(prompt),
            model: canonicalModel(name),
            // A cell that is neither True nor False is refused by the schema.
            quality: toQuality(fields[at]) as number,
            quality_source: "exact",
            ...(answer === undefined ? {} : { output_tokens: estimateTokens(answer) }),
            ...extras,
          },
        });
      }
    }
    yield records;
  }
}

async function* readMtBench(folder: string, ids: Ids, context: ImportContext): AsyncGenerator<PlacedRecord[]> {
  const excluded = await contaminated(folder, context);
  const questions = new Map<unknown, { turns: string[]; category: string }>();
  for await (const rows of readJsonRows(path.join(folder, "question.jsonl"), context)) {
    for (const { value } of rows) {
      const turns = Array.isArray(value.turns) ? value.turns.map(String) : [];
      questions.set(value.question_id, { turns, category: String(value.category ?? "all") });
    }
  }
  const file = path.join(folder, "judgements.jsonl");
  const scores = new Map<string, { question: unknown; model: string; sum: number; count: number; line: number }>();
  for await (const rows of readJsonRows(file, context)) {
    for (const { value, line } of rows) {
      const score = value.score;
      const model = value.model;
      if (typeof score !== "number" || !(score >= 1 && score <= 10) || typeof model !== "string") {
        context.issues.report(file, line, `score is not in 1..10: ${String(score)}`);
        continue;
      }
      const key = `${String(value.question_id)} ${model}`;
      const entry = scores.get(key) ?? { question: value.question_id, model, sum: 0, count: 0, line };
      entry.sum += score;
      entry.count++;
      scores.set(key, entry);
    }
  }
  const idOf = new Map<unknown, string>();
  const records: PlacedRecord[] = [];
  for (const { question, model, sum, count, line } of scores.values()) {
    const found = questions.get(question);
    const prompt = found?.turns[0];
    if (found === undefined || prompt === undefined) {
      context.issues.report(file, line, `judgement of an unknown question: ${String(question)}`);
      continue;
    }
    const id = idOf.get(question) ?? ids(prompt);
    idOf.set(question, id);
    records.push({
      file,
      line,
      record: {
        prompt_id: id,
        prompt,
        task: `mt-bench/${found.category}`,
        source: SOURCE,
        group: groupOf(prompt),
        model: canonicalModel(model),
        quality: sum / count / 10,
        quality_source: "judge",
        extras: {
          ...(found.turns[1] === undefined ? {} : { turn2: found.turns[1] }),
          ...(found.turns.some((turn) => excluded.has(turn)) ? { routellm_excluded: true } : {}),
        },
      },
    });
  }
  yield records;
}
