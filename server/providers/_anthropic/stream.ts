import { z } from "zod";
import type { StreamDecoder } from "../../provider.ts";
import { sealSignature } from "../../signature.ts";
import { type ChatWriter, createChatWriter } from "../_shared/chat-writer.ts";
import { isObject } from "../_shared/json.ts";
import { lax, laxText } from "../_shared/lax.ts";
import { sseDecoder } from "../_shared/sse-decoder.ts";
import {
  citationOf,
  finishOf,
  refusalText,
  unplacedIn,
  usageOf,
  WireBlock,
  WireCitation,
  WireStopDetails,
  WireUsage,
} from "./decode.ts";
import { JSON_TOOL } from "./encode.ts";
import { faultOfAnthropicBody } from "./fault.ts";

const WireFrame = z.discriminatedUnion("type", [
  z.looseObject({
    type: z.literal("message_start"),
    message: z.looseObject({ id: laxText, model: laxText, usage: lax(WireUsage) }),
  }),
  z.looseObject({ type: z.literal("content_block_start"), index: z.number(), content_block: WireBlock }),
  z.looseObject({
    type: z.literal("content_block_delta"),
    index: z.number(),
    delta: z.looseObject({
      type: z.string(),
      text: laxText,
      partial_json: laxText,
      thinking: laxText,
      signature: laxText,
      citation: lax(WireCitation),
    }),
  }),
  z.looseObject({ type: z.literal("content_block_stop"), index: z.number() }),
  z.looseObject({
    type: z.literal("message_delta"),
    delta: z.looseObject({
      stop_reason: laxText,
      stop_sequence: laxText,
      stop_details: WireStopDetails,
    }),
    usage: lax(WireUsage),
  }),
  z.looseObject({ type: z.literal("message_stop") }),
]);

/** The content block that deltas go to now. */
interface OpenBlock {
  readonly index: number;
  readonly kind: "text" | "thinking" | "redacted_thinking" | "tool_use" | "json" | "other";
  /** Input that came whole with the block's start; used when no deltas follow. */
  readonly input: unknown;
  hasInput: boolean;
  signature: string;
  readonly data: string | null;
}

/** Frames of `POST /v1/messages` with `stream: true` to events. */
export function decodeAnthropicStream(): StreamDecoder {
  const writer = createChatWriter();
  let open: OpenBlock | null = null;
  let usage: WireUsage = {};

  return sseDecoder(writer, {
    take(json) {
      // Frames of unknown types may appear at any time, says the vendor; pings are the known ones.
      if (!isObject(json) || typeof json["type"] !== "string") return false;
      if (json["type"] === "error") {
        const fault = faultOfAnthropicBody(json, null, null);
        if (fault !== null) writer.fail(fault);
        return fault !== null;
      }
      const parsed = WireFrame.safeParse(json);
      if (!parsed.success) return !KNOWN.has(json["type"]);
      takeFrame(parsed.data);
      return true;
    },
  });

  function takeFrame(frame: z.infer<typeof WireFrame>): void {
    switch (frame.type) {
      case "message_start":
        usage = frame.message.usage ?? {};
        writer.start(frame.message.id ?? null, frame.message.model ?? "", usageOf(usage));
        writer.usage(usageOf(usage));
        return;
      case "content_block_start":
        closeBlock();
        writer.unplaced(unplacedIn(frame.content_block));
        open = openBlock(writer, frame.index, frame.content_block);
        return;
      case "content_block_delta":
        if (open !== null && open.index === frame.index) takeDelta(writer, open, frame.delta);
        return;
      case "content_block_stop":
        if (open?.index === frame.index) closeBlock();
        return;
      case "message_delta": {
        closeBlock();
        // Counts are running totals: each that is said replaces the one before.
        const said = Object.entries(frame.usage ?? {}).filter(([, value]) => value != null);
        usage = { ...usage, ...Object.fromEntries(said) };
        writer.usage(usageOf(usage));
        const { stop_reason, stop_sequence, stop_details } = frame.delta;
        if (stop_reason == null) return;
        const finish = finishOf(
          stop_reason,
          writer.kinds(0).map((kind) => ({ kind })),
        );
        if (finish === "refusal" && writer.kinds(0).length === 0) writer.write(0, "refusal", refusalText(stop_details));
        writer.finish(0, finish, stop_sequence ?? null);
        return;
      }
      case "message_stop":
        writer.end();
    }
  }

  function closeBlock(): void {
    if (open === null) return;
    const { kind, input, hasInput, signature, data } = open;
    open = null;
    if (kind === "other") return;
    if (kind === "json" && !hasInput) writer.write(0, "text", JSON.stringify(input ?? {}));
    if (kind === "tool_use" && !hasInput && isObject(input) && Object.keys(input).length > 0) {
      writer.argue(0, "block", JSON.stringify(input));
    }
    writer.close(0, {
      signature: signature === "" ? null : sealSignature("anthropic", signature),
      redacted: data === null ? null : sealSignature("anthropic", data),
    });
  }
}

const KNOWN = new Set<string>(WireFrame.options.map((option) => option.shape.type.value));

function openBlock(writer: ChatWriter, index: number, block: WireBlock): OpenBlock {
  const base = { index, input: block.input, hasInput: false, signature: block.signature ?? "", data: null };
  switch (block.type) {
    case "text":
      if (block.text) writer.write(0, "text", block.text);
      if ((block.citations ?? []).length > 0 && writer.openKind(0) !== "text") writer.open(0, "text");
      for (const citation of block.citations ?? []) writer.citation(0, citationOf(citation));
      return { ...base, kind: "text" };
    case "thinking":
      writer.open(0, "reasoning");
      writer.write(0, "reasoning", block.thinking ?? "");
      return { ...base, kind: "thinking" };
    case "redacted_thinking":
      writer.open(0, "reasoning");
      return { ...base, kind: "redacted_thinking", data: block.data ?? "" };
    case "tool_use":
      if (block.name === JSON_TOOL) return { ...base, kind: "json" };
      writer.call(0, "block", block.id ?? "", block.name ?? "");
      return { ...base, kind: "tool_use" };
    default:
      return { ...base, kind: "other" };
  }
}

type WireDelta = Extract<z.infer<typeof WireFrame>, { type: "content_block_delta" }>["delta"];

function takeDelta(writer: ChatWriter, open: OpenBlock, delta: WireDelta): void {
  switch (delta.type) {
    case "text_delta":
      if (open.kind === "text") writer.write(0, "text", delta.text ?? "");
      return;
    case "thinking_delta":
      if (open.kind === "thinking") writer.write(0, "reasoning", delta.thinking ?? "");
      return;
    case "signature_delta":
      open.signature += delta.signature ?? "";
      return;
    case "citations_delta":
      if (open.kind !== "text" || delta.citation == null) return;
      // What a text cites comes before it.
      if (writer.openKind(0) !== "text") writer.open(0, "text");
      writer.citation(0, citationOf(delta.citation));
      return;
    case "input_json_delta": {
      const piece = delta.partial_json ?? "";
      if (piece === "") return;
      open.hasInput = true;
      if (open.kind === "json") writer.write(0, "text", piece);
      else if (open.kind === "tool_use") writer.argue(0, "block", piece);
    }
  }
}
