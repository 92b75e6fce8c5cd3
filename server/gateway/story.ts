import type { Candidate } from "../../engine/schema/candidate.ts";
import type { LogContent } from "../../engine/schema/log-record.ts";
import type { AnswerCache } from "../cache/answer-cache.ts";
import type { CachePart } from "../cache/cache-part.ts";
import type { Usage } from "../chat.ts";
import { RefusalError } from "../errors.ts";
import type { Ward } from "../guarding/ward.ts";
import type { GatewayAnswer } from "./answer.ts";
import type { AnswerFacts } from "./answer-facts.ts";
import { JSON_TYPE, moneyHeaders } from "./answer-headers.ts";
import { type AttemptDeps, type AttemptRecord, AttemptsFailed } from "./attempts.ts";
import { billedAttempts } from "./billed-attempts.ts";
import { type AskedFor, cutOff, hedgeCost, triesUntilLeft } from "./cut-off.ts";
import { faultOfError } from "./fault-of-error.ts";
import type { GatewayState } from "./gateway-state.ts";
import type { Incoming } from "./incoming.ts";
import { costAtIncumbent } from "./incumbent-cost.ts";
import type { LookOn, Onlooker } from "./onlooker.ts";
import type { CallPlan } from "./plan-call.ts";
import { loggedPlan, type OtherCall, type PlanLeft, type PlanRun } from "./plan-run.ts";
import { type RequestOptions, readRequestOptions } from "./request-options.ts";
import type { OperationKind, Settlement } from "./settlement.ts";
import type { Stage, StageFacts } from "./stage.ts";
import { storyHeaders } from "./story-headers.ts";
import type { Target } from "./target.ts";
import { costOfUsage } from "./usage-meter.ts";

export interface ServeDeps extends AttemptDeps {
  /** What is configured now; a running request keeps what it began with. */
  readonly state: () => GatewayState;
  readonly stages: readonly Stage[];
  /** Answers that were bought already; absent: none are kept. */
  readonly cache?: AnswerCache;
  /** Who looks on at chat requests; absent: nobody. */
  readonly lookOn?: LookOn;
  /** Called exactly once a request, when all is known of it. */
  readonly onSettled: (settlement: Settlement) => void;
}

/** How a request ended. */
export type Ending = Pick<Settlement, "status" | "usage" | "costNanoUsd" | "error">;

/** What gathers while a request runs, whatever it asks for. */
export interface Story {
  readonly incoming: Incoming;
  /** What is configured since the request began. */
  readonly state: GatewayState;
  /** What the headers say, and for the log what the body adds to them. */
  options: RequestOptions;
  readonly startMs: number;
  requestedModel: string;
  stream: boolean;
  plan: CallPlan | null;
  /** null where one call was all there was. */
  planRun: PlanRun | null;
  /** Why the decision's plan was left for one call; null where it was followed, or there was none. */
  planLeft: PlanLeft | null;
  upstream: string | null;
  candidate: Candidate | null;
  /** What its provider said of the answer; null while there is none. */
  answered: AnswerFacts | null;
  /** Guards the request; null where no guardrail is for it. */
  ward: Ward | null;
  /** What the cache had to do with it; null where it passed the cache by. */
  cached: CachePart | null;
  attempts: readonly AttemptRecord[];
  /** Every try as it ended, for a client that leaves before there is an answer. */
  readonly tried: AttemptRecord[];
  /** Who is being asked. */
  readonly underWay: Target[];
  /** Who may be asked and is paid for it, and for how much; nobody before the stages are passed. */
  asked: AskedFor;
  /** A hard budget counts it: it may buy no more than what was asked for. */
  isCapped: boolean;
  /** Before anybody was asked; a request that asks nobody is overhead throughout. */
  overheadMs: number;
  firstTokenMs: number | null;
  /** The request's text with that of its answer; set only where the route keeps text. */
  text: ((answer: string | null) => LogContent | null) | null;
  /** As far as it has come; null for none. */
  answer: (() => string) | null;
  onlooker: Onlooker | null;
  /**
   * Passes every stage. To be called by each operation before it asks anybody.
   *
   * @returns the candidates that may answer
   * @throws ApiError of the stage that refuses
   */
  admit(facts: Omit<StageFacts, "incoming" | "options" | "isHedged" | "mayDecline">): Promise<readonly Candidate[]>;
  /** Our own headers of the answer, as far as the story has gone. */
  headers(): Record<string, string>;
  /** Milliseconds since the request began, with fractions. */
  elapsedMs(): number;
  /** Calls whose answers were bought and not served, but for those of its plan. */
  readonly unserved: OtherCall[];
  /** What the answer used that the served one mends; null where none was mended. */
  mended: Usage | null;
  /** Notes such a call. */
  pay(candidate: Candidate, usage: Usage | null): void;
  /** Cost of the usage at the candidate that answered, and of all other calls. */
  cost(usage: Usage | null): number | null;
  saved(usage: Usage | null): number | null;
  /** The first call holds; a request is settled once. */
  settle(end: Ending): void;
}

/**
 * Runs a request from its stages to its settlement. Every fault becomes the dialect's error; only the client's own
 * leaving is thrown. An answer that streams settles by itself when it ends.
 */
export async function tellStory(
  incoming: Incoming,
  operation: OperationKind,
  deps: ServeDeps,
  tell: (story: Story) => Promise<GatewayAnswer>,
): Promise<GatewayAnswer> {
  const story = createStory(incoming, operation, deps);
  try {
    story.options = readRequestOptions(incoming.headers);
    const answer = await tell(story);
    if (!story.isAdmitted) throw new Error(`${operation} asked no stage`);
    return answer;
  } catch (error) {
    if (error instanceof AttemptsFailed) story.attempts = error.attempts;
    if (incoming.signal.aborted) {
      story.leave();
      throw error;
    }
    if (story.overheadMs === 0) story.overheadMs = story.elapsedMs();
    const fault = faultOfError(error);
    const rendered = incoming.dialect.renderFault(fault, incoming.requestId);
    const standing = error instanceof RefusalError ? error.headers : {};
    const paid = othersNanoUsd(story);
    story.settle({ status: rendered.status, usage: null, costNanoUsd: paid, error: fault.kind });
    return {
      status: rendered.status,
      headers: {
        "content-type": JSON_TYPE,
        ...story.headers(),
        ...moneyHeaders(paid, null),
        ...standing,
        ...rendered.headers,
      },
      body: JSON.stringify(rendered.body),
    };
  }
}

interface OpenStory extends Story {
  options: RequestOptions;
  isAdmitted: boolean;
  /** The client left before there was an answer. */
  leave(): void;
}

const NOBODY_ASKED: AskedFor = { payees: [], tokens: () => ({ input: 0, maxOutput: null, answers: 1 }) };
const NO_OPTIONS: RequestOptions = readRequestOptions({});

function createStory(incoming: Incoming, operation: OperationKind, deps: ServeDeps): OpenStory {
  const startMs = deps.clock();
  const beganAt = performance.now();
  const state = deps.state();
  const ends: ((settlement: Settlement) => void)[] = [];
  const stageHeaders: Readonly<Record<string, string>>[] = [];
  let isSettled = false;
  let isCutOff = false;
  const story: OpenStory = {
    incoming,
    state,
    startMs,
    options: NO_OPTIONS,
    requestedModel: "",
    stream: false,
    plan: null,
    planRun: null,
    planLeft: null,
    upstream: null,
    candidate: null,
    answered: null,
    ward: null,
    cached: null,
    attempts: [],
    tried: [],
    underWay: [],
    asked: NOBODY_ASKED,
    isCapped: false,
    overheadMs: 0,
    firstTokenMs: null,
    text: null,
    answer: null,
    onlooker: null,
    unserved: [],
    mended: null,
    isAdmitted: false,
    async admit(facts) {
      const { route, isNamed, isShared, tokens, calls, repairTokens } = facts;
      let { candidates } = facts;
      const { options } = story;
      const isHedged = state.limits.hedgeAfterMs !== null;
      const mayDecline = operation === "chat" && state.limits.fallBackOnContentPolicy;
      for (const stage of deps.stages) {
        const asked = stage.admit({
          incoming,
          options,
          route,
          isNamed,
          isShared,
          candidates,
          tokens,
          calls,
          isHedged,
          mayDecline,
          repairTokens,
        });
        const admitted = asked instanceof Promise ? await asked : asked;
        candidates = admitted.candidates;
        stageHeaders.push(admitted.headers);
        story.isCapped ||= admitted.isCapped === true;
        if (admitted.settle !== null) ends.push(admitted.settle);
      }
      story.isAdmitted = true;
      story.asked = { payees: candidates, tokens };
      return candidates;
    },
    leave() {
      isCutOff = true;
      const facts = { ...story.asked, underWay: story.underWay };
      if (story.attempts.length === 0) story.attempts = triesUntilLeft(story.tried, facts);
      const { candidate, usage, costNanoUsd: cost } = cutOff(facts);
      const other = story.planRun?.others.at(-1);
      story.candidate = candidate ?? other?.candidate ?? null;
      const others = othersNanoUsd(story);
      const paid = cost === null || others === null ? null : cost + others;
      story.settle({ status: 499, usage: usage ?? other?.usage ?? null, costNanoUsd: paid, error: "client_left" });
    },
    elapsedMs: () => performance.now() - beganAt,
    headers() {
      const headers = storyHeaders(story);
      for (const own of stageHeaders) for (const name in own) headers[name] = own[name]!;
      return headers;
    },
    pay(other, usage) {
      story.unserved.push({
        candidate: other,
        usage,
        costNanoUsd: usage === null ? null : costOfUsage(usage, other),
      });
    },
    cost(usage) {
      if (story.cached?.pays === false) return 0;
      if (usage === null || story.candidate === null) return null;
      const own = costOfUsage(usage, story.candidate);
      const others = othersNanoUsd(story);
      return own === null || others === null ? null : own + others;
    },
    saved(usage) {
      const cost = story.cost(usage);
      const incumbent = costAtIncumbent(story, usage);
      return cost === null || incumbent === null ? null : incumbent - cost;
    },
    settle(end) {
      if (isSettled) return;
      isSettled = true;
      // What was bought for another is on that one's account.
      const isFree = story.cached?.pays === false;
      const settlement: Settlement = {
        requestId: incoming.requestId,
        operation,
        atMs: startMs,
        keyId: incoming.keyId,
        caller: incoming.caller ?? null,
        traceparent: String(incoming.headers["traceparent"] ?? "") || null,
        route: story.plan?.routeName ?? null,
        session: story.options.session,
        metadata: story.options.metadata,
        dialect: incoming.dialect.name,
        stream: story.stream,
        requestedModel: story.requestedModel,
        upstream: story.candidate?.upstreamId ?? story.upstream,
        candidate: story.candidate,
        answered: isFree ? null : story.answered,
        decision: story.plan?.decision ?? null,
        isFollowed: story.plan?.isFollowed ?? false,
        activation: story.plan?.activation ?? null,
        plan: loggedPlan(story),
        otherCalls: otherCallsOf(story),
        isMended: story.mended !== null,
        billed: billedOf(story, isCutOff ? null : end.usage),
        attempts: story.attempts,
        guardrails: story.ward?.outcomes ?? null,
        hedgeCostNanoUsd: hedgeCost(story.attempts, story.asked),
        incumbentCostNanoUsd: isCutOff ? null : costAtIncumbent(story, end.usage),
        cache: story.cached?.outcome ?? "bypass",
        content: contentOf(story),
        contentDays: story.plan?.route?.log?.retentionDays ?? null,
        overheadMs: story.overheadMs,
        firstTokenMs: story.firstTokenMs,
        durationMs: story.elapsedMs(),
        status: end.status,
        usage: isFree ? null : end.usage,
        costNanoUsd: isFree ? 0 : end.costNanoUsd,
        error: end.error,
      };
      for (const finish of ends) finish(settlement);
      story.cached?.settled(settlement);
      deps.onSettled(settlement);
      tellOnlooker(story, settlement);
    },
  };
  return story;
}

/** Whatever an onlooker does with it, the request is settled. */
function tellOnlooker({ onlooker, answer }: Story, settlement: Settlement): void {
  try {
    onlooker?.settled(settlement, onlooker.wantsAnswer && answer !== null ? answer() : null);
  } catch {
    // It counts its own faults.
  }
}

/** A text that cannot be read is no reason not to settle. */
function contentOf({ text, answer }: Story): LogContent | null {
  try {
    return text === null ? null : text(answer === null ? null : answer());
  } catch {
    return null;
  }
}

function billedOf(story: Story, usage: Usage | null) {
  const { plan, attempts, candidate, cached } = story;
  if (plan?.activation?.lot == null || cached?.pays === false) return [];
  return billedAttempts({ plan, attempts, candidate, usage, others: otherCallsOf(story) });
}

/** Calls whose answers were bought and are not served. */
function otherCallsOf({ planRun, unserved }: Story): readonly OtherCall[] {
  if (planRun === null) return unserved;
  return unserved.length === 0 ? planRun.others : [...planRun.others, ...unserved];
}

/** Their cost; null where one is not known. */
function othersNanoUsd({ planRun, unserved }: Story): number | null {
  let sum = planRun === null ? 0 : planRun.otherCallsNanoUsd;
  for (const { costNanoUsd } of unserved) sum = sum === null || costNanoUsd === null ? null : sum + costNanoUsd;
  return sum;
}
