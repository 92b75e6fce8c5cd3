import { ApiError } from "../errors.ts";
import { type Attribution, attributionOfHeaders, type Metadata, mergedMetadata } from "../log/attribution.ts";

/** What a client asks of the gateway beside its dialect: `x-weir-*` headers and the SDKs' own. */
export interface RequestOptions {
  readonly route: string | null;
  readonly quality: number | null;
  readonly maxCostUsd: number | null;
  readonly policy: string | null;
  readonly session: string | null;
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
  /** Longest that the client waits; null when it does not say. */
  readonly timeoutMs: number | null;
}

export type ClientHeaders = Readonly<Record<string, string | string[] | undefined>>;

const MAX_METADATA_CHARS = 8192;
const MAX_SESSION_CHARS = 256;

/** @throws ApiError `invalid_request` naming the header */
export function readRequestOptions(headers: ClientHeaders): RequestOptions {
  const others = attributionOfHeaders(headers);
  const own = metadataOf(headers);
  return {
    route: textOf(headers, "x-weir-route"),
    quality: numberOf(headers, "x-weir-quality", (value) => value > 0 && value <= 1, "a number in (0, 1]"),
    maxCostUsd: numberOf(headers, "x-weir-max-cost-usd", (value) => value > 0, "a positive number"),
    policy: textOf(headers, "x-weir-policy"),
    session:
      (textOf(headers, "x-weir-session") ?? textOf(headers, "x-claude-code-session-id"))?.slice(0, MAX_SESSION_CHARS) ??
      others.session,
    metadata: isEmpty(others.metadata) && isEmpty(own) ? own : mergedMetadata(others.metadata, own),
    timeoutMs:
      numberOf(headers, "x-weir-timeout-ms", (value) => value > 0, "a positive number of milliseconds") ??
      stainlessTimeout(headers),
  };
}

/** Headers are stronger than the body, which may have been written for the vendor alone. */
export function withBody(options: RequestOptions, body: Attribution): RequestOptions {
  if (body.session === null && isEmpty(body.metadata)) return options;
  return {
    ...options,
    session: options.session ?? body.session,
    metadata: mergedMetadata(body.metadata, options.metadata),
  };
}

function isEmpty(metadata: Metadata): boolean {
  for (const _ in metadata) return false;
  return true;
}

/** OpenAI's and Anthropic's clients say how many seconds they wait. */
function stainlessTimeout(headers: ClientHeaders): number | null {
  const seconds = Number(headers["x-stainless-timeout"]);
  return headers["x-stainless-timeout"] !== undefined && seconds > 0 ? seconds * 1000 : null;
}

function textOf(headers: ClientHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" && value !== "" ? value : null;
}

function numberOf(
  headers: ClientHeaders,
  name: string,
  isGood: (value: number) => boolean,
  wanted: string,
): number | null {
  const text = textOf(headers, name);
  if (text === null) return null;
  const value = Number(text);
  if (Number.isFinite(value) && isGood(value)) return value;
  throw new ApiError("invalid_request", `${name}: ${wanted} is needed`, { place: name });
}

function metadataOf(headers: ClientHeaders): RequestOptions["metadata"] {
  const text = textOf(headers, "x-weir-metadata");
  if (text === null) return {};
  const fault = (message: string) =>
    new ApiError("invalid_request", `x-weir-metadata: ${message}`, { place: "x-weir-metadata" });
  if (text.length > MAX_METADATA_CHARS) throw fault(`at most ${MAX_METADATA_CHARS} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fault("a JSON object is needed");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw fault("a JSON object is needed");
  const read: Record<string, string | number | boolean | null> = {};
  for (const [name, field] of Object.entries(value as Record<string, unknown>)) {
    if (Array.isArray(field) && field.every((item) => typeof item === "string")) read[name] = field.join(",");
    else if (typeof field !== "object" || field === null)
      read[name] = field as string | number | boolean | null; // of JSON
    else throw fault(`${name} must be a text, a number, true/false or a list of texts`);
  }
  return read;
}
