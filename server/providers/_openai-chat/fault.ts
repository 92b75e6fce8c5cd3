import { z } from "zod";
import type { FaultKind, UpstreamFault } from "../../chat.ts";
import { faultOf, kindOfStatus, retryAfterMs } from "../../upstream-fault.ts";

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
  z.looseObject({ object: z.literal("error"), message: z.string(), type: z.string().nullish() }),
  z.looseObject({ detail: z.unknown() }),
]);

/** The fault that a JSON body speaks of; null when it is no error body. */
export function faultOfOpenAiBody(
  body: unknown,
  status: number | null,
  headers: Readonly<Record<string, string>>,
  nowMs = 0,
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
    retryAfterMs: retryAfterMs(headers, nowMs),
  });
}

/** A whole error answer; a body that is not JSON (a proxy's HTML page) becomes its status and nothing else. */
export function decodeOpenAiError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  nowMs = 0,
): UpstreamFault {
  let json: unknown = null;
  try {
    json = JSON.parse(body);
  } catch {
    json = null;
  }
  const fault = faultOfOpenAiBody(json, status, headers, nowMs);
  if (fault !== null) return fault;
  return faultOf(kindOfStatus(status), `the upstream answered ${status} without an error body`, {
    status,
    retryAfterMs: retryAfterMs(headers, nowMs),
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
  if ("message" in body)
    return {
      message: String(body["message"]),
      type: body["type"] == null ? null : String(body["type"]),
      code: null,
      param: null,
    };
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
    /maximum context length|context window|too many tokens|prompt is too long/i.test(message)
  ) {
    return "context_length";
  }
  if (word === "content_filter" || word === "content_policy_violation" || type === "content_policy_violation")
    return "content_policy";
  if (
    word === "insufficient_quota" ||
    type === "insufficient_quota" ||
    /insufficient (balance|quota|credits)/i.test(message)
  ) {
    return "insufficient_quota";
  }
  if (word === "invalid_api_key" || type === "authentication_error") return "authentication";
  if (word === "rate_limit_exceeded" || type === "rate_limit_error") return "rate_limited";
  if (type === "overloaded_error" || word === "overloaded") return "overloaded";
  if (status !== null) return kindOfStatus(status);
  return type === "invalid_request_error" ? "invalid_request" : "server_error";
}
