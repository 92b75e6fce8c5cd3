import { usdFromNano } from "../../engine/cost.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { UpstreamFault, Usage } from "../chat.ts";
import type { Dialect } from "../dialect.ts";
import type { GatewayAnswer } from "./answer.ts";
import { type AttemptDeps, type AttemptRecord, AttemptsFailed, runAttempts } from "./attempts.ts";
import { attemptChat, type ChatCall, type Committed } from "./chat-attempt.ts";
import { faultOfError } from "./fault-of-error.ts";
import type { GatewayState } from "./gateway-state.ts";
import { type CallPlan, inputTokensOf, planCall } from "./plan-call.ts";
import { type CallPath, readCall } from "./read-call.ts";
import { type ClientHeaders, type RequestOptions, readRequestOptions } from "./request-options.ts";
import { incumbentCost, type Settlement } from "./settlement.ts";
import { streamAnswer } from "./stream-answer.ts";
import { costOfUsage, createUsageMeter } from "./usage-meter.ts";

/** One client's request as it came in. */
export interface IncomingCall {
  readonly requestId: string;
  readonly dialect: Dialect;
  readonly body: Buffer;
  readonly path: CallPath;
  readonly headers: ClientHeaders;
  readonly keyId: string | null;
  /** Aborted when the client leaves before its answer is complete. */
  readonly signal: AbortSignal;
}

export interface ServeDeps extends AttemptDeps {
  /** What is configured now; a running request keeps what it began with. */
  readonly state: () => GatewayState;
  /** Called exactly once a request, when all is known of it. */
  readonly onSettled: (settlement: Settlement) => void;
}

/**
 * The story of a chat request: read, decide, ask upstreams until one commits, answer in the client's own dialect,
 * settle. Every fault becomes the dialect's error; only the client's own leaving is thrown.
 */
export async function serveChat(incoming: IncomingCall, deps: ServeDeps): Promise<GatewayAnswer> {
  const startMs = deps.clock();
  const story = createStory(incoming, deps, startMs);
  try {
    const call = readCall(incoming.body, incoming.dialect, incoming.path);
    story.options = readRequestOptions(incoming.headers);
    story.requestedModel = call.model;
    story.stream = call.stream;
    const state = deps.state();
    const { options } = story;
    const plan = await planCall(call.model, call.chat, options, { ...state, nowMs: startMs });
    story.plan = plan;
    const targets = plan.candidates.map((candidate) => state.upstreams.target(candidate));
    if (targets.some((target) => target.provider.format !== incoming.dialect.format)) call.chat();
    const chatCall: ChatCall = {
      raw: call.raw,
      chat: call.chat,
      format: incoming.dialect.format,
      stream: call.stream,
      vendorHeaders: vendorHeaders(incoming.headers),
    };
    const asked = deps.clock();
    const done = await runAttempts(
      targets,
      (target, key, signal) => attemptChat(chatCall, target, key, signal),
      {
        ...state.limits,
        deadlineMs: startMs + Math.min(options.timeoutMs ?? Number.POSITIVE_INFINITY, state.limits.requestTimeoutMs),
      },
      incoming.signal,
      deps,
    );
    story.attempts = done.attempts;
    story.overheadMs = asked - startMs;
    story.candidate = done.target.candidate;
    return answerOf(done.result, call, story, state.limits.silenceMs);
  } catch (error) {
    if (incoming.signal.aborted) {
      story.settle({ status: 499, usage: null, costNanoUsd: null, error: "client_left" });
      throw error;
    }
    if (error instanceof AttemptsFailed) story.attempts = error.attempts;
    const fault = faultOfError(error);
    const rendered = incoming.dialect.renderFault(fault, incoming.requestId);
    story.settle({ status: rendered.status, usage: null, costNanoUsd: 0, error: fault.kind });
    return {
      status: rendered.status,
      headers: { "content-type": "application/json; charset=utf-8", ...story.headers(), ...rendered.headers },
      body: JSON.stringify(rendered.body),
    };
  }
}

/** What gathers while a request runs. */
interface Story {
  readonly incoming: IncomingCall;
  readonly clock: () => number;
  options: RequestOptions | null;
  requestedModel: string;
  stream: boolean;
  plan: CallPlan | null;
  candidate: Candidate | null;
  attempts: readonly AttemptRecord[];
  overheadMs: number;
  firstTokenMs: number | null;
  headers(): Record<string, string>;
  /** Cost of the usage at the candidate that answered. */
  cost(usage: Usage): number | null;
  saved(usage: Usage): number | null;
  settle(end: Pick<Settlement, "status" | "usage" | "costNanoUsd" | "error">): void;
}

function createStory(incoming: IncomingCall, deps: ServeDeps, startMs: number): Story {
  const catalogue = deps.state().routers.catalogue.candidates;
  const story: Story = {
    incoming,
    clock: deps.clock,
    options: null,
    requestedModel: incoming.path.model ?? "",
    stream: false,
    plan: null,
    candidate: null,
    attempts: [],
    overheadMs: 0,
    firstTokenMs: null,
    headers: () => answerHeaders(story),
    cost: (usage) => (story.candidate === null ? null : costOfUsage(usage, story.candidate)),
    saved(usage) {
      const cost = story.cost(usage);
      const incumbent = story.plan === null ? null : incumbentCost(story.plan, usage, catalogue);
      return cost === null || incumbent === null ? null : incumbent - cost;
    },
    settle(end) {
      deps.onSettled({
        requestId: incoming.requestId,
        atMs: startMs,
        keyId: incoming.keyId,
        route: story.plan?.routeName ?? null,
        session: story.options?.session ?? null,
        metadata: story.options?.metadata ?? {},
        dialect: incoming.dialect.name,
        stream: story.stream,
        requestedModel: story.requestedModel,
        candidate: story.candidate,
        decision: story.plan?.decision ?? null,
        isFollowed: story.plan?.isFollowed ?? false,
        attempts: story.attempts,
        incumbentCostNanoUsd:
          end.usage === null || story.plan === null ? null : incumbentCost(story.plan, end.usage, catalogue),
        overheadMs: story.overheadMs,
        firstTokenMs: story.firstTokenMs,
        durationMs: deps.clock() - startMs,
        ...end,
      });
    },
  };
  return story;
}

function answerOf(
  committed: Committed,
  call: ReturnType<typeof readCall>,
  story: Story,
  silenceMs: number | null,
): GatewayAnswer {
  const { incoming } = story;
  const { dialect, requestId } = incoming;
  const dropped: Record<string, string> =
    committed.dropped.length === 0 ? {} : { "x-weir-dropped": committed.dropped.join(", ") };
  const headers = { ...passedHeaders(committed.upstreamHeaders), ...story.headers(), ...dropped };
  if (committed.kind === "whole") {
    const { usage } = committed.result;
    const costNanoUsd = usage === null ? null : story.cost(usage);
    const saved = usage === null ? null : story.saved(usage);
    const context = () => ({
      requestId,
      model: committed.result.model || story.requestedModel,
      nowMs: story.clock(),
      request: call.chat(),
    });
    const body = committed.bytes ?? JSON.stringify(dialect.render(committed.result, context()));
    story.settle({ status: 200, usage, costNanoUsd, error: null });
    return {
      status: 200,
      headers: { "content-type": "application/json; charset=utf-8", ...headers, ...moneyHeaders(costNanoUsd, saved) },
      body,
    };
  }
  const meter = createUsageMeter(() => (story.plan === null ? 0 : inputTokensOf(story.plan, call.chat)));
  const asksForUsage = dialect.format !== "openai-chat" || call.chat().streamUsage;
  const model = story.candidate?.model ?? story.requestedModel;
  const body = streamAnswer(committed.pieces, {
    renderer: dialect.renderStream({ requestId, model, nowMs: story.clock(), request: call.chat() }),
    meter,
    silenceMs,
    hidesUsage: !asksForUsage,
    onFirst: () => {
      story.firstTokenMs = story.clock();
    },
    epilogue: () => {
      const usage = meter.usage();
      const money = Object.entries(moneyHeaders(story.cost(usage), story.saved(usage)));
      return dialect.streamType === "text/event-stream"
        ? money
            .map(([name, value]) => `: ${name}: ${value}\n`)
            .join("")
            .concat(money.length > 0 ? "\n" : "")
        : "";
    },
    onEnd: (fault, left) => {
      const usage = meter.usage();
      story.settle({
        status: left ? 499 : 200,
        usage,
        costNanoUsd: story.cost(usage),
        error: left ? "client_left" : errorOf(fault),
      });
    },
  });
  return {
    status: 200,
    headers: { ...headers, "content-type": dialect.streamType, "cache-control": "no-cache", "x-accel-buffering": "no" },
    body,
  };
}

function errorOf(fault: UpstreamFault | null): string | null {
  return fault?.kind ?? null;
}

function answerHeaders({
  incoming: { requestId },
  candidate,
  plan,
  attempts,
  overheadMs,
}: Story): Record<string, string> {
  return {
    "x-request-id": requestId,
    "request-id": requestId,
    "x-weir-request-id": requestId,
    ...(candidate === null ? {} : { "x-weir-model": candidate.candidateId }),
    ...(plan?.decision == null ? {} : { "x-weir-decision": plan.isFollowed ? plan.decision.reason : "incumbent" }),
    "x-weir-attempts": String(attempts.length),
    "x-weir-cache": "bypass",
    "x-weir-overhead-ms": overheadMs.toFixed(2),
  };
}

function moneyHeaders(costNanoUsd: number | null, savedNanoUsd: number | null): Record<string, string> {
  return {
    ...(costNanoUsd === null ? {} : { "x-weir-cost-usd": decimal(costNanoUsd) }),
    ...(savedNanoUsd === null ? {} : { "x-weir-saved-usd": decimal(savedNanoUsd) }),
  };
}

/** Never in exponent form. */
function decimal(nanoUsd: number): string {
  return usdFromNano(nanoUsd)
    .toFixed(9)
    .replace(/\.?0+$/, "");
}

/** Headers of the upstream that its own clients read; ids, cookies and transfer details stay behind. */
const PASSED =
  /^(?:openai-(?:processing-ms|version|organization)|x-ratelimit-[a-z-]+|anthropic-ratelimit-[a-z-]+|anthropic-organization-id)$/;

function passedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => PASSED.test(name)));
}

/** Headers of the client that the vendor must see as they are. */
const VENDOR = /^(?:anthropic-(?:version|beta)|openai-(?:beta|organization|project))$/;

function vendorHeaders(headers: ClientHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      VENDOR.test(name) && typeof value === "string" ? [[name, value]] : [],
    ),
  );
}
