import type { Artifact } from "../../engine/artifact.ts";
import { calibrationFunction } from "../../engine/calibration.ts";
import { choose } from "../../engine/decide.ts";
import { EngineError } from "../../engine/errors.ts";
import { type PolicyInUse, planOf, planRoutes } from "../../engine/plan.ts";
import { type Policies, policyPlugin } from "../../engine/ready-policy.ts";
import { decideRequest } from "../../engine/request.ts";
import { seededRng } from "../../engine/rng.ts";
import { createRouter, type RoutingConfig } from "../../engine/router.ts";
import type { DecisionReason, ExclusionReason } from "../../engine/schema/decision.ts";
import type { DecisionFacts } from "../../engine/schema/decision-trace.ts";
import type { Calibration } from "../../engine/schema/manifest.ts";
import type { LogEntry } from "../log/entry.ts";
import { conversationOf, type ModelOf, metadataOf } from "./learning-rows.ts";

/** How one router sees a logged request; null where it cannot be asked about it. */
export interface Seen {
  readonly facts: DecisionFacts;
  /** Chance of each candidate. */
  readonly chances: ReadonlyMap<string, number>;
}

export type See = (entry: LogEntry) => Promise<Seen | null>;

export interface SeeOptions {
  readonly artifact: Artifact;
  readonly routing: RoutingConfig;
  readonly route: string;
  readonly policies: Policies;
  readonly seed: number;
}

/** How often a policy that draws lots is asked, to learn the chances of its choices. */
const DRAWS = 50;

/**
 * Choices from what the log kept of decisions of the serving router, without any text: each model's quality is what it was, or
 * what an adjustment makes of it. Decisions of other routers, and those that rested on no score, say nothing.
 *
 * @param adjusted by trained model; null for the serving router itself
 */
export function seeByLog(
  { artifact, routing, route, policies, seed }: SeeOptions,
  serving: { readonly name: string; readonly version: string },
  adjusted: { readonly of: Readonly<Record<string, Calibration>>; readonly modelOf: ModelOf } | null,
): See {
  const { policy } = planOf(planRoutes(routing, artifact, policies, null), route);
  const draw = drawer(policy, policies, seed);
  const functions = new Map(
    Object.entries(adjusted?.of ?? {}).map(([model, calibration]) => [model, calibrationFunction(calibration)]),
  );
  const adjust = (candidateId: string, quality: number): number =>
    adjusted === null ? quality : (functions.get(adjusted.modelOf(candidateId))?.(quality) ?? quality);
  return async (entry) => {
    const { decision } = entry;
    if (decision === null || decision.router !== serving.name || decision.version !== serving.version) return null;
    if (UNSCORED.has(decision.reason)) return null;
    const facts: DecisionFacts = {
      candidates: decision.candidates.map(([candidateId, quality, qualityLow, costNanoUsd, outputTokens, excluded]) => {
        const now = quality === null ? null : adjust(candidateId, quality);
        return {
          candidateId,
          quality: now,
          qualityLow: now === null || quality === null ? null : Math.max(0, now - (quality - (qualityLow ?? quality))),
          costNanoUsd,
          outputTokens,
          // The engine's own words went in; only their type is lost in the database.
          excluded: excluded as ExclusionReason | null,
        };
      }),
      incumbent: decision.incumbent,
      rule: decision.reason === "rule" ? decision.chosen : null,
      scoring: "done",
      complexity: decision.complexity ?? 0,
      task: artifact.manifest.tasks.map((task) => (task === decision.task ? 1 : 0)),
      isOutOfDistribution: decision.isOutOfDistribution,
      inputTokens: decision.inputTokens ?? 0,
      answerKind: "text",
      qualityFloor: null,
      rngSeed: 0,
      atMs: entry.atMs,
    };
    return draw(facts);
  };
}

const UNSCORED = new Set<string>(["scorer_failed", "scorer_timeout", "policy_failed"] satisfies DecisionReason[]);

/** Choices of a router that reads the request again; null where its text was not kept. */
export function seeByText({ artifact, routing, route, policies, seed }: SeeOptions): See {
  const { policy } = planOf(planRoutes(routing, artifact, policies, null), route);
  const draw = drawer(policy, policies, seed);
  const router = createRouter(
    { ...routing, artifact, policies, clock: () => 0, rng: seededRng(seed), newId: () => "" },
    // Nobody waits, so that no request is decided without its scores.
    { scoreTimeoutMs: 60_000 },
  );
  return async (entry) => {
    const conversation = conversationOf(entry.content);
    if (conversation === null) return null;
    try {
      const { facts } = await router.decide(decideRequest(conversation, { route, metadata: metadataOf(entry) }));
      return facts.scoring === "done" ? draw(facts) : null;
    } catch (error) {
      if (error instanceof EngineError) return null;
      throw error;
    }
  };
}

/** null where a plan of several calls was chosen, or nothing can serve: no single model's outcome speaks of it. */
function drawer(policy: PolicyInUse, policies: Policies, seed: number): (facts: DecisionFacts) => Seen | null {
  const draws = policyPlugin(policies, policy.config.name).drawsLots === true ? DRAWS : 1;
  return (facts) => {
    const chances = new Map<string, number>();
    try {
      for (let i = 0; i < draws; i++) {
        const { chosen, plan } = choose({ ...facts, rngSeed: seed + i }, policy);
        if (plan !== null) return null;
        const { candidateId } = facts.candidates[chosen]!;
        chances.set(candidateId, (chances.get(candidateId) ?? 0) + 1 / draws);
      }
    } catch (error) {
      if (error instanceof EngineError) return null;
      throw error;
    }
    return { facts, chances };
  };
}
