import type { AssistantPart, ChatMessage, ToolResultPart, UserPart } from "../../chat.ts";
import { openSignature } from "../../signature.ts";
import type { Drops } from "../_shared/drops.ts";
import { argumentsObject, isObject, parseJson } from "../_shared/json.ts";
import { mediaTypeOfUrl, unpackMedia } from "../_shared/media.ts";
import { toolNamesOf } from "../_shared/tool-names.ts";

/** What the vendor takes in place of a signature for calls that another model made. */
const FOREIGN_CALL = "skip_thought_signature_validator";

export interface ContentsOptions {
  readonly wantsSignatures: boolean;
  /** Whether calls and their results name each other by id (Gemini API; Vertex has no such field). */
  readonly takesCallIds: boolean;
}

interface Content {
  readonly role: "user" | "model";
  readonly parts: object[];
}

/** Messages as contents: turns of one role merged, results of parallel calls together in one user turn. */
export function encodeContents(messages: readonly ChatMessage[], options: ContentsOptions, drops: Drops): Content[] {
  const names = toolNamesOf(messages);
  const contents: Content[] = [];
  for (const message of messages) {
    const role = message.role === "assistant" ? "model" : "user";
    const parts =
      message.role === "assistant"
        ? encodeAssistant(message.parts, options)
        : message.role === "tool"
          ? encodeResult(message, message.name ?? names.get(message.toolCallId) ?? "unknown_tool", options)
          : message.parts.flatMap(encodeUserPart);
    if (parts.length === 0) continue;
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  if (contents.length === 0 || contents[0]!.role === "model") {
    // A conversation must begin with the user.
    if (contents.length > 0) contents.unshift({ role: "user", parts: [{ text: "(continued)" }] });
    else drops.add("messages");
  }
  return contents;
}

function encodeUserPart(part: UserPart | ToolResultPart): object[] {
  if (part.kind === "text") return part.text === "" ? [] : [{ text: part.text }];
  const source = unpackMedia(part.source);
  if (source.kind === "base64") return [{ inlineData: { mimeType: source.mediaType, data: source.data } }];
  if (source.kind === "file") return [{ fileData: { fileUri: source.fileId } }];
  const fallback = part.kind === "image" ? "image/jpeg" : part.kind === "audio" ? "audio/mpeg" : "application/pdf";
  return [{ fileData: { fileUri: source.url, mimeType: mediaTypeOfUrl(source.url, fallback) } }];
}

function encodeAssistant(
  parts: readonly AssistantPart[],
  { wantsSignatures, takesCallIds }: ContentsOptions,
): object[] {
  const encoded: object[] = [];
  let isFirstCall = true;
  for (const part of parts) {
    if (part.kind === "tool_call") {
      // Of parallel calls only the first is signed.
      const own = openSignature("google", part.signature);
      const signature = own ?? (wantsSignatures && isFirstCall ? FOREIGN_CALL : null);
      isFirstCall = false;
      encoded.push({
        functionCall: {
          ...(takesCallIds && part.id !== "" ? { id: part.id } : {}),
          name: part.name,
          args: argumentsObject(part.argumentsJson),
        },
        ...(signature === null ? {} : { thoughtSignature: signature }),
      });
    } else if (part.kind === "reasoning") {
      // Thoughts need not go back; a thought with its own proof may.
      const signature = part.signature === null ? null : openSignature("google", part.signature);
      if (signature !== null) encoded.push({ text: part.text, thought: true, thoughtSignature: signature });
    } else {
      const signature = part.kind === "text" ? openSignature("google", part.signature ?? null) : null;
      if (part.text === "" && signature === null) continue;
      encoded.push({ text: part.text, ...(signature === null ? {} : { thoughtSignature: signature }) });
    }
  }
  return encoded;
}

/** A result is an object; plain text lies in its `result`, a failure in its `error`. Media follow as parts of their own. */
function encodeResult(
  message: Extract<ChatMessage, { role: "tool" }>,
  name: string,
  { takesCallIds }: ContentsOptions,
): object[] {
  const text = message.parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n");
  const value = parseJson(text);
  const response = message.isError ? { error: text } : isObject(value) ? value : { result: value ?? text };
  return [
    {
      functionResponse: {
        ...(takesCallIds && message.toolCallId !== "" ? { id: message.toolCallId } : {}),
        name,
        response,
      },
    },
    ...message.parts.filter((part) => part.kind !== "text").flatMap(encodeUserPart),
  ];
}
