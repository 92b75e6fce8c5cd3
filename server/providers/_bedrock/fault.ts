import type { FaultKind, UpstreamFault } from "../../chat.ts";
import { faultOf, kindOfStatus } from "../../upstream-fault.ts";
import { isObject, parseJson } from "../_shared/json.ts";
import { retryAfterOf } from "../_shared/retry-after.ts";

const KIND_OF_TYPE: Readonly<Record<string, FaultKind>> = {
  validationexception: "invalid_request",
  serializationexception: "invalid_request",
  accessdeniedexception: "permission",
  unrecognizedclientexception: "authentication",
  invalidsignatureexception: "authentication",
  incompletesignatureexception: "authentication",
  missingauthenticationtokenexception: "authentication",
  expiredtokenexception: "authentication",
  resourcenotfoundexception: "not_found",
  conflictexception: "conflict",
  throttlingexception: "rate_limited",
  toomanyrequestsexception: "rate_limited",
  servicequotaexceededexception: "rate_limited",
  modelnotreadyexception: "overloaded",
  serviceunavailableexception: "overloaded",
  modeltimeoutexception: "timeout",
  internalserverexception: "server_error",
  modelerrorexception: "server_error",
  modelstreamerrorexception: "server_error",
};

/** A fault by the exception's name, as headers of answers and of stream messages tell it. */
export function faultOfException(
  type: string | null,
  body: unknown,
  status: number | null,
  retryAfterMs: number | null,
): UpstreamFault {
  const words = isObject(body) ? (body["message"] ?? body["Message"] ?? body["originalMessage"]) : undefined;
  const named = type ?? (isObject(body) && typeof body["__type"] === "string" ? body["__type"] : null);
  // The name may come with a namespace before it or a URL behind it.
  const name = named?.split(":")[0]?.split("#").at(-1) ?? null;
  const message =
    typeof words === "string" && words !== "" ? words : (name ?? `the upstream answered ${status ?? "with a fault"}`);
  return faultOf(kindOf(name, message, status), message, { status, type: name, code: name, retryAfterMs });
}

export function decodeBedrockError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  nowMs?: number,
): UpstreamFault {
  return faultOfException(headers["x-amzn-errortype"] ?? null, parseJson(body), status, retryAfterOf(headers, nowMs));
}

function kindOf(name: string | null, message: string, status: number | null): FaultKind {
  const known = KIND_OF_TYPE[name?.toLowerCase() ?? ""];
  if (known === "invalid_request" || (known === undefined && status === 400)) {
    if (
      /input is too long|prompt is too long|too many input tokens|maximum context length|exceeds the (maximum|context)/i.test(
        message,
      )
    ) {
      return "context_length";
    }
    if (/content filter|blocked by/i.test(message)) return "content_policy";
  }
  if (known === "permission" && /security token|signature|authentication/i.test(message)) return "authentication";
  return known ?? (status === null ? "server_error" : kindOfStatus(status));
}
