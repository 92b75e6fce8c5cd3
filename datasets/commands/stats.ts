import { DatasetError } from "../errors.ts";
import { createProgress } from "../progress.ts";
import { readRecords } from "../read-records.ts";
import { createRowIssues } from "../row-issues.ts";
import { selectTable } from "../select-table.ts";
import { summarise } from "../stats/summarise.ts";
import { count, statsText } from "../stats/tables.ts";
import { refuseExisting, refuseUnwritable, writeAtomically } from "../write-atomically.ts";
import { type InputOptions, issuesJson, printJson, readOptions, showIssues } from "./input-options.ts";

export interface StatsOptions extends InputOptions {
  readonly models?: string[];
  readonly picture?: string;
  readonly duplicates?: boolean;
  readonly threshold: number;
  readonly force?: boolean;
}

export async function statsCommand(options: StatsOptions): Promise<void> {
  const { picture } = options;
  if (picture !== undefined && !/\.(html|svg)$/.test(picture)) {
    throw new DatasetError("file_unreadable", "a picture is an .html or an .svg file", { place: picture });
  }
  if (picture !== undefined && !options.force) await refuseExisting(picture);
  if (picture !== undefined) await refuseUnwritable(picture);
  const issues = createRowIssues({ strict: options.strict ?? false });
  const bar = await createProgress("reading");
  const whole = await readRecords(options.in, readOptions(options, issues, bar.update)).finally(bar.stop);
  const table = options.models ? selectTable(whole, { models: options.models }) : whole;
  const summaries = summarise(table);
  const duplicates = options.duplicates ? await findAll(table, options.threshold) : null;
  if (picture !== undefined) {
    const { statsHtml, statsSvg } = await import("../stats/picture.ts");
    if (picture.endsWith(".svg") && summaries.length > 1) {
      const message = "an .svg holds one source; choose it with --sources, or draw an .html";
      throw new DatasetError("source_unknown", message, { place: picture });
    }
    const content = picture.endsWith(".svg") ? await statsSvg(summaries[0]!) : await statsHtml(summaries);
    await writeAtomically(picture, [content], { force: options.force ?? false });
  }
  showIssues(issues);
  if (options.json) {
    return printJson({
      sources: summaries,
      ...(duplicates ? { duplicates } : {}),
      ...issuesJson(issues),
      lineage: table.lineage,
    });
  }
  process.stdout.write(`${summaries.map(statsText).join("\n\n\n")}\n`);
  if (duplicates) {
    process.stdout.write(
      `\nduplicates: ${count(duplicates.exact)} exact, ${count(duplicates.near)} near, in ${count(duplicates.clusters)} clusters (largest ${duplicates.largest}); ${count(duplicates.leakingClusters)} lie on two sides of the given split\n`,
    );
    for (const { a, b, splits, similarity } of duplicates.leaks.slice(0, 10)) {
      process.stdout.write(`  ${a} (${splits[0]}) ~ ${b} (${splits[1]}): ${similarity.toFixed(2)}\n`);
    }
  }
  if (picture !== undefined) process.stderr.write(`drawn: ${picture}\n`);
}

async function findAll(table: Parameters<typeof summarise>[0], threshold: number) {
  const [{ findDuplicates }, { reportDuplicates }, { textOfPrompt }] = await Promise.all([
    import("../duplicates/find-duplicates.ts"),
    import("../duplicates/report-duplicates.ts"),
    import("../text-of-prompt.ts"),
  ]);
  const bar = await createProgress("comparing");
  const found = findDuplicates(table.prompts.map(textOfPrompt), { threshold, onProgress: bar.update });
  bar.stop();
  return reportDuplicates(table, found, (row) => table.prompts[row]!.split);
}
