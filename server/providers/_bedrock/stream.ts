import { z } from "zod";
import type { StreamDecoder } from "../../provider.ts";
import { sealSignature } from "../../signature.ts";
import { brokenOff, faultOf } from "../../upstream-fault.ts";
import { JSON_TOOL } from "../_anthropic/encode.ts";
import { billedTier } from "../_shared/billed-apart.ts";
import { createChatWriter } from "../_shared/chat-writer.ts";
import { isObject, parseJson } from "../_shared/json.ts";
import { lax, laxText } from "../_shared/lax.ts";
import {
  citationOf,
  finishOf,
  SERVER_TOOL,
  stopSequenceOf,
  usageOf,
  WireCall,
  WireCitation,
  WireMore,
  WireTier,
  WireUsage,
} from "./decode.ts";
import { createFrameReader, type EventFrame } from "./event-frames.ts";
import { faultOfException } from "./fault.ts";

const WireStart = z.looseObject({ start: z.looseObject({ toolUse: WireCall.nullish() }).nullish() });
const WireDelta = z.looseObject({
  delta: z.looseObject({
    text: laxText,
    toolUse: lax(z.looseObject({ input: laxText })),
    reasoningContent: lax(z.looseObject({ text: laxText, signature: laxText, redactedContent: laxText })),
    citation: lax(WireCitation),
  }),
});
const WireStop = z.looseObject({ stopReason: laxText, additionalModelResponseFields: WireMore });
const WireMetadata = z.looseObject({ usage: lax(WireUsage), serviceTier: WireTier });

const CALL = "call";

/** Messages of ConverseStream to events. Usage comes after the answer's end, so the stream ends where the connection does. */
export function decodeConverseStream(): StreamDecoder {
  const writer = createChatWriter();
  const reader = createFrameReader();
  let isJsonTool = false;
  /** The block that is told now is a tool's that the vendor runs itself. */
  let isServerTool = false;
  let signature = "";
  let redacted = "";

  function takeFrame({ messageType, type, errorMessage, payload }: EventFrame): boolean {
    const json = parseJson(payload);
    if (messageType !== "event" || /exception$/i.test(type)) {
      writer.fail(faultOfException(type, errorMessage === null ? json : { message: errorMessage }, null, null));
      return true;
    }
    if (!isObject(json)) return false;
    // Some relays wrap the payload in the event's name once more.
    const inner = json[type];
    return takeEvent(type, isObject(inner) && Object.keys(json).length === 1 ? inner : json);
  }

  function takeEvent(type: string, json: Record<string, unknown>): boolean {
    switch (type) {
      case "messageStart":
        writer.start(null, "");
        return true;
      case "contentBlockStart": {
        const parsed = WireStart.safeParse(json);
        const call = parsed.data?.start?.toolUse;
        if (call == null) return parsed.success;
        closeBlock();
        isJsonTool = call.name === JSON_TOOL;
        isServerTool = call.type === SERVER_TOOL;
        if (!isJsonTool && !isServerTool) writer.call(0, CALL, call.toolUseId ?? "", call.name ?? "");
        return true;
      }
      case "contentBlockDelta": {
        const parsed = WireDelta.safeParse(json);
        if (parsed.success) takeDelta(parsed.data.delta);
        return parsed.success;
      }
      case "contentBlockStop":
        closeBlock();
        return true;
      case "messageStop": {
        const parsed = WireStop.safeParse(json);
        if (!parsed.success) return false;
        closeBlock();
        const kinds = writer.kinds(0).map((kind) => ({ kind }));
        writer.finish(
          0,
          finishOf(parsed.data.stopReason ?? null, kinds),
          stopSequenceOf(parsed.data.additionalModelResponseFields),
          brokenOff(parsed.data.stopReason),
        );
        return true;
      }
      case "metadata": {
        const parsed = WireMetadata.safeParse(json);
        const { usage, serviceTier } = parsed.data ?? {};
        if (usage != null) writer.usage({ ...usageOf(usage), ...billedTier(serviceTier?.type) });
        return parsed.success;
      }
      default:
        return true;
    }
  }

  function takeDelta({ text, toolUse, reasoningContent, citation }: z.infer<typeof WireDelta>["delta"]): void {
    writer.write(0, "text", text ?? "");
    if (citation != null) {
      // What a text cites may come before it.
      if (writer.openKind(0) !== "text") writer.open(0, "text");
      writer.citation(0, citationOf(citation));
    }
    if (toolUse != null && !isServerTool) {
      if (isJsonTool) writer.write(0, "text", toolUse.input ?? "");
      else writer.argue(0, CALL, toolUse.input ?? "");
    }
    if (reasoningContent == null) return;
    writer.write(0, "reasoning", reasoningContent.text ?? "");
    signature += reasoningContent.signature ?? "";
    redacted += reasoningContent.redactedContent ?? "";
  }

  function closeBlock(): void {
    const isSealed = signature !== "" || redacted !== "";
    if (isSealed && writer.openKind(0) !== "reasoning") writer.open(0, "reasoning");
    writer.close(0, {
      signature: signature === "" ? null : sealSignature("anthropic", signature),
      redacted: redacted === "" ? null : sealSignature("anthropic", redacted),
    });
    signature = "";
    redacted = "";
    isJsonTool = false;
    isServerTool = false;
  }

  return {
    push(bytes) {
      if (writer.isEnded) return [];
      let frames: EventFrame[];
      try {
        frames = reader.push(bytes);
      } catch {
        writer.fail(faultOf("bad_response", "the upstream sent a broken event-stream message"));
        return writer.take();
      }
      for (const frame of frames) {
        if (writer.isEnded) break;
        if (!takeFrame(frame))
          writer.fail(faultOf("bad_response", "the upstream sent a stream message of an unknown form"));
      }
      return writer.take();
    },
    end() {
      if (reader.hasRest()) writer.fail(faultOf("bad_response", "the upstream's stream ended within a message"));
      writer.end();
      return writer.take();
    },
  };
}
