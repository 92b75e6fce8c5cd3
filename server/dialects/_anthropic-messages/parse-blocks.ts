import type {
  AssistantPart,
  ChatMessage,
  Citation,
  DocumentPart,
  ImagePart,
  MediaSource,
  TextPart,
  ToolResultPart,
  UserPart,
} from "../../chat.ts";
import type { Extras } from "../_shared/extras.ts";
import { callProofOf, sealProof } from "../_shared/proof.ts";
import { cacheControlOf, optionalCacheControl, textPart } from "../_shared/text-part.ts";
import type { AssistantBlock, ContentBlock, TextBlock, ToolResultBlock, UserBlock, WireCitation } from "./schema.ts";

/** A user turn: every tool result is a message of its own, what stands between them stays together. */
export function userMessages(
  content: string | readonly UserBlock[],
  toolNames: ReadonlyMap<string, string>,
  extras: Extras,
): ChatMessage[] {
  if (typeof content === "string") return [{ role: "user", parts: [textPart(content)] }];
  const messages: ChatMessage[] = [];
  let open: UserPart[] | null = null;
  for (const block of content) {
    if (block.type === "tool_result") {
      open = null;
      messages.push(resultOf(block, toolNames, extras));
      continue;
    }
    const parts = contentParts(block, extras);
    if (parts.length === 0) continue;
    if (open === null) {
      open = [];
      messages.push({ role: "user", parts: open });
    }
    open.push(...parts);
  }
  return messages;
}

function resultOf(block: ToolResultBlock, toolNames: ReadonlyMap<string, string>, extras: Extras): ChatMessage {
  const { content } = block;
  const blocks = typeof content === "string" ? [] : (content ?? []);
  return {
    role: "tool",
    toolCallId: block.tool_use_id,
    name: toolNames.get(block.tool_use_id) ?? null,
    parts: typeof content === "string" ? [textPart(content)] : blocks.flatMap((inner) => contentParts(inner, extras)),
    isError: block.is_error === true,
    ...optionalCacheControl(block.cache_control),
  };
}

function contentParts(block: ContentBlock, extras: Extras): ToolResultPart[] {
  switch (block.type) {
    case "text":
      return [textOf(block)];
    case "image":
      return [imageOf(block)];
    case "document":
      return documentParts(block);
    case "search_result": {
      const text = [block.title, block.source, ...block.content.map((inner) => inner.text)].join("\n");
      return [textPart(text, { cacheControl: cacheControlOf(block.cache_control) })];
    }
    default:
      extras.add(`messages.content.${block.type}`, block);
      return [];
  }
}

export function textOf({ text, citations, cache_control }: TextBlock): TextPart {
  return textPart(text, {
    citations: (citations ?? []).map(citationOf),
    cacheControl: cacheControlOf(cache_control),
  });
}

function citationOf(wire: WireCitation): Citation {
  return {
    text: wire.cited_text ?? "",
    url: wire.url ?? wire.source ?? null,
    title: wire.title ?? wire.document_title ?? null,
    start: null,
    end: null,
  };
}

function imageOf({ source, cache_control }: Extract<ContentBlock, { type: "image" }>): ImagePart {
  return { kind: "image", source: sourceOf(source), detail: null, ...optionalCacheControl(cache_control) };
}

/** A document of blocks is its blocks; one of plain text stays a document. */
function documentParts(block: Extract<ContentBlock, { type: "document" }>): (TextPart | ImagePart | DocumentPart)[] {
  const { source, title, cache_control } = block;
  if (source.type === "content") {
    if (typeof source.content === "string") {
      return [textPart(source.content, { cacheControl: cacheControlOf(cache_control) })];
    }
    return source.content.map((inner) => (inner.type === "text" ? textOf(inner) : imageOf(inner)));
  }
  const bytes: MediaSource =
    source.type === "text"
      ? { kind: "base64", mediaType: source.media_type, data: Buffer.from(source.data, "utf8").toString("base64") }
      : sourceOf(source);
  return [
    { kind: "document", source: bytes, filename: null, title: title ?? null, ...optionalCacheControl(cache_control) },
  ];
}

function sourceOf(source: Extract<ContentBlock, { type: "image" }>["source"]): MediaSource {
  if (source.type === "base64") return { kind: "base64", mediaType: source.media_type, data: source.data };
  return source.type === "url" ? { kind: "url", url: source.url } : { kind: "file", fileId: source.file_id };
}

/** An earlier answer. What its thinking blocks prove is sealed; a call's own proof goes to the call behind it. */
export function assistantParts(
  content: string | readonly AssistantBlock[],
  toolNames: Map<string, string>,
  extras: Extras,
): AssistantPart[] {
  if (typeof content === "string") return content === "" ? [] : [textPart(content)];
  const parts: AssistantPart[] = [];
  let nextCallProof: string | null = null;
  for (const block of content) {
    switch (block.type) {
      case "text":
        parts.push(textOf(block));
        break;
      case "thinking": {
        const signature = sealProof("anthropic", block.signature);
        parts.push({ kind: "reasoning", text: block.thinking, signature, redacted: null });
        break;
      }
      case "redacted_thinking": {
        const proof = callProofOf(block.data);
        if (proof === null) pushRedacted(parts, sealProof("anthropic", block.data));
        nextCallProof = proof ?? nextCallProof;
        break;
      }
      case "tool_use":
        toolNames.set(block.id, block.name);
        parts.push({
          kind: "tool_call",
          id: block.id,
          name: block.name,
          argumentsJson: JSON.stringify(block.input),
          signature: nextCallProof,
          ...optionalCacheControl(block.cache_control),
        });
        nextCallProof = null;
        break;
      default:
        extras.add(`messages.content.${block.type}`, block);
    }
  }
  return parts;
}

/**
 * Encrypted reasoning of another vendor that came with a summary was shown as two blocks: the summary without a
 * signature, which Anthropic's own never lack, and the secret behind it.
 */
function pushRedacted(parts: AssistantPart[], redacted: string | null): void {
  if (redacted === null) return;
  const last = parts.at(-1);
  const isSummary = last?.kind === "reasoning" && last.signature === null && last.redacted === null;
  if (isSummary) parts[parts.length - 1] = { ...last, redacted };
  else parts.push({ kind: "reasoning", text: "", signature: null, redacted });
}
