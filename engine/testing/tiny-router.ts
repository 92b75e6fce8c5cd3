import type { Artifact } from "../artifact.ts";
import { conversationFromPrompt } from "../conversation.ts";
import { loadPolicies } from "../index.ts";
import { type DecideRequest, decideRequest } from "../request.ts";
import { seededRng } from "../rng.ts";
import { createRouter, type Router, type RouterDeps, type RouterOptions } from "../router.ts";
import { Candidate, type CandidateInput } from "../schema/candidate.ts";
import { RouteConfig } from "../schema/route-config.ts";

/** Candidates over the tiny artifact's models, and one that no artifact knows. Prices in micro-USD per million tokens. */
export const TINY_CATALOG: readonly Candidate[] = [
  { candidateId: "a/small", price: { inputMicroUsdPerMTok: 100_000, outputMicroUsdPerMTok: 400_000 } },
  { candidateId: "a/medium", price: { inputMicroUsdPerMTok: 1_000_000, outputMicroUsdPerMTok: 4_000_000 } },
  { candidateId: "b/large", price: { inputMicroUsdPerMTok: 5_000_000, outputMicroUsdPerMTok: 20_000_000 } },
  { candidateId: "c/unheard-of", price: { inputMicroUsdPerMTok: 1, outputMicroUsdPerMTok: 1 } },
  { candidateId: "b/unpriced", price: null, resembles: "large" },
].map((given) => tinyCandidate(given));

export function tinyCandidate(given: Partial<CandidateInput> & { candidateId: string }): Candidate {
  const [upstreamId, model] = given.candidateId.split("/");
  return Candidate.parse({ price: null, upstreamId, model, contextTokens: 100_000, ...given });
}

export const TINY_ROUTE = { incumbent: "b/large", candidates: ["a/small", "a/medium", "b/large"] };

export interface TinySetup extends RouterOptions {
  readonly route?: object;
  readonly catalog?: readonly Candidate[];
  readonly log?: NonNullable<RouterDeps["log"]>;
}

/** A router with one route `default` over an artifact, a fixed clock and counted ids. */
export async function tinyRouter(artifact: Artifact, setup: TinySetup = {}): Promise<Router> {
  const { route, catalog = TINY_CATALOG, log, ...options } = setup;
  let count = 0;
  return createRouter(
    {
      artifact,
      catalog,
      routes: { default: RouteConfig.parse({ ...TINY_ROUTE, ...route }) },
      policies: await loadPolicies(),
      clock: () => 1_700_000_000_000,
      rng: seededRng(1),
      newId: () => `dec_${++count}`,
      ...(log && { log }),
    },
    options,
  );
}

export function ask(prompt = "What is a weir?", asked: Partial<DecideRequest> = {}): DecideRequest {
  return decideRequest(conversationFromPrompt(prompt), asked);
}
