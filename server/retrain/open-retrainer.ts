import type { Registry } from "prom-client";
import { createIds } from "../ids.ts";
import { thisWriter } from "../log/segment-name.ts";
import { registerRetrainMetrics } from "./retrain-metrics.ts";
import { createRetrainer, type Retrainer, type RetrainerDeps } from "./retrainer.ts";
import { spawnRetrain } from "./spawn-retrain.ts";

const TICK_MS = 30_000;

export interface OpenRetrainerDeps extends Pick<RetrainerDeps, "storage" | "settings" | "routers" | "clock" | "log"> {
  readonly registry: Registry;
}

/** The server's own: looks at schedules twice a minute, and shows its runs among the metrics. */
export function openRetrainer({ registry, ...deps }: OpenRetrainerDeps): Retrainer {
  const { clock, log, storage } = deps;
  registerRetrainMetrics(registry, () => storage.retrains);
  const retrainer = createRetrainer({
    ...deps,
    spawn: spawnRetrain,
    writer: thisWriter(clock()),
    newRunId: createIds("run", { clock }),
  });
  const ticking = setInterval(() => {
    retrainer.tick().catch((error) => log.error({ err: error }, "schedules of learning were not looked at"));
  }, TICK_MS);
  ticking.unref();
  return {
    ...retrainer,
    async close() {
      clearInterval(ticking);
      await retrainer.close();
    },
  };
}
