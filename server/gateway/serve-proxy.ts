import type { Readable } from "node:stream";
import type { Candidate } from "../../engine/schema/candidate.ts";
import { ApiError } from "../errors.ts";
import { knownNames } from "../known-names.ts";
import type { WireFormat } from "../provider.ts";
import type { GatewayAnswer } from "./answer.ts";
import type { Gateway } from "./gateway.ts";
import type { Incoming } from "./incoming.ts";
import { openWard } from "./open-ward.ts";
import { ownCredential } from "./pass-headers.ts";
import { type CallPlan, routedPlan } from "./plan-call.ts";
import { joinUrl } from "./proxy-url.ts";
import { type CallPath, fieldOf, readCall, readRaw } from "./read-call.ts";
import { planDepsOf, tellChat } from "./serve-chat.ts";
import { tellPassage } from "./serve-pass.ts";
import { type Story, tellStory } from "./story.ts";
import type { UpstreamInUse } from "./upstreams.ts";
import { geminiPath, wireOfPath } from "./wire-of-path.ts";

/** A request under `/proxy/{upstream}/`. */
export interface ProxyCall extends Incoming {
  readonly method: string;
  readonly upstreamId: string;
  /** What follows the upstream's name, with the query; begins with a slash. */
  readonly path: string;
  readonly body: Buffer | Readable | null;
}

/**
 * Passes a client's own request to a vendor with the client's own key, where it sends one. Routed when a route is active
 * whose incumbent the body names; then another model may answer, in the dialect of the request.
 */
export function serveProxy(call: ProxyCall, gateway: Gateway): Promise<GatewayAnswer> {
  return tellStory(call, "pass_through", gateway.deps, async (story) => {
    const upstream = story.state.upstreams.find(call.upstreamId);
    if (upstream === null) {
      const known = knownNames(call.upstreamId, story.state.upstreams.ids);
      throw new ApiError("not_found", `there is no upstream "${call.upstreamId}" (${known})`);
    }
    story.upstream = upstream.id;
    const isOwnKey = ownCredential(call.headers) !== null || /[?&]key=/.test(call.path);
    if (!isOwnKey && !upstream.lendsKey) throw keyMissing(upstream.id);
    const model = modelOf(call);
    story.requestedModel = model ?? "";
    const candidate = candidateOf(upstream.id, model, story);
    const routed = await routedCall(call, candidate, story, gateway);
    if (routed !== null) return routed;
    const guarded = guardedCall(call, candidate, story, gateway);
    if (guarded !== null) return guarded;
    return tellPassage(
      {
        incoming: call,
        method: call.method,
        url: joinUrl(baseUrlOf(upstream), call.path),
        body: call.body,
        candidate,
        isOwnKey,
      },
      story,
      gateway.deps,
      gateway.providers,
    );
  });
}

/** Who may call Weir may not therefore use the operator's account for whatever a vendor's API offers. */
function keyMissing(id: string): ApiError {
  const message =
    `/proxy/${id} passes a client's own key on, and none was sent; send the vendor's key where its API wants it ` +
    `(and Weir's as x-weir-key), or let the operator set upstreams.${id}.lendKey`;
  return new ApiError("provider_key_missing", message);
}

export function baseUrlOf({ id, provider, wire }: UpstreamInUse): string {
  const baseUrl = wire(null).baseUrl ?? provider.baseUrl;
  if (baseUrl !== null && provider.simulate === undefined) return baseUrl;
  throw new ApiError("not_found", `upstream "${id}" has no address to pass requests to`);
}

/** The candidate whose price holds for a model of an upstream; also for calls that name none. */
export function candidateOf(upstreamId: string, model: string | null, { state }: Story): Candidate {
  const { candidates, implied } = state.routers.catalogue;
  const known = candidates.find((one) => one.upstreamId === upstreamId && one.model === model);
  return known ?? implied(`${upstreamId}/${model ?? NO_MODEL}`);
}

/** Stands for the model of calls that have none (files, batches). */
const NO_MODEL = "-";

function modelOf({ path, body }: ProxyCall): string | null {
  const inPath = geminiPath(path);
  if (inPath !== null) return inPath.model;
  if (!Buffer.isBuffer(body) || wireOfPath(path) === null) return null;
  try {
    const model = fieldOf(readRaw(body), "model");
    return typeof model === "string" ? model : null;
  } catch {
    return null; // the vendor says what is wrong with the body
  }
}

/** The answer by an active route's decision; null where no route is meant or its incumbent stays. */
async function routedCall(
  call: ProxyCall,
  incumbent: Candidate,
  story: Story,
  { deps, dialects }: Gateway,
): Promise<GatewayAnswer | null> {
  const format = wireOfPath(call.path);
  if (call.method !== "POST" || format === null || !Buffer.isBuffer(call.body)) return null;
  const routeName = activeRoute(incumbent, story);
  const dialect = [...dialects.values()].find((one) => one.format === format && one.streamType === "text/event-stream");
  if (routeName === null || dialect === undefined) return null;
  const path = callPath(call.path, format);
  const incoming = { ...call, dialect, body: call.body, path };
  const { options } = story;
  let plan: CallPlan;
  try {
    plan = await routedPlan(routeName, null, readCall(call.body, dialect, path), options, planDepsOf(story, deps));
  } catch {
    return null; // a request that cannot be routed is the vendor's to answer
  }
  const own = ownCredential(call.headers);
  if (own !== null && plan.candidates[0] === incumbent) {
    story.plan = plan;
    return null;
  }
  return tellChat(incoming, story, deps, {
    plan,
    ownAccess: own === null ? null : { upstreamId: call.upstreamId, headers: own },
  });
}

/** As a chat request of its own dialect, where guardrails are for it: they must read it, and its answer. */
function guardedCall(
  call: ProxyCall,
  candidate: Candidate,
  story: Story,
  { deps, dialects }: Gateway,
): Promise<GatewayAnswer> | null {
  const format = wireOfPath(call.path);
  if (call.method !== "POST" || format === null || !Buffer.isBuffer(call.body) || openWard(story) === null) return null;
  const dialect = [...dialects.values()].find((one) => one.format === format && one.streamType === "text/event-stream");
  if (dialect === undefined) return null;
  const plan = { ...UNROUTED, candidates: [candidate], routeName: story.options.route };
  const inQuery = new URLSearchParams(call.path.split("?")[1] ?? "").get("key");
  const own = ownCredential(call.headers) ?? (inQuery === null ? null : { "x-goog-api-key": inQuery });
  return tellChat({ ...call, dialect, body: call.body, path: callPath(call.path, format) }, story, deps, {
    plan,
    ownAccess: own === null ? null : { upstreamId: call.upstreamId, headers: own },
  });
}

const UNROUTED = { decision: null, isFollowed: false, route: null, inputTokens: null, session: null } as const;

/** The route that the client asks for, else the first active one whose incumbent is called. */
function activeRoute({ candidateId }: Candidate, { state, options }: Story): string | null {
  const names = options.route === null ? Object.keys(state.routes) : [options.route];
  const isMeant = (name: string) => {
    const route = state.routes[name];
    return route !== undefined && route.mode === "active" && route.incumbent === candidateId;
  };
  return names.find(isMeant) ?? null;
}

function callPath(path: string, format: WireFormat): CallPath {
  const gemini = format === "gemini" ? geminiPath(path) : null;
  if (gemini === null) return { model: null, stream: null };
  const stream = gemini.method === "streamGenerateContent";
  return { model: gemini.model, stream, asArray: stream && !/[?&]alt=sse\b/.test(path) };
}
