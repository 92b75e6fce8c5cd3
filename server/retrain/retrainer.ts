import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { ApiError } from "../errors.ts";
import { isAbandoned, parseWriterName, type Writer, writerName } from "../log/segment-name.ts";
import type { RouterService } from "../router-service.ts";
import type { Settings } from "../settings.ts";
import type { Storage } from "../storage.ts";
import { beginRun, type RunRequest } from "./begin-run.ts";
import { nextDue } from "./retrain-config.ts";
import { type RetrainJob, sectionOf } from "./retrain-job.ts";
import type { RetrainRun } from "./retrain-store.ts";
import { draftFolder } from "./run-retrain.ts";
import type { SpawnRetrain } from "./spawn-retrain.ts";

export interface RetrainerDeps {
  readonly storage: Pick<Storage, "retrains">;
  readonly settings: () => Settings;
  readonly routers: Pick<RouterService, "store" | "catalogue">;
  readonly spawn: SpawnRetrain;
  readonly writer: Writer;
  readonly newRunId: () => string;
  readonly clock: () => number;
  readonly log: Record<"info" | "warn" | "error", (fields: object, message: string) => void>;
}

export interface Scheduled {
  readonly route: string;
  readonly schedule: string | null;
  readonly nextAtMs: number | null;
}

/** Has routers learned anew, by schedule and on demand, in processes of their own. */
export interface Retrainer {
  /** Looks which route is due, and which runs have lost their process. */
  tick(): Promise<void>;
  /** @throws ApiError as `beginRun` does */
  start(request: RunRequest): Promise<RetrainRun>;
  scheduled(): Promise<readonly Scheduled[]>;
  /** Waits for the runs of this process. */
  settled(): Promise<void>;
  /** Ends the runs of this process; they count as died. */
  close(): Promise<void>;
}

const MOST_ERROR_CHARS = 500;
const MINUTE_MS = 60_000;

export function createRetrainer(deps: RetrainerDeps): Retrainer {
  const { storage, settings, routers, spawn, writer, clock, log } = deps;
  const { retrains } = storage;
  const startedAtMs = clock();
  const running = new Map<string, { readonly child: ChildProcess; readonly ended: Promise<void> }>();

  async function start(request: RunRequest): Promise<RetrainRun> {
    const { run, job } = await beginRun(request, {
      settings: settings(),
      routers: routers.store,
      candidates: routers.catalogue.candidates,
      storage,
      newRunId: deps.newRunId,
      holder: writerName(writer),
      nowMs: clock(),
    });
    log.info({ run: run.runId, route: run.route, trigger: run.trigger }, "a router is learned anew");
    watch(job, spawn(job), sectionOf(settings(), run.route).timeoutMinutes * MINUTE_MS);
    return run;
  }

  function watch(job: RetrainJob, child: ChildProcess, limitMs: number): void {
    let said = "";
    let isLate = false;
    child.stderr?.on("data", (chunk: Buffer) => {
      said = `${said}${chunk.toString("utf8")}`.slice(-MOST_ERROR_CHARS);
    });
    const limit = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, limitMs);
    limit.unref();
    const ended = new Promise<void>((resolve) => {
      const over = (how: string) => {
        clearTimeout(limit);
        const because = isLate ? `it took longer than ${limitMs / MINUTE_MS} minutes` : `${how}: ${said.trim()}`;
        noteEnd(job, because)
          .catch((error) => log.error({ err: error, run: job.runId }, "the end of a run was not noted"))
          .finally(() => {
            running.delete(job.runId);
            resolve();
          });
      };
      child.once("error", (error) => over(error.message));
      child.once("close", (code, signal) =>
        over(signal === null ? `its process ended with ${code}` : `its process was ended by ${signal}`),
      );
    });
    running.set(job.runId, { child, ended });
  }

  /** A run that did not end itself has died. */
  async function noteEnd(job: RetrainJob, because: string): Promise<void> {
    await died(job.runId, because);
    rmSync(draftFolder(job), { recursive: true, force: true });
    const run = await retrains.find(job.runId);
    if (run === null) return;
    const fields = {
      run: run.runId,
      route: run.route,
      state: run.state,
      candidate: run.candidate,
      because: run.because,
    };
    if (run.state === "failed" || run.state === "died")
      log.error(fields, "a router was not learned: the old one serves on");
    else log.info(fields, run.state === "proposed" ? "a better router is proposed" : "no other router is proposed");
  }

  function died(runId: string, because: string): Promise<boolean> {
    const end = { state: "died", endedAtMs: clock(), candidate: null, because, comparison: null } as const;
    return retrains.end(runId, end);
  }

  /** Runs of processes that are no more, of this host or another one. */
  async function takeOver(): Promise<void> {
    for (const { runId, holder, startedAtMs: begunAtMs, route } of await retrains.running()) {
      if (running.has(runId)) continue;
      const other = parseWriterName(holder);
      // A process of another host shows no sign of life: it has its whole time.
      const silentForMs =
        clock() - begunAtMs > sectionOf(settings(), route).timeoutMinutes * MINUTE_MS ? Number.POSITIVE_INFINITY : 0;
      if (other !== null && !isAbandoned(other, writer, silentForMs)) continue;
      if (await died(runId, "its process ended before it did")) log.warn({ run: runId, route }, "a run had died");
    }
  }

  async function dueAt(route: string, settingsNow: Settings): Promise<number | null> {
    const section = settingsNow.routes[route]?.retrain;
    if (section === undefined) return null;
    // Of moments that were missed while nobody was up, the first is made up for, and only that one.
    return nextDue(section, (await retrains.lastScheduled(route)) ?? startedAtMs);
  }

  async function startDue(): Promise<void> {
    const now = settings();
    for (const route of Object.keys(now.routes)) {
      const due = await dueAt(route, now);
      if (due === null || due > clock()) continue;
      try {
        await start({ route, since: null, trigger: "schedule", dueAtMs: due });
      } catch (error) {
        // Another one runs: the moment stays due.
        if (error instanceof ApiError && error.code === "retrain_running") continue;
        log.error({ err: error, route }, "a scheduled run could not begin");
      }
    }
  }

  return {
    async tick() {
      await takeOver();
      await startDue();
    },
    start,
    async scheduled() {
      const now = settings();
      return Promise.all(
        Object.entries(now.routes).map(async ([route, { retrain }]) => ({
          route,
          schedule: retrain?.schedule ?? null,
          nextAtMs: await dueAt(route, now),
        })),
      );
    },
    async settled() {
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
    async close() {
      const all = [...running.values()];
      for (const { child } of all) child.kill("SIGKILL");
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}
