import type { FaultKind, UpstreamFault } from "../../chat.ts";
import { faultOf, kindOfStatus } from "../../upstream-fault.ts";
import { isObject, parseJson } from "../_shared/json.ts";
import { retryAfterOf } from "../_shared/retry-after.ts";

/**
 * The fault that a JSON body speaks of; null when it is no error body: OpenAI's `{"error": {...}}` and its relatives,
 * `{"error": "text"}`, Mistral's and FastAPI's flat ones, Google's list of one.
 */
export function faultOfOpenAiBody(
  body: unknown,
  status: number | null,
  headers: Readonly<Record<string, string>>,
  nowMs?: number,
): UpstreamFault | null {
  const said = wordsOf(Array.isArray(body) ? body[0] : body);
  return said === null ? null : faultOfWords(said, status, headers, nowMs);
}

function faultOfWords(
  said: Words,
  status: number | null,
  headers: Readonly<Record<string, string>>,
  nowMs: number | undefined,
): UpstreamFault {
  const numeric = typeof said.code === "number" && said.code >= 400 && said.code <= 599 ? said.code : null;
  const effective = status ?? numeric;
  return faultOf(kindOf(effective, said), said.message, {
    status: effective,
    type: said.type,
    code: said.code === null ? null : String(said.code),
    param: said.param,
    retryAfterMs: retryAfterOf(headers, nowMs),
  });
}

/** A whole error answer; a body that is not JSON (a proxy's HTML page) becomes its status and nothing else. */
export function decodeOpenAiError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  nowMs?: number,
): UpstreamFault {
  const json = parseJson(body);
  const first: unknown = Array.isArray(json) ? json[0] : json;
  const said = wordsOf(first) ?? barestWords(first);
  if (said !== null) return faultOfWords(said, status, headers, nowMs);
  return faultOf(kindOfStatus(status), `the upstream answered ${status} without an error body`, {
    status,
    retryAfterMs: retryAfterOf(headers, nowMs),
  });
}

interface Words {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | number | null;
  readonly param: string | null;
}

function wordsOf(body: unknown): Words | null {
  if (!isObject(body)) return null;
  const { error } = body;
  if (typeof error === "string" && error !== "") return { ...wordsBeside(body), message: error };
  if (isObject(error) && Object.keys(error).length > 0)
    return { ...wordsBeside(error), message: said(error["message"] ?? error["detail"]) };
  if (body["object"] === "error" && "message" in body) {
    return { ...wordsBeside(body), message: said(body["message"]) };
  }
  if ("detail" in body) return { ...NOTHING_BESIDE, message: said(body["detail"]) };
  const isBare = Object.keys(body).every((name) => name === "message" || name === "request_id");
  return isBare ? barestWords(body) : null;
}

const NOTHING_BESIDE = { type: null, code: null, param: null };

function wordsBeside({ type, code, param }: Record<string, unknown>): Omit<Words, "message"> {
  return {
    type: typeof type === "string" ? type : null,
    code: typeof code === "string" || typeof code === "number" ? code : null,
    param: typeof param === "string" || typeof param === "number" ? String(param) : null,
  };
}

function said(message: unknown): string {
  if (message == null || message === "") return "the upstream named no reason";
  if (typeof message === "string") return message;
  const list = isObject(message) ? message["detail"] : message;
  return Array.isArray(list) && list.length > 0 && list.every(isObject)
    ? list.map(problem).join("; ")
    : JSON.stringify(message);
}

/** One of FastAPI's findings about a body. */
function problem({ loc, msg }: Record<string, unknown>): string {
  const place = Array.isArray(loc) ? `${loc.join(".")}: ` : "";
  return `${place}${typeof msg === "string" ? msg : "not valid"}`;
}

/** What servers before the vendor's own (Azure's, Kong's, a cloud's) answer; in a stream it might be something else. */
function barestWords(body: unknown): Words | null {
  if (!isObject(body)) return null;
  const message = body["message"] ?? body["Message"] ?? body["msg"];
  return typeof message === "string" ? { ...wordsBeside(body), message } : null;
}

const QUOTA_WORDS = new Set([
  "insufficient_quota",
  "billing_hard_limit_reached",
  "billing_not_active",
  "exceeded_current_quota_error",
]);
const OVERLOADED_WORDS = new Set(["overloaded_error", "overloaded", "engine_overloaded_error", "service_unavailable"]);
const RATE_WORDS = new Set([
  "rate_limit_exceeded",
  "rate_limit_error",
  "rate_limit_reached_error",
  "tokens",
  "requests",
]);
const GONE_WORDS = new Set(["model_not_found", "model_not_available", "model_decommissioned", "DeploymentNotFound"]);
/** Groq's word for a tier whose capacity is used up. */
const FLEX_IS_FULL = 498;

/** The body's words are surer than the status: several servers answer 400 to everything. */
function kindOf(status: number | null, { message, type, code }: Words): FaultKind {
  const word = String(code ?? "");
  if (
    word === "context_length_exceeded" ||
    (status !== 429 &&
      /maximum context length|context (window|length)|too many tokens|(prompt|input) is too long|maximum prompt length|too large for model with .* maximum context/i.test(
        message,
      ))
  ) {
    return "context_length";
  }
  if (["content_filter", "content_policy_violation", "moderation_blocked", "invalid_prompt"].includes(word)) {
    return "content_policy";
  }
  if (type === "content_policy_violation" || type === "content_filter" || /input was flagged/i.test(message)) {
    return "content_policy";
  }
  const isWord = (words: ReadonlySet<string>) => words.has(word) || (type !== null && words.has(type));
  if (
    isWord(QUOTA_WORDS) ||
    /insufficient[_ ](balance|quota|credits|funds)|exceeded your current quota|(run out of|used all available|any) credits|credit limit|spending limit/i.test(
      message,
    )
  ) {
    return "insufficient_quota";
  }
  if (word === "invalid_api_key" || type === "authentication_error" || /incorrect api key/i.test(message)) {
    return "authentication";
  }
  // Too much for a minute's tokens at once will be too much in any minute.
  if (status === 413) return "request_too_large";
  if (isWord(OVERLOADED_WORDS) || status === FLEX_IS_FULL) return "overloaded";
  if (isWord(RATE_WORDS)) return "rate_limited";
  if (isWord(GONE_WORDS)) return "not_found";
  if (status !== null) return kindOfStatus(status);
  // A response that failed over what the client sent says so by its code alone.
  const isOfClient = type === "invalid_request_error" || /^(invalid|unsupported|image|empty_image)_/.test(word);
  return isOfClient ? "invalid_request" : "server_error";
}
