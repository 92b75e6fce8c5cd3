import { createHash } from "node:crypto";
import type { Conversation } from "../../engine/conversation.ts";
import { fieldOf, type ReadCall } from "./read-call.ts";
import type { RequestOptions } from "./request-options.ts";

/** Enough of a conversation's beginning to tell it from others. */
const PREFIX_CHARS = 4096;
const MAX_CHARS = 256;

/** What the client calls its session: a header, else the key under which it wants its prompt cached; null for nothing. */
export function namedSession(options: RequestOptions, call: ReadCall): string | null {
  if (options.session !== null) return options.session;
  const key = fieldOf(call.raw, "prompt_cache_key");
  return typeof key === "string" && key !== "" ? key.slice(0, MAX_CHARS) : null;
}

/** Turns of one conversation begin alike, so its beginning names it where the client does not. */
export function prefixSession({ system, turns }: Conversation, keyId: string | null): string | null {
  const first = turns[0]?.text ?? "";
  if (system === "" && first === "") return null;
  const hash = createHash("sha1")
    .update(`${keyId ?? ""}\n${system.slice(0, PREFIX_CHARS)}\n${first.slice(0, PREFIX_CHARS)}`)
    .digest("base64url");
  return `prefix:${hash}`;
}
