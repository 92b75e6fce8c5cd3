import { loadPolicies } from "../../../engine/index.ts";
import type { Learn } from "../../../engine/learning-row.ts";
import { learn as learnForReal } from "../../../trainer/retrain/learn.ts";
import { beginRun } from "../begin-run.ts";
import type { RetrainRun } from "../retrain-store.ts";
import { runRetrain } from "../run-retrain.ts";
import type { World } from "./changed-world.ts";

let runs = 0;

/** A run in this process, as the command does it. */
export async function retrainIn(
  { host }: World,
  {
    learn = learnForReal,
    nowMs = host.now(),
    runId = `run_${runs++}`,
  }: { readonly learn?: Learn; readonly nowMs?: number; readonly runId?: string } = {},
): Promise<RetrainRun> {
  const { service } = host;
  const { job } = await beginRun(
    { route: "default", since: null, trigger: "command", dueAtMs: null },
    {
      settings: service.settings,
      routers: service.routers.store,
      candidates: service.routers.catalogue.candidates,
      storage: service.storage,
      newRunId: () => runId,
      holder: "nobody",
      nowMs,
    },
  );
  return runRetrain(job, {
    storage: service.storage,
    learn,
    policies: await loadPolicies(),
    clock: host.now,
    onStage: () => {},
  });
}
