import path from "node:path";
import { canonicalModel } from "../canonical-model.ts";
import { findFolder, namesIn } from "../folder-files.ts";
import { defineImporter, type PlacedRecord } from "../importer.ts";
import { groupOf, promptIdOf } from "../prompt-id.ts";
import { readJsonArray } from "../read-json-array.ts";

const SOURCE = "routerdc7";
/** Share of correct samples over repeated attempts; every other task stores the probability of the right answer or 0. */
const ATTEMPTS = new Set(["gsm8k", "humaneval", "humaneval_x_js", "mbpp"]);
const OUT_OF_DISTRIBUTION = new Set(["math_prealgebra", "mbpp", "ceval", "humaneval_x_js"]);

/**
 * A clone of shuhao02/RouterDC. Multiple choice counts as right when its score is above 0, the rule of the repository's
 * own evaluation. `extras.repo_split` is train, test or ood. A question that a file repeats is kept once.
 */
export default defineImporter({
  name: "routerdc",
  title: "RouterDC's seven models on nine tasks (split2_model7)",
  takes: "a clone of github.com/shuhao02/RouterDC, or its datasets/split2_model7",
  mappable: false,
  detect: ({ entries }) =>
    entries.includes("train_router_mdeberta.py") ||
    entries.includes("split2_model7") ||
    entries.includes("MATH_prealgebra.json"),
  async *read(root, context) {
    const folder = await findFolder(root, ["datasets/split2_model7", "split2_model7", "."], "datasets/split2_model7");
    const cluster = path.join(folder, "..", "split2_model7_cluster");
    const own = (await namesIn(folder)).filter((name) => name.endsWith(".json"));
    // The clustered copies hold the same questions; they stand in for train files that are absent.
    const lent = (await namesIn(cluster)).filter((name) => name.endsWith(".json") && !own.includes(name));
    const files = [...own.map((name) => path.join(folder, name)), ...lent.map((name) => path.join(cluster, name))];
    await findFolder(folder, files.length > 0 ? ["."] : [], "*.json with questions and scores");
    await context.plan(files);
    const seen = new Set<string>();
    for (const file of files) yield* readTask(file, seen, context);
  },
});

async function* readTask(
  file: string,
  seen: Set<string>,
  context: Parameters<Parameters<typeof defineImporter>[0]["read"]>[1],
): AsyncGenerator<PlacedRecord[]> {
  const { task, split } = taskOf(path.basename(file, ".json"));
  const items = readJsonArray(file, context.reading(file));
  while (true) {
    const next = await items.next();
    if (next.done) return context.done(file, next.value.digest);
    const records: PlacedRecord[] = [];
    for (const { value, number } of next.value) {
      const { question, scores } = Object(value) as { question?: unknown; scores?: unknown };
      if (typeof question !== "string" || typeof scores !== "object" || scores === null) {
        context.issues.report(file, number, "item without question and scores");
        continue;
      }
      const id = promptIdOf(SOURCE, question);
      if (seen.has(id)) {
        context.issues.skip("question repeated in the repository");
        continue;
      }
      seen.add(id);
      for (const [model, score] of Object.entries(scores)) {
        records.push({
          file,
          line: number,
          record: {
            prompt_id: id,
            prompt: question,
            task,
            source: SOURCE,
            group: groupOf(question),
            model: canonicalModel(model),
            // A score that is no number is refused by the schema.
            quality: ATTEMPTS.has(task) || typeof score !== "number" ? (score as number) : Number(score > 0),
            quality_source: "exact",
            extras: { repo_split: split },
          },
        });
      }
    }
    yield records;
  }
}

/** `gsm8k-test` -> gsm8k, test; a task that the paper keeps out of training is ood. */
function taskOf(name: string): { task: string; split: "train" | "test" | "ood" } {
  const [, stem = name, part = ""] = /^(.+?)[-_](train|test)$/.exec(name) ?? [];
  const task = { javascript: "humaneval_x_js" }[stem] ?? stem.toLowerCase();
  if (OUT_OF_DISTRIBUTION.has(task)) return { task, split: "ood" };
  return { task, split: part === "train" ? "train" : "test" };
}
