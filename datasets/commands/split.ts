import { terminalTable } from "../../engine/terminal-table.ts";
import { createProgress } from "../progress.ts";
import type { Split } from "../quality-table.ts";
import { readRecords, streamRecords } from "../read-records.ts";
import { createRowIssues } from "../row-issues.ts";
import { type OnLeak, splitTable } from "../split-table.ts";
import { count } from "../stats/tables.ts";
import { refuseExisting, refuseUnwritable } from "../write-atomically.ts";
import { writeJsonLines } from "../write-records.ts";
import { type InputOptions, issuesJson, printJson, readOptions, showIssues } from "./input-options.ts";

export interface SplitCommandOptions extends InputOptions {
  readonly out: string;
  readonly seed: number;
  readonly train: number;
  readonly calibration: number;
  readonly test: number;
  readonly keepGiven?: boolean;
  readonly onLeak?: OnLeak;
  readonly threshold: number;
  readonly force?: boolean;
}

/** Reads the input twice: once to decide, once to write every record with its split. */
export async function splitCommand(options: SplitCommandOptions): Promise<void> {
  if (!options.force) await refuseExisting(options.out);
  await refuseUnwritable(options.out);
  const issues = createRowIssues({ strict: options.strict ?? false });
  const bar = await createProgress("splitting");
  try {
    const table = await readRecords(options.in, readOptions(options, issues, bar.update));
    const { seed, train, calibration, test, keepGiven, onLeak, threshold } = options;
    const split = splitTable(table, {
      seed,
      train,
      calibration,
      test,
      keepGiven,
      onLeak,
      threshold,
      onProgress: bar.update,
    });
    const splitOf = new Map<string, Split>();
    table.prompts.forEach(({ promptId }, row) => {
      const chosen = split.splitOf[row];
      if (chosen) splitOf.set(promptId, chosen);
    });
    const rows = async function* () {
      // The first reading has reported every malformed row.
      const records = streamRecords(options.in, readOptions(options, createRowIssues(), bar.update));
      for await (const batch of records) {
        yield batch.flatMap(({ record }) => {
          const chosen = splitOf.get(record.prompt_id);
          return chosen === undefined ? [] : [{ ...record, split: chosen }];
        });
      }
    };
    const records = await writeJsonLines(options.out, rows(), { force: options.force ?? false });
    bar.stop();
    showIssues(issues);
    const { duplicates, dropped } = split;
    const rowsOf = split.rows;
    const sizes = { train: rowsOf.train.length, calibration: rowsOf.calibration.length, test: rowsOf.test.length };
    if (options.json) {
      return printJson({ out: options.out, records, ...sizes, dropped, duplicates, ...issuesJson(issues) });
    }
    const parts = Object.entries({ ...sizes, ...(dropped > 0 ? { "left out": dropped } : {}) }).map(([name, size]) => [
      name,
      count(size),
      `${((100 * size) / table.prompts.length).toFixed(1)} %`,
    ]);
    process.stdout.write(`${terminalTable(["split", "prompts", "share"], parts)}\n`);
    process.stdout.write(
      `${options.out}: ${count(records)} records. Duplicates: ${count(duplicates.exact)} exact, ${count(duplicates.near)} near, in ${count(duplicates.clusters)} clusters; ${count(duplicates.leakingClusters)} lay on two sides\n`,
    );
  } finally {
    bar.stop();
  }
}
