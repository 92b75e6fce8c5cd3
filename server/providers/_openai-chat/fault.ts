import { z } from "zod";
import type { FaultKind, UpstreamFault } from "../../chat.ts";
import { faultOf, kindOfStatus } from "../../upstream-fault.ts";
import { parseJson } from "../_shared/json.ts";
import { retryAfterOf } from "../_shared/retry-after.ts";

/** OpenAI's error body and its relatives: `{"error": {...}}`, `{"error": "text"}`, Mistral's and FastAPI's flat ones. */
const WireError = z.union([
  z.looseObject({
    error: z.looseObject({
      message: z.string().nullish(),
      type: z.string().nullish(),
      param: z.union([z.string(), z.number()]).nullish(),
      code: z.union([z.string(), z.number()]).nullish(),
    }),
  }),
  z.looseObject({ error: z.string() }),
  z.looseObject({
    object: z.literal("error"),
    message: z.unknown(),
    type: z.string().nullish(),
    code: z.union([z.string(), z.number()]).nullish(),
  }),
  z.looseObject({ detail: z.unknown() }),
  z.strictObject({ message: z.string(), request_id: z.string().optional() }),
]);

/** The fault that a JSON body speaks of; null when it is no error body. */
export function faultOfOpenAiBody(
  body: unknown,
  status: number | null,
  headers: Readonly<Record<string, string>>,
  nowMs?: number,
): UpstreamFault | null {
  const parsed = WireError.safeParse(body);
  if (!parsed.success) return null;
  const said = wordsOf(parsed.data);
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
  const fault = faultOfOpenAiBody(json, status, headers, nowMs);
  if (fault !== null) return fault;
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

function wordsOf(body: z.infer<typeof WireError>): Words {
  if ("error" in body && typeof body.error === "string")
    return { message: body.error, type: null, code: null, param: null };
  if ("error" in body && typeof body.error === "object" && body.error !== null) {
    const { message, type, code, param } = body.error as Record<string, string | number | null | undefined>;
    return {
      message: String(message ?? "the upstream named no reason"),
      type: type == null ? null : String(type),
      code: code ?? null,
      param: param == null ? null : String(param),
    };
  }
  if ("message" in body) {
    const { message, type, code } = body as Record<string, unknown>;
    return {
      message: typeof message === "string" ? message : JSON.stringify(message),
      type: typeof type === "string" ? type : null,
      code: typeof code === "string" || typeof code === "number" ? code : null,
      param: null,
    };
  }
  const detail = (body as { detail?: unknown }).detail;
  return {
    message: typeof detail === "string" ? detail : JSON.stringify(detail ?? null),
    type: null,
    code: null,
    param: null,
  };
}

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
  if (type === "content_policy_violation" || type === "content_filter") return "content_policy";
  if (
    word === "insufficient_quota" ||
    type === "insufficient_quota" ||
    /insufficient[_ ](balance|quota|credits|funds)|exceeded your current quota|run out of credits|credit limit/i.test(
      message,
    )
  ) {
    return "insufficient_quota";
  }
  if (word === "invalid_api_key" || type === "authentication_error" || /incorrect api key/i.test(message)) {
    return "authentication";
  }
  if (word === "rate_limit_exceeded" || type === "rate_limit_error" || type === "tokens" || type === "requests") {
    return "rate_limited";
  }
  if (word === "model_not_found") return "not_found";
  if (type === "overloaded_error" || word === "overloaded") return "overloaded";
  if (status !== null) return kindOfStatus(status);
  return type === "invalid_request_error" ? "invalid_request" : "server_error";
}
