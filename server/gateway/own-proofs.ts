import { type Span, valueAt } from "../json-scan.ts";
import type { WireFormat } from "../provider.ts";
import { hasSealedProof, openSignature } from "../signature.ts";
import { parseBody, readRaw } from "./read-call.ts";
import type { RawBody } from "./upstream-body.ts";

/**
 * The body as its own vendor takes it: a proof of reasoning that another vendor's model made is refused there, and so is
 * a thinking block without any. A body that has none passes as it came. Where only the blocks in question must go, they go, and
 * everything else stays as the client wrote it, blocks of the vendor's own tools among it.
 *
 * @returns null when the body must go by the neutral form instead
 */
export function withOwnProofs(raw: RawBody, format: WireFormat): RawBody | null {
  if (format !== "anthropic-messages") return hasSealedProof(raw.bytes) ? null : raw;
  const own = withOwnBlocks(raw);
  return lacksThinking(own) ? null : own;
}

function withOwnBlocks(raw: RawBody): RawBody {
  if (!hasSealedProof(raw.bytes) && !EMPTY_SIGNATURES.some((mark) => raw.bytes.includes(mark))) return raw;
  const body = parseBody(raw.bytes);
  if (!isObject(body) || !Array.isArray(body["messages"])) return raw;
  const messages = body["messages"].flatMap(withoutForeignBlocks);
  return readRaw(Buffer.from(JSON.stringify({ ...body, messages })));
}

/** How the reasoning of models that sign nothing is given back. */
const EMPTY_SIGNATURES = ['"signature":""', '"signature": ""'];

/** A turn of which nothing is left is left out; the API takes two turns of one role in a row. */
function withoutForeignBlocks(message: unknown): unknown[] {
  if (!isObject(message) || message["role"] !== "assistant" || !Array.isArray(message["content"])) return [message];
  const content = message["content"].flatMap(ownBlock);
  return content.length === 0 ? [] : [{ ...message, content }];
}

function ownBlock(block: unknown): unknown[] {
  if (!isObject(block)) return [block];
  if (block["type"] === "thinking") return withOwn(block, "signature");
  return block["type"] === "redacted_thinking" ? withOwn(block, "data") : [block];
}

function withOwn(block: Readonly<Record<string, unknown>>, field: "signature" | "data"): unknown[] {
  const proof = block[field];
  if (typeof proof !== "string") return [block];
  const own = openSignature("anthropic", proof);
  return own === null || own === "" ? [] : [{ ...block, [field]: own }];
}

/**
 * Whether thinking within a budget is asked for in a turn whose calls were begun without it, as another vendor's are. The API
 * refuses that; the neutral form goes on without thinking.
 */
function lacksThinking({ bytes, fields, elements }: RawBody): boolean {
  const span = fields.get("thinking");
  if (span === undefined) return false;
  const thinking = valueAt(bytes, span);
  if (!isObject(thinking) || thinking["type"] !== "enabled") return false;
  const last = lastAnswer(bytes, elements.get("messages") ?? []);
  const content = isObject(last) && Array.isArray(last["content"]) ? last["content"].filter(isObject) : [];
  const types = content.map(({ type }) => type);
  return types.includes("tool_use") && types[0] !== "thinking" && types[0] !== "redacted_thinking";
}

/** Read from the end, for a long conversation is not read for its last turn. */
function lastAnswer(bytes: Buffer, messages: readonly Span[]): unknown {
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = valueAt(bytes, messages[i]!);
    if (isObject(message) && message["role"] === "assistant") return message;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
