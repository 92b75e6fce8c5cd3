import { isUtf8 } from "node:buffer";
import type { ChatRequest } from "../chat.ts";
import type { Dialect } from "../dialect.ts";
import { ApiError } from "../errors.ts";
import { JsonSyntaxError, scanBody, valueAt } from "../json-scan.ts";
import type { RawBody } from "./upstream-body.ts";

/** A client's request as far as it must be read before anything is decided. */
export interface ReadCall {
  readonly raw: RawBody;
  readonly dialect: Dialect;
  readonly path: CallPath;
  readonly model: string;
  readonly stream: boolean;
  /** The stream is one growing JSON array instead of events (Gemini without `alt=sse`). */
  readonly asArray: boolean;
  /** The body as a value, parsed at first use. @throws ApiError `invalid_json` */
  readonly json: () => unknown;
  /** The neutral request, parsed at first use. @throws ApiError with the field's path */
  readonly chat: () => ChatRequest;
  /** Whether the client asked for the usage at the end of a stream, where its dialect lets it ask. */
  readonly wantsUsage: () => boolean;
}

/** What the URL says where the dialect says it there (Gemini); null where the body does. */
export interface CallPath {
  readonly model: string | null;
  readonly stream: boolean | null;
  readonly asArray?: boolean;
}

/** @throws ApiError `invalid_json` with the byte offset, `invalid_utf8`, or `invalid_request` with the field's path */
export function readCall(bytes: Buffer, dialect: Dialect, path: CallPath): ReadCall {
  const raw = readRaw(bytes);
  let value: unknown;
  let parsed: ChatRequest | null = null;
  const json = () => {
    value ??= parseBody(bytes);
    return value;
  };
  return {
    raw,
    json,
    dialect,
    path,
    model: path.model ?? modelOf(raw),
    stream: path.stream ?? flagOf(raw, "stream"),
    asArray: path.asArray === true,
    chat: () => {
      parsed ??= dialect.parse(json(), path);
      return parsed;
    },
    wantsUsage: () => {
      const options = fieldOf(raw, "stream_options") as { include_usage?: unknown } | null | undefined;
      return options?.include_usage === true;
    },
  };
}

/** The field that holds the messages in each format. */
const MESSAGE_LISTS: ReadonlySet<string> = new Set(["messages", "contents", "input"]);

/** @throws ApiError `invalid_json` with the byte offset, `invalid_utf8` */
export function readRaw(bytes: Buffer): RawBody {
  if (bytes.length === 0) throw new ApiError("invalid_json", "the body is empty; a JSON object is needed");
  if (!isUtf8(bytes)) throw new ApiError("invalid_utf8", "the body is not well-formed UTF-8");
  try {
    const { fields, elements } = scanBody(bytes, MESSAGE_LISTS);
    return { bytes, fields, elements };
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ApiError("invalid_json", error.message, { cause: error });
    throw error;
  }
}

/** @throws ApiError `invalid_json` naming the place, for what the scan lets pass: bad escapes inside strings */
export function parseBody(bytes: Buffer): unknown {
  const text = bytes.toString("utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    const at = /position (\d+)/.exec((cause as Error).message)?.[1];
    const place = at === undefined ? "" : ` at byte ${Buffer.byteLength(text.slice(0, Number(at)))}`;
    throw new ApiError("invalid_json", `the body is not valid JSON: a string holds a bad escape${place}`, { cause });
  }
}

/** @throws ApiError `invalid_request` when there is none */
export function modelOf(raw: RawBody): string {
  const model = fieldOf(raw, "model");
  if (typeof model === "string" && model !== "") return model;
  throw new ApiError("invalid_request", "model: a model name is needed", { place: "model" });
}

/** A short field's value; undefined when it is not there. */
export function fieldOf({ bytes, fields }: RawBody, name: string): unknown {
  const span = fields.get(name);
  if (span === undefined) return undefined;
  try {
    return valueAt(bytes, span);
  } catch (cause) {
    throw new ApiError("invalid_json", (cause as Error).message, { cause });
  }
}

function flagOf(raw: RawBody, name: string): boolean {
  const value = fieldOf(raw, name) ?? false;
  if (typeof value === "boolean") return value;
  throw new ApiError("invalid_request", `${name}: true or false is needed`, { place: name });
}
