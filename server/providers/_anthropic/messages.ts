import type {
  AssistantPart,
  ChatMessage,
  DocumentPart,
  ImagePart,
  MediaSource,
  TextPart,
  ToolResultPart,
  UserPart,
} from "../../chat.ts";
import { openSignature } from "../../signature.ts";
import type { Drops } from "../_shared/drops.ts";
import { argumentsObject } from "../_shared/json.ts";
import { textOfMedia, unpackMedia } from "../_shared/media.ts";

export interface WireTurn {
  readonly role: "user" | "assistant";
  readonly content: readonly object[];
}

/**
 * Messages as the API wants them: turns of one role merged, results of parallel calls together at the head of one user
 * turn, the user first, no empty text, no blank at the very end of a begun answer.
 */
export function encodeMessages(messages: readonly ChatMessage[], drops: Drops): WireTurn[] {
  const turns: { role: "user" | "assistant"; results: object[]; content: object[] }[] = [];
  for (const [index, message] of messages.entries()) {
    const role = message.role === "assistant" ? "assistant" : "user";
    const blocks =
      message.role === "tool"
        ? [encodeResult(message, drops)]
        : message.role === "user"
          ? message.parts.flatMap((part) => encodeUserPart(part, drops))
          : encodeAssistant(message.parts, index === messages.length - 1);
    if (blocks.length === 0) continue;
    let turn = turns.at(-1);
    if (turn?.role !== role) {
      turn = { role, results: [], content: [] };
      turns.push(turn);
    }
    (message.role === "tool" ? turn.results : turn.content).push(...blocks);
  }
  const kept = turns.map(({ role, results, content }) => ({ role, content: [...results, ...content] }));
  // The first turn must be the user's.
  if (kept[0]?.role !== "user") kept.unshift({ role: "user", content: [{ type: "text", text: "(continued)" }] });
  return kept;
}

/** Whether the turn being worked on began without a thinking block, in which case thinking cannot be switched on. */
export function lacksThinking(turns: readonly WireTurn[]): boolean {
  const last = turns.findLast(({ role }) => role === "assistant")?.content ?? [];
  const types = last.map((block) => (block as { type: string }).type);
  return types.includes("tool_use") && types[0] !== "thinking" && types[0] !== "redacted_thinking";
}

export function encodeText({ text, cacheControl }: TextPart): object[] {
  if (text.trim() === "") return [];
  return [{ type: "text", text, ...cacheOf(cacheControl) }];
}

export function cacheOf(cacheControl: TextPart["cacheControl"]): object {
  if (cacheControl === null) return {};
  return { cache_control: { type: "ephemeral", ...(cacheControl.ttl === "1h" ? { ttl: "1h" } : {}) } };
}

/** Ids of other vendors may hold characters that the API refuses; a call and its result are changed alike. */
function idOf(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, "_") || "call_0";
}

function encodeResult(message: Extract<ChatMessage, { role: "tool" }>, drops: Drops): object {
  const content = message.parts.flatMap((part: ToolResultPart) => encodeUserPart(part, drops));
  return {
    type: "tool_result",
    tool_use_id: idOf(message.toolCallId),
    ...(content.length === 0 ? {} : { content }),
    ...(message.isError ? { is_error: true } : {}),
  };
}

function encodeUserPart(part: UserPart, drops: Drops): object[] {
  if (part.kind === "text") return encodeText(part);
  if (part.kind === "image") return [encodeImage(part)];
  if (part.kind === "document") return [encodeDocument(part)];
  drops.add("audio");
  return [{ type: "text", text: "[audio left out]" }];
}

function encodeImage(part: ImagePart): object {
  return { type: "image", source: encodeSource(unpackMedia(part.source)) };
}

function encodeDocument(part: DocumentPart): object {
  const source = unpackMedia(part.source);
  const text = textOfMedia(source);
  const title = part.title ?? part.filename;
  return {
    type: "document",
    source: text === null ? encodeSource(source) : { type: "text", media_type: "text/plain", data: text },
    ...(title === null ? {} : { title }),
  };
}

function encodeSource(source: MediaSource): object {
  if (source.kind === "base64") return { type: "base64", media_type: source.mediaType, data: source.data };
  if (source.kind === "url") return { type: "url", url: source.url };
  return { type: "file", file_id: source.fileId };
}

function encodeAssistant(parts: readonly AssistantPart[], isLast: boolean): object[] {
  const blocks: object[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.kind === "text" || part.kind === "refusal") {
      const text = isLast && index === parts.length - 1 ? part.text.trimEnd() : part.text;
      blocks.push(
        ...encodeText({
          kind: "text",
          text,
          citations: [],
          cacheControl: part.kind === "text" ? part.cacheControl : null,
        }),
      );
    } else if (part.kind === "tool_call") {
      blocks.push({ type: "tool_use", id: idOf(part.id), name: part.name, input: argumentsObject(part.argumentsJson) });
    } else {
      const data = openSignature("anthropic", part.redacted);
      const signature = openSignature("anthropic", part.signature);
      // Reasoning of another vendor cannot be given back: it is refused without a signature.
      if (data !== null) blocks.push({ type: "redacted_thinking", data });
      else if (signature !== null) blocks.push({ type: "thinking", thinking: part.text, signature });
    }
  }
  return blocks;
}
