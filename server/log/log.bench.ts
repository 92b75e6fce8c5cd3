/**
 * What the log costs: journal and entry on the request's thread, records a second into SQLite, bytes a row, and time
 * of usage questions over traffic of 50,000 users, 3,000 keys and 2,000 features, tended as a server does.
 * `node --import tsx server/log/log.bench.ts [records] [folder]`; 10 million records need some 6 GB of disk and are
 * removed again unless a folder is named; what lies in a named one is asked without being written again.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogEntry } from "./entry.ts";
import { entryText } from "./entry-text.ts";
import { createJournal } from "./journal.ts";
import { type LogStore, openLogStore, type UsageQuery } from "./log-store.ts";
import { thisWriter } from "./segment-name.ts";
import { trafficOf } from "./testing/make-entries.ts";

const DAY_MS = 86_400_000;
/** As many as the journal's reader takes at once when it lags. */
const BATCH = 3_000;
/** What nobody measures is written in larger ones. */
const FILL_BATCH = 50_000;
const MANY = { users: 50_000, keys: 3_000, features: 2_000 };
const records = Number(process.argv[2] ?? 200_000);
const named = process.argv[3];
const folder = named ?? mkdtempSync(join(tmpdir(), "weir-log-bench-"));
const toMs = Date.UTC(2026, 5, 30, 10, 37);
/** As dense as 10 million in 30 days, whatever is written. */
const fromMs = toMs - (30 * DAY_MS * records) / 10_000_000;

function say(name: string, value: unknown): void {
  process.stdout.write(`${name.padEnd(44)} ${String(value)}\n`);
}

function journalCost(): void {
  const make = trafficOf({ seed: 2, fromMs, toMs });
  const entries = Array.from({ length: 20_000 }, (_, i) => make(i, 20_000));
  const journal = createJournal({
    folder: join(folder, "journal"),
    writer: thisWriter(Date.now()),
    maxBytes: 1e9,
    onGrown: () => {},
    onError: (error) => say("journal failed", error),
  });
  for (const entry of entries.slice(0, 2_000)) journal.append(entryText(entry));
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (const entry of entries.slice(2_000)) journal.append(entryText(entry));
  const wallUs = ((performance.now() - start) * 1000) / 18_000;
  const { user, system } = process.cpuUsage(cpu);
  journal.close();
  rmSync(join(folder, "journal"), { recursive: true });
  say("journal: us a record (wall)", wallUs.toFixed(1));
  say("journal: us a record (cpu)", ((user + system) / 18_000).toFixed(1));
  say("journal: bytes a record", Buffer.byteLength(entryText(entries[5]!)));
}

interface Written {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

async function write(store: LogStore, make: (i: number) => LogEntry, count: number): Promise<Written> {
  let wallMs = 0;
  let cpuUs = 0;
  for (let first = 0; first < count; first += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => make(first + i));
    const start = performance.now();
    const cpu = process.cpuUsage();
    await store.write(batch);
    const { user, system } = process.cpuUsage(cpu);
    wallMs += performance.now() - start;
    cpuUs += user + system;
  }
  return { perSecond: Math.round((count / wallMs) * 1000), perCpuSecond: Math.round((count / cpuUs) * 1e6) };
}

/** All of the traffic, packed and pruned as its time goes by. */
async function fill(store: LogStore): Promise<void> {
  const make = trafficOf({ seed: 1, fromMs, toMs, ...MANY });
  let tendedUs = 0;
  for (let first = 0; first < records; first += FILL_BATCH) {
    const batch = Array.from({ length: Math.min(FILL_BATCH, records - first) }, (_, i) => make(first + i, records));
    await store.write(batch);
    const nowMs = batch.at(-1)!.atMs;
    const horizon = { nowMs, detailMs: 0, minutesMs: nowMs - 3 * DAY_MS, hoursMs: 0, daysMs: 0 };
    const cpu = process.cpuUsage();
    while ((await store.prune(horizon, 2_000)) > 0);
    const { user, system } = process.cpuUsage(cpu);
    tendedUs += user + system;
    if (first % 500_000 === 0) process.stderr.write(`${first} of ${records}\n`);
  }
  say("tending: us of CPU a record", (tendedUs / records).toFixed(1));
}

/** Traffic as dense as the writer is asked to bear, after a first part that fills its caches. */
async function writerSpeed(what: string, names: Partial<typeof MANY>): Promise<void> {
  const path = join(folder, "writer.db");
  const store = await openLogStore(`sqlite:${path}`);
  const make = trafficOf({ seed: 3, fromMs: toMs - 10_000, toMs, ...names });
  await write(store, (i) => make(i, 200_000), 50_000);
  const { perSecond, perCpuSecond } = await write(store, (i) => make(50_000 + i, 200_000), 150_000);
  say(`store at 20,000/s, ${what}: records a second (wall)`, perSecond);
  say(`store at 20,000/s, ${what}: records a second of CPU`, perCpuSecond);
  await store.close();
  for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  journalCost();
  await writerSpeed("25 features, 60 keys", {});
  await writerSpeed("2,000 features, 3,000 keys", MANY);
  const path = join(folder, "bench.db");
  const isThere = existsSync(path);
  const store = await openLogStore(`sqlite:${path}`);
  if (!isThere) await fill(store);
  say("fill: bytes a record, all of the database", Math.round(statSync(path).size / records));

  const questions: Record<string, UsageQuery> = {
    "usage: 30 days by model,feature": ask({ groupBy: ["model", "feature"] }),
    "usage: 30 days by day and model": ask({ groupBy: ["model"], interval: "day" }),
    "usage: 7 days by hour and model": ask({ groupBy: ["model"], interval: "hour", fromMs: toMs - 7 * DAY_MS }),
    "usage: 30 days by feature": ask({ groupBy: ["feature"] }),
    "usage: 7 days by feature": ask({ groupBy: ["feature"], fromMs: toMs - 7 * DAY_MS }),
    "usage: 7 days by model,feature": ask({ groupBy: ["model", "feature"], fromMs: toMs - 7 * DAY_MS }),
    "usage: 7 days by day and feature": ask({ groupBy: ["feature"], interval: "day", fromMs: toMs - 7 * DAY_MS }),
    "usage: 30 days by key": ask({ groupBy: ["key"] }),
    "usage: 30 days by model,key": ask({ groupBy: ["model", "key"] }),
    "usage: 7 days by model,key": ask({ groupBy: ["model", "key"], fromMs: toMs - 7 * DAY_MS }),
    "usage: 30 days of one key by day and model": ask({
      groupBy: ["model"],
      interval: "day",
      filters: { key: ["key_7"] },
    }),
    "usage: 30 days by feature of one model": ask({ groupBy: ["feature"], filters: { model: ["openai/gpt-4o"] } }),
    "usage: 30 days by status,stream": ask({ groupBy: ["status", "stream"] }),
    "usage: 30 days by tenant,team,model": ask({ groupBy: ["tenant", "team", "model"] }),
    "usage: 30 days by user": ask({ groupBy: ["user"], limit: 1_000 }),
    "usage: 7 days by user": ask({ groupBy: ["user"], limit: 1_000, fromMs: toMs - 7 * DAY_MS }),
    "usage: 7 days by key,feature": ask({ groupBy: ["key", "feature"], limit: 1_000, fromMs: toMs - 7 * DAY_MS }),
    "usage: 30 days of one user by day": ask({ groupBy: ["model"], interval: "day", filters: { user: ["user-7"] } }),
    "usage: total": ask({}),
  };
  for (const [name, query] of Object.entries(questions)) {
    const times: number[] = [];
    let rows = 0;
    const cpu = process.cpuUsage();
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      rows = (await store.usage(query)).rows.length;
      times.push(performance.now() - start);
    }
    say(
      `${name}, ms (first, median, CPU; rows)`,
      `${times[0]!.toFixed(1)} ${times.sort((a, b) => a - b)[2]!.toFixed(1)} ${cpuMs(cpu) / 5} ${rows}`,
    );
  }
  const page = { fromMs: null, toMs: null, onlyErrors: false, minCostNanoUsd: null, minDurationMs: null, search: null };
  for (const [name, filter] of Object.entries({
    "requests: newest 100": { equal: {} },
    "requests: one user": { equal: { user: ["user-77"] } },
    "requests: one model, errors": { equal: { model: ["google/gemini-2.5-flash"] }, minDurationMs: 4000 },
    "requests: the most costly": { equal: {}, sort: "cost" as const },
  })) {
    const start = performance.now();
    const { entries } = await store.page({
      sort: "time",
      cursor: null,
      limit: 100,
      withContent: false,
      ...page,
      ...filter,
    });
    say(`${name}, ms (rows)`, `${(performance.now() - start).toFixed(1)} ${entries.length}`);
  }
  await store.close();
  if (named === undefined) rmSync(folder, { recursive: true });
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return Math.round((user + system) / 1000);
}

function ask(fields: Partial<UsageQuery>): UsageQuery {
  return { fromMs, toMs, interval: null, groupBy: [], filters: {}, limit: 10_000, ...fields };
}

await main();
