import { type Conversation, conversationFromPrompt } from "../../engine/conversation.ts";
import { estimateInputTokens } from "../../engine/tokens.ts";
import type { Usage } from "../chat.ts";
import type { EmbedRequest, EmbedResult } from "../embed.ts";
import { ApiError } from "../errors.ts";
import { spliceValues } from "../json-scan.ts";
import { attributionOfBody } from "../log/attribution.ts";
import { badResponse } from "../upstream-fault.ts";
import type { GatewayAnswer } from "./answer.ts";
import { JSON_TYPE, moneyHeaders, passedHeaders, vendorHeaders } from "./answer-headers.ts";
import { runAttempts } from "./attempts.ts";
import { parseAnswer, throwForFault } from "./chat-attempt.ts";
import { attemptOptions } from "./deadline.ts";
import type { EmbedWire } from "./embed-wire.ts";
import { headerList } from "./header-text.ts";
import type { IncomingCall } from "./incoming.ts";
import { namedCandidates } from "./named-candidates.ts";
import { openWard } from "./open-ward.ts";
import { fieldOf, modelOf, parseBody, readRaw } from "./read-call.ts";
import { withBody } from "./request-options.ts";
import type { StopSignal } from "./stop-signal.ts";
import { type ServeDeps, type Story, tellStory } from "./story.ts";
import type { Target } from "./target.ts";
import type { RawBody } from "./upstream-body.ts";
import { NO_USAGE } from "./usage-meter.ts";

interface Embedded {
  readonly result: EmbedResult;
  /** The upstream's own bytes where it speaks the client's format. */
  readonly bytes: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly dropped: readonly string[];
}

/** Vectors in the client's dialect from any upstream that makes some; equal upstreams back each other up. */
export function serveEmbeddings(incoming: IncomingCall, wire: EmbedWire, deps: ServeDeps): Promise<GatewayAnswer> {
  return tellStory(incoming, "embeddings", deps, async (story) => {
    const { state } = story;
    story.requestedModel = incoming.path.model ?? "";
    const raw = readRaw(incoming.body);
    const model = incoming.path.model ?? modelOf(raw);
    story.requestedModel = model;
    story.options = withBody(
      story.options,
      attributionOfBody((name) => fieldOf(raw, name)),
    );
    const body = parseBody(incoming.body);
    const request = wire.parse(body, incoming.path.model);
    const named = namedCandidates(model, state, { random: deps.random, session: story.options.session }, null);
    const able = named.filter(({ upstreamId }) => makesVectors(upstreamId, story));
    if (able.length === 0)
      throw new ApiError("invalid_request", `model: "${model}" makes no embeddings`, { place: "model" });
    const admitted = await story.admit({
      route: story.options.route,
      isNamed: true,
      candidates: able,
      tokens: () => ({ input: estimateInputTokens(textOf(request)), maxOutput: 0, answers: 1 }),
    });
    const ward = openWard(story);
    const guarded = ward === null ? incoming.body : await ward.body(incoming.body, null);
    const sent =
      guarded === incoming.body
        ? { raw, request }
        : { raw: readRaw(guarded), request: wire.parse(parseBody(guarded), incoming.path.model) };
    story.overheadMs = story.elapsedMs();
    const done = await runAttempts(
      admitted.map((candidate) => state.upstreams.target(candidate)),
      (target, key, signal) => attemptAll(incoming, sent.raw, sent.request, target, key, signal, deps.clock),
      attemptOptions(story),
      incoming.signal,
      deps,
    );
    story.attempts = done.attempts;
    story.candidate = done.target.candidate;
    const { result, bytes, headers, dropped } = done.result;
    const usage = result.usage ?? { ...NO_USAGE, inputUncached: estimateInputTokens(textOf(request)), estimated: true };
    const cost = story.cost(usage);
    const answer = bytes ?? JSON.stringify(wire.render({ ...result, usage }, request, body, done.target.model));
    story.settle({ status: 200, usage, costNanoUsd: cost, error: null });
    return {
      status: 200,
      headers: {
        "content-type": JSON_TYPE,
        ...passedHeaders(headers),
        ...story.headers(),
        ...(dropped.length === 0 ? {} : { "x-weir-dropped": headerList(dropped) }),
        ...moneyHeaders(cost, null),
      },
      body: answer,
    };
  });
}

function makesVectors(upstreamId: string, { state }: Story): boolean {
  const provider = state.upstreams.find(upstreamId)?.provider;
  return provider?.embed !== undefined || provider?.simulateEmbed !== undefined;
}

/** Calls at a time for a request of more texts than one call takes. */
const CALLS_AT_ONCE = 8;

/** One call, or several where the vendor takes fewer texts at once; their vectors in the texts' order. */
async function attemptAll(
  incoming: IncomingCall,
  raw: RawBody,
  request: EmbedRequest,
  target: Target,
  key: string | null,
  signal: StopSignal,
  clock: () => number,
): Promise<Embedded> {
  const { inputs } = request;
  const most = target.provider.embed?.textsAtOnce?.(target.model) ?? inputs.length;
  if (inputs.length <= most) return attemptEmbed(incoming, raw, request, target, key, signal, clock);
  const parts = Array.from({ length: Math.ceil(inputs.length / most) }, (_, at) => ({
    ...request,
    inputs: inputs.slice(at * most, (at + 1) * most),
  }));
  const done: Embedded[] = [];
  while (done.length < parts.length) {
    const next = parts.slice(done.length, done.length + CALLS_AT_ONCE);
    done.push(
      ...(await Promise.all(next.map((part) => attemptEmbed(incoming, raw, part, target, key, signal, clock)))),
    );
  }
  const usages = done.flatMap(({ result }) => result.usage ?? []);
  const inputUncached = usages.reduce((sum, usage) => sum + usage.inputUncached, 0);
  const usage = usages.length < done.length ? null : { ...usages[0]!, inputUncached };
  return { ...done[0]!, result: { model: target.model, vectors: done.flatMap(({ result }) => result.vectors), usage } };
}

async function attemptEmbed(
  incoming: IncomingCall,
  raw: RawBody,
  request: EmbedRequest,
  target: Target,
  key: string | null,
  signal: StopSignal,
  clock: () => number,
): Promise<Embedded> {
  const { provider, model } = target;
  if (provider.simulateEmbed !== undefined) {
    return { result: provider.simulateEmbed(request, model), bytes: null, headers: {}, dropped: [] };
  }
  const calls = provider.embed!;
  const wire = target.wire(key);
  // Only OpenAI's clients and OpenAI's likes share a format; Gemini's two methods are one at the upstream.
  const isSameFormat = incoming.path.model === null && provider.format.startsWith("openai");
  const encoded = isSameFormat ? null : calls.encode(request, model, wire);
  const { url, headers } = calls.address(wire, { model });
  const unsigned = {
    method: "POST" as const,
    url,
    headers: {
      "content-type": "application/json",
      ...(isSameFormat ? vendorHeaders(incoming.headers) : {}),
      ...headers,
      ...encoded?.headers,
    },
    body:
      encoded === null
        ? spliceValues(raw.bytes, [{ span: raw.fields.get("model")!, json: JSON.stringify(model) }])
        : JSON.stringify(encoded.body),
  };
  const sent = provider.sign === undefined ? unsigned : await provider.sign(unsigned, wire, clock());
  const answer = await target.transport.send(sent, signal);
  await throwForFault(answer, provider, clock);
  const bytes = await answer.bytes();
  const body = parseAnswer(bytes);
  if (isSameFormat)
    return { result: { model, vectors: [], usage: inputUsage(body) }, bytes, headers: answer.headers, dropped: [] };
  return { result: calls.decode(body), bytes: null, headers: answer.headers, dropped: encoded!.dropped };
}

function textOf({ inputs }: EmbedRequest): Conversation {
  const texts = inputs.map((input) => (typeof input === "string" ? input : "word ".repeat(input.length)));
  return conversationFromPrompt(texts.join("\n"));
}

/** Vectors may be base64 or floats; only what they cost is read. */
function inputUsage(body: unknown): Usage | null {
  const answer = body as { data?: unknown; usage?: { prompt_tokens?: unknown } } | null;
  if (!Array.isArray(answer?.data)) throw badResponse("the upstream's answer holds no embeddings");
  const tokens = answer.usage?.prompt_tokens;
  if (typeof tokens !== "number") return null;
  return { ...NO_USAGE, inputUncached: tokens };
}
