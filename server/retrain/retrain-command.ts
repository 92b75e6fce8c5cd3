import { readFileSync } from "node:fs";
import { loadPolicies } from "../../engine/index.ts";
import type { Learn } from "../../engine/learning-row.ts";
import { buildCatalogue } from "../catalogue.ts";
import { type ConfigFlags, processEnvironment, readSettings } from "../config.ts";
import { createIds } from "../ids.ts";
import { thisWriter, writerName } from "../log/segment-name.ts";
import { openStorage } from "../open-storage.ts";
import { modelsFolder } from "../router-service.ts";
import { openRouterStore } from "../router-store.ts";
import type { Storage } from "../storage.ts";
import { beginRun } from "./begin-run.ts";
import { runBody } from "./retrain-body.ts";
import { RetrainJob } from "./retrain-job.ts";
import type { RetrainRun } from "./retrain-store.ts";
import { runRetrain } from "./run-retrain.ts";
import { runText } from "./run-text.ts";
import { tellProposal } from "./tell-proposal.ts";

export interface RetrainFlags extends ConfigFlags {
  readonly route: string;
  readonly since?: string;
  readonly seed?: number;
  readonly data?: string;
  readonly json?: boolean;
  /** A run that a server has begun: it is told on stdin. */
  readonly job?: boolean;
}

/** `weir retrain`: learns the router of a route anew and proposes it when it is better. Exit code 1 when nothing could be said. */
export async function retrainCommand(flags: RetrainFlags, learn: Learn): Promise<void> {
  const { run, job } = flags.job === true ? await runOfServer(learn) : await runOfCommand(flags, learn);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(runBody(run), null, 2)}\n`);
  else process.stdout.write(`${runText(run, job.activate)}\n`);
  if (run.state !== "proposed" && run.state !== "no_better") process.exitCode = 1;
}

interface Done {
  readonly run: RetrainRun;
  readonly job: RetrainJob;
}

async function runOfServer(learn: Learn): Promise<Done> {
  const job = RetrainJob.parse(JSON.parse(readFileSync(0, "utf8")));
  const storage = await openStorage(job.storageUrl);
  try {
    await storage.retrains.hold(job.runId, writerName(thisWriter(Date.now())));
    return await learnAndTell(job, storage, learn);
  } finally {
    await storage.close();
  }
}

async function runOfCommand(flags: RetrainFlags, learn: Learn): Promise<Done> {
  const settings = readSettings(flags, processEnvironment(), await loadPolicies());
  const storage = await openStorage(settings.storage.url);
  try {
    const nowMs = Date.now();
    const { job } = await beginRun(
      { route: flags.route, since: flags.since ?? null, trigger: "command", dueAtMs: null },
      {
        settings,
        routers: openRouterStore(modelsFolder(settings)),
        candidates: buildCatalogue(settings, new Date(nowMs)).candidates,
        storage,
        newRunId: createIds("run", { clock: Date.now }),
        holder: writerName(thisWriter(nowMs)),
        nowMs,
      },
    );
    return await learnAndTell({ ...job, seed: flags.seed ?? job.seed, data: flags.data ?? job.data }, storage, learn);
  } finally {
    await storage.close();
  }
}

async function learnAndTell(job: RetrainJob, storage: Storage, learn: Learn): Promise<Done> {
  const run = await runRetrain(job, {
    storage,
    learn,
    policies: await loadPolicies(),
    clock: Date.now,
    onStage: (stage) => void (process.stderr.isTTY && process.stderr.write(`${stage}\n`)),
  });
  const fault = await tellProposal(run, job, { fetch });
  if (fault !== null) process.stderr.write(`${fault}\n`);
  return { run, job };
}
