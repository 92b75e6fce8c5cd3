import { isUtf8 } from "node:buffer";
import type { ChatRequest } from "../chat.ts";
import type { Dialect } from "../dialect.ts";
import { ApiError } from "../errors.ts";
import { JsonSyntaxError, scanObject, scanValue, valueAt } from "../json-scan.ts";
import type { RawBody } from "./upstream-body.ts";

/** A client's request as far as it must be read before anything is decided. */
export interface ReadCall {
  readonly raw: RawBody;
  readonly model: string;
  readonly stream: boolean;
  /** The neutral request, parsed at first use. @throws ApiError with the field's path */
  readonly chat: () => ChatRequest;
}

/** What the URL says where the dialect says it there (Gemini); null where the body does. */
export interface CallPath {
  readonly model: string | null;
  readonly stream: boolean | null;
}

/** @throws ApiError `invalid_json` with the byte offset, `invalid_utf8`, or `invalid_request` with the field's path */
export function readCall(bytes: Buffer, dialect: Dialect, path: CallPath): ReadCall {
  if (bytes.length === 0) throw new ApiError("invalid_json", "the body is empty; a JSON object is needed");
  if (!isUtf8(bytes)) throw new ApiError("invalid_utf8", "the body is not well-formed UTF-8");
  const raw = { bytes, fields: fieldsOf(bytes) };
  let parsed: ChatRequest | null = null;
  return {
    raw,
    model: path.model ?? modelOf(raw),
    stream: path.stream ?? flagOf(raw, "stream"),
    chat: () => {
      parsed ??= dialect.parse(JSON.parse(bytes.toString("utf8")), path);
      return parsed;
    },
  };
}

function fieldsOf(bytes: Buffer): RawBody["fields"] {
  try {
    return scanObject(bytes, scanValue(bytes));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ApiError("invalid_json", error.message, { cause: error });
    throw error;
  }
}

function modelOf({ bytes, fields }: RawBody): string {
  const span = fields.get("model");
  const model = span === undefined ? undefined : valueAt(bytes, span);
  if (typeof model === "string" && model !== "") return model;
  throw new ApiError("invalid_request", "model: a model name is needed", { place: "model" });
}

function flagOf({ bytes, fields }: RawBody, name: string): boolean {
  const span = fields.get(name);
  const value = span === undefined ? false : valueAt(bytes, span);
  if (typeof value === "boolean" || value === null) return value === true;
  throw new ApiError("invalid_request", `${name}: true or false is needed`, { place: name });
}
