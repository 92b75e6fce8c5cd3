// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseDocument, type YAMLParseError } from "yaml";
import type { z } from "zod";
import { checkBackends, type KnownBackends } from "./config-backends.ts";
import { expandEnvironment } from "./config-expand.ts";
import { checkProviders } from "./config-providers.ts";
import { checkReferences } from "./config-references.ts";
import {
  CandidateConfig,
  PoolSection,
  plainSections,
  poolName,
  RouteSection,
  routeName,
  UpstreamConfig,
  upstreamName,
} from "./config-schema.ts";
import { DEMO_GUARDRAILS, demoSections } from "./demo.ts";
import { ApiError, type Problem } from "./errors.ts";
import { reasonOf } from "./file-fault.ts";
import { checkGuardrails } from "./guarding/check-config.ts";
import { judgeNotices } from "./observation/observe/config-problems.ts";
import { dottedPath, problemsOf } from "./problems.ts";
import type { Settings } from "./settings.ts";

/** Every fault of a configuration at once, each with its path. */
export class ConfigError extends ApiError {
  readonly problems: readonly Problem[];

  constructor(source: string, problems: readonly Problem[]) {
    const lines = problems.map(({ path, message }) => `  ${path === "" ? "(file)" : path}: ${message}`);
    super("config_invalid", `${source} has ${problems.length} problem(s):\n${lines.join("\n")}`);
    this.problems = problems;
  }
}

/** Values given on the command line; they win over everything else. */
export interface ConfigFlags {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string | number;
  readonly models?: string;
  readonly storage?: string;
  readonly logLevel?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Policies by name with the schema of their options, as the engine knows them. */
export type KnownPolicies = ReadonlyMap<string, { readonly options: z.ZodType }>;

/** Providers by name, as far as the configuration is checked against them. */
export type KnownProviders = Parameters<typeof checkProviders>[1];

const DEFAULT_FILE = "weir.yaml";
const KEY_VARIABLES = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY"];
const ENTRY_SECTIONS = ["upstreams", "candidates", "routes", "pools"];

/** The process environment; nothing else in the server reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** Where weir.yaml is or would be written: what `--config` or WEIR_CONFIG names, else the working folder. */
export function configPathOf(flags: ConfigFlags, environment: Environment): string {
  return resolve(flags.config ?? nonEmpty(environment.WEIR_CONFIG) ?? DEFAULT_FILE);
}

/**
 * Reads weir.yaml (or the file that `--config` or WEIR_CONFIG names) and lays environment and flags over it.
 *
 * @throws ConfigError with every problem that was found
 */
export function readSettings(
  flags: ConfigFlags,
  environment: Environment,
  policies: KnownPolicies | null = null,
  providers: KnownProviders | null = null,
  backends: KnownBackends | null = null,
): Settings {
  const path = configPathOf(flags, environment);
  const isNamed = (flags.config ?? nonEmpty(environment.WEIR_CONFIG)) !== undefined;
  const text = readText(path, isNamed);
  return settingsFrom(text, text === null ? null : path, flags, environment, policies, providers, backends);
}

/** The same from the file's text, for tests and checks; `null`: there is no file. */
export function settingsFrom(
  text: string | null,
  path: string | null,
  flags: ConfigFlags,
  environment: Environment,
  policies: KnownPolicies | null = null,
  providers: KnownProviders | null = null,
  backends: KnownBackends | null = null,
): Settings {
  const problems: Problem[] = [];
  const document = asObject(text === null ? {} : parseYaml(text, path ?? DEFAULT_FILE), problems);
  const expanded = expandEnvironment(document, environment);
  problems.push(...expanded.problems);
  // expandEnvironment keeps the structure, and asObject made sure that it is a record.
  const file = expanded.value as Record<string, unknown>;
  problems.push(...unknownSections(file));

  const plain = readPlainSections(withOverrides(file, flags, environment), problems);
  const isDemo = ENTRY_SECTIONS.every((section) => file[section] === undefined);
  const entries = isDemo ? demoSections() : readEntrySections(file, problems);
  if (isDemo && file.guardrails === undefined) plain.guardrails = DEMO_GUARDRAILS;
  if (!isDemo) {
    const named = asNames(file.upstreams);
    checkReferences({ ...entries, upstreams: named }, policies, problems);
    if (asNames(file.routes) === NONE) problems.push({ path: "routes", message: "at least one route is needed" });
  }
  checkGuardrails(plain.guardrails ?? [], entries, problems);
  if (providers !== null) checkProviders(entries.upstreams, providers, problems);
  if (backends !== null) checkBackends(plain, backends, problems);
  if (problems.length > 0)
    throw new ConfigError(path ?? "the configuration", withoutEchoes(problems, expanded.problems));

  return {
    mode: isDemo ? "demo" : "configured",
    configPath: path,
    ...plain,
    ...entries,
    adminKey: nonEmpty(environment.WEIR_ADMIN_KEY) ?? null,
    notices: noticesOf(isDemo, environment, entries.routes),
  };
}

function readText(path: string, isNamed: boolean): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT" && !isNamed) return null;
    throw new ConfigError(path, [{ path: "", message: `cannot be read: ${reasonOf(cause)}` }]);
  }
}

function parseYaml(text: string, source: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) throw new ConfigError(source, syntaxProblems(document.errors, text));
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (cause) {
    throw new ConfigError(source, [{ path: "", message: (cause as Error).message }]);
  }
}

/** One problem a line: what follows the first fault of a line is mostly its echo. */
function syntaxProblems(errors: readonly YAMLParseError[], text: string): Problem[] {
  const lines = text.split("\n");
  const byLine = new Map<number, Problem>();
  for (const error of errors) {
    const line = error.linePos?.[0].line ?? 0;
    if (byLine.has(line)) continue;
    const quoting = lines[line - 1]?.includes("${") ? '; inside { } and [ ] write "${NAME}" with quotes' : "";
    byLine.set(line, { path: line === 0 ? "" : `line ${line}`, message: `${error.message.split("\n")[0]}${quoting}` });
  }
  return [...byLine.values()];
}

function asObject(value: unknown, problems: Problem[]): Record<string, unknown> {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  problems.push({ path: "", message: "the file must hold a mapping of sections (upstreams, candidates, routes, ...)" });
  return {};
}

const NONE: Readonly<Record<string, unknown>> = {};

function asNames(section: unknown): Readonly<Record<string, unknown>> {
  const isMap = section !== null && typeof section === "object" && !Array.isArray(section);
  return isMap && Object.keys(section).length > 0 ? (section as Record<string, unknown>) : NONE;
}

/** A value whose variable is not set is of the wrong type as well; once is enough. */
function withoutEchoes(problems: readonly Problem[], first: readonly Problem[]): Problem[] {
  const said = new Set(first.map(({ path }) => path));
  return problems.filter((problem) => first.includes(problem) || !said.has(problem.path));
}

function unknownSections(file: Readonly<Record<string, unknown>>): Problem[] {
  const known = [...Object.keys(plainSections), ...ENTRY_SECTIONS];
  return Object.keys(file)
    .filter((section) => !known.includes(section))
    .map((section) => ({ path: section, message: `is not a known section (known: ${known.join(", ")})` }));
}

/** Environment over file, flags over both, field by field. */
function withOverrides(
  file: Readonly<Record<string, unknown>>,
  flags: ConfigFlags,
  environment: Environment,
): Record<string, unknown> {
  return {
    ...file,
    server: overlay(file.server, {
      host: flags.host ?? nonEmpty(environment.HOST),
      port: flags.port ?? nonEmpty(environment.PORT),
      logLevel: flags.logLevel ?? nonEmpty(environment.WEIR_LOG_LEVEL),
    }),
    router: overlay(file.router, { models: flags.models ?? nonEmpty(environment.WEIR_MODELS) }),
    storage: overlay(file.storage, { url: flags.storage ?? nonEmpty(environment.WEIR_STORAGE) }),
  };
}

function overlay(section: unknown, values: Readonly<Record<string, unknown>>): unknown {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  if (section === undefined || section === null) return given;
  return typeof section === "object" && !Array.isArray(section) ? { ...section, ...given } : section;
}

function readPlainSections(source: Readonly<Record<string, unknown>>, problems: Problem[]): PlainSections {
  const read: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(plainSections)) {
    const result = schema.safeParse(source[name] ?? undefined);
    if (result.success) read[name] = result.data;
    else problems.push(...problemsOf(result.error, name));
  }
  // Incomplete only when there are problems, and then the caller throws.
  return read as PlainSections;
}

type PlainSections = { [Name in keyof typeof plainSections]: z.infer<(typeof plainSections)[Name]> };

function readEntrySections(file: Readonly<Record<string, unknown>>, problems: Problem[]) {
  return {
    upstreams: readMap("upstreams", upstreamName, UpstreamConfig, file.upstreams, problems),
    candidates: readList("candidates", CandidateConfig, file.candidates, problems),
    routes: readMap("routes", routeName, RouteSection, file.routes, problems),
    pools: readMap("pools", poolName, PoolSection, file.pools, problems),
  };
}

function readMap<Entry>(
  section: string,
  nameSchema: z.ZodType<string>,
  schema: z.ZodType<Entry>,
  value: unknown,
  problems: Problem[],
): Record<string, Entry> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    problems.push({ path: section, message: "must be a mapping from name to settings" });
    return {};
  }
  const read: [string, Entry][] = [];
  for (const [name, entry] of Object.entries(value)) {
    const path = dottedPath([name], section);
    const nameResult = nameSchema.safeParse(name);
    if (!nameResult.success)
      problems.push({ path, message: "a name has letters, digits, dot, dash and underscore only" });
    const result = schema.safeParse(entry);
    if (result.success) read.push([name, result.data]);
    else problems.push(...problemsOf(result.error, path));
  }
  return Object.fromEntries(read);
}

function readList<Entry>(section: string, schema: z.ZodType<Entry>, value: unknown, problems: Problem[]): Entry[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.push({ path: section, message: "must be a list" });
    return [];
  }
  return value.flatMap((entry, i) => {
    const result = schema.safeParse(entry);
    if (result.success) return [result.data];
    problems.push(...problemsOf(result.error, `${section}.${i}`));
    return [];
  });
}

function noticesOf(isDemo: boolean, environment: Environment, routes: Settings["routes"]): string[] {
  const notices: string[] = [];
  const keys = KEY_VARIABLES.filter((name) => nonEmpty(environment[name]) !== undefined);
  if (isDemo)
    notices.push(
      "demo mode: upstreams are SIMULATED, clients need no key and the page opens with weir-demo; write a weir.yaml to leave it",
    );
  if (isDemo && keys.length > 0) notices.push(`${keys.join(", ")} is set but not used: no weir.yaml names an upstream`);
  for (const [name, route] of Object.entries(routes)) {
    const override = route.mode === "active" && !isDemo ? route.activation?.override : undefined;
    if (override !== undefined)
      notices.push(`routes.${name}: routed without a certificate, under an override: ${override}`);
  }
  return [...notices, ...judgeNotices({ routes })];
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}
