import { z } from "zod";
import { Comparison } from "./comparison.ts";
import { type RetrainRun, RUN_STATES, TRIGGERS } from "./retrain-store.ts";

const Time = z.string().nullable();

/** A run as the API shows it. */
export const RunBody = z.strictObject({
  run: z.string(),
  route: z.string(),
  router: z.string(),
  serving: z.string().meta({ description: "version that served when it began" }),
  trigger: z.enum(TRIGGERS),
  state: z.enum(RUN_STATES).meta({
    description:
      "proposed: the candidate is worth serving; no_better: it was not shown to be; refused: too little is known; failed: a fault; died: its process ended",
  }),
  stage: z.string().meta({ description: "what it is at, or was at last" }),
  started_at: z.string(),
  ended_at: Time,
  since: z.string(),
  candidate: z.string().nullable().meta({ description: "version that it proposes" }),
  because: z.string().nullable(),
  dismissed_at: Time,
  comparison: Comparison.nullable(),
});

export function runBody(run: RetrainRun): z.infer<typeof RunBody> {
  return {
    run: run.runId,
    route: run.route,
    router: run.router,
    serving: run.serving,
    trigger: run.trigger,
    state: run.state,
    stage: run.stage,
    started_at: timeOf(run.startedAtMs),
    ended_at: run.endedAtMs === null ? null : timeOf(run.endedAtMs),
    since: timeOf(run.sinceMs),
    candidate: run.candidate,
    because: run.because,
    dismissed_at: run.dismissedAtMs === null ? null : timeOf(run.dismissedAtMs),
    comparison: run.comparison,
  };
}

export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
