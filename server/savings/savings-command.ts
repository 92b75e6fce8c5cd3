import { ApiError } from "../errors.ts";
import { openStorage } from "../open-storage.ts";
import { readLines } from "../read-lines.ts";
import { createLedgerCheck, LedgerBroken } from "./ledger.ts";
import { createStatements, type MonthStatement } from "./statement.ts";

export interface SavingsFlags {
  readonly ledger: string;
  /** Instead of the file: this database. */
  readonly storage?: string;
  readonly route?: string;
  readonly month?: string;
  readonly json?: boolean;
}

export interface VerifyFlags {
  /** Hash of the last row, as it was published: a chain cannot show that its end was cut off. */
  readonly head?: string;
  readonly json?: boolean;
}

interface ReadLedger {
  readonly rows: number;
  readonly head: string | null;
  readonly isRevealed: boolean;
  readonly months: readonly MonthStatement[];
}

/** `weir savings`: what was saved and what it costs, by month, from the ledger alone. */
export async function savingsCommand({ ledger, storage, route = "default", month, json }: SavingsFlags): Promise<void> {
  const lines = storage === undefined ? readLines(ledger) : storedLines(storage, route);
  const read = await readLedger(lines, json === true);
  if (read === null) return;
  const months = read.months.filter((statement) => month === undefined || statement.month === month);
  if (months.length === 0) {
    const known = read.months.map((statement) => statement.month).join(", ");
    throw new ApiError(
      "invalid_request",
      `the ledger has nothing of ${month ?? "any month"}; it has ${known || "no rows"}`,
      {
        place: "--month",
      },
    );
  }
  if (json === true) print(JSON.stringify({ months: months.map(monthBody) }, null, 2));
  else for (const statement of months) print(describe(statement));
}

/** `weir savings verify`: recomputes all of it; a broken ledger is refused, and the row named. */
export async function verifyCommand(ledger: string, { head, json }: VerifyFlags): Promise<void> {
  const read = await readLedger(readLines(ledger), json === true);
  if (read === null) return;
  if (head !== undefined && read.head !== head) {
    refuse(
      { code: "end_missing", line: read.rows, message: `the last row is ${read.head}, not ${head}` },
      json === true,
    );
    return;
  }
  if (json === true) {
    const { rows, head: last, isRevealed, months } = read;
    print(
      JSON.stringify(
        { valid: true, rows, head: last, arms_drawn_again: isRevealed, months: months.map(monthBody) },
        null,
        2,
      ),
    );
    return;
  }
  print(`${read.rows} rows, an unbroken chain; every cost is its tokens x price; head ${read.head}`);
  print(
    read.isRevealed
      ? "every session is in the arm that the salt draws"
      : "arms were not drawn again: the salt is not revealed yet",
  );
  for (const statement of read.months) print(describe(statement));
}

const LINES_AT_ONCE = 500;

async function* storedLines(url: string, route: string): AsyncGenerator<{ readonly text: string }> {
  const storage = await openStorage(url);
  try {
    if (storage.ledger.head(route) === null) {
      const known = storage.ledger.routes().join(", ") || "none";
      throw new ApiError("invalid_request", `there is no ledger of route "${route}" (known: ${known})`, {
        place: "--route",
      });
    }
    for (let fromSeq = 0; ; fromSeq += LINES_AT_ONCE) {
      const lines = storage.ledger.lines(route, { fromSeq, limit: LINES_AT_ONCE });
      for (const text of lines) yield { text };
      if (lines.length < LINES_AT_ONCE) return;
    }
  } finally {
    await storage.close();
  }
}

async function readLedger(
  lines: AsyncIterable<{ readonly text: string }>,
  isJson: boolean,
): Promise<ReadLedger | null> {
  const check = createLedgerCheck();
  const statements = createStatements();
  let head: string | null = null;
  let isRevealed = false;
  try {
    for await (const { text } of lines) {
      const row = check.take(text);
      statements.take(row);
      head = row.hash;
      if (row.fact.kind === "reveal") isRevealed = true;
    }
  } catch (error) {
    if (!(error instanceof LedgerBroken)) throw error;
    refuse(error.fault, isJson);
    return null;
  }
  return { rows: check.lines, head, isRevealed, months: statements.close() };
}

function refuse(fault: { code: string; line: number; message: string }, isJson: boolean): void {
  if (isJson) print(JSON.stringify({ valid: false, ...fault }, null, 2));
  else process.stderr.write(`refused: line ${fault.line}: ${fault.message} [${fault.code}]\n`);
  process.exitCode = 1;
}

/** The form of `GET /admin/savings`: decimal USD. */
export function monthBody(statement: MonthStatement) {
  const { saved, cumulative, invoice, sessions, quality, sampleRatio } = statement;
  return {
    month: statement.month,
    saved_usd: usd(saved.value),
    saved_low_usd: usd(saved.low),
    saved_high_usd: usd(saved.high),
    saved_share: statement.savedShare,
    overhead_usd: usd(statement.overheadNanoUsd),
    holdout_cost_usd: usd(statement.holdoutCostNanoUsd),
    sessions,
    cumulative: {
      saved_usd: usd(cumulative.saved.value),
      low_usd: usd(cumulative.saved.low),
      high_usd: usd(cumulative.saved.high),
      lower_bound_usd: cumulative.lowerBound === null ? null : usd(cumulative.lowerBound),
      overhead_usd: usd(cumulative.overheadNanoUsd),
    },
    quality: {
      state: quality.state,
      margin: quality.margin,
      difference: quality.difference?.value ?? null,
      low: quality.difference?.low ?? null,
      n: quality.difference?.n ?? 0,
    },
    sample_ratio: {
      p_value: sampleRatio.pValue,
      evidence: sampleRatio.evidence,
      broken: sampleRatio.isBroken,
    },
    unpriced_requests: statement.unpriced,
    fee_usd: usd(invoice.feeNanoUsd),
    no_fee_because: invoice.noFeeBecause,
    settled_before_usd: usd(invoice.settledBefore),
    settled_after_usd: usd(invoice.settledAfter),
  };
}

/** null: not finite, nothing can be said yet. */
function usd(nanoUsd: number): number | null {
  return Number.isFinite(nanoUsd) ? nanoUsd / 1e9 : null;
}

function describe(statement: MonthStatement): string {
  const { saved, savedShare, cumulative, invoice, sessions, quality, sampleRatio } = statement;
  const share = savedShare === null ? "" : ` (${(100 * savedShare).toFixed(1)} %)`;
  const difference =
    quality.difference === null
      ? "not measured enough"
      : `${quality.difference.value.toFixed(4)}, at least ${quality.difference.low.toFixed(4)}`;
  return [
    `${statement.month}: saved ${dollars(saved.value)}${share} [${dollars(saved.low)}, ${dollars(saved.high)}] on ${sessions.treatment} sessions against ${sessions.holdout} held on the incumbent`,
    `  overhead ${dollars(statement.overheadNanoUsd)}; the holdout itself costs ${dollars(statement.holdoutCostNanoUsd)}`,
    `  since the beginning, overhead taken off: ${dollars(cumulative.saved.value)}, at least ${cumulative.lowerBound === null ? "unknown" : dollars(cumulative.lowerBound)}`,
    `  quality against the incumbent: ${difference} (gate ${quality.state} at -${quality.margin}); sample ratio ${sampleRatio.isBroken ? "BROKEN" : "in order"} (p ${sampleRatio.pValue.toPrecision(2)})`,
    `  fee ${dollars(invoice.feeNanoUsd)}${invoice.noFeeBecause === null ? "" : ` (${invoice.noFeeBecause})`}; settled up to ${dollars(invoice.settledAfter)}`,
  ].join("\n");
}

function dollars(nanoUsd: number): string {
  if (!Number.isFinite(nanoUsd)) return "unknown";
  return `${nanoUsd < 0 ? "-" : ""}$${(Math.abs(nanoUsd) / 1e9).toFixed(2)}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
