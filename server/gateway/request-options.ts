import { ApiError } from "../errors.ts";

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
  return {
    route: textOf(headers, "x-weir-route"),
    quality: numberOf(headers, "x-weir-quality", (value) => value > 0 && value <= 1, "a number in (0, 1]"),
    maxCostUsd: numberOf(headers, "x-weir-max-cost-usd", (value) => value > 0, "a positive number"),
    policy: textOf(headers, "x-weir-policy"),
    session:
      (textOf(headers, "x-weir-session") ?? textOf(headers, "x-claude-code-session-id"))?.slice(0, MAX_SESSION_CHARS) ??
      null,
    metadata: metadataOf(headers),
    timeoutMs:
      numberOf(headers, "x-weir-timeout-ms", (value) => value > 0, "a positive number of milliseconds") ??
      stainlessTimeout(headers),
  };
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
  for (const [name, field] of Object.entries(value)) {
    if (typeof field === "object" && field !== null) throw fault(`${name} must be a text, a number or true/false`);
  }
  return value as RequestOptions["metadata"]; // every field was checked to be a scalar
}
