import { resolveModel } from "./aliases.ts";
import type { Artifact } from "./artifact.ts";
import { type CalibrationFunction, calibrationFunction } from "./calibration.ts";
import { routeCascades } from "./cascade/route-cascade.ts";
import { EngineError } from "./errors.ts";
import type { PolicyFacts, ReadyPolicy } from "./policy.ts";
import { type Policies, policyPlugin, readyPolicy } from "./ready-policy.ts";
import { type PricedColumn, routeCalibration } from "./route-calibration.ts";
import { compileRules, type Rule } from "./rules.ts";
import type { Candidate } from "./schema/candidate.ts";
import type { ExclusionReason } from "./schema/decision.ts";
import type { PolicyConfig, RouteConfig } from "./schema/route-config.ts";

/** A candidate as one route and one artifact know it. */
export interface PlannedCandidate {
  readonly candidate: Candidate;
  /** Column of the trained model that stands for it, -1 when there is none. */
  readonly column: number;
  readonly calibrate: CalibrationFunction;
  /** Why the policy never chooses it, whatever the request; null when it may. */
  readonly standing: ExclusionReason | null;
}

export interface PolicyInUse {
  readonly config: PolicyConfig;
  readonly usesScores: boolean;
  readonly ready: ReadyPolicy;
}

/** A route made ready for one artifact: names looked up, rules compiled, trade-offs solved. */
export interface RoutePlan {
  readonly name: string;
  /** The route's candidates in its order, then the incumbent and the rules' targets when they are not among them. */
  readonly candidates: readonly PlannedCandidate[];
  readonly incumbent: number;
  readonly rules: readonly { readonly rule: Rule; readonly target: number }[];
  readonly policy: PolicyInUse;
  /** Another policy than the route's, kept once made. */
  policyOf(config: PolicyConfig): PolicyInUse;
}

export interface RoutingConfig {
  readonly catalog: readonly Candidate[];
  readonly routes: Readonly<Record<string, RouteConfig>>;
}

export type Plans = ReadonlyMap<string, RoutePlan>;

/**
 * Every route made ready for one artifact.
 *
 * @param previous the plans before a swap or a reload, whose policies' state is carried over
 * @throws EngineError `unknown_model`, `unknown_policy` or `invalid_request` with the place in the config
 */
export function planRoutes(
  { catalog, routes }: RoutingConfig,
  artifact: Artifact,
  policies: Policies,
  previous: Plans | null,
): Plans {
  return new Map(
    Object.entries(routes).map(([name, route]) => {
      const before = previous?.get(name) ?? null;
      return [name, planRoute(name, route, { artifact, catalog, policies, previous: before })] as const;
    }),
  );
}

/** @throws EngineError `invalid_request` */
export function planOf(plans: Plans, route: string): RoutePlan {
  const plan = plans.get(route);
  if (plan !== undefined) return plan;
  throw new EngineError("invalid_request", `no route is called ${route}`, { place: "route" });
}

/** @throws EngineError `unknown_model` when a request allows a candidate that its route does not have */
export function checkCandidates(plan: RoutePlan, asked: readonly string[] | null): void {
  asked?.forEach((candidateId, i) => {
    if (plan.candidates.some(({ candidate }) => candidate.candidateId === candidateId)) return;
    throw new EngineError("unknown_model", `${candidateId} is no candidate of route ${plan.name}`, {
      place: `candidates.${i}`,
    });
  });
}

/** The policy that a request asked for; by name alone the route's own policy keeps the route's options. */
export function policyFor(plan: RoutePlan, asked: string | PolicyConfig | null): PolicyInUse {
  if (asked === null || asked === plan.policy.config.name) return plan.policy;
  return plan.policyOf(typeof asked === "string" ? { name: asked } : asked);
}

interface PlanDeps {
  readonly artifact: Artifact;
  readonly catalog: readonly Candidate[];
  readonly policies: Policies;
  /** The same route before a swap or a reload: its policies' state is carried over. */
  readonly previous: RoutePlan | null;
}

/** So many policies beside its own are kept ready for one route. */
const MOST_OTHER_POLICIES = 32;

function planRoute(name: string, config: RouteConfig, deps: PlanDeps): RoutePlan {
  const byId = new Map(deps.catalog.map((candidate) => [candidate.candidateId, candidate]));
  const find = (candidateId: string, place: string): Candidate => {
    const found = byId.get(candidateId);
    if (found !== undefined) return found;
    throw new EngineError("unknown_model", `${place}: no candidate is called ${candidateId}`, { place });
  };

  const inRoute = config.candidates.map((id, i) => find(id, `routes.${name}.candidates.${i}`));
  const incumbent = find(config.incumbent, `routes.${name}.incumbent`);
  const rules = compileRules(config.rules, name);
  const targets = rules.map((rule, i) => find(rule.use, `routes.${name}.rules.${i}.use`));
  const all = [...new Set([...inRoute, incumbent, ...targets])];
  const choosable = new Set([...inRoute, incumbent]);
  const candidates = all.map((candidate) => planCandidate(candidate, choosable.has(candidate), deps.artifact));
  const incumbentIndex = all.indexOf(incumbent);

  const priced = candidates.filter(({ standing }) => standing === null);
  const columns = priced.map(({ candidate, column }): PricedColumn => {
    // A standing of null says that the price is known.
    return { candidateId: candidate.candidateId, column, price: candidate.price! };
  });
  const { sample, manifest, cascade } = deps.artifact;
  const calibration =
    sample === null || sample.rows === 0 || columns.length === 0
      ? null
      : {
          ...routeCalibration(sample, columns, priced.indexOf(candidates[incumbentIndex]!)),
          cascades: routeCascades(cascade, columns, manifest, name),
        };

  const make = (policy: PolicyConfig, previous: PolicyFacts | null): PolicyInUse => ({
    config: policy,
    usesScores: policyPlugin(deps.policies, policy.name).usesScores ?? true,
    ready: readyPolicy(deps.policies, policy, calibration, previous),
  });
  const own = make(config.policy, sameFacts(deps.previous, config.policy));
  const others = new Map<string, PolicyInUse>();
  return {
    name,
    candidates,
    incumbent: incumbentIndex,
    rules: rules.map((rule, i) => ({ rule, target: all.indexOf(targets[i]!) })),
    policy: own,
    policyOf(policy) {
      const key = JSON.stringify(policy);
      const kept = others.get(key);
      if (kept !== undefined) return kept;
      const made = make(policy, null);
      if (others.size >= MOST_OTHER_POLICIES) others.delete(others.keys().next().value!);
      others.set(key, made);
      return made;
    },
  };
}

function planCandidate(candidate: Candidate, isChoosable: boolean, { manifest }: Artifact): PlannedCandidate {
  const resolved = resolveModel(candidate, manifest);
  const trained = resolved === null ? null : manifest.models[resolved.column]!;
  return {
    candidate,
    column: resolved?.column ?? -1,
    calibrate: calibrationFunction(trained?.calibration ?? { kind: "none" }),
    standing: standing(candidate, isChoosable, trained?.eligible ?? null),
  };
}

function standing(candidate: Candidate, isChoosable: boolean, isProven: boolean | null): ExclusionReason | null {
  if (!isChoosable) return "only_by_rule";
  if (candidate.price === null) return "price_unknown";
  if (isProven === null) return "unknown_to_router";
  return isProven ? null : "not_yet_eligible";
}

function sameFacts(previous: RoutePlan | null, config: PolicyConfig): PolicyFacts | null {
  return previous !== null && previous.policy.config.name === config.name ? previous.policy.ready.facts : null;
}
