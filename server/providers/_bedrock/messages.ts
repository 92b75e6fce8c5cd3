import type {
  AssistantPart,
  ChatMessage,
  DocumentPart,
  ImagePart,
  MediaSource,
  TextPart,
  UserPart,
} from "../../chat.ts";
import { openSignature } from "../../signature.ts";
import type { Drops } from "../_shared/drops.ts";
import { argumentsObject, isObject, parseJson } from "../_shared/json.ts";
import { unpackMedia } from "../_shared/media.ts";

interface WireTurn {
  readonly role: "user" | "assistant";
  readonly content: object[];
}

const IMAGE_FORMATS = new Set(["png", "jpeg", "gif", "webp"]);
const DOCUMENT_FORMATS: Readonly<Record<string, string>> = {
  "application/pdf": "pdf",
  "text/csv": "csv",
  "application/msword": "doc",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "text/html": "html",
  "text/plain": "txt",
  "text/markdown": "md",
};

/** Messages as Converse wants them: turns of one role merged, results first, the user first, no blank text. */
export function encodeMessages(messages: readonly ChatMessage[], drops: Drops): WireTurn[] {
  const turns: WireTurn[] = [];
  for (const message of messages) {
    const role = message.role === "assistant" ? "assistant" : "user";
    const blocks =
      message.role === "assistant"
        ? message.parts.flatMap(encodeAssistantPart)
        : message.role === "user"
          ? message.parts.flatMap((part) => encodeUserPart(part, drops))
          : [encodeResult(message, drops)];
    if (blocks.length === 0) continue;
    const turn = turns.at(-1);
    if (turn?.role === role) turn.content.push(...blocks);
    else turns.push({ role, content: blocks });
  }
  if (turns[0]?.role !== "user") turns.unshift({ role: "user", content: [{ text: "(continued)" }] });
  for (const { content } of turns) {
    // A turn with a document must hold text too.
    if (content.some((block) => "document" in block) && !content.some((block) => "text" in block)) {
      content.unshift({ text: "(document)" });
    }
  }
  return turns;
}

export function encodeText({ text, cacheControl }: TextPart): object[] {
  const block = text.trim() === "" ? [] : [{ text }];
  return cacheControl === null || block.length === 0 ? block : [...block, cachePoint(cacheControl)];
}

export function cachePoint({ ttl }: { readonly ttl: "5m" | "1h" }): object {
  return { cachePoint: { type: "default", ...(ttl === "1h" ? { ttl } : {}) } };
}

/** Ids of other vendors may hold characters that Converse refuses; a call and its result are changed alike. */
function idOf(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) || "call_0";
}

function encodeUserPart(part: UserPart, drops: Drops): object[] {
  if (part.kind === "text") return encodeText(part);
  if (part.kind === "image") return [encodeImage(part, drops)];
  if (part.kind === "document") return [encodeDocument(part, drops)];
  drops.add("audio");
  return [{ text: "[audio left out]" }];
}

function encodeImage(part: ImagePart, drops: Drops): object {
  const source = unpackMedia(part.source);
  const format = source.kind === "base64" ? source.mediaType.replace("image/", "").replace("jpg", "jpeg") : "png";
  const wire = sourceOf(source);
  if (wire !== null && IMAGE_FORMATS.has(format)) return { image: { format, source: wire } };
  drops.add("image");
  return { text: "[image left out]" };
}

function encodeDocument(part: DocumentPart, drops: Drops): object {
  const source = unpackMedia(part.source);
  const format = source.kind === "base64" ? DOCUMENT_FORMATS[source.mediaType] : "pdf";
  const wire = sourceOf(source);
  if (wire === null || format === undefined) {
    drops.add("document");
    return { text: "[document left out]" };
  }
  const name = (part.title ?? part.filename ?? "document")
    .replace(/\.[a-z]{2,5}$/i, "")
    .replace(/[^a-zA-Z0-9()[\] -]/g, "-")
    .replace(/\s+/g, " ")
    .slice(0, 200);
  return { document: { format, name: name === "" ? "document" : name, source: wire } };
}

/** Bytes, or an object in S3; Converse follows no other URL. */
function sourceOf(source: MediaSource): object | null {
  if (source.kind === "base64") return { bytes: source.data };
  if (source.kind === "url" && source.url.startsWith("s3://")) return { s3Location: { uri: source.url } };
  return null;
}

function encodeResult(message: Extract<ChatMessage, { role: "tool" }>, drops: Drops): object {
  const content = message.parts.flatMap((part) => {
    if (part.kind !== "text") return encodeUserPart(part, drops);
    const value = parseJson(part.text);
    if (isObject(value)) return [{ json: value }];
    return part.text.trim() === "" ? [] : [{ text: part.text }];
  });
  return {
    toolResult: {
      toolUseId: idOf(message.toolCallId),
      content: content.length === 0 ? [{ text: "(empty)" }] : content,
      ...(message.isError ? { status: "error" } : {}),
    },
  };
}

function encodeAssistantPart(part: AssistantPart): object[] {
  if (part.kind === "text") return encodeText(part);
  if (part.kind === "refusal") return part.text.trim() === "" ? [] : [{ text: part.text }];
  if (part.kind === "tool_call") {
    return [{ toolUse: { toolUseId: idOf(part.id), name: part.name, input: argumentsObject(part.argumentsJson) } }];
  }
  const redacted = openSignature("anthropic", part.redacted);
  const signature = openSignature("anthropic", part.signature);
  if (redacted !== null) return [{ reasoningContent: { redactedContent: redacted } }];
  return signature === null ? [] : [{ reasoningContent: { reasoningText: { text: part.text, signature } } }];
}
