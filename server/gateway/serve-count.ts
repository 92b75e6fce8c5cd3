import { estimateInputTokens } from "../../engine/tokens.ts";
import type { ChatRequest } from "../chat.ts";
import { spliceValues } from "../json-scan.ts";
import type { GatewayAnswer } from "./answer.ts";
import { JSON_TYPE, passedHeaders, vendorHeaders } from "./answer-headers.ts";
import { runAttempts } from "./attempts.ts";
import { parseAnswer, throwForFault } from "./chat-attempt.ts";
import { conversationOfChat } from "./conversation-of-chat.ts";
import { attemptOptions } from "./deadline.ts";
import type { IncomingCall } from "./incoming.ts";
import { parseModelName } from "./model-name.ts";
import { namedCandidates } from "./named-candidates.ts";
import { modelOf, parseBody, readRaw } from "./read-call.ts";
import type { StopSignal } from "./stop-signal.ts";
import { type ServeDeps, type Story, tellStory } from "./story.ts";
import type { Target } from "./target.ts";
import type { RawBody } from "./upstream-body.ts";

/** How one dialect asks how many tokens a request has. */
export interface CountWire {
  /** The chat body that is meant, out of a body that may wrap it. */
  chatBody(body: unknown): unknown;
  render(inputTokens: number): unknown;
}

/** `POST /v1/messages/count_tokens` */
export const anthropicCount: CountWire = {
  chatBody: (body) => body,
  render: (inputTokens) => ({ input_tokens: inputTokens }),
};

/** `:countTokens` */
export const geminiCount: CountWire = {
  chatBody: (body) => (body as { generateContentRequest?: unknown }).generateContentRequest ?? body,
  render: (totalTokens) => ({ totalTokens, promptTokensDetails: [{ modality: "TEXT", tokenCount: totalTokens }] }),
};

/**
 * Tokens of a request by its vendor's own count; where it has none, or cannot be asked, by our estimate, which a header
 * says. Counting never fails because an upstream does.
 */
export function serveCount(incoming: IncomingCall, wire: CountWire, deps: ServeDeps): Promise<GatewayAnswer> {
  return tellStory(incoming, "count_tokens", deps, async (story) => {
    const raw = readRaw(incoming.body);
    const model = incoming.path.model ?? modelOf(raw);
    story.requestedModel = model;
    const chat = incoming.dialect.parse(wire.chatBody(parseBody(incoming.body)), { ...incoming.path, stream: false });
    await story.admit({ route: story.options.route, isNamed: true, candidates: [], tokens: () => NOTHING });
    const target = targetOf(model, story, deps);
    const counted = target === null ? null : await countBy(target, incoming, raw, chat, story, deps);
    const estimate = () => wire.render(estimateInputTokens(conversationOfChat(chat)));
    story.settle({ status: 200, usage: null, costNanoUsd: 0, error: null });
    return {
      status: 200,
      headers: {
        "content-type": JSON_TYPE,
        ...passedHeaders(counted?.headers ?? {}),
        ...story.headers(),
        ...(counted === null ? { "x-weir-estimated": "true" } : {}),
      },
      body: counted?.bytes ?? JSON.stringify(counted === null ? estimate() : wire.render(counted.inputTokens)),
    };
  });
}

/** Vendors charge nothing for counting. */
const NOTHING = { input: 0, maxOutput: 0, answers: 1 };

interface Counted {
  readonly inputTokens: number;
  /** The upstream's own bytes where it speaks the client's format. */
  readonly bytes: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whom to ask; a route's incumbent stands for names that the router decides. null: nobody counts. */
function targetOf(model: string, story: Story, deps: ServeDeps): Target | null {
  const { state, options } = story;
  const name = parseModelName(model, options.route ?? "default");
  const wanted = name.kind === "named" ? name.name : (state.routes[name.route]?.incumbent ?? name.route);
  const candidates = namedCandidates(wanted, state, { random: deps.random, session: options.session }, null);
  const targets = candidates.map((candidate) => state.upstreams.target(candidate));
  return targets.find(({ provider }) => provider.count !== undefined || provider.simulateCount !== undefined) ?? null;
}

async function countBy(
  target: Target,
  incoming: IncomingCall,
  raw: RawBody,
  chat: ChatRequest,
  story: Story,
  deps: ServeDeps,
): Promise<Counted | null> {
  try {
    story.overheadMs = story.elapsedMs();
    const done = await runAttempts(
      [target],
      (_, key, signal) => attemptCount(target, incoming, raw, chat, key, signal, deps.clock),
      { ...attemptOptions(story), retries: 0 },
      incoming.signal,
      deps,
    );
    story.attempts = done.attempts;
    story.candidate = target.candidate;
    return done.result;
  } catch (error) {
    if (incoming.signal.aborted) throw error;
    return null;
  }
}

async function attemptCount(
  { provider, transport, model, wire: wireOf }: Target,
  incoming: IncomingCall,
  raw: RawBody,
  chat: ChatRequest,
  key: string | null,
  signal: StopSignal,
  clock: () => number,
): Promise<Counted> {
  if (provider.simulateCount !== undefined) return { ...provider.simulateCount(chat), bytes: null, headers: {} };
  const calls = provider.count!;
  const wire = wireOf(key);
  const isSameFormat = provider.format === incoming.dialect.format;
  const encoded = isSameFormat ? null : calls.encode(chat, model, wire);
  const { url, headers } = calls.address(wire, { model });
  const named = raw.fields.get("model");
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
        ? spliceValues(raw.bytes, named === undefined ? [] : [{ span: named, json: JSON.stringify(model) }])
        : JSON.stringify(encoded.body),
  };
  const sent = provider.sign === undefined ? unsigned : await provider.sign(unsigned, wire, clock());
  const answer = await transport.send(sent, signal);
  await throwForFault(answer, provider, clock);
  const bytes = await answer.bytes();
  const { inputTokens } = calls.decode(parseAnswer(bytes));
  return { inputTokens, bytes: isSameFormat ? bytes : null, headers: answer.headers };
}
