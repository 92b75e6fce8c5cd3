/**
 * Ten million requests of 90 days through the log's own writer, tended as a server does, and then the questions of
 * usage, of the dashboard's pages and of `weir report`: median and worst time of each.
 * `npm run -s bench:usage -- [--rows N] [--folder DIR] [--only fill|ask]`. 10 million rows need some 7 GB of disk, and
 * go again unless a folder is named; what lies in a named one is asked without being written again.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { openDatabase } from "../storage/sqlite.ts";
import { DIMENSIONS, type Dimension } from "../usage/dimensions.ts";
import { type EntryQuery, EVERY_ENTRY, type LogStore, openLogStore, type UsageQuery } from "./log-store.ts";
import { thisWriter } from "./segment-name.ts";
import { BLOCK, companyTraffic } from "./testing/company-traffic.ts";
import { createThreadBack } from "./thread-back.ts";

const DAY_MS = 86_400_000;
const DAYS = 90;
/** As a server keeps them by default. */
const MINUTE_DAYS = 3;
const HOUR_DAYS = 93;
const NAMES = { users: 50_000, keys: 1_000, features: 500 };
const toMs = Date.UTC(2026, 5, 30, 10, 37);
const fromMs = toMs - DAYS * DAY_MS;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    folder: { type: "string" },
    only: { type: "string" },
    from: { type: "string", default: "0" },
    count: { type: "string" },
  },
});
const rows = Number(values.rows);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), "weir-usage-bench-"));

function say(name: string, value: unknown): void {
  process.stdout.write(`${name.padEnd(58)} ${String(value)}\n`);
}

/** All of the traffic, packed and pruned as its time goes by. */
async function fill(store: LogStore): Promise<void> {
  const from = Number(values.from);
  const until = Math.min(rows, from + Number(values.count ?? rows));
  const make = companyTraffic({ seed: 1, fromMs, toMs, ...NAMES });
  let writtenUs = 0;
  let tendedUs = 0;
  let tendedMs = 0;
  for (let first = from; first < until; first += BLOCK) {
    const batch = Array.from({ length: Math.min(BLOCK, until - first) }, (_, i) => make(first + i, rows));
    const cpu = process.cpuUsage();
    await store.write(batch);
    writtenUs += spentUs(cpu);
    const nowMs = batch.at(-1)!.atMs;
    if (nowMs - tendedMs > DAY_MS / 8) {
      tendedMs = nowMs;
      tendedUs += await tend(store, nowMs);
    }
    if (first % 300_000 === 0) process.stderr.write(`${first} of ${rows}\n`);
  }
  if (until === rows) tendedUs += await tend(store, toMs);
  await store.sync();
  say("fill: records a second of CPU", Math.round(((until - from) / writtenUs) * 1e6));
  say("fill: tending, us of CPU a record", (tendedUs / (until - from)).toFixed(1));
}

async function tend(store: LogStore, nowMs: number): Promise<number> {
  const horizon = {
    nowMs,
    detailMs: 0,
    minutesMs: nowMs - MINUTE_DAYS * DAY_MS,
    hoursMs: nowMs - HOUR_DAYS * DAY_MS,
    daysMs: 0,
  };
  const cpu = process.cpuUsage();
  while ((await store.prune(horizon, 2_000)) > 0);
  return spentUs(cpu);
}

function spentUs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

/** CPU and not wall, so that what else the machine does is no part of it; a question waits for nobody but the disk. */
async function timed(name: string, barMs: number, question: () => Promise<number>): Promise<void> {
  const times: number[] = [];
  let count = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const cpu = process.cpuUsage();
    count = await question();
    times.push(spentUs(cpu) / 1000);
  }
  times.sort((a, b) => a - b);
  const [median, worst] = [times[Math.floor(ROUNDS / 2)]!, times.at(-1)!];
  if (median > barMs) slow.push(name);
  asked.push({ barMs, median, worst });
  say(
    name,
    `${median.toFixed(0).padStart(6)} ${worst.toFixed(0).padStart(6)} ms of CPU ${String(count).padStart(7)} rows`,
  );
}

const ROUNDS = 3;
const slow: string[] = [];
const asked: { readonly barMs: number; readonly median: number; readonly worst: number }[] = [];
const USAGE_BAR_MS = 200;
const PAGE_BAR_MS = 300;

async function askUsage(store: LogStore): Promise<void> {
  const usage = (name: string, days: number, fields: Partial<UsageQuery>) =>
    timed(`usage ${days} d: ${name}`, USAGE_BAR_MS, async () => {
      const query = { fromMs: toMs - days * DAY_MS, toMs, interval: null, groupBy: [], filters: {}, limit: 2_000 };
      return (await store.usage({ ...query, ...fields })).rows.length;
    });
  for (const days of [7, 30, 90]) {
    await usage("total", days, {});
    for (const dimension of DIMENSIONS) await usage(dimension, days, { groupBy: [dimension] });
    for (const groupBy of SETS) await usage(groupBy.join(","), days, { groupBy });
    if (days <= 7) await usage("feature,key", days, { groupBy: ["feature", "key"] });
    await usage("by day and model", days, { groupBy: ["model"], interval: "day" });
    await usage("by day and feature", days, { groupBy: ["feature"], interval: "day" });
    await usage("by day and key", days, { groupBy: ["key"], interval: "day" });
    await usage("by hour and model", days, { groupBy: ["model"], interval: "hour" });
    await usage("feature of one model", days, { groupBy: ["feature"], filters: { model: ["openai/gpt-4o"] } });
    await usage("model of one team by day", days, {
      groupBy: ["model"],
      interval: "day",
      filters: { team: ["search"] },
    });
    await usage("model of one key by day", days, { groupBy: ["model"], interval: "day", filters: { key: ["key_7"] } });
    await usage("one user by day", days, { interval: "day", filters: { user: ["user-7"] } });
  }
}

/** Features with keys beside them are nearly a row a request: they are asked over a week alone. */
const SETS: readonly (readonly Dimension[])[] = [
  ["model", "feature"],
  ["model", "team"],
  ["model", "key"],
  ["model", "tenant"],
  ["team", "feature"],
  ["tenant", "key"],
  ["route", "model"],
  ["status", "model"],
  ["tenant", "user"],
  ["model", "team", "feature"],
];

async function askPages(store: LogStore): Promise<void> {
  const all: EntryQuery = {
    ...EVERY_ENTRY,
    ...{ sort: "time", cursor: null, limit: 50, withContent: false },
  };
  const page = (name: string, fields: Partial<EntryQuery>) =>
    timed(`requests: ${name}`, PAGE_BAR_MS, async () => (await store.page({ ...all, ...fields })).entries.length);
  const week = { fromMs: toMs - 7 * DAY_MS, toMs };
  const { nextCursor, entries } = await store.page({ ...all, toMs: toMs - 60 * DAY_MS });
  const old = entries.find(({ decision }) => decision !== null)!;
  await page("newest", {});
  await page("newest 1,000 of 14 days", { fromMs: toMs - 14 * DAY_MS, limit: 1_000 });
  await page("60 days back", { cursor: nextCursor });
  await page("errors", { onlyErrors: true });
  await page("one model", { equal: { model: ["openai/gpt-4o"] } });
  await page("a rare model's errors", { equal: { model: ["anthropic/claude-opus-4-5"] }, onlyErrors: true });
  await page("a rare feature, team and status", {
    equal: { feature: ["feature-499"], team: ["legal"], status: ["502"] },
  });
  await page("nothing fits", { equal: { feature: ["feature-499"] }, minCostNanoUsd: 1e12 });
  await page("one user", { equal: { user: ["user-77"] } });
  await page("one key's errors", { equal: { key: ["key_7"] }, onlyErrors: true });
  await page("one session", { equal: { session: [old.session] } });
  await page("most costly of 7 days", { ...week, sort: "cost" });
  await page("most costly of 7 days, one model", { ...week, sort: "cost", equal: { model: ["openai/gpt-4o"] } });
  await page("most costly of 7 days, one feature", { ...week, sort: "cost", equal: { feature: ["feature-3"] } });
  await page("most costly of 7 days, one key", { ...week, sort: "cost", equal: { key: ["key_0"] } });
  await page("most costly of 7 days, one user", { ...week, sort: "cost", equal: { user: ["user-0"] } });
  await page("most costly of all (newest million)", { sort: "cost" });
  await page("search: an old request's id", { search: old.id });
  await page("search: an old decision's id", { search: old.decision!.id });
  await page("search: an old session", { search: old.session! });
  await page("search: a name", { search: "feature-42" });
  await page("search: part of names", { search: "sonnet" });
  await page("search: in metadata", { search: "c-2999" });
  await page("search: nowhere", { search: "zebra" });
  await timed("one request", PAGE_BAR_MS, async () => ((await store.find(old.id)) === null ? 0 : 1));
}

/** The dearest question there is, in the log's own thread: how long the thread that serves requests was held up by it. */
async function askBesideRequests(): Promise<void> {
  const place = { url: `sqlite:${path}`, folder: join(folder, "journal"), writer: thisWriter(Date.now()) };
  const failed = (error: unknown) => say("the log's thread failed", error);
  const back = createThreadBack(place, { taken: () => {}, failed, recovered: () => {} });
  await back.find("nobody");
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const query = { fromMs: toMs - 30 * DAY_MS, toMs, interval: null, filters: {}, limit: 2_000 };
  await back.usage({ ...query, groupBy: ["feature", "key"] });
  delay.disable();
  say("a question in the log's thread took, ms", Math.round(performance.now() - start));
  say("it held up the requests' thread for, ms (p99, worst)", `${inMs(delay.percentile(99))} ${inMs(delay.max)}`);
  await back.close();
}

function inMs(nanoseconds: number): string {
  return (nanoseconds / 1e6).toFixed(1);
}

mkdirSync(folder, { recursive: true });
const path = join(folder, "usage.db");
if (values.only !== "ask" && (values.only === "fill" || !existsSync(path))) {
  const store = await openLogStore(`sqlite:${path}`);
  await fill(store);
  await store.close();
}
if (values.only !== "fill") {
  const opened = performance.now();
  const store = await openLogStore(`sqlite:${path}`);
  say("opened in ms", Math.round(performance.now() - opened));
  await saySizes();
  say("", "median  worst");
  await askPages(store);
  await askUsage(store);
  await store.close();
  await askBesideRequests();
  const within = asked.filter(({ barMs, median }) => median <= barMs).length;
  say("questions within their bar (median)", `${within} of ${asked.length}`);
  for (const name of slow) say("slower than its bar", name);
}
if (values.folder === undefined) rmSync(folder, { recursive: true });

/** Bytes of a request with its indexes and names, and of its share of the roll-ups. */
async function saySizes(): Promise<void> {
  const database = await openDatabase(path);
  const sums = database
    .prepare<[], { name: string; bytes: number }>("select name, sum(pgsize) as bytes from dbstat group by name")
    .all();
  const of = (isWanted: (name: string) => boolean) =>
    sums.filter(({ name }) => isWanted(name)).reduce((sum, { bytes }) => sum + bytes, 0);
  const isRequests = (name: string) => /^(sqlite_autoindex_)?requests/.test(name);
  const isParts = (name: string) => name.startsWith("usage_parts");
  say("bytes a request: row and indexes", (of(isRequests) / rows).toFixed(0));
  say("bytes a request: its share of the sums", (of(isParts) / rows).toFixed(0));
  say(
    "bytes a request: its share of names and the rest",
    (of((name) => !isRequests(name) && !isParts(name)) / rows).toFixed(0),
  );
  say("bytes in all", statSync(path).size);
  database.close();
}
