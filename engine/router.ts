import type { Artifact } from "./artifact.ts";
import { type Batcher, createBatcher, type Reading, readConversation } from "./batcher.ts";
import { choose, gatherFacts, likeliest, type Scoring } from "./decide.ts";
import type { Decision } from "./decision.ts";
import { EngineError } from "./errors.ts";
import { type PolicyInUse, planRoute, type RoutePlan } from "./plan.ts";
import type { Policies } from "./ready-policy.ts";
import type { DecideRequest } from "./request.ts";
import type { Rng } from "./rng.ts";
import type { Candidate } from "./schema/candidate.ts";
import type { DecisionReason } from "./schema/decision.ts";
import type { PolicyConfig, RouteConfig } from "./schema/route-config.ts";
import { estimateInputTokens } from "./tokens.ts";

export interface RoutingConfig {
  readonly catalog: readonly Candidate[];
  readonly routes: Readonly<Record<string, RouteConfig>>;
}

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

/** An opened artifact with its batcher and the requests that are in it. */
interface Engine {
  readonly artifact: Artifact;
  readonly batcher: Batcher;
  running: number;
  onIdle: (() => void) | null;
}

export function createRouter(deps: RouterDeps, options: RouterOptions = {}): Router {
  const { policies, clock, rng, newId, log } = deps;
  const { scoreTimeoutMs = 20, maxBatch = 32 } = options;
  const byReason: Partial<Record<DecisionReason, number>> = {};
  let decisions = 0;
  let retired = { batches: 0, scored: 0 };
  let config: RoutingConfig = deps;
  let engine = start(deps.artifact);
  let plans = planAll(engine.artifact, config, new Map());

  function start(artifact: Artifact): Engine {
    const batcher = createBatcher(artifact, { maxBatch, timeoutMs: scoreTimeoutMs });
    return { artifact, batcher, running: 0, onIdle: null };
  }

  function planAll(artifact: Artifact, { catalog, routes }: RoutingConfig, previous: ReadonlyMap<string, RoutePlan>) {
    return new Map(
      Object.entries(routes).map(([name, route]) => {
        const before = previous.get(name) ?? null;
        return [name, planRoute(name, route, { artifact, catalog, policies, previous: before })] as const;
      }),
    );
  }

  async function retire(old: Engine): Promise<void> {
    if (old.running > 0) await new Promise<void>((resolve) => (old.onIdle = resolve));
    const { batches, scored } = old.batcher.stats;
    retired = { batches: retired.batches + batches, scored: retired.scored + scored };
    await old.artifact.close();
  }

  function release(used: Engine): void {
    if (--used.running === 0) used.onIdle?.();
  }

  function finish(
    request: DecideRequest,
    { artifact: { manifest } }: Engine,
    plan: RoutePlan,
    policy: PolicyInUse,
    read: ReadResult,
    scoring: Scoring,
    startMs: number,
  ): Decision {
    const scoredMs = performance.now();
    const facts = gatherFacts(plan, request, scoring, {
      inputTokens: read.inputTokens,
      rngSeed: Math.floor(rng.next() * 4_294_967_296),
      atMs: clock(),
      outOfDistributionAbove: manifest.outOfDistributionAbove,
      tasks: manifest.tasks,
    });
    const choice = choose(facts, policy);
    decisions++;
    byReason[choice.reason] = (byReason[choice.reason] ?? 0) + 1;
    const error = choice.error ?? (scoring.kind === "failed" ? scoring.error : null);
    if (error !== null) log?.warn({ err: error, route: plan.name, reason: choice.reason }, "router fell back");
    return {
      decisionId: newId(),
      route: plan.name,
      router: { name: manifest.name, version: manifest.version },
      policy: policy.config,
      policyFacts: policy.ready.facts,
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
  }

  /** Throws for what is wrong with the request; whatever happens later ends in a decision. */
  function begin(request: DecideRequest, done: (decide: () => Decision) => void): void {
    const startMs = performance.now();
    const used = engine;
    const plan = planOf(plans, request.route);
    checkCandidates(plan, request.candidates);
    const policy = request.policy === null ? plan.policy : plan.policyOf(policyConfig(request.policy, plan));
    const read = readRequest(request, used.artifact);
    used.running++;
    const end = (scoring: Scoring) => {
      done(() => finish(request, used, plan, policy, read, scoring, startMs));
      release(used);
    };
    if (read.reading === null) end({ kind: "failed", error: read.error });
    else used.batcher.submit(read.reading, end);
  }

  const router: Router = {
    get artifact() {
      return engine.artifact;
    },
    decide(request) {
      return new Promise((resolve, reject) => {
        begin(request, (decide) => {
          try {
            resolve(decide());
          } catch (error) {
            reject(error);
          }
        });
      });
    },
    async decideMany(requests) {
      // The encoder takes milliseconds a text, so it gets one at a time, and nobody waits for another's turn to the limit.
      const together = engine.artifact.embedder === null ? maxBatch : 1;
      const decided: (Decision | EngineError)[] = [];
      for (let from = 0; from < requests.length; from += together) {
        const some = requests.slice(from, from + together).map((request) => router.decide(request).catch(engineError));
        decided.push(...(await Promise.all(some)));
      }
      return decided;
    },
    async swap(artifact) {
      const next = planAll(artifact, config, plans);
      const old = engine;
      engine = start(artifact);
      plans = next;
      await retire(old);
    },
    reconfigure(next) {
      plans = planAll(engine.artifact, next, plans);
      config = next;
    },
    settle(decision, costNanoUsd) {
      const plan = plans.get(decision.route);
      if (plan?.policy.config.name === decision.policy.name) plan.policy.ready.settle?.(costNanoUsd, clock());
    },
    get stats() {
      const { batches, scored } = engine.batcher.stats;
      return { decisions, byReason, batches: retired.batches + batches, scored: retired.scored + scored };
    },
    close: () => retire(engine),
  };
  return router;
}

interface ReadResult {
  readonly reading: Reading | null;
  readonly inputTokens: number;
  readonly atMs: number;
  readonly error: unknown;
}

function readRequest({ conversation }: DecideRequest, artifact: Artifact): ReadResult {
  try {
    const inputTokens = estimateInputTokens(conversation);
    const reading = readConversation(conversation, artifact);
    return { reading, inputTokens, atMs: performance.now(), error: null };
  } catch (error) {
    return { reading: null, inputTokens: 0, atMs: performance.now(), error };
  }
}

function planOf(plans: ReadonlyMap<string, RoutePlan>, route: string): RoutePlan {
  const plan = plans.get(route);
  if (plan !== undefined) return plan;
  throw new EngineError("invalid_request", `no route is called ${route}`, { place: "route" });
}

function checkCandidates(plan: RoutePlan, asked: readonly string[] | null): void {
  asked?.forEach((candidateId, i) => {
    if (plan.candidates.some(({ candidate }) => candidate.candidateId === candidateId)) return;
    throw new EngineError("unknown_model", `${candidateId} is no candidate of route ${plan.name}`, {
      place: `candidates.${i}`,
    });
  });
}

/** A policy asked for by name keeps the route's options when it is the route's own policy. */
function policyConfig(asked: string | PolicyConfig, plan: RoutePlan): PolicyConfig {
  if (typeof asked !== "string") return asked;
  return asked === plan.policy.config.name ? plan.policy.config : { name: asked };
}

function engineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  throw error;
}
