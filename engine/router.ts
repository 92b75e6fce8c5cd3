import { setImmediate } from "node:timers/promises";
import { answerAsk } from "./answer/answer-kind.ts";
import type { Artifact } from "./artifact.ts";
import { readConversation } from "./batcher.ts";
import { choose, gatherFacts, likeliest, type Scoring } from "./decide.ts";
import type { Decision } from "./decision.ts";
import { EngineError } from "./errors.ts";
import { checkCandidates, type Plans, planOf, planRoutes, policyFor, type RoutingConfig } from "./plan.ts";
import type { Policies } from "./ready-policy.ts";
import type { DecideRequest } from "./request.ts";
import type { Rng } from "./rng.ts";
import type { DecisionReason } from "./schema/decision.ts";
import { type Serving, startServing } from "./serving.ts";
import { estimateInputTokens } from "./tokens.ts";

export type { RoutingConfig } from "./plan.ts";

export interface RouterDeps extends RoutingConfig {
  readonly artifact: Artifact;
  readonly policies: Policies;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly rng: Rng;
  readonly newId: () => string;
  readonly log?: { warn(fields: object, message: string): void };
}

export interface RouterOptions {
  /** A request whose scores take longer goes to the incumbent. Default 20. */
  readonly scoreTimeoutMs?: number;
  /** Most requests scored in one call. Default 32. */
  readonly maxBatch?: number;
}

export interface RouterStats {
  readonly decisions: number;
  readonly byReason: Readonly<Partial<Record<DecisionReason, number>>>;
  readonly batches: number;
  readonly scored: number;
}

export interface Router {
  readonly artifact: Artifact;
  /** @throws EngineError `invalid_request`, `unknown_model`, `unknown_policy` or `no_candidate`; never for a failed scorer */
  decide(request: DecideRequest): Promise<Decision>;
  /** In order. One request's error does not touch the others. */
  decideMany(requests: readonly DecideRequest[]): Promise<(Decision | EngineError)[]>;
  /** The new artifact serves from the next request on; resolves once the old one's last call has ended and it is closed. */
  swap(artifact: Artifact): Promise<void>;
  /** New candidates and routes for the same artifact. A faulty config throws and changes nothing. */
  reconfigure(config: RoutingConfig): void;
  /** Tells the route's policy what a decided request cost in the end. */
  settle(decision: Decision, costNanoUsd: number): void;
  readonly stats: RouterStats;
  close(): Promise<void>;
}

const SEEDS = 4_294_967_296;

/** Reads, scores and decides; what goes wrong in scoring or in a policy ends at the route's incumbent. */
export function createRouter(deps: RouterDeps, options: RouterOptions = {}): Router {
  const { policies, clock, rng, newId, log } = deps;
  const { scoreTimeoutMs = 20, maxBatch = 32 } = options;
  const start = (artifact: Artifact) => startServing(artifact, { maxBatch, timeoutMs: scoreTimeoutMs });
  const byReason: Partial<Record<DecisionReason, number>> = {};
  let decisions = 0;
  let retired = { batches: 0, scored: 0 };
  let config: RoutingConfig = deps;
  let plans: Plans = planRoutes(config, deps.artifact, policies, null);
  let serving: Serving = start(deps.artifact);

  async function retire(old: Serving): Promise<void> {
    await old.retire();
    retired = { batches: retired.batches + old.stats.batches, scored: retired.scored + old.stats.scored };
  }

  /** Throws for what is wrong with the request; whatever happens later ends in a decision or in `no_candidate`. */
  function begin(request: DecideRequest, done: (makeDecision: () => Decision) => void): void {
    const startMs = performance.now();
    const { artifact } = serving;
    const { manifest } = artifact;
    const plan = planOf(plans, request.route);
    checkCandidates(plan, request.candidates);
    const policy = policyFor(plan, request.policy);
    const read = readRequest(request, artifact);

    const finish = (scoring: Scoring) => (): Decision => {
      const scoredMs = performance.now();
      const facts = gatherFacts(plan, request, scoring, {
        inputTokens: read.inputTokens,
        answerKind: policy.ready.offer === undefined ? "text" : answerAsk(request.conversation).kind,
        rngSeed: Math.floor(rng.next() * SEEDS),
        atMs: clock(),
        outOfDistributionAbove: manifest.outOfDistributionAbove,
        tasks: manifest.tasks,
      });
      // Read before the policy is asked, so that replay starts from the same state.
      const policyFacts = policy.ready.facts;
      const choice = choose(facts, policy);
      count(choice.reason, choice.error ?? (scoring.kind === "failed" ? scoring.error : null), plan.name);
      return {
        decisionId: newId(),
        route: plan.name,
        router: { name: manifest.name, version: manifest.version },
        policy: policy.config,
        policyFacts,
        facts,
        chosen: facts.candidates[choice.chosen]!,
        incumbent: facts.candidates[facts.incumbent]!,
        reason: choice.reason,
        propensity: choice.propensity,
        task: manifest.tasks[likeliest(facts.task)] ?? null,
        choice,
        reading: scoring.kind === "done" ? read.reading : null,
        timingMs: {
          featurize: read.atMs - startMs,
          score: scoredMs - read.atMs,
          decide: performance.now() - scoredMs,
        },
      };
    };
    if (read.reading === null) done(finish({ kind: "failed", error: read.error }));
    else serving.submit(read.reading, (scoring) => done(finish(scoring)));
  }

  function count(reason: DecisionReason, error: unknown, route: string): void {
    decisions++;
    byReason[reason] = (byReason[reason] ?? 0) + 1;
    if (error !== null) log?.warn({ err: error, route, reason }, "router fell back");
  }

  const router: Router = {
    get artifact() {
      return serving.artifact;
    },
    decide: (request) =>
      new Promise((resolve, reject) => {
        begin(request, (makeDecision) => {
          try {
            resolve(makeDecision());
          } catch (error) {
            reject(error);
          }
        });
      }),
    async decideMany(requests) {
      // The encoder takes milliseconds a text, so it gets one at a time, and nobody waits for another's turn to the limit.
      const together = serving.artifact.embedder === null ? maxBatch : 1;
      const decided: (Decision | EngineError)[] = [];
      for (let from = 0; from < requests.length; from += together) {
        const some = requests.slice(from, from + together).map((request) => router.decide(request).catch(engineError));
        decided.push(...(await Promise.all(some)));
        // Scored at once, many decisions would keep everybody else waiting.
        if (from + together < requests.length) await setImmediate();
      }
      return decided;
    },
    async swap(artifact) {
      const next = planRoutes(config, artifact, policies, plans);
      const old = serving;
      serving = start(artifact);
      plans = next;
      await retire(old);
    },
    reconfigure(next) {
      plans = planRoutes(next, serving.artifact, policies, plans);
      config = next;
    },
    settle(decision, costNanoUsd) {
      const plan = plans.get(decision.route);
      if (plan?.policy.config.name === decision.policy.name) plan.policy.ready.settle?.(costNanoUsd, clock());
    },
    get stats() {
      const { batches, scored } = serving.stats;
      return { decisions, byReason, batches: retired.batches + batches, scored: retired.scored + scored };
    },
    close: () => retire(serving),
  };
  return router;
}

type ReadRequest = { readonly inputTokens: number; readonly atMs: number } & (
  | { readonly reading: ReturnType<typeof readConversation> }
  | { readonly reading: null; readonly error: unknown }
);

function readRequest({ conversation }: DecideRequest, artifact: Artifact): ReadRequest {
  try {
    const inputTokens = estimateInputTokens(conversation);
    return { inputTokens, reading: readConversation(conversation, artifact), atMs: performance.now() };
  } catch (error) {
    return { inputTokens: 0, reading: null, error, atMs: performance.now() };
  }
}

function engineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  throw error;
}
