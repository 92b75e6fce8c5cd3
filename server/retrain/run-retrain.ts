import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openArtifact, readManifest } from "../../engine/artifact.ts";
import { AppError } from "../../engine/errors.ts";
import type { Learn, Learned } from "../../engine/learning-row.ts";
import { type Policies, policyPlugin } from "../../engine/ready-policy.ts";
import { ApiError } from "../errors.ts";
import { openLogStore } from "../log/log-store.ts";
import { openRouterStore } from "../router-store.ts";
import type { Storage } from "../storage.ts";
import { seeByLog, seeByText } from "./choices.ts";
import { compareOnMaterial } from "./compare-on-material.ts";
import type { Comparison } from "./comparison.ts";
import { comparisonBody } from "./comparison-body.ts";
import { learningRow, modelsOf } from "./learning-rows.ts";
import { nextVersion } from "./next-version.ts";
import { feedbackRates } from "./outcomes.ts";
import { readMaterial } from "./read-material.ts";
import type { RetrainJob } from "./retrain-job.ts";
import type { RetrainRun, RunEnd } from "./retrain-store.ts";
import { splitMaterial } from "./split-material.ts";
import { verdictOf } from "./verdict.ts";

export interface RunDeps {
  readonly storage: Storage;
  readonly learn: Learn;
  readonly policies: Policies;
  readonly clock: () => number;
  readonly onStage: (stage: string) => void;
}

/** Rows that say nothing teach nothing; with fewer there is nothing to begin with. */
const LEAST_ROWS = 50;

/**
 * One run: reads what the route's log, audits and feedback hold, learns from the earlier part, compares with the serving router
 * on the later part, and puts the candidate beside it when it is worth proposing. The run was begun by who calls, and is ended
 * here whatever happens; nothing that serves is touched.
 */
export async function runRetrain(job: RetrainJob, deps: RunDeps): Promise<RetrainRun> {
  const { storage, clock } = deps;
  const { retrains } = storage;
  const draft = draftFolder(job);
  let stages: Promise<unknown> = Promise.resolve();
  const onStage = (stage: string): void => {
    deps.onStage(stage);
    stages = stages.then(() => retrains.stage(job.runId, stage)).catch(() => {});
  };
  async function end(found: Omit<RunEnd, "endedAtMs">): Promise<RetrainRun> {
    await stages;
    await retrains.end(job.runId, { ...found, endedAtMs: clock() });
    // It was begun before, and runs are never removed.
    return (await retrains.find(job.runId))!;
  }
  try {
    await clearDrafts(job, storage);
    return await end(await found(job, draft, { ...deps, onStage }));
  } catch (error) {
    // What training finds too little of is no fault, but an answer.
    const isRefusal = error instanceof AppError && error.code === "too_few_rows";
    const because = error instanceof AppError ? placed(error) : `it failed: ${(error as Error).message}`;
    const ended = await end({ state: isRefusal ? "refused" : "failed", candidate: null, because, comparison: null });
    if (!(error instanceof AppError)) throw error;
    return ended;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Where the fault lies is part of what whoever reads of it must know. */
function placed({ place, message }: AppError): string {
  return place === null ? message : `${place}: ${message}`;
}

async function found(job: RetrainJob, draft: string, deps: RunDeps): Promise<Omit<RunEnd, "endedAtMs">> {
  const { storage, learn, policies, onStage } = deps;
  const { router, route, candidates, routes } = job;
  onStage("read");
  const log = await openLogStore(job.logUrl);
  const material = await readMaterial({ route, fromMs: job.sinceMs, toMs: job.nowMs }, { log, storage }).finally(() =>
    log.close(),
  );
  const manifest = await readManifest(pathToFileURL(`${router.folder}/`));
  const modelOf = modelsOf(candidates, manifest);
  const rates = feedbackRates(material.rows);
  const { learning, heldOut, atMs } = splitMaterial(material.rows, job.heldOut);
  const rows = learning.flatMap((row) => learningRow(row, { modelOf, router, rates }) ?? []);
  const known = { material, rows, atMs, job };
  if (rows.length < LEAST_ROWS) {
    return {
      state: "refused",
      candidate: null,
      because: whatIsMissing(job, material.rows.length, rows.length),
      comparison: null,
    };
  }
  const version = nextVersion(join(job.router.models, job.router.name), job.nowMs);
  makeDraft(job, draft);
  const learned = await learn({
    route,
    rows,
    serving: router.folder,
    incumbent: modelOf(routes[route]!.incumbent),
    needed: neededModels(
      job,
      modelOf,
      manifest.models.map(({ model }) => model),
    ),
    data: job.data,
    out: draft,
    name: router.name,
    version,
    seed: job.seed,
    estimator: job.estimator,
    nowMs: job.nowMs,
    command: `weir retrain --route ${route} --seed ${job.seed}`,
    onStage,
  });
  onStage("compare");
  const { by, compared } = await compareHeldOut();
  const { state, because } = verdictOf(compared, job.qualityMargin);
  const comparison: Comparison = comparisonBody({ ...known, learned, by, compared });
  if (state !== "proposed") return { state, candidate: null, because, comparison };
  putBeside(job, learned, version);
  return { state, candidate: version, because, comparison };

  async function compareHeldOut() {
    const [serving, candidate] = [await openAt(router.folder), await openAt(learned.folder)];
    const options = { routing: { catalog: candidates, routes }, route, policies, seed: job.seed };
    const ours = { ...options, artifact: candidate };
    const theirs = { ...options, artifact: serving };
    try {
      return await compareOnMaterial({
        rows: heldOut,
        serving: learned.adjusted === null ? seeByText(theirs) : seeByLog(theirs, router, null),
        candidate:
          learned.adjusted === null ? seeByText(ours) : seeByLog(ours, router, { of: learned.adjusted, modelOf }),
        rates,
        drawsLots: policyPlugin(policies, routes[route]!.policy.name).drawsLots === true,
        confidence: job.confidence,
      });
    } finally {
      await Promise.all([serving.close(), candidate.close()]);
    }
  }
}

/** In words, with what would mend it. */
function whatIsMissing({ route, sinceMs }: RetrainJob, requests: number, rows: number): string {
  const since = new Date(sinceMs).toISOString();
  return (
    `of ${requests} requests of route ${route} since ${since}, ${rows} of the earlier part have a verdict; at least ${LEAST_ROWS} are ` +
    `needed. Audits give them (routes.${route}.observation), and so does POST /feedback`
  );
}

function neededModels({ routes }: RetrainJob, modelOf: (id: string) => string, known: readonly string[]): string[] {
  const ids = Object.values(routes).flatMap(({ incumbent, candidates }) => [incumbent, ...candidates]);
  return [...new Set(ids.map(modelOf))].filter((model) => known.includes(model)).sort();
}

function openAt(folder: string) {
  return openArtifact(pathToFileURL(`${folder}/`));
}

/** Beside the versions, on the same disk, and by a name that no router has. */
export function draftFolder({ router, runId }: Pick<RetrainJob, "router" | "runId">): string {
  return join(router.models, router.name, `.retrain-${runId}`);
}

/** Before anything is learned, so that nobody waits for what cannot be kept. */
function makeDraft({ router }: RetrainJob, draft: string): void {
  try {
    mkdirSync(draft, { recursive: true });
  } catch (cause) {
    throw readOnly(router.models, cause);
  }
}

function readOnly(models: string, cause: unknown): ApiError {
  const message = `${models} cannot be written (${(cause as Error).message}); set router.models to a folder of your own`;
  return new ApiError("models_read_only", message, { cause });
}

/** Drafts of runs that ended before their time. */
async function clearDrafts({ router }: RetrainJob, { retrains }: Storage): Promise<void> {
  const family = join(router.models, router.name);
  if (!existsSync(family)) return;
  for (const name of readdirSync(family)) {
    const [, runId] = /^\.retrain-(.+)$/.exec(name) ?? [];
    if (runId === undefined) continue;
    const run = await retrains.find(runId);
    if (run !== null && run.state !== "running") rmSync(join(family, name), { recursive: true, force: true });
  }
}

/**
 * In one rename, so that a version is there whole or not at all. Where nothing was ever promoted the newest version would
 * serve: the one that serves is pinned first.
 */
function putBeside({ router, activate }: RetrainJob, learned: Learned, version: string): void {
  const store = openRouterStore(router.models);
  try {
    if (!store.show(router.name).isPromoted) store.promote(router.name, router.version);
    renameSync(learned.folder, join(router.models, router.name, version));
  } catch (cause) {
    throw cause instanceof ApiError ? cause : readOnly(router.models, cause);
  }
  if (activate) store.promote(router.name, version);
}
