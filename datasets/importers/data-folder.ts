import path from "node:path";
import { defineImporter } from "../importer.ts";
import { listDataFolder, readDataFolder } from "../read-data-folder.ts";
import { recordsOfTable } from "../records-of-table.ts";
import { sourceNamed } from "../sources.ts";

const BATCH_PROMPTS = 256;

/** Pairs of `<source>.prompts.jsonl.gz` and `<source>.outcomes.csv.gz`; one source is held in memory at a time. */
export default defineImporter({
  name: "data-folder",
  title: "prompts and outcomes, two files a source",
  takes: "a folder with <source>.prompts.jsonl.gz and <source>.outcomes.csv.gz",
  mappable: false,
  detect: ({ entries }) => entries.some((name) => name.endsWith(".prompts.jsonl.gz")),
  async *read(folder, context) {
    const sources = context.sources ?? (await listDataFolder(folder));
    // Without a source the reader says what a data folder is.
    if (sources.length === 0) await readDataFolder(folder);
    await context.plan(sources.map((source) => path.join(folder, `${source}.outcomes.csv.gz`)));
    for (const source of sources) {
      const table = await readDataFolder(folder, { sources: [source], issues: context.issues });
      const outcomes = table.lineage.at(-1)!.file;
      const qualitySource = context.qualitySource ?? sourceNamed(source)?.qualitySource ?? "exact";
      const progress = context.reading(outcomes).onProgress;
      const total = table.prompts.length;
      let row = 0;
      let done = 0;
      for (const records of recordsOfTable(table, qualitySource, BATCH_PROMPTS)) {
        yield records.map((record) => ({ file: outcomes, line: ++row, record }));
        done = Math.min(total, done + BATCH_PROMPTS);
        progress?.(done, total);
      }
      for (const { file, digest } of table.lineage) context.done(file, digest);
    }
  },
});
