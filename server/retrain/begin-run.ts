import type { Candidate } from "../../engine/schema/candidate.ts";
import { ApiError } from "../errors.ts";
import { placeOf } from "../log/request-log.ts";
import type { RouterStore } from "../router-store.ts";
import type { Settings } from "../settings.ts";
import type { Storage } from "../storage.ts";
import { readTime } from "../usage/read-time.ts";
import { type RetrainJob, retrainJob, sectionOf } from "./retrain-job.ts";
import type { RetrainRun } from "./retrain-store.ts";

export interface RunRequest {
  readonly route: string;
  /** null: as the route's `retrain.since` says. */
  readonly since: string | null;
  readonly trigger: RetrainRun["trigger"];
  readonly dueAtMs: number | null;
}

export interface BeginDeps {
  readonly settings: Settings;
  readonly routers: RouterStore;
  readonly candidates: readonly Candidate[];
  readonly storage: Pick<Storage, "retrains">;
  readonly newRunId: () => string;
  readonly holder: string;
  readonly nowMs: number;
}

/**
 * Takes the lock and says all that the run needs.
 *
 * @throws ApiError `unknown_route`, `invalid_request`, `unknown_router`, or `retrain_running` naming the run in the way
 */
export async function beginRun(
  { route, since, trigger, dueAtMs }: RunRequest,
  { settings, routers, candidates, storage, newRunId, holder, nowMs }: BeginDeps,
): Promise<{ readonly run: RetrainRun; readonly job: RetrainJob }> {
  if (!Object.hasOwn(settings.routes, route)) {
    const known = Object.keys(settings.routes).join(", ");
    throw new ApiError("unknown_route", `there is no route "${route}" (known: ${known})`, { place: "route" });
  }
  const sinceMs = readTime(since ?? sectionOf(settings, route).since, "since", nowMs);
  if (sinceMs >= nowMs) {
    throw new ApiError("invalid_request", "since: it lies in the future, so there is nothing to read", {
      place: "since",
    });
  }
  const { name, path } = settings.router;
  if (path !== undefined) {
    const message =
      "router.path serves one artifact and no other; set router.models to a folder of versions to retrain";
    throw new ApiError("invalid_request", message, { place: "router.path" });
  }
  const { current } = routers.show(name);
  const run: RetrainRun = {
    runId: newRunId(),
    route,
    router: name,
    serving: current!, // a family that is shown has a version
    trigger,
    dueAtMs,
    state: "running",
    stage: "begin",
    startedAtMs: nowMs,
    endedAtMs: null,
    sinceMs,
    holder,
    candidate: null,
    because: null,
    comparison: null,
    dismissedAtMs: null,
  };
  const job = retrainJob({
    runId: run.runId,
    route,
    sinceMs,
    nowMs,
    settings,
    candidates,
    router: { name, version: run.serving, folder: routers.folderOf(name), models: routers.folder },
    logUrl: logUrlOf(settings),
  });
  const other = await storage.retrains.begin(run);
  if (other !== null) {
    const at = new Date(other.startedAtMs).toISOString();
    const message = `run ${other.runId} of route ${other.route} learns router ${name} since ${at}; one at a time`;
    throw new ApiError("retrain_running", message, { place: "route" });
  }
  return { run, job };
}

/** @throws ApiError `invalid_request` where another process could not read what this one holds */
function logUrlOf({ log, storage }: Settings): string {
  if (storage.url.endsWith(":memory:") || log.url?.endsWith(":memory:") === true) {
    const message = "what is held in memory alone cannot be read by the process that learns; set storage.url to a file";
    throw new ApiError("invalid_request", message, { place: "storage.url" });
  }
  return placeOf({ log, storage }).url;
}
