import { discover } from "./discover.ts";
import type { PolicyPlugin } from "./policy.ts";
import type { Policies } from "./ready-policy.ts";

export { normaliseModelName, type Resolved, resolveModel } from "./aliases.ts";
export { type Artifact, type ArtifactOptions, openArtifact, readManifest } from "./artifact.ts";
export { type CalibrationFunction, calibrationFunction } from "./calibration.ts";
export { type CalibrationSample, decodeCalibrationSample, encodeCalibrationSample } from "./calibration-sample.ts";
export {
  type Conversation,
  conversationFromMessages,
  conversationFromPrompt,
  type Turn,
} from "./conversation.ts";
export {
  costNanoUsd,
  expectedCostNanoUsd,
  microUsdPerMTok,
  nanoFromUsd,
  type TokenUsage,
  usdFromNano,
} from "./cost.ts";
export type { Choice } from "./decide.ts";
export { type Decision, renderDecision, traceDecision } from "./decision.ts";
export { AppError, EngineError, type EngineErrorCode } from "./errors.ts";
export type { PolicyFacts, ReadyPolicy, RouteCalibration, ScoredCandidate } from "./policy.ts";
export { type Policies, readyPolicy, restorePolicy } from "./ready-policy.ts";
export { replayDecision } from "./replay.ts";
export { type DecideRequest, decideRequest, type Metadata, requestFromBody } from "./request.ts";
export { type Rng, seededRng } from "./rng.ts";
export {
  createRouter,
  type Router,
  type RouterDeps,
  type RouterOptions,
  type RouterStats,
  type RoutingConfig,
} from "./router.ts";
export { Candidate, type CandidateInput, Price } from "./schema/candidate.ts";
export { DecisionReason, RouteDecision, RouteRequest } from "./schema/decision.ts";
export { DecisionFacts, DecisionTrace } from "./schema/decision-trace.ts";
export { Manifest } from "./schema/manifest.ts";
export { PolicyConfig, RouteConfig } from "./schema/route-config.ts";

/** The policies that ship with the engine, by name. */
export function loadPolicies(): Promise<Policies> {
  return discover<PolicyPlugin>(new URL("./policies/", import.meta.url));
}
