import type { LogContent } from "../../engine/schema/log-record.ts";
import type { Activation } from "../activation/activation.ts";
import type { CacheSection } from "../cache/cache-config.ts";
import type { PoolSection, RouteSection } from "../config-schema.ts";
import type { Guardrails } from "../guarding/ward.ts";
import type { RouterService } from "../router-service.ts";
import type { AttemptOptions } from "./attempts.ts";
import type { Balancer } from "./balancer.ts";
import type { Sessions } from "./sessions.ts";
import type { Upstreams } from "./upstreams.ts";

/** Everything a request is served by, as configured at one moment. */
export interface GatewayState {
  readonly routers: RouterService;
  readonly routes: Readonly<Record<string, RouteSection>>;
  readonly pools: Readonly<Record<string, PoolSection>>;
  readonly upstreams: Upstreams;
  readonly upstreamIds: readonly string[];
  readonly sessions: Sessions;
  readonly balancer: Balancer;
  /** Says of active routes what they may follow; null: they follow every decision. */
  readonly activation: Pick<Activation, "standing"> | null;
  readonly guardrails: Guardrails;
  /** A text without what is personal in it; null where it is too long, or while nothing can redact it. */
  readonly redactText: (content: LogContent | null) => LogContent | null;
  readonly cache: CacheSection;
  readonly clock: () => number;
  /** When this configuration took effect. */
  readonly sinceMs: number;
  readonly limits: Omit<AttemptOptions, "deadlineMs" | "isClientsDeadline"> & {
    readonly requestTimeoutMs: number;
    readonly silenceMs: number;
    readonly strict: boolean;
  };
}
