import { z } from "zod";
import type { StreamDecoder } from "../../provider.ts";
import { faultOf } from "../../upstream-fault.ts";
import { faultOfOpenAiBody } from "../_openai-chat/fault.ts";
import { createChatWriter } from "../_shared/chat-writer.ts";
import { isObject } from "../_shared/json.ts";
import { lax, laxText } from "../_shared/lax.ts";
import { sseDecoder } from "../_shared/sse-decoder.ts";
import {
  argumentsOf,
  citationOf,
  failureOf,
  finishOf,
  logprobEntries,
  partsOf,
  proofOf,
  unplacedIn,
  usageOf,
  WireAnnotation,
  WireItem,
  WireResponse,
} from "./decode.ts";

const WireEvent = z.looseObject({
  type: z.string(),
  response: WireResponse.nullish(),
  output_index: lax(z.number()),
  summary_index: lax(z.number()),
  item: WireItem.nullish(),
  delta: laxText,
  annotation: lax(WireAnnotation),
  logprobs: z.unknown().optional(),
});
type WireEvent = z.infer<typeof WireEvent>;

/** Typed events of `POST /responses` with `stream: true` to events. */
export function decodeResponsesStream(): StreamDecoder {
  const writer = createChatWriter();
  /** Whether the open item was told in pieces. */
  let hasPieces = false;
  /** The call that is told now; what is told of other items meanwhile waits for its end. */
  let openCall: number | null = null;
  let waiting: WireEvent[] = [];

  return sseDecoder(writer, {
    take(json) {
      if (!isObject(json)) return false;
      if (json["type"] === "error" || json["type"] === undefined) {
        const body = isObject(json["error"]) ? json : { error: json };
        const fault = faultOfOpenAiBody(body, null, {});
        if (fault !== null) writer.fail(fault);
        return fault !== null;
      }
      const parsed = WireEvent.safeParse(json);
      if (!parsed.success) return false;
      const event = parsed.data;
      if (openCall !== null && event.output_index != null && event.output_index !== openCall) waiting.push(event);
      else takeEvent(event);
      return true;
    },
  });

  function takeEvent(event: WireEvent): void {
    const { response, item, delta } = event;
    const key = event.output_index ?? 0;
    switch (event.type) {
      case "response.created":
        writer.start(response?.id ?? null, response?.model ?? "");
        return;
      case "response.output_item.added":
        if (item != null) beginItem(key, item);
        return;
      case "response.content_part.added":
        writer.close(0);
        return;
      case "response.output_text.delta":
        hasPieces ||= (delta ?? "") !== "";
        writer.write(0, "text", delta ?? "");
        writer.logprobs(0, logprobEntries(event.logprobs));
        return;
      case "response.refusal.delta":
        hasPieces ||= (delta ?? "") !== "";
        writer.write(0, "refusal", delta ?? "");
        return;
      case "response.output_text.annotation.added":
        for (const citation of event.annotation == null ? [] : citationOf(event.annotation))
          writer.citation(0, citation);
        return;
      case "response.reasoning_summary_part.added":
        if ((event.summary_index ?? 0) > 0 && writer.openKind(0) === "reasoning") writer.write(0, "reasoning", "\n\n");
        return;
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        hasPieces ||= (delta ?? "") !== "";
        writer.write(0, "reasoning", delta ?? "");
        return;
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        hasPieces ||= (delta ?? "") !== "";
        writer.argue(0, key, delta ?? "");
        return;
      case "response.output_item.done":
        if (item != null) endItem(key, item);
        return;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        endResponse(event.type, response ?? {});
    }
  }

  function beginItem(key: number, item: WireItem): void {
    writer.close(0);
    hasPieces = false;
    if (!isCall(item)) return;
    openCall = key;
    writer.call(0, key, item.call_id ?? item.id ?? "", item.name ?? "");
  }

  function endItem(key: number, item: WireItem): void {
    writer.unplaced(unplacedIn(item));
    if (isCall(item)) {
      if (openCall !== key) beginItem(key, item);
      if (!hasPieces) writer.argue(0, key, argumentsOf(item));
      closeCall();
      return;
    }
    // Some servers tell an item at its end only.
    if (!hasPieces) writeParts(item);
    if (item.type === "reasoning") {
      const proof = proofOf(item);
      if (proof.redacted !== null && writer.openKind(0) !== "reasoning") writer.open(0, "reasoning");
      writer.close(0, proof);
    } else {
      writer.close(0);
    }
    hasPieces = false;
  }

  function closeCall(): void {
    writer.close(0);
    openCall = null;
    const events = waiting;
    waiting = [];
    for (const event of events) {
      if (openCall !== null && event.output_index !== openCall) waiting.push(event);
      else takeEvent(event);
    }
  }

  function writeParts(item: WireItem): void {
    for (const part of partsOf(item)) {
      if (part.kind === "tool_call") continue;
      writer.close(0);
      writer.write(0, part.kind, part.text);
      if (part.kind === "text") for (const citation of part.citations) writer.citation(0, citation);
    }
  }

  function endResponse(type: string, response: WireResponse): void {
    while (openCall !== null) closeCall();
    if (writer.kinds(0).length === 0) {
      for (const [key, item] of (response.output ?? []).entries()) endItem(key, item);
    }
    if (response.usage != null) {
      writer.usage(usageOf(response.usage, response));
    }
    if (type === "response.failed") {
      writer.fail(
        response.error == null ? faultOf("server_error", "the upstream's response failed") : failureOf(response),
      );
      return;
    }
    const status = type === "response.incomplete" ? "incomplete" : "completed";
    const kinds = writer.kinds(0).map((kind) => ({ kind }));
    writer.finish(0, finishOf({ ...response, status }, kinds));
    writer.end();
  }
}

function isCall({ type }: WireItem): boolean {
  return type === "function_call" || type === "custom_tool_call";
}
