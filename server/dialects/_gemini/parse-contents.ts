import type { AssistantPart, ChatMessage, MediaSource, TextPart, ToolResultPart, UserPart } from "../../chat.ts";
import type { Extras } from "../_shared/extras.ts";
import { isPlainText, textPart } from "../_shared/text-part.ts";
import type { Content, Part } from "./schema.ts";
import { readThought } from "./thought-signature.ts";

/** Calls of the conversation: who has no id gets one by position, and a response without an id answers by name. */
interface Calls {
  count: number;
  readonly open: { readonly id: string; readonly name: string }[];
}

export function messagesOf(
  contents: readonly Content[],
  extras: Extras,
): { readonly messages: ChatMessage[]; readonly system: TextPart[] } {
  const messages: ChatMessage[] = [];
  const system: TextPart[] = [];
  const calls: Calls = { count: 0, open: [] };
  for (const { role, parts } of contents) {
    if (role === "system") system.push(...parts.flatMap(({ text }) => (text ? [textPart(text)] : [])));
    else if (role === "model") {
      const said = assistantParts(parts, calls, extras);
      // Streamed answers come back as one content a chunk.
      const last = messages.at(-1);
      if (last?.role === "assistant") messages[messages.length - 1] = { ...last, parts: joined(last.parts, said) };
      else if (said.length > 0) messages.push({ role: "assistant", parts: joined([], said) });
    } else messages.push(...userMessages(parts, calls, extras));
  }
  return { messages, system };
}

function userMessages(parts: readonly Part[], calls: Calls, extras: Extras): ChatMessage[] {
  const messages: ChatMessage[] = [];
  let open: UserPart[] | null = null;
  for (const part of parts) {
    if (part.functionResponse != null) {
      open = null;
      messages.push(resultOf(part.functionResponse, calls, extras));
      continue;
    }
    const said = userPart(part);
    if (said === null) {
      noteUnknown(part, extras);
      continue;
    }
    if (open === null) {
      open = [];
      messages.push({ role: "user", parts: open });
    }
    open.push(said);
  }
  return messages;
}

function userPart(part: Part): UserPart | null {
  if (typeof part.text === "string") return textPart(part.text, signed(part));
  return mediaPart(part);
}

type MediaFields = Pick<Part, "inlineData" | "fileData">;

function mediaPart({ inlineData, fileData }: MediaFields): UserPart | null {
  if (inlineData != null) {
    const { mimeType, data, displayName } = inlineData;
    return mediaOf({ kind: "base64", mediaType: mimeType, data }, mimeType, displayName ?? null);
  }
  if (fileData != null) {
    const { fileUri, mimeType, displayName } = fileData;
    const source: MediaSource = { kind: "url", url: fileUri, ...(mimeType == null ? {} : { mediaType: mimeType }) };
    return mediaOf(source, mimeType ?? "", displayName ?? null);
  }
  return null;
}

/** Video too is a document: the neutral form knows no better, and Google takes every media type. */
function mediaOf(source: MediaSource, mediaType: string, filename: string | null): UserPart {
  if (mediaType.startsWith("image/")) return { kind: "image", source, detail: null };
  if (mediaType.startsWith("audio/")) return { kind: "audio", source };
  return { kind: "document", source, filename, title: null };
}

function resultOf(
  { id, name, response, parts }: NonNullable<Part["functionResponse"]>,
  calls: Calls,
  extras: Extras,
): ChatMessage {
  const at = calls.open.findIndex((call) => (id == null || id === "" ? call.name === name : call.id === id));
  const call = at === -1 ? null : calls.open.splice(at, 1)[0]!;
  const { text, isError } = resultText(response ?? {});
  const media: ToolResultPart[] = [];
  for (const part of parts ?? []) {
    const said = mediaPart(part);
    if (said !== null && said.kind !== "audio" && said.kind !== "text") media.push(said);
    else extras.add("contents.parts.functionResponse.parts", part);
  }
  return {
    role: "tool",
    toolCallId: id || call?.id || `call_${name}`,
    name,
    parts: [textPart(text), ...media],
    isError,
  };
}

/** A response is an object; `output` or `result` alone is the whole of it, `error` alone a failure. */
function resultText(response: Readonly<Record<string, unknown>>): { readonly text: string; readonly isError: boolean } {
  const [first, ...others] = Object.entries(response);
  if (first !== undefined && others.length === 0) {
    const [name, value] = first;
    if (name === "output" || name === "result" || name === "error") {
      return { text: typeof value === "string" ? value : JSON.stringify(value), isError: name === "error" };
    }
  }
  return { text: JSON.stringify(response), isError: false };
}

function assistantParts(parts: readonly Part[], calls: Calls, extras: Extras): AssistantPart[] {
  const said: AssistantPart[] = [];
  for (const part of parts) {
    const proof = readThought(part.thoughtSignature);
    if (part.functionCall != null) {
      const { id, name, args } = part.functionCall;
      const call = { id: id || `call_${calls.count}`, name };
      calls.count++;
      calls.open.push(call);
      said.push({ kind: "tool_call", ...call, argumentsJson: JSON.stringify(args ?? {}), signature: proof.signature });
    } else if (typeof part.text !== "string") noteUnknown(part, extras);
    else if (part.thought === true) said.push({ kind: "reasoning", text: part.text, ...proof });
    else if (part.text !== "" || proof.signature !== null) said.push(textPart(part.text, signed(part)));
  }
  return said;
}

function signed(part: Part): { readonly signature?: string } {
  const { signature } = readThought(part.thoughtSignature);
  return signature === null ? {} : { signature };
}

/** Pieces of one stream put together: text to text, thought to thought, a proof behind them to what it proves. */
function joined(before: readonly AssistantPart[], after: readonly AssistantPart[]): AssistantPart[] {
  const parts = [...before];
  for (const part of after) {
    const last = parts.at(-1);
    if (part.kind === "text" && isPlainText(last)) parts[parts.length - 1] = { ...part, text: last.text + part.text };
    else if (
      part.kind === "reasoning" &&
      last?.kind === "reasoning" &&
      last.signature === null &&
      last.redacted === null
    ) {
      parts[parts.length - 1] = { ...part, text: last.text + part.text };
    } else parts.push(part);
  }
  return parts;
}

/** A part of none of our kinds (code that Google ran, and its outcome) is told by its fields, which nobody read. */
function noteUnknown(part: Part, extras: Extras): void {
  if (part.thoughtSignature) extras.add("contents.parts.thoughtSignature", part.thoughtSignature);
}
