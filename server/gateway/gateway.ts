import { setTimeout as sleepFor } from "node:timers/promises";
import type { Rng } from "../../engine/rng.ts";
import type { Activation } from "../activation/activation.ts";
import type { AnswerCache } from "../cache/answer-cache.ts";
import type { Dialect } from "../dialect.ts";
import { type Guardrails, NO_GUARDRAILS } from "../guarding/ward.ts";
import { createTextRedactor } from "../log/redacted-text.ts";
import type { Provider } from "../provider.ts";
import type { RouterService } from "../router-service.ts";
import type { Settings } from "../settings.ts";
import type { GatewayAnswer } from "./answer.ts";
import { createBalancer } from "./balancer.ts";
import type { GatewayState } from "./gateway-state.ts";
import { createHealths, type GuardOptions } from "./health.ts";
import type { IncomingCall } from "./incoming.ts";
import type { LookOn } from "./onlooker.ts";
import { serveChat } from "./serve-chat.ts";
import { createSessions } from "./sessions.ts";
import type { Settlement } from "./settlement.ts";
import type { Stage } from "./stage.ts";
import { abortSignalOf } from "./stop-signal.ts";
import type { ServeDeps } from "./story.ts";
import { createUpstreams, type Upstreams } from "./upstreams.ts";

export interface GatewayDeps {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly dialects: ReadonlyMap<string, Dialect>;
  readonly routers: RouterService;
  readonly clock: () => number;
  readonly rng: Rng;
  /** Guardrails of a configuration; by default none. */
  readonly guardrailsOf?: (settings: Settings) => Guardrails;
  /** Answers that were bought already; by default none are kept. */
  readonly cache?: AnswerCache;
  /** What active routes may follow; by default every decision. */
  readonly activation?: Pick<Activation, "standing">;
  /** Who looks on at chat requests; by default nobody. */
  readonly lookOn?: LookOn;
  /** Passed by every request, in this order. */
  readonly stages?: readonly Stage[];
  readonly onSettled: (settlement: Settlement) => void;
  /** When an upstream that fails is left alone, and for how long (by the machine's clock). */
  readonly breaker?: GuardOptions;
}

/** The data plane: serves any client's dialect from any upstream. */
export interface Gateway {
  readonly dialects: ReadonlyMap<string, Dialect>;
  readonly providers: ReadonlyMap<string, Provider>;
  /** What the operations need to tell a request's story. */
  readonly deps: ServeDeps;
  /** A chat request in any dialect. */
  serve(incoming: IncomingCall): Promise<GatewayAnswer>;
  /** What is configured now. */
  readonly state: GatewayState;
  /** Takes over new settings; requests under way end with what they began with. */
  reload(settings: Settings): void;
  close(): Promise<void>;
}

const MOST_SESSIONS = 50_000;
/** Old connections are closed once requests begun before a reload must be over. */
const DRAIN_MS = 600_000;

export function createGateway(settings: Settings, options: GatewayDeps): Gateway {
  const { providers, dialects, routers, clock, rng, stages = [], onSettled } = options;
  const healths = createHealths(options.breaker ?? { openAfter: 5, halfOpenAfterMs: 10_000 });
  const sessions = createSessions(MOST_SESSIONS);
  const balancer = createBalancer(healths);
  const draining = new Set<Upstreams>();
  const redactText = createTextRedactor();
  let state = stateOf(settings);

  function stateOf(settings: Settings): GatewayState {
    const { upstreams: configs, routes, pools, gateway: limits, cache } = settings;
    const upstreams = createUpstreams(configs, providers, healths);
    return {
      routers,
      routes,
      pools,
      upstreams,
      upstreamIds: upstreams.ids,
      sessions,
      balancer,
      activation: options.activation ?? null,
      guardrails: options.guardrailsOf?.(settings) ?? NO_GUARDRAILS,
      redactText: Object.values(routes).some(({ log }) => log?.content === "redacted") ? redactText() : () => null,
      cache,
      clock,
      sinceMs: clock(),
      limits: {
        requestTimeoutMs: limits.requestTimeoutMs,
        silenceMs: limits.silenceTimeoutMs ?? limits.requestTimeoutMs,
        attemptTimeoutMs: limits.attemptTimeoutMs ?? null,
        retries: limits.retries,
        backoffMs: limits.backoffMs,
        maxBackoffMs: limits.maxBackoffMs,
        hedgeAfterMs: limits.hedgeAfterMs ?? null,
        fallBackOnContentPolicy: limits.fallBackOnContentPolicy,
        strict: limits.strict,
      },
    };
  }

  const deps: ServeDeps = {
    state: () => state,
    ...(options.cache === undefined ? {} : { cache: options.cache }),
    ...(options.lookOn === undefined ? {} : { lookOn: options.lookOn }),
    stages,
    onSettled,
    clock,
    random: () => rng.next(),
    sleep: (ms, signal) => sleepFor(ms, undefined, { signal: abortSignalOf(signal) }),
  };

  return {
    dialects,
    providers,
    deps,
    get state() {
      return state;
    },
    serve: (incoming) => serveChat(incoming, deps),
    reload(next) {
      const { upstreams } = state;
      state = stateOf(next);
      draining.add(upstreams);
      const timer = setTimeout(() => {
        draining.delete(upstreams);
        void upstreams.close();
      }, DRAIN_MS);
      timer.unref();
    },
    async close() {
      await Promise.all([state.upstreams, ...draining].map((upstreams) => upstreams.close()));
    },
  };
}
