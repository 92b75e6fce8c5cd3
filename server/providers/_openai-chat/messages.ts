import type { AssistantPart, ChatMessage, ImagePart, MediaSource, ToolResultPart, UserPart } from "../../chat.ts";
import type { Drops } from "../_shared/drops.ts";
import { textOfMedia, unpackMedia, urlOfMedia } from "../_shared/media.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

/** Said for the model between a tool's result and the user, where the vendor wants its turn there. */
const BETWEEN = "Done.";

/** Messages of the chat format. Images in tool results, which the format has no place for, follow as a user's. */
export function encodeMessages(messages: readonly ChatMessage[], quirks: OpenAiChatQuirks, drops: Drops): object[] {
  const encoded: object[] = [];
  let media: ImagePart[] = [];
  const flush = (): boolean => {
    if (media.length === 0) return false;
    if (quirks.partsToolFromUser) encoded.push({ role: "assistant", content: BETWEEN });
    const parts = media.map((part) => encodeUserPart(part, quirks, drops));
    encoded.push({ role: "user", content: [{ type: "text", text: "Images of the tool results:" }, ...parts] });
    media = [];
    return true;
  };
  for (const [index, message] of messages.entries()) {
    if (message.role === "tool") {
      encoded.push(encodeResult(message, quirks, drops));
      if (quirks.takesImages) media.push(...message.parts.filter((part) => part.kind === "image"));
      continue;
    }
    const hasFlushed = flush();
    if (message.role === "user") {
      const isBehindTool = messages[index - 1]?.role === "tool" && !hasFlushed;
      if (quirks.partsToolFromUser && isBehindTool) encoded.push({ role: "assistant", content: BETWEEN });
      encoded.push({ role: "user", content: encodeUserParts(message.parts, quirks, drops) });
    } else {
      encoded.push(encodeAssistant(message.parts, quirks));
    }
  }
  flush();
  return encoded;
}

function encodeResult(message: Extract<ChatMessage, { role: "tool" }>, quirks: OpenAiChatQuirks, drops: Drops): object {
  const texts = message.parts.map((part: ToolResultPart) => {
    if (part.kind === "text") return part.text;
    if (part.kind === "image") {
      if (!quirks.takesImages) drops.add("tool_result.image");
      return quirks.takesImages ? "[image below]" : "[image left out]";
    }
    const text = textOfMedia(unpackMedia(part.source));
    if (text === null) drops.add("tool_result.document");
    return text ?? "[document left out]";
  });
  const text = texts.join("\n");
  return {
    role: "tool",
    tool_call_id: quirks.callId(message.toolCallId),
    content: message.isError ? `Error: ${text}` : text,
  };
}

function encodeAssistant(parts: readonly AssistantPart[], quirks: OpenAiChatQuirks): object {
  const isText = (part: AssistantPart) => part.kind === "text" || (part.kind === "refusal" && !quirks.takesRefusal);
  const texts = parts.flatMap((part) => (isText(part) && "text" in part ? [part.text] : []));
  const refusals = parts.flatMap((part) => (part.kind === "refusal" && quirks.takesRefusal ? [part.text] : []));
  const reasoning = parts.flatMap((part) => (part.kind === "reasoning" && part.text !== "" ? [part.text] : []));
  const calls = parts.filter((part) => part.kind === "tool_call");
  const isEmpty = texts.length === 0 && refusals.length === 0 && calls.length === 0;
  return {
    role: "assistant",
    content: texts.length > 0 || isEmpty ? texts.join("") : null,
    refusal: refusals.length === 0 ? undefined : refusals.join(""),
    ...(quirks.reasoningField === null || reasoning.length === 0
      ? {}
      : { [quirks.reasoningField]: reasoning.join("") }),
    tool_calls:
      calls.length === 0
        ? undefined
        : calls.map((call) => ({
            id: quirks.callId(call.id),
            type: "function",
            function: { name: call.name, arguments: call.argumentsJson },
          })),
  };
}

/** One text alone is a plain string, which every server of the format takes. */
function encodeUserParts(parts: readonly UserPart[], quirks: OpenAiChatQuirks, drops: Drops): string | object[] {
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only?.kind === "text") return only.text;
  return parts.map((part) => encodeUserPart(part, quirks, drops));
}

function encodeUserPart(part: UserPart, quirks: OpenAiChatQuirks, drops: Drops): object {
  if (part.kind === "text") return { type: "text", text: part.text };
  if (part.kind === "image") {
    if (!quirks.takesImages) {
      drops.add("image");
      return { type: "text", text: "[image left out]" };
    }
    return { type: "image_url", image_url: { url: urlOfMedia(part.source), detail: part.detail ?? undefined } };
  }
  if (part.kind === "audio") {
    const source = unpackMedia(part.source);
    if (source.kind === "base64") {
      return { type: "input_audio", input_audio: { data: source.data, format: audioFormat(source.mediaType) } };
    }
    drops.add("audio");
    return { type: "text", text: "[audio left out]" };
  }
  return encodeDocument(part.source, part.filename ?? part.title, quirks, drops);
}

/** The format takes bytes of a PDF or a file's id; text goes along as text, and other addresses find no way. */
function encodeDocument(source: MediaSource, name: string | null, quirks: OpenAiChatQuirks, drops: Drops): object {
  const bytes = unpackMedia(source);
  const text = textOfMedia(bytes);
  if (text !== null) return { type: "text", text: name === null ? text : `${name}:\n${text}` };
  if (quirks.documents === "document_url") {
    return { type: "document_url", document_url: urlOfMedia(bytes), document_name: name ?? undefined };
  }
  if (quirks.documents === "file" && bytes.kind === "file") return { type: "file", file: { file_id: bytes.fileId } };
  if (quirks.documents === "file" && bytes.kind === "base64") {
    return { type: "file", file: { filename: name ?? "document.pdf", file_data: urlOfMedia(bytes) } };
  }
  drops.add("document");
  return { type: "text", text: `[document left out${bytes.kind === "url" ? `: ${bytes.url}` : ""}]` };
}

function audioFormat(mediaType: string): string {
  const format = mediaType.replace(/^audio\/(x-)?/, "");
  return format === "mpeg" ? "mp3" : format;
}
