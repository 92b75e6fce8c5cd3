import type { ChatRequest } from "../chat.ts";
import { type Edit, type Span, splicedPieces, spliceValues, valueAt } from "../json-scan.ts";
import type { Target } from "./target.ts";

/** A client's body as it came, with its top-level fields found but not read. */
export interface RawBody {
  readonly bytes: Buffer;
  readonly fields: ReadonlyMap<string, Span>;
  /** Elements of the fields that hold messages. */
  readonly elements: ReadonlyMap<string, readonly Span[]>;
}

export interface UpstreamBody {
  /** In pieces when it is large, so that it need not be copied. */
  readonly body: Buffer | string | readonly Buffer[];
  readonly dropped: readonly string[];
  /** Headers that this body needs. */
  readonly headers: Readonly<Record<string, string>>;
}

/** From here on fresh memory for a copy costs more than sending pieces. */
const LARGE_BYTES = 64 * 1024;

/**
 * The body for one target. Where client and upstream speak the same format the client's bytes go along with only the
 * model's name replaced (and usage asked for on OpenAI streams); else the neutral request is encoded.
 */
export function upstreamBody(
  raw: RawBody,
  chat: () => ChatRequest,
  target: Target,
  isSameFormat: boolean,
  options: Readonly<Record<string, unknown>>,
): UpstreamBody {
  if (!isSameFormat) {
    const encoded = target.provider.encode(chat(), target.model, options);
    return { body: JSON.stringify(encoded.body), dropped: encoded.dropped, headers: encoded.headers ?? {} };
  }
  const edits: Edit[] = [];
  const model = raw.fields.get("model");
  if (model !== undefined) edits.push(modelEdit(raw.bytes, model, target));
  const usage = usageEdit(raw, target);
  if (usage !== null) edits.push(usage);
  // A signature needs the bytes as they are sent, in one.
  const isWhole = raw.bytes.length < LARGE_BYTES || target.provider.sign !== undefined;
  const body = isWhole ? spliceValues(raw.bytes, edits) : splicedPieces(raw.bytes, edits);
  return { body, dropped: [], headers: {} };
}

function modelEdit(bytes: Buffer, span: Span, { provider, model }: Target): Edit {
  if (provider.insteadOfModel === undefined) return { span, json: JSON.stringify(model) };
  // The field goes with its name, whose quotes are the last two before the value.
  const nameEnd = bytes.lastIndexOf('"', span.start - 1);
  return { span: { start: bytes.lastIndexOf('"', nameEnd - 1), end: span.end }, json: provider.insteadOfModel };
}

/** OpenAI streams tell their usage only when asked to. */
function usageEdit({ bytes, fields }: RawBody, target: Target): Edit | null {
  if (target.provider.format !== "openai-chat" || target.provider.sendsUsageUnasked) return null;
  const stream = fields.get("stream");
  if (stream === undefined || valueAt(bytes, stream) !== true) return null;
  const options = fields.get("stream_options");
  if (options === undefined) return { span: stream, json: 'true,"stream_options":{"include_usage":true}' };
  const value = valueAt(bytes, options);
  const given = typeof value === "object" && value !== null ? value : {};
  return { span: options, json: JSON.stringify({ ...given, include_usage: true }) };
}
