import type { Candidate } from "../engine/schema/candidate.ts";
import type { Spender } from "./budgets/budgets.ts";
import {
  BudgetExceeded,
  type Purchased,
  type Reservation,
  type ReservationDeps,
  reserve,
} from "./budgets/reservation.ts";
import { type AskedTokens, inputOf } from "./budgets/worst-case.ts";
import type { Caller } from "./caller.ts";
import type { Usage } from "./chat.ts";
import { ApiError, RefusalError } from "./errors.ts";
import { isAllowed } from "./keys/name-pattern.ts";
import type { VirtualKey } from "./keys/virtual-key.ts";
import { limitHeaders } from "./limits/limit-headers.ts";
import {
  type Limited,
  type Limiter,
  type LimitState,
  limitsFor,
  type Passage,
  type Refused,
} from "./limits/limiter.ts";
import type { LimitScope } from "./limits/limits.ts";
import type { Settings } from "./settings.ts";

export interface AdmissionDeps extends ReservationDeps {
  readonly settings: () => Pick<Settings, "limits" | "gateway">;
  readonly limiter: Limiter;
  readonly onRefused: OnRefused;
}

/** What is known of a request once it is known who could answer it. */
export interface AdmissionFacts {
  readonly caller: Caller;
  /** Whom the request says that it is for, where its key does not say. */
  readonly attribution: {
    readonly tenant: string | null;
    readonly team: string | null;
    readonly user: string | null;
    readonly tags: readonly string[];
  };
  /** The client's wire format, for the headers that it reads. */
  readonly format: string;
  readonly route: string | null;
  /** The client named the model itself, instead of leaving it to the route. */
  readonly isNamed: boolean;
  /** Who may answer, in order; none for a call that costs nothing. */
  readonly candidates: readonly Candidate[];
  /** Called when something limits the request, so that others need not be counted. */
  readonly tokens: () => AskedTokens;
  readonly isHedged: boolean;
  /** All candidates may be paid, each for declining. */
  readonly mayDecline?: boolean;
  /** What it reads or changes belongs to everyone who uses the upstream's key. */
  readonly isShared?: boolean | undefined;
  /** Calls of the candidates that may be paid for one answer; absent: one. */
  readonly calls?: number | undefined;
  /** Tokens of what a model is told, where it may be asked once more to mend its answer; absent: it is asked once. */
  readonly repairTokens?: number | undefined;
}

/** A request that may go on. Of `settle` and `release` the first call holds. */
export interface Admission {
  readonly candidates: readonly Candidate[];
  /** Where the caller stands, in its dialect's headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether a hard budget counts the call: nothing may be bought beyond what is held. */
  readonly isCapped: boolean;
  settle(used: Purchased): void;
  /** Nothing was used. */
  release(): void;
}

/** Whom a decision without a call is for. */
export type DecisionFacts = Pick<AdmissionFacts, "caller" | "attribution" | "format" | "route">;

/** What the gate refuses, for metrics: by the limit's or the budget's own kind. */
export type OnRefused = (by: {
  readonly kind: "limit" | "budget";
  readonly scope: string;
  readonly measure: string;
}) => void;

/** The one gate before every upstream call: grants of the key, then limits, then budgets. */
export interface Gate {
  /** @throws ApiError `route_not_allowed`, `model_not_allowed`, `model_unpriced`; RefusalError `rate_limited`, `budget_exceeded` */
  admit(facts: AdmissionFacts): Promise<Admission>;
  /**
   * A decision that nobody is called for: it costs nothing and is counted as a request a minute.
   *
   * @returns headers that tell where the caller stands
   * @throws ApiError `route_not_allowed`; RefusalError `rate_limited`
   */
  admitDecision(facts: DecisionFacts): Promise<Readonly<Record<string, string>>>;
}

export function createGate(deps: AdmissionDeps): Gate {
  const { limiter, budgets, clock, settings, onRefused } = deps;

  function refused({ refusedBy, isTooLarge }: Refused, format: string): RefusalError {
    onRefused({ kind: "limit", scope: refusedBy.scope, measure: refusedBy.measure });
    return refusal(refusedBy, isTooLarge, format, clock());
  }

  async function pass(facts: AdmissionFacts, candidates: readonly Candidate[]): Promise<Passage | null> {
    const limited = limitedBy(facts, candidates, settings().limits);
    if (limited.length === 0) return null;
    const countsTokens = limited.some(
      ({ limits: { tpm, input_tpm, output_tpm } }) => (tpm ?? input_tpm ?? output_tpm) !== undefined,
    );
    const expected = { ...NO_TOKENS };
    if (countsTokens && candidates.length > 0) {
      const { input, maxOutput, answers } = facts.tokens();
      expected.input = input;
      expected.output = (maxOutput ?? 0) * answers;
    }
    const passage = await limiter.pass(limited, expected);
    if (!("refusedBy" in passage)) return passage;
    throw refused(passage, facts.format);
  }

  return {
    async admitDecision(facts) {
      const { caller, route, format } = facts;
      if (caller.key !== null && route !== null) assertRoute(caller.key, route);
      const limited = limitedBy(facts, [], settings().limits).flatMap(({ limits: { rpm }, ...whom }) =>
        rpm === undefined ? [] : [{ ...whom, limits: { rpm } }],
      );
      if (limited.length === 0) return {};
      const passage = await limiter.pass(limited, NO_TOKENS);
      if ("refusedBy" in passage) throw refused(passage, format);
      return limitHeaders(format, passage.states, clock());
    },
    async admit(facts) {
      const candidates = granted(facts);
      const passage = await pass(facts, candidates);
      let reservation: Reservation | null = null;
      try {
        if (!budgets.isEmpty) {
          const { budgetWaitMs, whenBudgetsFail } = settings().gateway;
          const payees = facts.mayDecline === true ? candidates.length : facts.isHedged ? 2 : 1;
          reservation = await reserve(
            {
              spender: spenderOf(facts),
              candidates,
              asked: facts.tokens,
              calls: Math.max(payees, facts.calls ?? 1),
              ...(facts.repairTokens === undefined ? {} : { repair: { tokens: facts.repairTokens, calls: payees } }),
              isTentative: isTentative(facts),
              patienceMs: budgetWaitMs,
              goesOnWithout: whenBudgetsFail === "allow",
            },
            deps,
          );
        }
      } catch (error) {
        passage?.release();
        if (error instanceof BudgetExceeded && !isTentative(facts)) {
          const { scope, unit } = error.budget;
          onRefused({ kind: "budget", scope, measure: unit });
        }
        throw error;
      }
      return admissionOf(facts, reservation?.candidates ?? candidates, passage, reservation, clock());
    },
  };
}

const NO_TOKENS = { input: 0, output: 0 };

/** Where there is no room for several calls, one is asked for next. */
function isTentative({ calls = 1, repairTokens }: AdmissionFacts): boolean {
  return calls > 1 || repairTokens !== undefined;
}

function admissionOf(
  { format }: AdmissionFacts,
  candidates: readonly Candidate[],
  passage: Passage | null,
  reservation: Reservation | null,
  nowMs: number,
): Admission {
  let isOver = false;
  return {
    candidates,
    headers: passage === null ? {} : limitHeaders(format, passage.states, nowMs),
    isCapped: reservation?.isCapped === true,
    settle(used) {
      if (isOver) return;
      isOver = true;
      const { usage, others = [] } = used;
      if (usage !== null) passage?.settle(tokensOf([usage, ...others.flatMap((other) => other.usage ?? [])]));
      else passage?.settle(used.costNanoUsd === null ? null : { input: 0, output: 0 });
      reservation?.settle(used);
    },
    release() {
      if (isOver) return;
      isOver = true;
      passage?.release();
      reservation?.settle({ requestId: null, candidate: null, usage: null, costNanoUsd: null });
    },
  };
}

function tokensOf(usages: readonly Usage[]): { input: number; output: number } {
  return {
    input: usages.reduce((sum, usage) => sum + inputOf(usage), 0),
    output: usages.reduce((sum, usage) => sum + usage.output, 0),
  };
}

/** Candidates that the caller's key allows. */
function granted({ caller: { key }, route, isNamed, isShared, candidates }: AdmissionFacts): readonly Candidate[] {
  if (key === null) return candidates;
  if (isShared === true && (key.models !== null || key.routes !== null)) {
    const message =
      "this key is for certain models or routes; files, batches and the like belong to all who use the upstream";
    throw new ApiError("model_not_allowed", message);
  }
  if (route !== null) assertRoute(key, route);
  // A key for certain routes alone does not open every model beside them.
  const models = key.models ?? (key.routes !== null && isNamed ? [] : null);
  if (models === null || candidates.length === 0) return candidates;
  const allowed = candidates.filter(({ candidateId, model }) => isAllowed(models, candidateId, model));
  if (allowed.length > 0) return allowed;
  const what = candidates[0]!.candidateId;
  throw new ApiError("model_not_allowed", `this key may not use ${what}`, { place: "model" });
}

/** @throws ApiError `route_not_allowed` */
export function assertRoute(key: VirtualKey, route: string): void {
  if (isAllowed(key.routes, route)) return;
  throw new ApiError("route_not_allowed", `this key may not use the route "${route}"`, { place: "model" });
}

function spenderOf({ caller, attribution, route }: DecisionFacts): Spender {
  return {
    keyId: caller.keyId,
    tenant: caller.tenant ?? attribution.tenant,
    team: caller.team ?? attribution.team,
    user: caller.user ?? attribution.user,
    route,
    tags: attribution.tags.length === 0 ? caller.tags : [...new Set([...caller.tags, ...attribution.tags])],
  };
}

/** The key's own limits, then the configuration's for each of those whom the request belongs to. */
function limitedBy(
  facts: DecisionFacts,
  candidates: readonly Candidate[],
  configs: Settings["limits"],
): readonly Limited[] {
  const { key } = facts.caller;
  const limited: Limited[] = [];
  if (key !== null && hasLimits(key.limits)) limited.push({ scope: "key", subject: key.keyId, limits: key.limits });
  if (configs.length === 0) return limited;
  const { keyId, tenant, team, user, route } = spenderOf(facts);
  const add = (scope: LimitScope, name: string | null) => {
    if (name !== null) for (const one of limitsFor(configs, scope, name)) limited.push(one);
  };
  add("key", keyId);
  add("team", team);
  add("user", user);
  add("tenant", tenant);
  add("route", route);
  const [first] = candidates;
  if (first !== undefined) limited.push(...limitsFor(configs, "model", first.candidateId, first.model));
  return limited;
}

function hasLimits(limits: VirtualKey["limits"]): boolean {
  for (const _ in limits) return true;
  return false;
}

const MEASURES: Readonly<Record<LimitState["measure"], string>> = {
  requests: "requests a minute",
  tokens: "tokens a minute",
  input_tokens: "input tokens a minute",
  output_tokens: "output tokens a minute",
  parallel: "requests at once",
};

function refusal(state: LimitState, isTooLarge: boolean, format: string, nowMs: number): RefusalError {
  const { scope, subject, measure, limit, remaining, resetsInMs } = state;
  const limitText = `the limit of ${scope} ${subject} is ${limit} ${MEASURES[measure]}`;
  const message = isTooLarge
    ? `this request alone is larger than its limit: ${limitText}`
    : `${limitText}, of which ${remaining} are left; try again in ${Math.max(1, Math.ceil(resetsInMs / 1000))} s`;
  return new RefusalError("rate_limited", message, {
    retryAfterMs: isTooLarge ? null : resetsInMs,
    headers: limitHeaders(format, [state], nowMs),
  });
}
