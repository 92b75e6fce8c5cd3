import { randomInt } from "node:crypto";
import type { FastifyBaseLogger } from "fastify";
import pino from "pino";
import { loadPolicies } from "../engine/index.ts";
import type { Policies } from "../engine/ready-policy.ts";
import { seededRng } from "../engine/rng.ts";
import {
  type ConfigFlags,
  configPathOf,
  type Environment,
  type KnownProviders,
  processEnvironment,
  readSettings,
  settingsFrom,
} from "./config.ts";
import { type KnownBackends, loadBackends } from "./config-backends.ts";
import { inProcessServer } from "./in-process/in-process-fetch.ts";
import { loadProviders, startService } from "./service.ts";
import type { Settings } from "./settings.ts";
import type { RouteDecision, RouteRequest, Weir, WeirConfig, WeirOptions } from "./weir.d.ts";

/**
 * The whole of Weir in the caller's process, with no socket of ours. The caller owns the process and is trusted: no key
 * is asked, whatever key its clients send. Usable at once; awaiting it tells when all is loaded, or why it cannot be.
 *
 * @param config the sections of weir.yaml, or the path of such a file; by default what `weir serve` would read
 * @throws ConfigError with every problem (as a rejection, also of each call)
 */
export function createWeir(config?: WeirConfig | string, options: WeirOptions = {}): Promise<Weir> & Weir {
  const started = start(config, options);
  // Whoever does not await the start hears of its failure from the first call.
  started.catch(() => {});
  return Object.assign(started, {
    route: async (request: RouteRequest) => (await started).route(request),
    fetch: async (input: string | URL | Request, init?: RequestInit) => (await started).fetch(input, init),
    close: async () => (await started).close(),
  });
}

async function start(config: WeirConfig | string | undefined, { log }: WeirOptions): Promise<Weir> {
  const [policies, providers, backends] = await Promise.all([loadPolicies(), loadProviders(), loadBackends()]);
  const read = (text?: string) => inProcessSettings(config, text, policies, providers, backends);
  const service = await startService(read(), {
    readSettings: read,
    ...(isInFile(config) ? { configPath: configPathOf(flagsOf(config), processEnvironment()) } : {}),
    policies,
    // Only what pino and its like have in common is called.
    log: (log as FastifyBaseLogger | undefined) ?? pino({ level: "silent" }, NOWHERE),
    clock: Date.now,
    rng: seededRng(randomInt(2 ** 32)),
    isAlone: false,
  });
  await service.app.ready();
  const server = inProcessServer(service.app);
  return {
    fetch: server.fetch,
    async route(request) {
      const response = await server.fetch("/route", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
      const answer: unknown = await response.json();
      if (response.ok) return answer as RouteDecision; // what our own route answers
      throw new WeirError(response.status, (answer as ErrorAnswer).error);
    },
    async close() {
      server.abort();
      await service.close();
    },
  };
}

/** Routes may raise the level of their own lines, so silence is a matter of where lines go. */
const NOWHERE = { write() {} };

interface ErrorAnswer {
  readonly error: { readonly message: string; readonly code: string; readonly param: string | null };
}

/** Why `route` did not decide: the same code, status and field as `POST /route` answers. */
export class WeirError extends Error {
  readonly status: number;
  readonly code: string;
  /** Path of the field at fault; null when the whole request is. */
  readonly param: string | null;
  /** All that the answer said, e.g. why each candidate was excluded. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, error: ErrorAnswer["error"]) {
    super(error.message);
    this.name = "WeirError";
    this.status = status;
    this.code = error.code;
    this.param = error.param;
    this.details = { ...error };
  }
}

/** A configuration in memory keeps its decisions in memory too, unless it names a storage. */
function inProcessSettings(
  config: WeirConfig | string | undefined,
  text: string | undefined,
  policies: Policies,
  providers: KnownProviders,
  backends: KnownBackends,
): Settings {
  const known = [processEnvironment(), policies, providers, backends] as const;
  const settings = readConfig(config, text, known);
  const keepsNothing = settings.configPath === null && (config as WeirConfig | undefined)?.storage?.url === undefined;
  return {
    ...settings,
    auth: { ...settings.auth, required: false },
    storage: keepsNothing ? { ...settings.storage, url: "sqlite::memory:" } : settings.storage,
  };
}

type Known = readonly [Environment, Policies, KnownProviders, KnownBackends];

/** @param text in place of that of the file */
function readConfig(config: WeirConfig | string | undefined, text: string | undefined, known: Known): Settings {
  // JSON is YAML.
  if (!isInFile(config)) return settingsFrom(JSON.stringify(config), null, {}, ...known);
  const flags = flagsOf(config);
  if (text === undefined) return readSettings(flags, ...known);
  return settingsFrom(text, configPathOf(flags, known[0]), flags, ...known);
}

function isInFile(config: WeirConfig | string | undefined): config is string | undefined {
  return config === undefined || typeof config === "string";
}

function flagsOf(config: string | undefined): ConfigFlags {
  return config === undefined ? {} : { config };
}
