/**
 * What each page of the dashboard asks of a whole server, over a log that
 * `npm run -s bench:usage -- --rows N --folder DIR --only fill` wrote, and an observation of 20,000 audits: the first
 * answer after the start, and the median of five more, in CPU of the process.
 * `npm run -s bench:pages -- --folder DIR`
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import pino from "pino";
import { seededRng } from "../engine/rng.ts";
import { seedObservation } from "./activation/testing/seed-observation.ts";
import { settingsFrom } from "./config.ts";
import { loadProviders, startService } from "./service.ts";
import { type TestApp, testPolicies } from "./testing/build-test-app.ts";

const DAY_MS = 86_400_000;
/** Where the traffic of bench:usage ends. */
const END_MS = Date.UTC(2026, 5, 30, 10, 37);
const ADMIN_KEY = "bench-admin-key";
const AUDITS = 20_000;
const ROUNDS = 5;
const BAR_MS = 300;
const configOf = (folder: string) => `
log: { url: ${JSON.stringify(`sqlite:${join(folder, "usage.db")}`)}, retentionDays: 365 }
upstreams: { openai: { provider: simulated, pricesFrom: openai } }
candidates:
  - { id: openai/gpt-4o-mini, upstream: openai }
  - { id: openai/gpt-4o, upstream: openai }
routes:
  default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o-mini, openai/gpt-4o] }
`;

const { values } = parseArgs({ options: { folder: { type: "string" } } });
if (values.folder === undefined) throw new Error("--folder is needed: the one that bench:usage filled");
const policies = await testPolicies();
const providers = await loadProviders();
// What is no log is small, and is made anew.
const storage = "sqlite::memory:";
const settings = settingsFrom(
  configOf(values.folder),
  "weir.yaml",
  { storage },
  { WEIR_ADMIN_KEY: ADMIN_KEY },
  policies,
  providers,
);
const clock = () => END_MS;
const service = await startService(settings, {
  readSettings: () => settings,
  policies,
  log: pino({ level: "silent" }),
  clock,
  rng: seededRng(1),
  isAlone: false,
});
await service.app.ready();
// Only these two of a test's server are used.
await seedObservation({ service, now: clock } as TestApp, { audits: AUDITS, bad: AUDITS / 50 });

const withQuery = (path: string, query: Readonly<Record<string, string | number>>) =>
  `${path}?${new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]))}`;
const iso = (ms: number) => new Date(ms).toISOString();
const endOfDayMs = Math.ceil(END_MS / DAY_MS) * DAY_MS;
const period = (days: number, backMs = 0) => ({
  from: iso(endOfDayMs - backMs - days * DAY_MS),
  to: iso(endOfDayMs - backMs),
});
const usage = (days: number, query: Readonly<Record<string, string>> = {}, backMs = 0) =>
  withQuery("/admin/usage", { ...period(days, backMs), limit: 2_000, ...query });
const ASKED: readonly (readonly [page: string, path: string])[] = [
  ["Overview, spend by day and model, 14 d", usage(14, { interval: "day", group_by: "model" })],
  ["Overview, the 14 d before", usage(14, { interval: "day" }, 14 * DAY_MS)],
  ["Overview, by hour and model, 24 h", usage(1, { interval: "hour", group_by: "model" })],
  ["Overview, by month and model, 1 y", usage(365, { interval: "month", group_by: "model" })],
  ["Overview, by feature", usage(14, { group_by: "feature", limit: "6" })],
  ["Overview, by team", usage(14, { group_by: "team", limit: "6" })],
  ["Overview, by status and arm", usage(14, { group_by: "status,arm" })],
  ["Overview, added latency", withQuery("/admin/requests/latency", period(14))],
  ["Overview and Budgets, budgets", "/admin/budgets"],
  ["Costs, model, 30 d", usage(30, { group_by: "model" })],
  ["Costs, feature, 30 d", usage(30, { group_by: "feature" })],
  ["Costs, user, 30 d", usage(30, { group_by: "user" })],
  ["Costs, key, 30 d", usage(30, { group_by: "key" })],
  ["Costs, tag, 30 d", usage(30, { group_by: "tag" })],
  ["Costs, model, team and feature, 30 d", usage(30, { group_by: "model,team,feature" })],
  ["Costs, model, 1 y", usage(365, { group_by: "model" })],
  ["Requests, newest", "/admin/requests?sort=time&limit=50"],
  ["Requests, most costly of 7 d", withQuery("/admin/requests", { ...period(7), sort: "cost", limit: 50 })],
  ["Routing, 14 d", withQuery("/admin/routing", { route: "default", ...period(14) })],
  ["Observation, 20,000 audits", "/admin/observation?route=default&observation=obs_seeded"],
  ["Observation, certificate", "/admin/certificate?route=default"],
  ["Observation, activation", "/admin/activation"],
  ["Savings", "/admin/savings?route=default"],
  ["Drift, models and alarms", "/admin/drift?route=default"],
  ["Drift, requests and prices", "/admin/drift/input?route=default"],
  ["Cache, hits", usage(14, { group_by: "cache" })],
  ["Keys", "/admin/keys?limit=1000"],
];

const slow: string[] = [];
for (const [page, url] of ASKED) {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const cpu = process.cpuUsage();
    const { statusCode, body } = await service.app.inject({ url, headers: { "x-weir-key": ADMIN_KEY } });
    const { user, system } = process.cpuUsage(cpu);
    if (statusCode !== 200) throw new Error(`${page}: ${body}`);
    times.push((user + system) / 1000);
  }
  const [first, ...later] = times;
  const median = later.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
  if (first! > BAR_MS) slow.push(page);
  process.stdout.write(
    `${page.padEnd(42)} ${first!.toFixed(0).padStart(6)} ${median.toFixed(0).padStart(6)} ms of CPU\n`,
  );
}
const within = ASKED.length - slow.length;
process.stdout.write(`first answers within ${BAR_MS} ms: ${within} of ${ASKED.length} ${slow.join("; ")}\n`);
await service.close();
