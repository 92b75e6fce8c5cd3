import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { loadPolicies } from "../engine/index.ts";
import { type ConfigFlags, processEnvironment, readSettings } from "./config.ts";
import { loadBackends } from "./config-backends.ts";
import { type PlayedDemo, playDemo } from "./demo/play-demo.ts";
import { ApiError } from "./errors.ts";
import { loadProviders } from "./service.ts";
import { readTime } from "./usage/read-time.ts";

export interface DemoFlags extends ConfigFlags {
  readonly days: string;
  readonly seed: string;
  readonly until?: string;
  readonly json?: boolean;
}

const MOST_DAYS = 28;

/** `weir demo`: plays days of a made-up company's traffic into an empty log, through the code that serves. */
export async function demoCommand(flags: DemoFlags): Promise<void> {
  const days = wholeOf(flags.days, "--days", 1, MOST_DAYS);
  const seed = wholeOf(flags.seed, "--seed", 0, 2 ** 32 - 1);
  const policies = await loadPolicies();
  const [providers, backends] = await Promise.all([loadProviders(), loadBackends()]);
  const settings = readSettings(flags, processEnvironment(), policies, providers, backends);
  if (settings.mode !== "demo") {
    throw new ApiError(
      "invalid_request",
      "the demo plays simulated traffic, and this configuration names real upstreams",
      {
        place: "--config",
      },
    );
  }
  const journal = mkdtempSync(join(tmpdir(), "weir-demo-"));
  const beganAt = performance.now();
  try {
    const played = await playDemo({
      settings,
      policies,
      log: pino({ level: "error" }, pino.destination(2)),
      days,
      seed,
      nowMs: flags.until === undefined ? Date.now() : readTime(flags.until, "--until", Date.now()),
      journal,
      adminKey: randomBytes(24).toString("hex"),
      onDay: (day) => {
        if (process.stderr.isTTY) process.stderr.write(`\rday ${day} of ${days}`);
      },
    });
    if (process.stderr.isTTY) process.stderr.write("\n");
    if (flags.json === true) process.stdout.write(`${JSON.stringify(played)}\n`);
    else process.stdout.write(describe(played, (performance.now() - beganAt) / 1_000));
  } finally {
    rmSync(journal, { recursive: true, force: true });
  }
}

function describe(played: PlayedDemo, seconds: number): string {
  const { company, days, requests, fellBack, refusedByBudget, cached, redacted, certificate } = played;
  return `${[
    `Simulated: ${days} days of ${company}, a made-up company, in ${seconds.toFixed(1)} s`,
    `  ${requests} requests: ${cached} from the cache, ${redacted} with personal data redacted`,
    `  ${fellBack} answered by a fallback while a provider was down`,
    `  ${refusedByBudget} of a runaway job refused by its budget (402)`,
    `  ${certificate}`,
    "See it: weir serve, then http://127.0.0.1:8080",
  ].join("\n")}\n`;
}

function wholeOf(text: string, place: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ApiError("invalid_request", `a whole number from ${least} to ${most} is needed, not "${text}"`, { place });
}
