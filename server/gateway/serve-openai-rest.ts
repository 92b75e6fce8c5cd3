import type { Readable } from "node:stream";
import type { Candidate } from "../../engine/schema/candidate.ts";
import { ApiError } from "../errors.ts";
import { spliceValues } from "../json-scan.ts";
import type { GatewayAnswer } from "./answer.ts";
import { formField } from "./form-field.ts";
import type { Gateway } from "./gateway.ts";
import type { Incoming } from "./incoming.ts";
import { namedCandidates } from "./named-candidates.ts";
import { joinUrl } from "./proxy-url.ts";
import { fieldOf, readRaw } from "./read-call.ts";
import type { ClientHeaders } from "./request-options.ts";
import { tellPassage } from "./serve-pass.ts";
import { baseUrlOf, candidateOf } from "./serve-proxy.ts";
import { type Story, tellStory } from "./story.ts";

/** A request to one of OpenAI's endpoints that we do not translate: images, audio, files, batches ... */
export interface RestCall extends Incoming {
  readonly method: string;
  /** From `/v1` on, with the query. */
  readonly path: string;
  readonly body: Buffer | Readable | null;
}

/** Passes a request to the upstream that its model names, else to the route's, else to the first that speaks OpenAI. */
export function serveOpenAiRest(call: RestCall, gateway: Gateway): Promise<GatewayAnswer> {
  return tellStory(call, "pass_through", gateway.deps, async (story) => {
    const { candidate, body } = placeOf(call, story, gateway);
    const upstream = story.state.upstreams.find(candidate.upstreamId)!;
    const passage = { incoming: call, method: call.method, url: joinUrl(baseUrlOf(upstream), call.path), candidate };
    return tellPassage({ ...passage, body, isOwnKey: false }, story, gateway.deps, gateway.providers);
  });
}

interface Place {
  readonly candidate: Candidate;
  readonly body: RestCall["body"];
}

function placeOf(call: RestCall, story: Story, gateway: Gateway): Place {
  const { state } = story;
  const isOurs = (one: Candidate) => speaksOpenAi(one.upstreamId, story);
  const field = Buffer.isBuffer(call.body) && call.body.length > 0 ? modelField(call.body, call.headers) : null;
  if (field !== null && !field.model.startsWith("weir/")) {
    const { model } = field;
    story.requestedModel = model;
    const draw = { random: gateway.deps.random, session: null };
    const named = modelsNamed(model, story, () => namedCandidates(model, state, draw, null)).find(isOurs);
    if (named !== undefined)
      return { candidate: named, body: named.model === model ? call.body : field.renamed(named.model) };
  }
  return { candidate: candidateOf(defaultUpstream(story), field?.model ?? null, story), body: call.body };
}

interface ModelField {
  readonly model: string;
  /** The body with another model's name. */
  renamed(model: string): Buffer;
}

/** The model that a body names, be it JSON or a form. @throws ApiError `invalid_json` */
function modelField(body: Buffer, headers: ClientHeaders): ModelField | null {
  const type = String(headers["content-type"] ?? "");
  if (/^multipart\//i.test(type)) {
    const span = formField(body, type, "model");
    if (span === null) return null;
    const model = body.toString("utf8", span.start, span.end);
    return model === "" ? null : { model, renamed: (name) => spliceValues(body, [{ span, json: name }]) };
  }
  const raw = readRaw(body);
  const model = fieldOf(raw, "model");
  if (typeof model !== "string" || model === "") return null;
  const span = raw.fields.get("model")!;
  return { model, renamed: (name) => spliceValues(raw.bytes, [{ span, json: JSON.stringify(name) }]) };
}

/** Models of these endpoints are rarely in the catalogue, so an unknown name is the vendor's to judge. */
function modelsNamed(model: string, story: Story, find: () => readonly Candidate[]): readonly Candidate[] {
  try {
    return find();
  } catch {
    return [candidateOf(defaultUpstream(story), model, story)];
  }
}

/** @throws ApiError `not_found` when no configured upstream speaks OpenAI's API */
function defaultUpstream(story: Story): string {
  const { routes, routers, upstreams } = story.state;
  const route = routes[story.options.route ?? "default"];
  const incumbent = routers.catalogue.candidates.find(({ candidateId }) => candidateId === route?.incumbent);
  const wanted = [...(incumbent === undefined ? [] : [incumbent.upstreamId]), ...upstreams.ids];
  const found = wanted.find((id) => speaksOpenAi(id, story));
  if (found !== undefined) return found;
  throw new ApiError("not_found", "no upstream speaks OpenAI's API, so there is nobody to pass this request to");
}

function speaksOpenAi(upstreamId: string, { state }: Story): boolean {
  const provider = state.upstreams.find(upstreamId)?.provider;
  return provider?.simulate === undefined && provider?.format.startsWith("openai") === true;
}
