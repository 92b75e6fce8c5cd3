import type { Conversation } from "../../engine/conversation.ts";
import { nanoFromUsd } from "../../engine/cost.ts";
import type { Decision } from "../../engine/decision.ts";
import { decideRequest } from "../../engine/request.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Standing } from "../activation/standing.ts";
import type { RouteSection } from "../config-schema.ts";
import { ApiError } from "../errors.ts";
import { isAllowed } from "../keys/name-pattern.ts";
import { knownNames } from "../known-names.ts";
import { namedSession, prefixSession } from "./affinity.ts";
import type { Draw } from "./balancer.ts";
import { conversationOfCall, sizeOfCall } from "./conversation-of-call.ts";
import { fittingFirst } from "./fitting.ts";
import type { GatewayState } from "./gateway-state.ts";
import { parseModelName } from "./model-name.ts";
import { namedCandidates, withEquals } from "./named-candidates.ts";
import type { PlanBasis } from "./plan-basis.ts";
import type { ReadCall } from "./read-call.ts";
import type { RequestOptions } from "./request-options.ts";

/** Which models are asked, in order, and why. */
export interface CallPlan {
  /** At least one. */
  readonly candidates: readonly Candidate[];
  /** null for a model that the client named. */
  readonly decision: Decision | null;
  /** Whether the decision was followed; false while its route only observes. */
  readonly isFollowed: boolean;
  /** Why an active route followed it or did not; absent or null: the route is not active. */
  readonly activation?: Standing | null;
  readonly route: RouteSection | null;
  readonly routeName: string | null;
  /** What the decision was made from; absent where nothing was decided. */
  readonly conversation?: Conversation;
  /** Estimate of the request's input; null while nobody needed it. */
  readonly inputTokens: number | null;
  /** A plan to follow that was decided before; absent or null: the decision's own. */
  readonly basis?: PlanBasis | null;
  /** Under which the one that answers is remembered, because it holds the prompt in its cache; null: not at all. */
  readonly session: { readonly group: string; readonly id: string } | null;
}

export interface PlanDeps
  extends Pick<GatewayState, "routers" | "routes" | "pools" | "upstreamIds" | "sessions" | "balancer" | "activation"> {
  readonly nowMs: number;
  readonly requestId: string;
  readonly random: () => number;
  readonly keyId: string | null;
  /** Names or patterns of the models that the caller's key allows; null for all. */
  readonly allowedModels: readonly string[] | null;
}

const DEFAULT_ROUTE = "default";
const LEAST_CACHED_TOKENS = 1024;
const LEAST_CACHED_BYTES = 2 * LEAST_CACHED_TOKENS;

/**
 * @throws ApiError `unknown_route`, `unknown_model` naming near matches
 * @throws EngineError of the decision, e.g. `no_candidate`
 */
export async function planCall(call: ReadCall, options: RequestOptions, deps: PlanDeps): Promise<CallPlan> {
  const name = parseModelName(call.model, options.route ?? DEFAULT_ROUTE);
  return name.kind === "named"
    ? namedPlan(name.name, call, options, deps)
    : routedPlan(name.route, name.quality, call, options, deps);
}

/** The route's own decision on a call; a route that is off or observes keeps its incumbent. */
export async function routedPlan(
  routeName: string,
  quality: number | null,
  call: ReadCall,
  options: RequestOptions,
  deps: PlanDeps,
): Promise<CallPlan> {
  const route = routeOf(routeName, deps, "model");
  const conversation = conversationOfCall(call);
  const named = namedSession(options, call);
  const session = named ?? (isLong(call) ? prefixSession(conversation, deps.keyId) : null);
  const warm = session === null ? null : deps.sessions.find(routeName, session, deps.nowMs);
  const decision = await deps.routers.decide(
    decideRequest(conversation, {
      route: routeName,
      qualityFloor: options.quality ?? quality,
      maxCostNanoUsd: options.maxCostUsd === null ? null : nanoFromUsd(options.maxCostUsd),
      policy: options.policy,
      candidates: allowedCandidates(routeName, route, deps),
      cachedInputTokens: warm?.inputTokens ?? 0,
      cachedBy: warm?.candidateId ?? null,
      metadata: options.metadata,
    }),
  );
  const standing =
    deps.activation?.standing({
      name: routeName,
      route,
      decision,
      session: named,
      keyId: deps.keyId,
      requestId: deps.requestId,
      conversation,
      metadata: options.metadata,
    }) ?? null;
  const isFollowed = standing?.isFollowed ?? (deps.activation === null && route.mode === "active");
  const { inputTokens } = decision.facts;
  const first = isFollowed ? followed(decision, warm?.candidateId ?? null) : route.incumbent;
  const draw: Draw = { random: deps.random, session };
  const ids = [first, ...route.fallbacks, ...(isFollowed ? [route.incumbent, ...plannedCandidates(decision)] : [])];
  const ordered = unique(ids.flatMap((id) => withEquals(id, deps, draw, warm?.candidateId ?? null)));
  const isWorthIt = named !== null || inputTokens >= LEAST_CACHED_TOKENS;
  return {
    candidates: fittingFirst(ordered, inputTokens),
    decision,
    isFollowed,
    activation: standing,
    route,
    routeName,
    conversation,
    inputTokens,
    session: session === null || !isWorthIt ? null : { group: routeName, id: session },
  };
}

/** Everybody that the decision's plan may ask; they come last where the plan is not followed. */
function plannedCandidates({ choice: { plan }, facts }: Decision): string[] {
  if (plan === null) return [];
  return [...plan.first, ...plan.candidates].map((index) => facts.candidates[index]!.candidateId);
}

/** @throws ApiError `model_not_allowed` when the key allows none of the route's candidates */
function allowedCandidates(
  name: string,
  { candidates }: RouteSection,
  { allowedModels, routers }: PlanDeps,
): readonly string[] | null {
  if (allowedModels === null) return null;
  const models = new Map(routers.catalogue.candidates.map(({ candidateId, model }) => [candidateId, model]));
  const allowed = candidates.filter((id) => isAllowed(allowedModels, id, models.get(id) ?? id));
  if (allowed.length > 0) return allowed;
  throw new ApiError("model_not_allowed", `this key may use no model of the route "${name}"`, { place: "model" });
}

/**
 * A choice by cost and quality has weighed the warm cache already; one that drew lots stays with what the session had, so
 * that a conversation does not change its model by chance.
 */
function followed({ chosen, propensity, facts }: Decision, warm: string | null): string {
  const isStillGood = facts.candidates.some(({ candidateId, excluded }) => candidateId === warm && excluded === null);
  return propensity < 1 && warm !== null && isStillGood ? warm : chosen.candidateId;
}

function namedPlan(name: string, call: ReadCall, options: RequestOptions, deps: PlanDeps): CallPlan {
  const session = namedSession(options, call);
  const warm = session === null ? null : deps.sessions.find(name, session, deps.nowMs);
  const draw: Draw = { random: deps.random, session };
  const candidates = namedCandidates(name, deps, draw, warm?.candidateId ?? null);
  const route = options.route === null ? null : routeOf(options.route, deps, "x-weir-route");
  const fallbacks = (route?.fallbacks ?? []).flatMap((id) => withEquals(id, deps, draw, null));
  const ordered = unique([...candidates, ...fallbacks]);
  const inputTokens = needsCounting(ordered, call) ? sizeOfCall(call).inputTokens : null;
  return {
    candidates: inputTokens === null ? ordered : fittingFirst(ordered, inputTokens),
    decision: null,
    isFollowed: false,
    route,
    routeName: options.route,
    inputTokens,
    session: session === null || ordered.length < 2 ? null : { group: name, id: session },
  };
}

/** Vendors cache no shorter prompts, so a conversation that nobody named is not worth remembering before. */
function isLong({ raw }: ReadCall): boolean {
  return raw.bytes.length >= LEAST_CACHED_BYTES;
}

/** A token is at least a byte, so most bodies need no counting to be known to fit. */
function needsCounting(candidates: readonly Candidate[], { raw }: ReadCall): boolean {
  const { length } = raw.bytes;
  return (
    candidates.length > 1 && candidates.some(({ contextTokens }) => contextTokens !== null && length > contextTokens)
  );
}

function routeOf(name: string, { routes }: PlanDeps, place: string): RouteSection {
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (route !== undefined) return route;
  const known = knownNames(name, Object.keys(routes));
  throw new ApiError("unknown_route", `${place}: there is no route "${name}" (${known})`, { place });
}

function unique(candidates: readonly Candidate[]): Candidate[] {
  return [...new Set(candidates)];
}

/** Where nothing was decided the input is counted only when a stream was cut off. */
export function inputTokensOf(plan: CallPlan, call: ReadCall): number {
  return plan.inputTokens ?? sizeOfCall(call).inputTokens;
}
