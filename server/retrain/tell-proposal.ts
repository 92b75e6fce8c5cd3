import { postWebhook } from "../post-webhook.ts";
import type { RetrainJob } from "./retrain-job.ts";
import type { RetrainRun } from "./retrain-store.ts";

/** Tells the route's webhook of a proposal, by the process that made it. @returns why it could not, null when it did */
export async function tellProposal(
  run: RetrainRun,
  { webhook, activate }: Pick<RetrainJob, "webhook" | "activate">,
  deps: { readonly fetch: typeof fetch },
): Promise<string | null> {
  if (webhook === null || run.state !== "proposed" || run.endedAtMs === null) return null;
  const event = {
    type: "router.proposed",
    at: new Date(run.endedAtMs).toISOString(),
    run: run.runId,
    route: run.route,
    router: run.router,
    version: run.candidate,
    serving: run.serving,
    because: run.because,
    quality_difference: run.comparison?.quality_difference ?? null,
    cost_difference_usd: run.comparison?.cost_difference_usd ?? null,
    activated: activate,
  };
  try {
    await postWebhook(webhook, event, deps);
    return null;
  } catch (error) {
    return `the webhook was not told: ${(error as Error).message}`;
  }
}
