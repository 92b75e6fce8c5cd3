/**
 * The gateway's cost on loopback: CPU and latency of each request beside the upstream alone and beside a bare metering
 * proxy, in turns, in one run, bounded in time. Load comes from this process; every target is a process of its own.
 *
 *   npm run build && npm run bench:load -- [--seconds 2] [--rounds 3] [--only "named|cache|paced|leaves"] [--dist dist]
 *     [--beside <another build's dist>] [--profile <folder>]
 */
import { parseArgs } from "node:util";
import { leaveStream, load, requestOf, timeStream } from "./client.ts";
import { ENDLESS, PACED, SCENARIOS, type Scenario } from "./scenarios.ts";
import { BUILT, metric, startBareProxy, startUpstream, startWeir, type Target } from "./targets.ts";

const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    dist: { type: "string", default: BUILT },
    beside: { type: "string" },
    profile: { type: "string" },
  },
});

const MAX_SECONDS = 30;
const WARM_UP_MS = 3_000;
const PACED_STREAMS = 60;
const LEAVINGS = 10;
const runMs = 1_000 * Math.min(MAX_SECONDS, Number(flags.seconds));
const rounds = Math.max(1, Number(flags.rounds));

interface Turn {
  readonly micros: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

async function measure(target: Target, scenario: Scenario, forMs: number): Promise<Turn> {
  const payload = requestOf(target.url, JSON.stringify(scenario.body), target.key, scenario.headers);
  const before = await metric(target, "process_cpu_seconds_total");
  const { answered, failed, ms } = await load(target.url, payload, scenario.connections, forMs);
  const used = (await metric(target, "process_cpu_seconds_total")) - before;
  const perSecond = (answered * 1_000) / forMs;
  return { micros: (used * 1e6) / answered, perSecond, p50: quantile(ms, 0.5), p99: quantile(ms, 0.99), failed };
}

async function compare(targets: readonly Target[], scenario: Scenario): Promise<void> {
  const given = scenario.isOurs === true ? targets.filter(({ key }) => key !== "none") : targets;
  for (const target of given) await measure(target, scenario, Math.min(WARM_UP_MS, 2 * runMs));
  const turns = new Map<Target, Turn[]>(given.map((target) => [target, []]));
  for (let round = 0; round < rounds; round++) {
    for (const target of round % 2 === 0 ? given : [...given].reverse())
      turns.get(target)!.push(await measure(target, scenario, runMs));
  }
  const direct = turns.get(targets[0]!) ?? null;
  for (const [target, all] of turns) {
    const mid = (read: (turn: Turn) => number) => quantile(all.map(read), 0.5);
    const rss = Math.round((await metric(target, "process_resident_memory_bytes")) / 1e6);
    const added =
      direct === null
        ? Number.NaN
        : quantile(
            all.map(({ p50 }, i) => p50 - direct[i]!.p50),
            0.5,
          );
    const failed = all.reduce((sum, turn) => sum + turn.failed, 0);
    row(
      scenario.name,
      scenario.connections,
      target.name,
      mid((turn) => turn.perSecond).toFixed(0),
      mid((turn) => turn.p50).toFixed(2),
      Number.isNaN(added) ? "" : added.toFixed(2),
      mid((turn) => turn.p99).toFixed(2),
      mid((turn) => turn.micros).toFixed(0),
      rss,
      failed,
    );
  }
}

/** First content of paced streams, one at a time, targets in turns. */
async function pace(targets: readonly Target[]): Promise<void> {
  const times = new Map<Target, { firstMs: number; totalMs: number }[]>(targets.map((target) => [target, []]));
  for (let i = 0; i < PACED_STREAMS; i++) {
    for (const target of i % 2 === 0 ? targets : [...targets].reverse())
      times.get(target)!.push(await timeStream(target.url, target.key, PACED));
  }
  say("\n| paced stream | first content p50 ms | p99 ms | whole p50 ms |\n| --- | --- | --- | --- |");
  for (const [{ name }, all] of times) {
    const first = all.map(({ firstMs }) => firstMs);
    const total = quantile(
      all.map(({ totalMs }) => totalMs),
      0.5,
    );
    row(name, quantile(first, 0.5).toFixed(2), quantile(first, 0.99).toFixed(2), total.toFixed(1));
  }
}

/** How soon the upstream sees that a client hung up. */
async function leave(targets: readonly Target[], upstream: Target): Promise<void> {
  say("\n| client leaves | upstream call ends after, median ms | worst ms |\n| --- | --- | --- |");
  for (const target of targets) {
    const waits: number[] = [];
    for (let i = 0; i < LEAVINGS; i++) {
      const leftMs = await leaveStream(target.url, target.key, ENDLESS);
      let seenMs = 0;
      while (seenMs < leftMs) {
        seenMs = await metric(upstream, "left_at_ms");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      waits.push(seenMs - leftMs);
    }
    row(target.name, quantile(waits, 0.5).toFixed(0), Math.max(...waits).toFixed(0));
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function row(...cells: readonly (string | number)[]): void {
  say(`| ${cells.join(" | ")} |`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const wanted = flags.only?.split("|");
  const upstream = await startUpstream();
  const targets: Target[] = [upstream];
  try {
    targets.push(await startBareProxy(upstream.url));
    targets.push(await startWeir("weir", upstream.url, flags.dist, flags.profile ?? null));
    if (flags.beside !== undefined) targets.push(await startWeir("beside", upstream.url, flags.beside, null));
    for (const target of targets.slice(2)) {
      const rss = await metric(target, "process_resident_memory_bytes");
      say(`${target.name}: ${Math.round(rss / 1e6)} MB before its first request\n`);
    }
    say(
      "| request | connections | target | requests/s | p50 ms | over direct | p99 ms | CPU us/request | RSS MB | failed |",
    );
    say("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (const scenario of SCENARIOS) {
      const name = `${scenario.name}, ${scenario.connections}`;
      if (wanted === undefined || wanted.some((word) => name.includes(word))) await compare(targets, scenario);
    }
    if (wanted === undefined || wanted.includes("paced")) await pace(targets);
    if (wanted === undefined || wanted.includes("leaves")) await leave(targets, upstream);
  } finally {
    for (const target of targets.reverse()) await target.close();
  }
}

await main();
