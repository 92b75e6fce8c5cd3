import path from "node:path";
import { canonicalModel } from "../canonical-model.ts";
import { digestFile } from "../digest-file.ts";
import { estimateTokens } from "../estimate-tokens.ts";
import { findFolder, namesIn } from "../folder-files.ts";
import { defineImporter, type ImportContext, type PlacedRecord } from "../importer.ts";
import { groupOf, promptIdOf } from "../prompt-id.ts";
import { type JsonItem, readJsonArray, splitJsonArray } from "../read-json-array.ts";
import { listZip, readZipEntry } from "../read-zip.ts";

const SOURCE = "mmlupro";
const OUTPUTS = /^model_outputs_(.+?)(?:_\d+shots?)?\.(?:json|zip)$/;

/**
 * A clone of TIGER-AI-Lab/MMLU-Pro: `eval_results/model_outputs_<model>_5shots.zip`, or the same unpacked. Quality is 1
 * when the extracted letter equals the key; where no letter was found it is 0 (the official script guesses there).
 */
export default defineImporter({
  name: "mmlu-pro",
  title: "MMLU-Pro: ten-option questions in 14 subjects with chain of thought",
  takes: "a clone of github.com/TIGER-AI-Lab/MMLU-Pro, or its eval_results (zips or unpacked)",
  mappable: false,
  detect: ({ entries }) => entries.includes("eval_results") || entries.some((name) => OUTPUTS.test(name)),
  async *read(root, context) {
    const folder = await findFolder(root, ["eval_results", "."], "eval_results");
    const names = (await namesIn(folder)).filter((name) => OUTPUTS.test(name));
    await findFolder(folder, names.length > 0 ? ["."] : [], "model_outputs_<model>_5shots.zip or .json");
    await context.plan(names.map((name) => path.join(folder, name)));
    for (const name of names) {
      const file = path.join(folder, name);
      const model = canonicalModel(OUTPUTS.exec(name)![1]!);
      const seen = new Set<string>();
      if (name.endsWith(".zip")) yield* readArchive(file, model, seen, context);
      else {
        const items = readJsonArray(file, context.reading(file));
        while (true) {
          const next = await items.next();
          if (next.done) break;
          yield toRecords(next.value, file, model, seen, context);
        }
      }
      context.done(file, await digestFile(file));
    }
  },
});

async function* readArchive(
  file: string,
  model: string,
  seen: Set<string>,
  context: ImportContext,
): AsyncGenerator<PlacedRecord[]> {
  const entries = (await listZip(file)).filter(({ name }) => name.endsWith(".json") && !name.startsWith("__MACOSX"));
  const total = entries.reduce((sum, entry) => sum + entry.compressedBytes, 0);
  let done = 0;
  for (const entry of entries) {
    const name = `${file}/${entry.name}`;
    for await (const items of splitJsonArray(readZipEntry(file, entry), name)) {
      yield toRecords(items, name, model, seen, context);
    }
    done += entry.compressedBytes;
    context.reading(file).onProgress?.(done, total);
  }
}

function toRecords(
  items: readonly JsonItem[],
  file: string,
  model: string,
  seen: Set<string>,
  context: ImportContext,
): PlacedRecord[] {
  const records: PlacedRecord[] = [];
  for (const { value, number } of items) {
    const row = Object(value) as Readonly<Record<string, unknown>>;
    const { question, options, answer, category } = row;
    if (typeof question !== "string" || !Array.isArray(options) || typeof answer !== "string") {
      context.issues.report(file, number, "item without question, options and answer");
      continue;
    }
    const choices = options.map((option, at) => `${String.fromCharCode(65 + at)}. ${String(option)}`);
    const prompt = `${question}\nOptions:\n${choices.join("\n")}`;
    const id = promptIdOf(SOURCE, prompt);
    if (seen.has(id)) {
      context.issues.skip("question repeated in the repository");
      continue;
    }
    seen.add(id);
    const output = [row.model_outputs, row.generated_text, row.response].find((text) => typeof text === "string");
    const letter = row.pred === undefined ? extractLetter(output ?? "") : row.pred;
    records.push({
      file,
      line: number,
      record: {
        prompt_id: id,
        prompt,
        task: `mmlu_pro/${typeof category === "string" ? category : "all"}`,
        source: SOURCE,
        group: groupOf(question),
        model,
        quality: letter === answer ? 1 : 0,
        quality_source: "exact",
        ...(output === undefined ? {} : { output_tokens: estimateTokens(output) }),
      },
    });
  }
  return records;
}

/**
 * The option letter that an answer states; null when it states none.
 *
 * @source compute_accuracy.py of TIGER-AI-Lab/MMLU-Pro: its three patterns in its order
 */
function extractLetter(text: string): string | null {
  return (
    /answer is \(?([A-J])\)?/.exec(text)?.[1] ??
    /.*[aA]nswer:\s*([A-J])/.exec(text)?.[1] ??
    /[A-J](?=[^A-J]*$)/.exec(text)?.[0] ??
    null
  );
}
