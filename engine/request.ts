import { type Conversation, conversationFromMessages, conversationFromPrompt } from "./conversation.ts";
import { nanoFromUsd } from "./cost.ts";
import { EngineError } from "./errors.ts";
import type { RouteRequest } from "./schema/decision.ts";
import type { PolicyConfig } from "./schema/route-config.ts";

/** Free fields of a request, matched by rules. */
export type Metadata = Readonly<Record<string, string | number | boolean | null>>;

/** What the router decides on, whatever dialect it came in. */
export interface DecideRequest {
  readonly conversation: Conversation;
  readonly route: string;
  /** Floor on the lower bound of quality, in [0, 1]; null for none. */
  readonly qualityFloor: number | null;
  /** Most that the request may be expected to cost; null for no limit. */
  readonly maxCostNanoUsd: number | null;
  /** Candidates that the request allows; null for all of the route's. */
  readonly candidates: readonly string[] | null;
  /** Policy to use instead of the route's, with options or by name alone; null for the route's own. */
  readonly policy: string | PolicyConfig | null;
  /** Input tokens that an upstream has cached, and the candidate that holds them (null: the incumbent). */
  readonly cachedInputTokens: number;
  readonly cachedBy: string | null;
  readonly metadata: Metadata;
}

const NOTHING_ASKED = {
  route: "default",
  qualityFloor: null,
  maxCostNanoUsd: null,
  candidates: null,
  policy: null,
  cachedInputTokens: 0,
  cachedBy: null,
  metadata: {},
} as const;

/** A request that asks for nothing but a decision on this conversation. */
export function decideRequest(conversation: Conversation, asked: Partial<DecideRequest> = {}): DecideRequest {
  return { ...NOTHING_ASKED, ...asked, conversation };
}

/**
 * Body of POST /route to what the router decides on.
 *
 * @throws EngineError `invalid_request` with the field's path when there is no text and no image at all
 */
export function requestFromBody(body: RouteRequest): DecideRequest {
  const system =
    typeof body.system === "string" ? body.system : (body.system ?? []).map((part) => part.text ?? "").join("\n");
  const extras = {
    system,
    tools: body.tools ?? [],
    responseFormat: responseFormat(body.response_format?.type),
    maxOutputTokens: body.max_output_tokens ?? null,
  };
  const messages = body.messages ?? [{ role: "user" as const, content: body.prompt ?? "" }];
  const conversation =
    body.prompt !== undefined && system === "" && body.tools === undefined && body.max_output_tokens === undefined
      ? { ...conversationFromPrompt(body.prompt), responseFormat: extras.responseFormat }
      : conversationFromMessages(messages, extras);
  if (isEmpty(conversation)) {
    const place = body.prompt === undefined ? "messages" : "prompt";
    throw new EngineError("invalid_request", `${place} holds no text to route by`, { place });
  }
  return {
    conversation,
    route: body.route,
    qualityFloor: body.quality ?? null,
    maxCostNanoUsd: body.max_cost_usd === undefined ? null : nanoFromUsd(body.max_cost_usd),
    candidates: body.candidates ?? null,
    policy: body.policy ?? null,
    cachedInputTokens: body.cached_input_tokens ?? 0,
    cachedBy: body.cached_by ?? null,
    metadata: body.metadata ?? {},
  };
}

function responseFormat(type: string | undefined): Conversation["responseFormat"] {
  if (type === "json_schema") return "json_schema";
  return type === "json_object" || type === "json" ? "json" : "text";
}

function isEmpty(conversation: Conversation): boolean {
  if (conversation.imageCount > 0 || /\S/.test(conversation.system)) return false;
  return !conversation.turns.some((turn) => /\S/.test(turn.text));
}
