import { DatasetError } from "../errors.ts";
import { createProgress } from "../progress.ts";
import type { Lineage } from "../read-records.ts";
import { streamRecords } from "../read-records.ts";
import { createRowIssues } from "../row-issues.ts";
import { count } from "../stats/tables.ts";
import { refuseExisting, refuseUnwritable } from "../write-atomically.ts";
import { writeJsonLines } from "../write-records.ts";
import { type InputOptions, issuesJson, printJson, readOptions, showIssues } from "./input-options.ts";

export interface ImportOptions extends InputOptions {
  readonly out: string;
  readonly force?: boolean;
}

export async function importCommand(importer: string | undefined, options: ImportOptions): Promise<void> {
  if (!options.force) await refuseExisting(options.out);
  await refuseUnwritable(options.out);
  const issues = createRowIssues({ strict: options.strict ?? false });
  const bar = await createProgress("reading");
  const prompts = new Set<string>();
  const models = new Set<string>();
  let lineage: Lineage = [];
  const format = importer ?? options.format;
  const rows = async function* () {
    const records = streamRecords(options.in, {
      ...readOptions(options, issues, bar.update),
      ...(format === undefined ? {} : { format }),
    });
    let total = 0;
    while (true) {
      const next = await records.next();
      if (next.done) {
        lineage = next.value;
        if (total > 0) return;
        const [reason] = issues.reasons()[0] ?? issues.skipReasons()[0] ?? ["no row"];
        throw new DatasetError("empty_table", `no valid record (${reason})`, {
          place: issues.firstPlace ?? options.in,
        });
      }
      total += next.value.length;
      for (const { record } of next.value) {
        prompts.add(record.prompt_id);
        models.add(record.model);
      }
      yield next.value.map(({ record }) => record);
    }
  };
  let records: number;
  try {
    records = await writeJsonLines(options.out, rows(), { force: options.force ?? false });
  } finally {
    bar.stop();
    showIssues(issues);
  }
  const summary = { out: options.out, records, prompts: prompts.size, models: models.size };
  if (options.json) return printJson({ ...summary, ...issuesJson(issues), lineage });
  process.stdout.write(
    `${options.out}: ${count(records)} records, ${count(prompts.size)} prompts, ${models.size} models; ${count(issues.count)} malformed, ${count(issues.skipped)} passed over\n`,
  );
}
