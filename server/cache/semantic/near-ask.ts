import { createHash } from "node:crypto";
import type { WireFormat } from "../../provider.ts";
import { canonicalJson } from "../canonical-json.ts";
import { isDigest } from "../hollow-body.ts";
import { type PlainRequest, UNHEARD } from "../plain-request.ts";

/** The last ask of a request, apart from all that must be the same for an answer to hold. */
export interface NearAsk {
  readonly ask: string;
  /** Digest of everything else. */
  readonly bucket: string;
  /** It follows earlier turns. */
  readonly isLater: boolean;
  readonly hasTools: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** The encoder reads no further than this, and longer asks are texts to work on. */
const MOST_CHARS = 600;
const TURN_LISTS: Partial<Record<WireFormat, string>> = {
  "openai-chat": "messages",
  "anthropic-messages": "messages",
  "openai-responses": "input",
  gemini: "contents",
};

export function nearAskOfPlain({ system, turns, settings }: PlainRequest, circumstances: string): NearAsk | null {
  const last = turns.at(-1);
  if (last === undefined || last.role !== "user" || !isAsk(last.text)) return null;
  const earlier = turns.slice(0, -1).map(({ role, text }) => [role, text]);
  return {
    ask: last.text,
    bucket: digest([circumstances, "plain", system, earlier, settings]),
    isLater: turns.length > 1,
    hasTools: false,
  };
}

/** The same of a request that holds more than words: its last turn must be a text alone. */
export function nearAskOfBody(body: Json, format: WireFormat, circumstances: string): NearAsk | null {
  const list = TURN_LISTS[format];
  const turns = list === undefined ? null : body[list];
  if (!Array.isArray(turns)) return null;
  const last = turns.at(-1) as Json | undefined | null;
  if (typeof last !== "object" || last === null || (last["role"] ?? "user") !== "user") return null;
  const ask = textOf(last["content"] ?? last["parts"]);
  if (ask === null || !isAsk(ask)) return null;
  const others = Object.keys(last).filter((name) => name !== "content" && name !== "parts");
  const rest = {
    ...body,
    [list!]: [...turns.slice(0, -1), Object.fromEntries(others.map((name) => [name, last[name]]))],
  };
  return {
    ask,
    bucket: digest([circumstances, format, canonicalJson(rest, { without: UNHEARD })]),
    isLater:
      turns.filter((turn: Json | null) => turn?.["role"] !== "system" && turn?.["role"] !== "developer").length > 1,
    hasTools: body["tools"] !== undefined || body["functions"] !== undefined,
  };
}

function isAsk(text: string): boolean {
  return text.length <= MOST_CHARS && !isDigest(text) && /\p{L}/u.test(text);
}

function textOf(content: unknown): string | null {
  if (typeof content === "string") return content;
  if (!Array.isArray(content) || content.length !== 1) return null;
  const { text, type, ...more } = (content[0] ?? {}) as Json;
  const isText = type === undefined || type === "text" || type === "input_text";
  return isText && typeof text === "string" && Object.keys(more).length === 0 ? text : null;
}

function digest(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
