import { stat } from "node:fs/promises";
import path from "node:path";
import { canonicalModel } from "../canonical-model.ts";
import { estimateTokens } from "../estimate-tokens.ts";
import { findFolder, namesIn } from "../folder-files.ts";
import { defineImporter, type ImportContext, type PlacedRecord } from "../importer.ts";
import { groupOf, promptIdOf } from "../prompt-id.ts";
import { readJsonArray } from "../read-json-array.ts";

const SOURCE = "alpacaeval";
const ANNOTATIONS = path.join("weighted_alpaca_eval_gpt4_turbo", "annotations.json");

/**
 * A clone of tatsu-lab/alpaca_eval. Quality is the judge's weighted preference for the model over the reference answer,
 * minus 1, so 0..1; the reference model is 0.5 on every prompt by definition. The data licence is CC BY-NC: study only.
 */
export default defineImporter({
  name: "alpacaeval",
  title: "AlpacaEval 2: a judge's preference over gpt-4-1106-preview (CC BY-NC, study only)",
  takes: "a clone of github.com/tatsu-lab/alpaca_eval, its results, or one model's folder in it",
  mappable: false,
  detect: ({ entries }) =>
    entries.includes("weighted_alpaca_eval_gpt4_turbo") ||
    (entries.includes("results") && entries.includes("src") && entries.includes("client_configs")),
  async *read(root, context) {
    const isOneModel = (await namesIn(root)).includes("weighted_alpaca_eval_gpt4_turbo");
    const results = isOneModel ? root : await findFolder(root, ["results", "."], "results");
    const folders = isOneModel ? [""] : await namesIn(results);
    const files: { file: string; model: string }[] = [];
    for (const folder of folders) {
      const file = path.join(results, folder, ANNOTATIONS);
      const isThere = await stat(file).then(
        (info) => info.isFile(),
        () => false,
      );
      if (isThere) files.push({ file, model: path.basename(path.join(results, folder)) });
    }
    await findFolder(results, files.length > 0 ? ["."] : [], `<model>/${ANNOTATIONS}`);
    await context.plan(files.map(({ file }) => file));
    const referenced = new Set<string>();
    for (const { file, model } of files) yield* readAnnotations(file, canonicalModel(model), referenced, context);
  },
});

async function* readAnnotations(
  file: string,
  model: string,
  referenced: Set<string>,
  context: ImportContext,
): AsyncGenerator<PlacedRecord[]> {
  const items = readJsonArray(file, context.reading(file));
  const seen = new Set<string>();
  while (true) {
    const next = await items.next();
    if (next.done) return context.done(file, next.value.digest);
    const records: PlacedRecord[] = [];
    for (const { value, number } of next.value) {
      const row = Object(value) as Readonly<Record<string, unknown>>;
      const { instruction, preference, dataset } = row;
      if (typeof instruction !== "string" || typeof preference !== "number" || !(preference >= 1 && preference <= 2)) {
        context.issues.report(file, number, `no preference in 1..2: ${String(preference)}`);
        continue;
      }
      const reference = typeof row.generator_1 === "string" ? canonicalModel(row.generator_1) : null;
      if (reference === model) {
        context.issues.skip("the reference against itself");
        continue;
      }
      const id = promptIdOf(SOURCE, instruction);
      if (seen.has(id)) {
        context.issues.skip("instruction repeated in the repository");
        continue;
      }
      seen.add(id);
      const base = {
        prompt_id: id,
        prompt: instruction,
        task: `alpaca_eval/${typeof dataset === "string" ? dataset : "all"}`,
        source: SOURCE,
        group: groupOf(instruction),
        quality_source: "judge",
      } as const;
      const place = { file, line: number };
      records.push({ ...place, record: { ...base, model, quality: preference - 1, ...tokens(row.output_2) } });
      if (reference !== null && !referenced.has(id)) {
        referenced.add(id);
        records.push({ ...place, record: { ...base, model: reference, quality: 0.5, ...tokens(row.output_1) } });
      }
    }
    yield records;
  }
}

function tokens(output: unknown): { output_tokens?: number } {
  return typeof output === "string" ? { output_tokens: estimateTokens(output) } : {};
}
