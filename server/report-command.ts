import { type ConfigFlags, processEnvironment, readSettings } from "./config.ts";
import { createBack } from "./log/back.ts";
import { placeOf } from "./log/request-log.ts";
import { thisWriter } from "./log/segment-name.ts";
import { csvLine } from "./usage/csv.ts";
import { rowBody, usageBody } from "./usage/usage-body.ts";
import { readUsageQuery } from "./usage/usage-input.ts";

export interface ReportFlags extends ConfigFlags {
  readonly last?: string;
  readonly from?: string;
  readonly to?: string;
  readonly by?: string;
  readonly interval?: string;
  readonly filter?: readonly string[];
  readonly limit?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

const ROWS = "50";
const WAITING_MS = 5_000;
const WAITING =
  "the log's database is not free yet: another process may be bringing it to its newest form, which takes minutes\n";

/** `weir report`: where the money went, from the log's database; a server may run beside it. */
export async function reportCommand(flags: ReportFlags): Promise<void> {
  const settings = readSettings(flags, processEnvironment());
  const query = readUsageQuery(inputOf(flags), Date.now());
  const { url, folder } = placeOf(settings);
  const back = createBack(
    { url, folder, writer: thisWriter(Date.now()) },
    { taken: () => {}, failed: () => {}, recovered: () => {} },
  );
  const waiting = setTimeout(() => process.stderr.write(WAITING), WAITING_MS);
  try {
    const answer = await back.usage(query).finally(() => clearTimeout(waiting));
    if (flags.json === true) return print(JSON.stringify(usageBody(answer), null, 2));
    const rows = answer.rows.map(rowBody);
    if (flags.csv === true) {
      const names = Object.keys(rows[0] ?? {});
      return print([names, ...rows.map((row) => Object.values(row))].map(csvLine).join("").trimEnd());
    }
    const { terminalTable } = await import("../engine/terminal-table.ts");
    const names = [...(query.interval === null ? [] : ["bucket"]), ...query.groupBy];
    const head = [...names, "requests", "errors", "input", "cached", "output", "cost USD", "share", "saved USD"];
    const { total } = usageBody(answer);
    const sum = [...names.map((_, i) => (i === 0 ? "total" : "")), ...figures(total, total.cost_usd)];
    const lines = rows.map((row) => [...names.map((name) => nameIn(row, name)), ...figures(row, total.cost_usd)]);
    print(rows.length === 0 ? "no requests" : terminalTable(head, names.length > 0 ? [...lines, sum] : lines));
    if (answer.isTruncated) process.stderr.write(`only the first ${query.limit} rows; --limit shows more\n`);
    if (total.unpriced_requests > 0) {
      process.stderr.write(`${total.unpriced_requests} requests have no known cost and count as 0 here\n`);
    }
    process.stderr.write(`${new Date(answer.fromMs).toISOString()} to ${new Date(answer.toMs).toISOString()}\n`);
  } finally {
    await back.close();
  }
}

function inputOf({ last, from, to, by, interval, filter, limit }: ReportFlags): Record<string, unknown> {
  const filters = new Map<string, string[]>();
  for (const text of filter ?? []) {
    const [name = "", ...value] = text.split("=");
    filters.set(`filter.${name}`, [...(filters.get(`filter.${name}`) ?? []), value.join("=")]);
  }
  return {
    from: from ?? last ?? "7d",
    ...(to === undefined ? {} : { to }),
    ...(by === undefined ? {} : { group_by: by }),
    ...(interval === undefined ? {} : { interval }),
    limit: limit ?? ROWS,
    ...Object.fromEntries(filters),
  };
}

type Figures = ReturnType<typeof usageBody>["total"];

function figures(row: Figures, totalUsd: number | null): string[] {
  const share = row.cost_usd === null || totalUsd === null || totalUsd === 0 ? null : row.cost_usd / totalUsd;
  return [
    whole(row.requests),
    whole(row.errors),
    whole(row.input_tokens),
    whole(row.cached_tokens),
    whole(row.output_tokens),
    row.cost_usd === null ? "unknown" : row.cost_usd.toFixed(6),
    share === null ? "-" : `${(share * 100).toFixed(1)}%`,
    row.saved_usd.toFixed(6),
  ];
}

function nameIn(row: object, name: string): string {
  return String((row as Record<string, unknown>)[name] ?? "-");
}

function whole(count: number): string {
  return count.toLocaleString("en-US");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
