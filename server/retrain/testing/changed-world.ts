import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { encodeCalibrationSample } from "../../../engine/calibration-sample.ts";
import { seededRng } from "../../../engine/rng.ts";
import { Manifest } from "../../../engine/schema/manifest.ts";
import { TINY, writeTinyArtifact } from "../../../engine/testing/tiny-artifact.ts";
import { ask, DAY_MS } from "../../observation/testing/observed-app.ts";
import { buildTestApp, type TestApp } from "../../testing/build-test-app.ts";

const MODELS = ["small", "medium", "large"];
/** What the router believes of each: it was trained when the cheap model was nearly as good as the dear one. */
const BELIEVED = [0.85, 0.88, 0.9];
const ROWS = 400;
/** Version that serves; never promoted, so as the newest one. */
export const SERVING = "2";

/** A router that expects these qualities, each prompt a little other than the next. */
export async function writeBelievingArtifact(models: string, version: string): Promise<void> {
  const target = pathToFileURL(`${join(models, "default", version)}/`);
  const manifest = await writeTinyArtifact(target, { ...TINY, models: MODELS, rows: ROWS });
  const rng = seededRng(7);
  const sample = {
    rows: ROWS,
    models: MODELS.length,
    tasks: TINY.tasks.length,
    quality: new Float32Array(ROWS * MODELS.length),
    // As long as the tiny graph expects them of what is played.
    outputTokens: new Float32Array(ROWS * MODELS.length).fill(147),
    inputTokens: new Uint32Array(ROWS).fill(36),
    observed: new Float32Array(ROWS * MODELS.length),
    task: new Float32Array(ROWS * TINY.tasks.length).fill(0.5),
  };
  for (let row = 0; row < ROWS; row++) {
    const ease = rng.next();
    BELIEVED.forEach((mean, model) => {
      const quality = Math.min(0.99, Math.max(0.01, mean + 0.1 * (rng.next() - 0.5)));
      sample.quality[row * MODELS.length + model] = quality;
      sample.observed[row * MODELS.length + model] = ease < quality ? 1 : 0;
    });
  }
  const bytes = encodeCalibrationSample(sample);
  writeFileSync(new URL("calibration.bin", target), bytes);
  const believing = Manifest.parse({
    ...manifest,
    name: "default",
    version,
    files: { ...manifest.files, "calibration.bin": createHash("sha256").update(bytes).digest("hex") },
    models: manifest.models.map((model, i) => ({
      ...model,
      // The tiny graph's scores lie about 0.5: half their spread, about what is believed.
      calibration: { kind: "temperature", slope: 0.5, intercept: Math.log(BELIEVED[i]! / (1 - BELIEVED[i]!)) },
    })),
  });
  writeFileSync(new URL("manifest.json", target), JSON.stringify(believing));
}

export interface WorldOptions {
  /** Share of prompts that the cheap model answers well now. */
  readonly cheap: number;
  /** Of the dear one. */
  readonly dear?: number;
  readonly content?: "none" | "redacted" | "full";
  /** YAML of the route's `retrain` section. */
  readonly retrain?: string;
  readonly auditRate?: number;
  readonly policy?: string;
}

export interface World {
  readonly host: TestApp;
  readonly folder: string;
  readonly models: string;
  /** Text of its weir.yaml. */
  readonly config: string;
  /** Plays so many requests through the whole server, and the audits that they were drawn for. */
  play(requests: number, from?: number): Promise<void>;
  close(): Promise<void>;
}

/** A server whose route observes, over simulated models of which the cheap one answers so many prompts well. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "weir-retrain-"));
  const config = configOf(options);
  const host = await buildTestApp({ config, storage: `sqlite:${join(folder, "weir.db")}` });
  const models = join(host.folder, "models");
  await writeBelievingArtifact(models, SERVING);
  rmSync(join(models, "default", "1"), { recursive: true });
  await host.service.reload();
  return {
    host,
    folder,
    models,
    config,
    async play(requests, from = 0) {
      for (let i = from; i < from + requests; i++) {
        const text = `${TOPICS[i % TOPICS.length]} number ${i}: ${"please explain it well. ".repeat(1 + (i % 5))}`;
        const answer = await ask(host, text, { session: `s-${Math.floor(i / 2)}` });
        if (answer.statusCode !== 200) throw new Error(answer.body);
        host.advance(DAY_MS / 200);
      }
      await host.service.observer.settled();
      if (!(await host.service.requestLog.flush(60_000))) throw new Error("the log was not written");
    },
    async close() {
      await host.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const TOPICS = ["A proof", "A poem", "A recipe", "Some code", "A letter", "A riddle", "A summary"];

function configOf({ cheap, dear = 0.9, content = "none", retrain = "{}", auditRate = 0.6, policy }: WorldOptions) {
  return `
upstreams:
  dear: { provider: simulated, options: { quality: ${dear}, answerTokens: 20 } }
  cheap: { provider: simulated, options: { quality: ${cheap}, answerTokens: 20 } }
candidates:
  - { id: cheap/small-1, upstream: cheap, resembles: small, price: { inputUsdPerMTok: 0.1, outputUsdPerMTok: 0.4 } }
  - { id: dear/large-1, upstream: dear, resembles: large, price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10 } }
routes:
  default:
    incumbent: dear/large-1
    candidates: [cheap/small-1, dear/large-1]
    mode: observe
    policy: ${policy ?? "{ name: quality-target, quality: 0.94 }"}
    log: { content: ${content} }
    observation: { auditRate: ${auditRate}, perTask: 0, dailyUsd: 50, parallel: 8, verifiers: [{ use: regex, pattern: "a good answer" }] }
    retrain: ${retrain}
# a busy machine is no fault of what is tested
router: { timeoutMs: 20000 }
auth: { required: false }
gateway: { retries: 0, backoffMs: 1, maxBackoffMs: 2 }
`;
}
