import { DatasetError, type DatasetErrorCode } from "./errors.ts";

/** One row that was left out, and why. `line` is 1-based; for Parquet and JSON arrays it is the item's number. */
export interface RowIssue {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export interface RowIssues {
  /** Counts a bad row; throws instead when strict. */
  report(file: string, line: number, reason: string, code?: DatasetErrorCode): void;
  /** Counts a good row that holds no outcome (a request without feedback); never throws. */
  skip(reason: string): void;
  /** Malformed rows. */
  readonly count: number;
  readonly skipped: number;
  /** How often each kind of reason (its text up to the first colon) was met, most frequent first. */
  reasons(): [reason: string, count: number][];
  skipReasons(): [reason: string, count: number][];
  /** The first rows, in the order met. */
  readonly examples: readonly RowIssue[];
  /** `file:line` of the first malformed row; null when there is none. */
  readonly firstPlace: string | null;
}

const MAX_EXAMPLES = 20;
const MAX_REASONS = 200;

/** Collects malformed rows: bounded in memory, whatever the file holds. */
export function createRowIssues(options: { strict?: boolean; onIssue?: (issue: RowIssue) => void } = {}): RowIssues {
  const examples: RowIssue[] = [];
  const counts = new Map<string, number>();
  const skips = new Map<string, number>();
  let count = 0;
  let skipped = 0;
  return {
    report(file, line, reason, code = "row_invalid") {
      if (options.strict) throw new DatasetError(code, reason, { place: `${file}:${line}` });
      count++;
      options.onIssue?.({ file, line, reason });
      if (examples.length < MAX_EXAMPLES) examples.push({ file, line, reason });
      const colon = reason.indexOf(":");
      add(counts, colon < 0 ? reason : reason.slice(0, colon));
    },
    skip(reason) {
      skipped++;
      add(skips, reason);
    },
    get count() {
      return count;
    },
    get skipped() {
      return skipped;
    },
    reasons: () => sorted(counts),
    skipReasons: () => sorted(skips),
    examples,
    get firstPlace() {
      const first = examples[0];
      return first === undefined ? null : `${first.file}:${first.line}`;
    },
  };
}

function add(counts: Map<string, number>, reason: string): void {
  if (counts.has(reason) || counts.size < MAX_REASONS) counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
