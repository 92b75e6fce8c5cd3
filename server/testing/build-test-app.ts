import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { discover } from "../../engine/discover.ts";
import type { PolicyPlugin } from "../../engine/policy.ts";
import type { Policies } from "../../engine/ready-policy.ts";
import { seededRng } from "../../engine/rng.ts";
import { TINY, writeTinyArtifact } from "../../engine/testing/tiny-artifact.ts";
import { type Environment, settingsFrom } from "../config.ts";
import type { Stage } from "../gateway/stage.ts";
import { loadProviders, type Service, startService } from "../service.ts";

export const TEST_ADMIN_KEY = "test-admin-key";

/** Two candidates that the tiny artifact knows, one that it does not, and one without a price. */
export const TEST_CONFIG = `
upstreams:
  openai: { provider: openai }
  local: { provider: openai-compatible, baseUrl: "http://127.0.0.1:9/v1" }
candidates:
  - { id: openai/gpt-4o-mini, upstream: openai, resembles: small }
  - { id: openai/gpt-4o, upstream: openai, resembles: large }
  - { id: openai/gpt-4-turbo, upstream: openai, resembles: medium }
  - { id: local/unpriced, upstream: local, resembles: medium }
routes:
  default:
    incumbent: openai/gpt-4o
    candidates: [openai/gpt-4o-mini, openai/gpt-4o, openai/gpt-4-turbo, local/unpriced]
    mode: active
    activation: { override: test }
  fixed:
    incumbent: openai/gpt-4o
    candidates: [openai/gpt-4o-mini]
    rules: [{ when: { metadata.feature: cheap }, use: openai/gpt-4o-mini }]
auth: { required: false }
# a busy machine is no fault of what is tested
router: { timeoutMs: 2000 }
`;

export interface TestAppOptions {
  readonly config?: string | null;
  /** The configuration is in a file of the app's folder, where whoever may changes it. */
  readonly onDisk?: boolean;
  readonly environment?: Environment;
  /** Where models lie; by default a folder with one tiny artifact `default/1`. */
  readonly withArtifact?: boolean;
  /** Another folder of models. */
  readonly models?: string;
  readonly storage?: string;
  /** Share of the demo company's usual traffic. */
  readonly demoVolume?: number;
  /** Further stages of the gateway. */
  readonly stages?: readonly Stage[];
  /** Fills with random bytes, for a test whose lots must be the same every time. */
  readonly fill?: (bytes: Uint8Array) => void;
}

export interface TestApp {
  readonly app: FastifyInstance;
  readonly service: Service;
  /** Folder of this app alone; its `models/` holds the artifacts. */
  readonly folder: string;
  /** Where weir.yaml is, for an app that was built with `onDisk`. */
  readonly configPath: string;
  /** What the next reload reads. */
  setConfig(text: string): void;
  /** Writes another version of the artifact. */
  addVersion(version: string, seed: number): Promise<void>;
  readonly logged: readonly Record<string, unknown>[];
  /** The server's clock, which moves a millisecond whenever it is read. */
  now(): number;
  /** Sets the clock ahead, or back. */
  advance(ms: number): void;
  close(): Promise<void>;
}

/** The policies of the engine, from their folder. */
export function testPolicies(): Promise<Policies> {
  return discover<PolicyPlugin>(new URL("../../engine/policies/", import.meta.url));
}

/** A whole server in memory, with the engine and a small made-up artifact, not listening. */
export async function buildTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { config = TEST_CONFIG, environment = {}, withArtifact = true, storage = "sqlite::memory:" } = options;
  const folder = mkdtempSync(join(tmpdir(), "weir-app-"));
  const configPath = join(folder, "weir.yaml");
  const { onDisk = false } = options;
  let text = config;
  if (onDisk && config !== null) writeFileSync(configPath, config);
  const logged: Record<string, unknown>[] = [];
  async function addVersion(version: string, seed: number): Promise<void> {
    const models = ["small", "medium", "large"];
    const target = pathToFileURL(`${join(folder, "models", "default", version)}/`);
    const manifest = await writeTinyArtifact(target, { ...TINY, models, seed, rows: 200 });
    writeFileSync(new URL("manifest.json", target), JSON.stringify({ ...manifest, name: "default", version }));
  }
  if (withArtifact) await addVersion("1", 1);
  const policies = await testPolicies();
  const providers = await loadProviders();
  const readText = () => (onDisk ? (existsSync(configPath) ? readFileSync(configPath, "utf8") : null) : text);
  const readSettings = (given: string | null = readText()) =>
    settingsFrom(
      given,
      given === null ? null : configPath,
      { models: options.models ?? join(folder, "models"), storage },
      { WEIR_ADMIN_KEY: TEST_ADMIN_KEY, ...environment },
      policies,
      providers,
    );
  let nowMs = 1_800_000_000_000;
  const service = await startService(readSettings(), {
    readSettings,
    ...(onDisk ? { configPath } : {}),
    policies,
    log: pino({ level: "debug" }, { write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>) }),
    clock: () => nowMs++,
    rng: seededRng(1),
    stages: options.stages ?? [],
    ...(options.fill === undefined ? {} : { fill: options.fill }),
    ...(options.demoVolume === undefined ? {} : { demoVolume: options.demoVolume }),
    isAlone: false,
  });
  return {
    app: service.app,
    service,
    folder,
    configPath,
    setConfig: (next) => {
      text = next;
      if (onDisk) writeFileSync(configPath, next);
    },
    addVersion,
    logged,
    now: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
    async close() {
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
