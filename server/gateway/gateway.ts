import { setTimeout as sleepFor } from "node:timers/promises";
import type { Rng } from "../../engine/rng.ts";
import type { Dialect } from "../dialect.ts";
import type { Provider } from "../provider.ts";
import type { RouterService } from "../router-service.ts";
import type { Settings } from "../settings.ts";
import type { GatewayAnswer } from "./answer.ts";
import type { GatewayState } from "./gateway-state.ts";
import { type IncomingCall, serveChat } from "./serve-chat.ts";
import { createSessions } from "./sessions.ts";
import type { Settlement } from "./settlement.ts";
import { createGuards } from "./target.ts";
import { createUpstreams, type Upstreams } from "./upstreams.ts";

export interface GatewayDeps {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly dialects: ReadonlyMap<string, Dialect>;
  readonly routers: RouterService;
  readonly clock: () => number;
  readonly rng: Rng;
  readonly onSettled: (settlement: Settlement) => void;
}

/** The data plane: serves chat in any dialect from any upstream. */
export interface Gateway {
  readonly dialects: ReadonlyMap<string, Dialect>;
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

export function createGateway(settings: Settings, deps: GatewayDeps): Gateway {
  const { providers, dialects, routers, clock, rng, onSettled } = deps;
  const guards = createGuards({ openAfter: 5, halfOpenAfterMs: 10_000 });
  const sessions = createSessions(MOST_SESSIONS);
  const draining = new Set<Upstreams>();
  let state = stateOf(settings);

  function stateOf({ upstreams: configs, routes, gateway: limits }: Settings): GatewayState {
    const upstreams = createUpstreams(configs, providers, guards);
    return {
      routers,
      routes,
      upstreams,
      upstreamIds: upstreams.ids,
      sessions,
      limits: {
        requestTimeoutMs: limits.requestTimeoutMs,
        silenceMs: limits.silenceTimeoutMs ?? null,
        attemptTimeoutMs: limits.attemptTimeoutMs ?? null,
        retries: limits.retries,
        backoffMs: limits.backoffMs,
        maxBackoffMs: limits.maxBackoffMs,
        hedgeAfterMs: limits.hedgeAfterMs ?? null,
        fallBackOnContentPolicy: limits.fallBackOnContentPolicy,
      },
    };
  }

  return {
    dialects,
    get state() {
      return state;
    },
    serve: (incoming) =>
      serveChat(incoming, {
        state: () => state,
        onSettled,
        clock,
        random: () => rng.next(),
        sleep: (ms, signal) => sleepFor(ms, undefined, { signal }),
      }),
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
