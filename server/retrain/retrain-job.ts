import { z } from "zod";
import { Candidate } from "../../engine/schema/candidate.ts";
import { RouteConfig } from "../../engine/schema/route-config.ts";
import type { Settings } from "../settings.ts";
import { DEFAULT_RETRAIN, type RetrainSection } from "./retrain-config.ts";

/** All that a run needs, so that the process that does it reads no configuration and holds no provider's key. */
export const RetrainJob = z.strictObject({
  runId: z.string().min(1),
  route: z.string().min(1),
  /** Routes that the router serves. */
  routes: z.record(z.string(), RouteConfig),
  candidates: z.array(Candidate),
  router: z.strictObject({ name: z.string(), version: z.string(), folder: z.string(), models: z.string() }),
  storageUrl: z.string(),
  logUrl: z.string(),
  sinceMs: z.number(),
  nowMs: z.number(),
  heldOut: z.number(),
  confidence: z.number(),
  qualityMargin: z.number(),
  seed: z.number().int(),
  estimator: z.string(),
  data: z.string().nullable(),
  activate: z.boolean(),
  webhook: z.string().nullable(),
});
export type RetrainJob = z.infer<typeof RetrainJob>;

export interface JobParts {
  readonly runId: string;
  readonly route: string;
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly settings: Settings;
  readonly candidates: readonly Candidate[];
  readonly router: RetrainJob["router"];
  readonly logUrl: string;
}

export function retrainJob({
  runId,
  route,
  sinceMs,
  nowMs,
  settings,
  candidates,
  router,
  logUrl,
}: JobParts): RetrainJob {
  const { heldOut, confidence, qualityMargin, seed, estimator, data, activate, webhook } = sectionOf(settings, route);
  // Other sections of a route are the server's own and may name secrets.
  const routes = Object.entries(settings.routes).map(([name, section]) => {
    const { incumbent, candidates: ids, mode, policy, rules, fallbacks } = section;
    return [name, { incumbent, candidates: ids, mode, policy, rules, fallbacks }] as const;
  });
  return {
    runId,
    route,
    routes: Object.fromEntries(routes),
    candidates: [...candidates],
    router,
    storageUrl: settings.storage.url,
    logUrl,
    sinceMs,
    nowMs,
    heldOut,
    confidence,
    qualityMargin,
    seed,
    estimator,
    data: data ?? null,
    activate,
    webhook: webhook ?? settings.routes[route]?.activation?.webhook ?? null,
  };
}

export function sectionOf({ routes }: Pick<Settings, "routes">, route: string): RetrainSection {
  return routes[route]?.retrain ?? DEFAULT_RETRAIN;
}
