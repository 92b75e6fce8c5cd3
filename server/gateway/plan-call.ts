import { nanoFromUsd } from "../../engine/cost.ts";
import type { Decision } from "../../engine/decision.ts";
import { EngineError } from "../../engine/errors.ts";
import { decideRequest } from "../../engine/request.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import { estimateInputTokens } from "../../engine/tokens.ts";
import type { Catalogue } from "../catalogue.ts";
import type { ChatRequest } from "../chat.ts";
import type { RouteSection } from "../config-schema.ts";
import { ApiError } from "../errors.ts";
import type { RouterService } from "../router-service.ts";
import { conversationOfChat } from "./conversation-of-chat.ts";
import { nearMatches, parseModelName } from "./model-name.ts";
import type { RequestOptions } from "./request-options.ts";
import type { Sessions } from "./sessions.ts";

/** Which models are asked, in order, and why. */
export interface CallPlan {
  readonly candidates: readonly Candidate[];
  /** null for a model that the client named. */
  readonly decision: Decision | null;
  /** Whether the decision was followed; false while its route only observes. */
  readonly isFollowed: boolean;
  readonly route: RouteSection | null;
  readonly routeName: string | null;
  /** Estimate of the request's input; null while nobody needed it. */
  readonly inputTokens: number | null;
}

export interface PlanDeps {
  readonly routers: RouterService;
  readonly routes: Readonly<Record<string, RouteSection>>;
  readonly upstreamIds: readonly string[];
  readonly sessions: Sessions;
  readonly nowMs: number;
}

const DEFAULT_ROUTE = "default";

/**
 * @throws ApiError `unknown_route`, `unknown_model` naming near matches
 * @throws EngineError of the decision, e.g. `no_candidate`
 */
export async function planCall(
  model: string,
  chat: () => ChatRequest,
  options: RequestOptions,
  deps: PlanDeps,
): Promise<CallPlan> {
  const name = parseModelName(model, options.route ?? DEFAULT_ROUTE);
  if (name.kind === "named") return namedPlan(name.name, options, deps);
  const route = deps.routes[name.route];
  if (route === undefined) {
    const known = Object.keys(deps.routes).join(", ");
    throw new ApiError("unknown_route", `model: there is no route "${name.route}" (known: ${known})`, {
      place: "model",
    });
  }
  const request = chat();
  const conversation = conversationOfChat(request);
  const session = options.session ?? request.promptCacheKey;
  const warm = session === null ? null : deps.sessions.find(name.route, session, deps.nowMs);
  const decision = await deps.routers.decide(
    decideRequest(conversation, {
      route: name.route,
      qualityFloor: options.quality ?? name.quality,
      maxCostNanoUsd: options.maxCostUsd === null ? null : nanoFromUsd(options.maxCostUsd),
      policy: options.policy,
      cachedInputTokens: warm?.inputTokens ?? 0,
      cachedBy: warm?.candidateId ?? null,
      metadata: options.metadata,
    }),
  );
  const isFollowed = route.mode === "active";
  const first = isFollowed ? decision.chosen.candidateId : route.incumbent;
  const ids = [...new Set([first, ...route.fallbacks, ...(isFollowed ? [route.incumbent] : [])])];
  const byId = new Map(deps.routers.catalogue.candidates.map((candidate) => [candidate.candidateId, candidate]));
  const inputTokens = decision.facts.inputTokens;
  const candidates = ids
    .flatMap((id) => byId.get(id) ?? [])
    .filter((candidate, index) => index === 0 || fits(candidate, inputTokens));
  if (session !== null) deps.sessions.remember(name.route, session, { candidateId: first, inputTokens }, deps.nowMs);
  return { candidates, decision, isFollowed, route, routeName: name.route, inputTokens };
}

/** A context too small for the request is not asked at all. */
function fits(candidate: Candidate, inputTokens: number): boolean {
  return candidate.contextTokens === null || inputTokens <= candidate.contextTokens;
}

function namedPlan(name: string, options: RequestOptions, { routers, routes, upstreamIds }: PlanDeps): CallPlan {
  const candidates = candidatesNamed(name, routers.catalogue, upstreamIds);
  if (candidates.length === 0) throw unknownModel(name, routers.catalogue, routes);
  const routeName = options.route;
  const route = routeName === null ? null : routes[routeName];
  if (route === undefined)
    throw new ApiError("unknown_route", `x-weir-route: there is no route "${routeName}"`, { place: "x-weir-route" });
  const fallbacks =
    route === null
      ? []
      : routers.catalogue.candidates.filter(({ candidateId }) => route.fallbacks.includes(candidateId));
  return {
    candidates: [...candidates, ...fallbacks.filter((candidate) => !candidates.includes(candidate))],
    decision: null,
    isFollowed: false,
    route,
    routeName,
    inputTokens: null,
  };
}

/**
 * A candidate's own id; else every candidate that serves a model of this plain name (equal upstreams back each other
 * up); else `<upstream>/<model>` of a configured upstream, for models that the catalogue does not know.
 */
export function candidatesNamed(
  name: string,
  { candidates, implied }: Catalogue,
  upstreamIds: readonly string[],
): Candidate[] {
  const exact = candidates.filter(({ candidateId }) => candidateId === name);
  if (exact.length > 0) return exact;
  const plain = candidates.filter(({ model }) => model === name);
  if (plain.length > 0) return plain;
  const slash = name.indexOf("/");
  if (slash > 0 && upstreamIds.includes(name.slice(0, slash))) return [implied(name)];
  return [];
}

function unknownModel(
  name: string,
  { candidates }: Catalogue,
  routes: Readonly<Record<string, RouteSection>>,
): EngineError {
  const known = [
    ...candidates.flatMap(({ candidateId, model }) => [candidateId, model]),
    ...Object.keys(routes).map((route) => `weir/${route}`),
  ];
  const near = nearMatches(name, [...new Set(known)]);
  const hint = near.length === 0 ? "GET /v1/models lists what there is" : `did you mean ${near.join(" or ")}?`;
  return new EngineError("unknown_model", `the model "${name}" does not exist; ${hint}`, { place: "model" });
}

/** Where nothing was decided the input is counted only when a stream was cut off. */
export function inputTokensOf(plan: CallPlan, chat: () => ChatRequest): number {
  return plan.inputTokens ?? estimateInputTokens(conversationOfChat(chat()));
}
