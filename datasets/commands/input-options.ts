import type { QualityRecord } from "../../engine/schema/quality-record.ts";
import type { ReadRecordsOptions } from "../read-records.ts";
import type { RowIssues } from "../row-issues.ts";
import { count } from "../stats/tables.ts";

/** Options of every command that reads data, as commander gives them. */
export interface InputOptions {
  readonly in: string;
  readonly format?: string;
  readonly map?: string;
  readonly source?: string;
  readonly sources?: string[];
  readonly qualitySource?: QualityRecord["quality_source"];
  readonly strict?: boolean;
  readonly json?: boolean;
}

export function readOptions(
  options: InputOptions,
  issues: RowIssues,
  onProgress: ReadRecordsOptions["onProgress"],
): ReadRecordsOptions {
  return {
    format: options.format,
    mapping: options.map,
    source: options.source,
    sources: options.sources,
    qualitySource: options.qualitySource,
    issues,
    onProgress,
  };
}

/** Shows on stderr what was left out, the first rows with their line and reason. */
export function showIssues(issues: RowIssues): void {
  if (issues.count > 0) {
    process.stderr.write(`${count(issues.count)} malformed rows were left out (--strict refuses them):\n`);
    for (const { file, line, reason } of issues.examples) process.stderr.write(`  ${file}:${line}: ${reason}\n`);
    if (issues.count > issues.examples.length) {
      for (const [reason, rows] of issues.reasons()) process.stderr.write(`  in all ${count(rows)}: ${reason}\n`);
    }
  }
  for (const [reason, rows] of issues.skipReasons())
    process.stderr.write(`${count(rows)} rows passed over: ${reason}\n`);
}

export function issuesJson(issues: RowIssues): Record<string, unknown> {
  return {
    malformed: issues.count,
    reasons: Object.fromEntries(issues.reasons()),
    examples: issues.examples,
    skipped: issues.skipped,
    skipReasons: Object.fromEntries(issues.skipReasons()),
  };
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
