import type { Attributes } from "@opentelemetry/api";
import { usdFromNano } from "../../engine/cost.ts";
import type { AttemptRecord } from "../gateway/attempts.ts";
import type { Settlement } from "../gateway/settlement.ts";

/** Our providers by the names of the GenAI semantic conventions, where they differ. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  google: "gcp.gemini",
  vertex: "gcp.vertex_ai",
  bedrock: "aws.bedrock",
  azure: "azure.ai.openai",
  "azure-openai": "azure.ai.openai",
  mistral: "mistral_ai",
  xai: "x_ai",
};

/** What the conventions call our operations. */
const OPERATION_NAMES: Readonly<Record<string, string>> = { chat: "chat", embeddings: "embeddings" };

/** Of the request as its client sees it. No text of prompt or answer. */
export function requestAttributes(settlement: Settlement): Attributes {
  const { decision, candidate, costNanoUsd, session, error } = settlement;
  return defined({
    ...tokens(settlement),
    "gen_ai.operation.name": OPERATION_NAMES[settlement.operation] ?? settlement.operation,
    "gen_ai.request.model": settlement.requestedModel === "" ? undefined : settlement.requestedModel.slice(0, 128),
    "gen_ai.response.model": candidate?.model,
    "gen_ai.conversation.id": session ?? undefined,
    "http.response.status_code": settlement.status,
    "error.type": error ?? undefined,
    "weir.request.id": settlement.requestId,
    "weir.dialect": settlement.dialect,
    "weir.stream": settlement.stream,
    "weir.route": settlement.route ?? undefined,
    "weir.model": candidate?.candidateId,
    "weir.upstream": settlement.upstream ?? undefined,
    "weir.key.id": settlement.keyId ?? undefined,
    "weir.tenant": settlement.caller?.tenant ?? textOf(settlement.metadata["tenant"]),
    "weir.team": settlement.caller?.team ?? textOf(settlement.metadata["team"]),
    "weir.feature": textOf(settlement.metadata["feature"]),
    "weir.decision.id": decision?.decisionId,
    "weir.decision.reason": decision?.reason,
    "weir.decision.followed": decision === null ? undefined : settlement.isFollowed,
    "weir.router.version": decision === null ? undefined : `${decision.router.name}@${decision.router.version}`,
    "weir.cost_usd": costNanoUsd === null ? undefined : usdFromNano(costNanoUsd),
    "weir.overhead_ms": settlement.overheadMs,
    "weir.first_token_ms": settlement.firstTokenMs ?? undefined,
    "weir.attempts": settlement.attempts.length,
  });
}

/** Of one try at an upstream; the one that answered carries the tokens. */
export function attemptAttributes(
  settlement: Settlement,
  { upstream, model, outcome, status }: AttemptRecord,
  provider: string | null,
): Attributes {
  const isAnswer = outcome === "ok";
  return defined({
    ...(isAnswer ? tokens(settlement) : {}),
    "gen_ai.operation.name": OPERATION_NAMES[settlement.operation] ?? settlement.operation,
    "gen_ai.provider.name": provider === null ? undefined : (PROVIDER_NAMES[provider] ?? provider),
    "gen_ai.request.model": model,
    "gen_ai.response.model": isAnswer ? model : undefined,
    "http.response.status_code": status ?? undefined,
    "weir.upstream": upstream,
    "weir.outcome": outcome,
  });
}

function tokens({ usage }: Settlement): Attributes {
  if (usage === null) return {};
  const write = usage.cacheWrite5m + usage.cacheWrite1h;
  return {
    "gen_ai.usage.input_tokens": usage.inputUncached + usage.cacheRead + write,
    "gen_ai.usage.output_tokens": usage.output,
    "gen_ai.usage.cache_read.input_tokens": usage.cacheRead,
    "gen_ai.usage.cache_creation.input_tokens": write,
    "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
  };
}

function textOf(value: Settlement["metadata"][string] | undefined): string | undefined {
  return value === undefined || value === null || value === "" ? undefined : String(value);
}

function defined(attributes: Readonly<Record<string, Attributes[string]>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
