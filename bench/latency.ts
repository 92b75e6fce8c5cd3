import type { Artifact } from "../engine/artifact.ts";
import type { Conversation } from "../engine/conversation.ts";
import type { Policies } from "../engine/ready-policy.ts";
import { decideRequest } from "../engine/request.ts";
import { seededRng } from "../engine/rng.ts";
import { createRouter, type Router } from "../engine/router.ts";
import { Candidate } from "../engine/schema/candidate.ts";
import { RouteConfig } from "../engine/schema/route-config.ts";

export interface LatencyReport {
  readonly prompts: number;
  readonly decisions_per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

const WARM_UP = 300;
const CENT_PER_MTOK = 10_000;

/** A router over an artifact with one made-up price a model, as a route with all of them would have. */
export function routerOver(artifact: Artifact, policies: Policies, models: readonly string[]): Router {
  const catalog = models.map((model, index) =>
    Candidate.parse({
      candidateId: model,
      upstreamId: "bench",
      model,
      price: {
        inputMicroUsdPerMTok: (index + 1) * CENT_PER_MTOK,
        outputMicroUsdPerMTok: (index + 1) * 4 * CENT_PER_MTOK,
      },
    }),
  );
  const route = RouteConfig.parse({ incumbent: models.at(-1), candidates: models });
  let decision = 0;
  return createRouter({
    artifact,
    policies,
    catalog,
    routes: { default: route },
    clock: Date.now,
    rng: seededRng(1),
    newId: () => `dec_${decision++}`,
  });
}

/** One decision after another, prompt in and decision out, on one core; the share of `decideMany` beside it. */
export async function measureLatency(router: Router, conversations: readonly Conversation[]): Promise<LatencyReport> {
  const requests = conversations.map((conversation) => decideRequest(conversation));
  for (const request of requests.slice(0, WARM_UP)) await router.decide(request);
  const times = new Float64Array(requests.length);
  const started = performance.now();
  for (const [at, request] of requests.entries()) {
    const start = performance.now();
    await router.decide(request);
    times[at] = performance.now() - start;
  }
  const seconds = (performance.now() - started) / 1000;
  times.sort();
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  return { prompts: requests.length, decisions_per_s: requests.length / seconds, p50_ms: at(0.5), p99_ms: at(0.99) };
}
