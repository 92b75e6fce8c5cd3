import { LRUCache } from "lru-cache";
import type { Candidate } from "../../engine/schema/candidate.ts";
import { vendorHeaders } from "../gateway/answer-headers.ts";
import { type AttemptRecord, AttemptsFailed, type AttemptsResult } from "../gateway/attempts.ts";
import type { Committed } from "../gateway/chat-attempt.ts";
import { collectResult } from "../gateway/collect-result.ts";
import { attemptOptions } from "../gateway/deadline.ts";
import type { ReadCall } from "../gateway/read-call.ts";
import type { Settlement } from "../gateway/settlement.ts";
import type { StopSignal } from "../gateway/stop-signal.ts";
import type { Story } from "../gateway/story.ts";
import type { CacheOutcome } from "../log/entry.ts";
import { CLIENT_DEADLINE, faultOf } from "../upstream-fault.ts";
import { type CacheRules, cacheRules } from "./cache-config.ts";
import type { CachePart } from "./cache-part.ts";
import { type CacheQuestion, cacheQuestion } from "./cache-question.ts";
import type { CacheFilter } from "./cache-store.ts";
import { type CachedAnswer, isComplete, type RecordedBytes, sizeOf } from "./cached-answer.ts";
import { type CacheDirectives, readDirectives } from "./directives.ts";
import type { DiskState, DiskTier } from "./disk-tier.ts";
import { createFlight, type Flight, type Seat } from "./flight.ts";
import { type Landed, takeLanded } from "./landing.ts";
import { createMemoryTier } from "./memory-tier.ts";
import { createSharedStream } from "./shared-stream.ts";

export interface AnswerCacheOptions {
  readonly memoryBytes: number;
  readonly maxEntryBytes: number;
}

export interface AnswerCacheDeps {
  readonly disk: DiskTier;
  readonly clock: () => number;
  readonly near: NearAnswers | null;
}

/** Answers to asks that mean the same; see server/cache/semantic. */
export interface NearAnswers {
  /** Never throws and never takes long: in doubt there is none. */
  find(question: CacheQuestion, rules: CacheRules, signal: StopSignal): Promise<NearAnswer | null>;
  /** An answer was stored under this question. */
  add(question: CacheQuestion, answer: CachedAnswer, rules: CacheRules): void;
  remove(id: string): void;
  clear(filter: CacheFilter): void;
  readonly state: NearState;
}

/** What semantic caching has done since the start. */
export interface NearState {
  /** Asks that were looked up, and how many found one that means the same. */
  readonly lookups: number;
  readonly matches: number;
  readonly audits: number;
  /** Audits whose two answers differed, and answers that somebody said were wrong. */
  readonly falseHits: number;
  /** Lookups that failed or were late, which are misses. */
  readonly failures: number;
}

/** A stored answer to an ask that seems to mean the same. */
export interface NearAnswer {
  /** Of the stored one. */
  readonly id: string;
  readonly sealingKey: Buffer;
  /** Whether it may be given; else it is only compared with the fresh one. */
  readonly mayServe: boolean;
  /** What was stored and what the upstream says now. */
  compare(stored: CachedAnswer, fresh: CachedAnswer): void;
  /** Somebody says that it was the wrong answer. */
  refute(): void;
}

/** Answers that were bought once, for those who ask the same. */
export interface AnswerCache {
  /** null: the request passes the cache by. */
  open(facts: CallFacts): CachePassage | null;
  /** Somebody says that the answer of this request or decision is bad. @returns whether an answer was removed */
  refute(id: string): boolean;
  clear(filter: CacheFilter): Promise<{ readonly memory: number; readonly disk: number }>;
  readonly state: CacheState;
}

export interface CacheState {
  readonly memory: { readonly entries: number; readonly bytes: number };
  readonly disk: DiskState;
  readonly outcomes: Readonly<Record<CacheOutcome, number>>;
  /** What hits would have cost, in nano-USD. */
  readonly savedNanoUsd: number;
  /** Calls under way, and the requests that wait for them. */
  readonly flights: number;
  readonly waiting: number;
  readonly semantic: NearState | null;
}

export interface CallFacts {
  readonly story: Story;
  readonly call: ReadCall;
  /** Who may answer, in order. */
  readonly candidates: readonly Candidate[];
}

/** One request's way through the cache. */
export interface CachePassage {
  readonly part: CachePart;
  /** The cached answer, that of the same call under way, or a fresh one. @throws as `ask` does */
  through(ask: Ask): Promise<Served>;
}

/** Asks the upstreams. @param signal ends the call, and its answer while that streams */
export type Ask = (signal: StopSignal) => Promise<AttemptsResult<Committed>>;

export interface Served {
  readonly result: Committed;
  readonly candidate: Candidate;
  readonly attempts: readonly AttemptRecord[];
  /** It was there already; nobody was waited for. */
  readonly isStored: boolean;
}

/** Requests whose answers are remembered, so that feedback finds them. */
const MOST_REMEMBERED = 50_000;
/** So many calls in a row are waited for, when those who set them off had less time. */
const MOST_ROUNDS = 3;
const LONGEST_TIMER_MS = 2_147_483_647;

interface Origin {
  readonly id: string;
  readonly near: NearAnswer | null;
}

/** A call under way, and what will be stored of it. */
interface Trip {
  readonly flight: Flight<Landed>;
  fresh: CachedAnswer | null;
  near: NearAnswer | null;
  /** Whether it may be stored: not before a request that it answered ended well, never after one said no. */
  isVetoed: boolean;
  isStored: boolean;
}

export function createAnswerCache({ disk, clock, near }: AnswerCacheDeps, options: AnswerCacheOptions): AnswerCache {
  const { memoryBytes, maxEntryBytes } = options;
  const memory = createMemoryTier(memoryBytes);
  const trips = new Map<string, Trip>();
  const origins = new LRUCache<string, Origin>({ max: MOST_REMEMBERED });
  const outcomes: Record<CacheOutcome, number> = { hit: 0, semantic: 0, "semantic-shadow": 0, miss: 0, bypass: 0 };
  let savedNanoUsd = 0;

  function store(question: CacheQuestion, answer: CachedAnswer, rules: CacheRules): void {
    memory.set(question.id, answer);
    disk.keep(question, answer);
    if (rules.semantic !== null) near?.add(question, answer, rules);
  }

  function remove(id: string): void {
    memory.delete(id);
    disk.remove(id);
    near?.remove(id);
  }

  /** From memory or from below it. */
  async function find(key: { readonly id: string; readonly sealingKey: Buffer }): Promise<CachedAnswer | null> {
    const nowMs = clock();
    const held = memory.get(key.id, nowMs);
    if (held !== null) return held;
    const stored = await disk.find(key, nowMs);
    if (stored !== null) memory.set(key.id, stored);
    return stored;
  }

  function open({ story, call, candidates }: CallFacts): CachePassage | null {
    const { incoming, plan, options: asked, state } = story;
    const rules = cacheRules(state.cache, plan?.route?.cache);
    const directives = readDirectives(incoming.headers);
    const [first] = candidates;
    if (first === undefined) return null;
    const question = cacheQuestion(
      {
        call,
        caller: incoming.caller ?? null,
        options: asked,
        route: plan?.routeName ?? null,
        modelClass: poolOf(first.candidateId, state.pools) ?? first.candidateId,
        model: first.model,
        vendorHeaders: vendorHeaders(incoming.headers),
      },
      rules,
      directives,
    );
    return question === null ? null : passageOf(story, call, candidates, { question, rules, directives });
  }

  interface Terms {
    readonly question: CacheQuestion;
    readonly rules: CacheRules;
    readonly directives: CacheDirectives;
  }

  function passageOf(
    story: Story,
    call: ReadCall,
    candidates: readonly Candidate[],
    { question, rules, directives }: Terms,
  ): CachePassage {
    const { incoming } = story;
    const client = { format: incoming.dialect.format, stream: call.stream, signal: incoming.signal };
    const { deadlineMs } = attemptOptions(story);
    // Others of the same tenant may be allowed other fallbacks.
    const flightId = `${question.id} ${candidates.map(({ candidateId }) => candidateId).join(" ")}`;
    let seat: Seat<Landed> | null = null;
    let trip: Trip | null = null;
    let outcome: CacheOutcome = "miss";
    let ageSeconds: number | null = null;
    let pays = true;
    let origin: Origin = { id: question.id, near: null };

    const isFresh = ({ storedAtMs }: CachedAnswer) =>
      directives.maxAgeSeconds === null || clock() - storedAtMs <= directives.maxAgeSeconds * 1000;

    function hit(answer: CachedAnswer, isNear: boolean): void {
      outcome = isNear ? "semantic" : "hit";
      ageSeconds = Math.max(0, Math.floor((clock() - answer.storedAtMs) / 1000));
      pays = false;
    }

    async function start(ask: Ask, own: Trip, signal: StopSignal): Promise<Landed> {
      if (directives.reads) {
        const answer = await find(question);
        if (answer !== null && isFresh(answer)) return { kind: "stored", answer, isNear: false };
        own.near = rules.semantic === null ? null : ((await near?.find(question, rules, signal)) ?? null);
        if (own.near?.mayServe === true) {
          const stored = await find(own.near);
          if (stored !== null && isFresh(stored)) return { kind: "stored", answer: stored, isNear: true };
          own.near = null;
        }
      }
      const { result, target, attempts } = await ask(signal);
      const { candidate } = target;
      const { upstreamHeaders, dropped } = result;
      const bought = { candidate, attempts, format: client.format, upstreamHeaders, dropped };
      // A fallback's answer is for an upstream in need, not for the hour that follows it.
      const isAsked = isOfClass(candidate, candidates[0]!, story);
      const record = (recorded: CachedAnswer["result"], wire: RecordedBytes | null) => {
        if (!isAsked || !isComplete(recorded)) return;
        const size = sizeOf(recorded, wire);
        if (size > maxEntryBytes) return;
        const nowMs = clock();
        const ttlSeconds = Math.min(directives.ttlSeconds ?? rules.ttlSeconds, rules.maxTtlSeconds);
        own.fresh = {
          requestId: incoming.requestId,
          route: story.plan?.routeName ?? null,
          partition: question.partition,
          candidateId: candidate.candidateId,
          storedAtMs: nowMs,
          expiresAtMs: nowMs + ttlSeconds * 1000,
          result: recorded,
          wire,
          dropped,
          size,
        };
      };
      if (result.kind === "whole") {
        const { bytes } = result;
        own.flight.settle();
        record(result.result, bytes === null ? null : { format: client.format, isStream: false, bytes });
        return { kind: "whole", committed: result, bought };
      }
      const { pieces, close } = result;
      signal.addEventListener(
        "abort",
        () => {
          close();
          void pieces.return().catch(() => {});
        },
        { once: true },
      );
      const stream = createSharedStream(pieces, {
        maxBytes: maxEntryBytes,
        onOutgrown: () => forget(own),
        onEnd(recording) {
          own.flight.settle();
          if (recording === null || !recording.events.some(({ type }) => type === "end")) return;
          const { bytes, events } = recording;
          try {
            record(
              collectResult(events, null),
              bytes === null ? null : { format: client.format, isStream: true, bytes },
            );
          } catch {
            // It ended in an error: nothing to keep.
          }
        },
      });
      return { kind: "stream", stream, bought };
    }

    function forget(own: Trip): void {
      if (trips.get(flightId) === own) trips.delete(flightId);
    }

    function takeOff(ask: Ask): Trip {
      const own: Trip = {
        flight: createFlight<Landed>({
          start: (signal) => start(ask, own, signal),
          onOver: () => forget(own),
        }),
        fresh: null,
        near: null,
        isVetoed: false,
        isStored: false,
      };
      // Who wants a fresh answer for itself does not make others wait for it.
      if (directives.reads) trips.set(flightId, own);
      return own;
    }

    async function through(ask: Ask): Promise<Served> {
      for (let round = 1; ; round++) {
        const held = directives.reads ? memory.get(question.id, clock()) : null;
        if (held !== null && isFresh(held)) {
          hit(held, false);
          return servedOf({ kind: "stored", answer: held, isNear: false }, true);
        }
        trip = (directives.reads ? trips.get(flightId) : undefined) ?? takeOff(ask);
        const place = trip.flight.board(incoming.signal);
        seat = place;
        try {
          const landed = await (place.isFirst ? place.landed : inTime(place.landed));
          if (landed.kind === "stored") {
            hit(landed.answer, landed.isNear);
            origin = { id: landed.isNear ? trip.near!.id : question.id, near: landed.isNear ? trip.near : null };
          }
          return await servedOf(landed, place.isFirst);
        } catch (error) {
          place.leave();
          if (place.isFirst || incoming.signal.aborted || !(error instanceof AttemptsFailed)) throw error;
          // Who set it off had less time than this client has.
          const isOurs = error.fault.kind !== "timeout" || clock() >= deadlineMs || round >= MOST_ROUNDS;
          if (isOurs) throw new AttemptsFailed(error.fault, []);
        }
      }
    }

    async function servedOf(landed: Landed, isFirst: boolean): Promise<Served> {
      const leave = () => seat?.leave();
      const result = await takeLanded(landed, { ...client, isFirst, leave });
      if (landed.kind !== "stored") {
        const { candidate, attempts } = landed.bought;
        return { result, candidate, attempts: isFirst ? attempts : [], isStored: false };
      }
      const { candidateId } = landed.answer;
      const known = story.state.routers.catalogue.candidates.find((one) => one.candidateId === candidateId);
      return { result, candidate: known ?? candidates[0]!, attempts: [], isStored: true };
    }

    /** @throws AttemptsFailed when this client's own time is over before the flight lands */
    async function inTime(landing: Promise<Landed>): Promise<Landed> {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const waitMs = Math.max(0, Math.min(deadlineMs - clock(), LONGEST_TIMER_MS));
        const fault = faultOf("timeout", "the answer did not come in time", { code: CLIENT_DEADLINE });
        timer = setTimeout(() => reject(new AttemptsFailed(fault, [])), waitMs);
      });
      try {
        return await Promise.race([landing, late]);
      } finally {
        clearTimeout(timer);
      }
    }

    const part: CachePart = {
      get outcome() {
        if (outcome !== "miss" || seat === null) return outcome;
        if (!part.pays) return "hit";
        return trip?.near == null ? "miss" : "semantic-shadow";
      },
      get ageSeconds() {
        return ageSeconds ?? (part.pays ? null : 0);
      },
      get pays() {
        return pays && (seat === null || seat.pays);
      },
      forsake() {
        if (trip !== null) trip.isVetoed = true;
        else if (outcome !== "miss") remove(origin.id);
        outcome = "bypass";
        ageSeconds = null;
        pays = true;
        seat?.leave();
        seat = null;
      },
      settled(settlement) {
        const isGood = settlement.status === 200 && settlement.error === null;
        const stored = settle(isGood, verdictOf(settlement));
        outcomes[part.outcome]++;
        if (isGood && !part.pays) savedNanoUsd += settlement.incumbentCostNanoUsd ?? 0;
        if (stored || outcome === "hit" || outcome === "semantic") {
          origins.set(settlement.requestId, origin);
          if (settlement.decision !== null) origins.set(settlement.decision.decisionId, origin);
        }
        seat?.leave();
      },
    };

    /** @returns whether an answer of this trip is stored */
    function settle(isGood: boolean, verdict: Verdict): boolean {
      if (trip !== null && verdict !== "fit") trip.isVetoed = true;
      if (verdict === "unfit_answer") remove(origin.id);
      if (trip === null || trip.isVetoed || trip.fresh === null || !isGood) return false;
      if (trip.isStored) return true;
      trip.isStored = true;
      store(question, trip.fresh, rules);
      audit(trip.near, trip.fresh);
      forget(trip);
      return true;
    }

    function audit(found: NearAnswer | null, fresh: CachedAnswer): void {
      if (found === null) return;
      void find(found).then((stored) => {
        if (stored !== null) found.compare(stored, fresh);
      });
    }

    return { part, through };
  }

  return {
    open,
    refute(id) {
      const origin = origins.get(id);
      if (origin === undefined) return false;
      origin.near?.refute();
      remove(origin.id);
      return true;
    },
    async clear(filter) {
      const { partition, route } = filter;
      near?.clear(filter);
      const gone = memory.clear(
        (answer) =>
          (partition === undefined || answer.partition === partition) &&
          (route === undefined || answer.route === route),
      );
      return { memory: gone, disk: await disk.clear(filter) };
    },
    get state() {
      return {
        memory: { entries: memory.entries, bytes: memory.bytes },
        disk: disk.state,
        outcomes: { ...outcomes },
        savedNanoUsd,
        semantic: near?.state ?? null,
        flights: trips.size,
        waiting: [...trips.values()].reduce((sum, { flight }) => sum + flight.size, 0),
      };
    },
  };
}

type Verdict = "fit" | "unfit_question" | "unfit_answer";

/** What the guardrails found decides whether anybody else shall get the answer. */
function verdictOf({ guardrails }: Settlement): Verdict {
  const unfit = (guardrails ?? []).filter(({ outcome }) => UNFIT.has(outcome));
  if (unfit.length === 0) return "fit";
  return unfit.some(({ phase }) => phase === "output") ? "unfit_answer" : "unfit_question";
}

const UNFIT: ReadonlySet<string> = new Set([
  "flagged",
  "blocked",
  "rerouted",
  "repaired",
  "failed_open",
  "failed_closed",
]);

function poolOf(candidateId: string, pools: Story["state"]["pools"]): string | null {
  for (const name in pools) if (pools[name]!.members.some(({ use }) => use === candidateId)) return `pool ${name}`;
  return null;
}

function isOfClass(answered: Candidate, asked: Candidate, { state }: Story): boolean {
  if (answered.candidateId === asked.candidateId) return true;
  const pool = poolOf(asked.candidateId, state.pools);
  return pool !== null && pool === poolOf(answered.candidateId, state.pools) && answered.model === asked.model;
}
