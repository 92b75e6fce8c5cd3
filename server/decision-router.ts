import type { RouteDecision, RouteRequest } from "../engine/schema/decision.ts";

/** What a decision was made from, as JSON: digest of features, scores, what was asked. No prompt text. */
export type DecisionTrace = Readonly<Record<string, unknown>>;

export interface DecisionOutcome {
  readonly decision: RouteDecision;
  readonly trace: DecisionTrace;
}

/** Identity of the artifact that decides. */
export interface RouterIdentity {
  readonly name: string;
  readonly version: string;
}

/** The router as the server sees it: the engine's, bound to a configuration, or a fake of it in tests. */
export interface DecisionRouter {
  readonly identity: RouterIdentity;
  /** Why no artifact is served although one should be; null when all is well. */
  readonly degraded: string | null;
  /** @throws EngineError `invalid_request`, `unknown_model`, `unknown_policy`, `no_candidate` */
  decide(request: RouteRequest): Promise<DecisionOutcome>;
  /** The decision that a stored trace leads to; needs neither the prompt nor the artifact. */
  replay(trace: DecisionTrace): RouteDecision;
  /** Frees native memory once every running call has ended. */
  close(): Promise<void>;
}
