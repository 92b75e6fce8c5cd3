import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Served } from "../cache/answer-cache.ts";
import type { ChatResult, UpstreamFault } from "../chat.ts";
import { attributionOfBody } from "../log/attribution.ts";
import { keptText } from "../log/kept-text.ts";
import type { GatewayAnswer } from "./answer.ts";
import { answerChat } from "./answer-chat.ts";
import { vendorHeaders } from "./answer-headers.ts";
import { askedTokens } from "./asked-tokens.ts";
import { type AttemptOptions, AttemptsFailed, type AttemptsResult, runAttempts } from "./attempts.ts";
import { attemptChat, type ChatCall, type Committed, discardCommitted, type OwnAccess } from "./chat-attempt.ts";
import { attemptOptions } from "./deadline.ts";
import { eventsOfResult } from "./events-of-result.ts";
import { admitPlan, planToFollow, withPlan } from "./follow-plan.ts";
import type { IncomingCall } from "./incoming.ts";
import { openWard, withReroutes } from "./open-ward.ts";
import { withOwnProofs } from "./own-proofs.ts";
import type { PlanBasis } from "./plan-basis.ts";
import { type CallPlan, inputTokensOf, type PlanDeps, planCall } from "./plan-call.ts";
import { fieldOf, type ReadCall, readCall } from "./read-call.ts";
import { withBody } from "./request-options.ts";
import type { AskedTokens } from "./stage.ts";
import type { StopSignal } from "./stop-signal.ts";
import { type ServeDeps, type Story, tellStory } from "./story.ts";
import type { Target } from "./target.ts";
import { createUsageMeter } from "./usage-meter.ts";

/** The story of a chat request: read, decide, ask upstreams until one commits, answer in the client's own dialect. */
export function serveChat(incoming: IncomingCall, deps: ServeDeps): Promise<GatewayAnswer> {
  return tellStory(incoming, "chat", deps, (story) => tellChat(incoming, story, deps));
}

/** What is known of a call before its body is read. */
export interface ChatTerms {
  /** Who is asked, when that is decided already. */
  readonly plan: CallPlan | null;
  /** The client's own credential at an upstream; null where it has none. */
  readonly ownAccess: OwnAccess | null;
}

const NO_TERMS: ChatTerms = { plan: null, ownAccess: null };

export async function tellChat(
  incoming: IncomingCall,
  story: Story,
  deps: ServeDeps,
  { plan: decided, ownAccess }: ChatTerms = NO_TERMS,
): Promise<GatewayAnswer> {
  const { state } = story;
  story.requestedModel = incoming.path.model ?? "";
  const call = readCall(incoming.body, incoming.dialect, incoming.path);
  story.options = withBody(
    story.options,
    attributionOfBody((name) => fieldOf(call.raw, name)),
  );
  story.requestedModel = call.model;
  story.stream = call.stream;
  const plan = decided ?? (await planCall(call, story.options, planDepsOf(story, deps)));
  story.plan = plan;
  const kept = plan.route?.log?.content;
  if (kept === "full") story.text = (answer) => keptText(call.chat(), answer);
  if (kept === "redacted") story.text = (answer) => state.redactText(keptText(call.chat(), answer));
  story.onlooker = deps.lookOn?.(story, call, { isOwnKey: ownAccess !== null }) ?? null;
  const ward = openWard(story);
  // Limits and budgets both ask.
  let counted: AskedTokens | null = null;
  const asking = {
    route: plan.routeName,
    isNamed: plan.decision === null,
    candidates: withReroutes(plan.candidates, ward, state),
    tokens: () => {
      counted ??= askedTokens(call, plan.inputTokens);
      return counted;
    },
  };
  const toFollow = planToFollow(story, call);
  const { admitted, followed, mayMend } = await admitPlan(story, asking, toFollow, ward?.repairTokens ?? null);
  const { call: guarded, candidates } =
    ward === null ? { call, candidates: admitted } : await ward.input(call, admitted, plan.candidates);

  function ask(asked: ReadCall, basis: PlanBasis | null, order: readonly Candidate[], signal: StopSignal) {
    const targets = order.map((candidate) => state.upstreams.target(candidate));
    const paid = new Set<UpstreamFault>();
    const own = withOwnProofs(asked.raw, incoming.dialect.format);
    const format = own === null ? null : incoming.dialect.format;
    if (targets[0]!.provider.format !== format) asked.chat();
    const chatCall: ChatCall = {
      raw: own ?? asked.raw,
      chat: asked.chat,
      format,
      stream: asked.stream,
      vendorHeaders: vendorHeaders(incoming.headers),
      ownAccess,
      strict: state.limits.strict,
      clock: deps.clock,
      inputTokens: () => askedTokens(asked, plan.inputTokens).input,
      onDeclined: (candidate, usage, fault) => {
        paid.add(fault);
        story.pay(candidate, usage);
      },
    };
    const attempt = (some: readonly Target[], limits: AttemptOptions, client: StopSignal) =>
      runAttempts(
        some,
        (target, key, stop) =>
          attemptChat(chatCall, target, key, stop, limits.fallBackOnContentPolicy && target !== some.at(-1)),
        limits,
        client,
        deps,
        discardCommitted,
      );
    // Under a hard budget one call a candidate is held at most, and that only where models may decline.
    const hasRoom = (fault: UpstreamFault) => !story.isCapped || !paid.has(fault);
    const given = attemptOptions(story);
    const mayGoOn = (fault: UpstreamFault) => given.fallBackOnContentPolicy || hasRoom(fault);
    const options = { ...given, mayRepeat: hasRoom, mayGoOn };
    return withPlan(
      basis,
      { story, call: asked, candidates: order, deadlineMs: options.deadlineMs, clock: deps.clock },
      (candidate, deadlineMs, client) =>
        attempt([state.upstreams.target(candidate)], { ...options, deadlineMs, hedgeAfterMs: null }, client),
      () => attempt(targets, options, signal),
      signal,
    );
  }
  story.overheadMs = story.elapsedMs();
  const passage = ownAccess === null ? (deps.cache?.open({ story, call: guarded, candidates }) ?? null) : null;
  story.cached = passage?.part ?? null;
  const done =
    passage === null
      ? servedBy(await ask(guarded, followed, candidates, incoming.signal))
      : await passage.through((signal) => ask(guarded, followed, candidates, signal));
  story.attempts = done.attempts;
  if (done.isStored) story.overheadMs = story.elapsedMs();
  story.candidate = done.candidate;
  if (story.cached === null || story.cached.pays) remember(story);
  const answer = ward === null ? done.result : await ward.output(done.result, mayMend ? askAgain : null);
  return answerChat(answer, call, story);

  /** Who answered mends it, else whoever is next; each call is paid at its own price. */
  async function askAgain(asked: ReadCall, first: ChatResult): Promise<Committed> {
    const meter = createUsageMeter(() => inputTokensOf(plan, call));
    meter.observe(eventsOfResult(first));
    story.mended = meter.usage();
    if (story.cached?.pays !== false) story.pay(done.candidate, story.mended);
    story.cached?.forsake();
    const others = candidates.filter((candidate) => candidate !== done.candidate);
    try {
      const again = await ask(asked, null, [done.candidate, ...others], incoming.signal);
      story.attempts = [...done.attempts, ...again.attempts];
      story.candidate = again.target.candidate;
      return again.result;
    } catch (error) {
      if (!(error instanceof AttemptsFailed)) throw error;
      throw new AttemptsFailed(error.fault, [...done.attempts, ...error.attempts]);
    }
  }
}

/** Field by field: a spread of the whole state takes longer than to plan a named model. */
export function planDepsOf({ incoming, state, startMs }: Story, { random }: Pick<ServeDeps, "random">): PlanDeps {
  const { routers, routes, pools, upstreamIds, sessions, balancer, activation } = state;
  return {
    routers,
    routes,
    pools,
    upstreamIds,
    sessions,
    balancer,
    activation,
    random,
    nowMs: startMs,
    requestId: incoming.requestId,
    keyId: incoming.keyId,
    allowedModels: incoming.caller?.key?.models ?? null,
  };
}

function servedBy({ result, target, attempts }: AttemptsResult<Committed>): Served {
  return { result, candidate: target.candidate, attempts, isStored: false };
}

/** Who answered holds the prompt in its cache; the session's next turn weighs that. */
function remember({ plan, candidate, state, startMs }: Story): void {
  if (plan?.session == null || candidate === null) return;
  const { group, id } = plan.session;
  state.sessions.remember(
    group,
    id,
    { candidateId: candidate.candidateId, inputTokens: plan.inputTokens ?? 0 },
    startMs,
  );
}
