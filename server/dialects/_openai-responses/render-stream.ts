import type { ChatEvent, Citation, FinishReason, TokenLogprob, Usage } from "../../chat.ts";
import type { DialectFault, RenderContext, StreamRenderer } from "../../dialect.ts";
import { sseFrame } from "../../sse.ts";
import { openAiError } from "../_openai-chat/fault.ts";
import { answerId } from "../_shared/answer-id.ts";
import { estimatedUsage } from "../_shared/answer-usage.ts";
import { callProofAhead } from "../_shared/call-proof-ahead.ts";
import { incompleteReason, type ResponseState, responseObject } from "./envelope.ts";
import type { ItemMemory } from "./item-memory.ts";
import {
  annotation,
  callItem,
  callProofItem,
  itemId,
  messageItem,
  reasoningItem,
  refusalContent,
  textContent,
} from "./items.ts";
import { isRemembered } from "./render.ts";

/** The item that is being said, and its open part. */
type OpenItem =
  | {
      readonly kind: "message";
      readonly id: string;
      readonly content: object[];
      part: { readonly kind: "text" | "refusal"; text: string; citations: Citation[]; logprobs: TokenLogprob[] } | null;
    }
  | {
      readonly kind: "call";
      readonly id: string;
      readonly callId: string;
      readonly name: string;
      argumentsJson: string;
    }
  | { readonly kind: "reasoning"; readonly id: string; text: string };

/**
 * Events to a response stream: created, in_progress, then each item from added to done, then completed, incomplete or
 * failed with the whole response. An item begins at its first content, so that none is empty.
 */
export function renderResponsesStream(context: RenderContext, memory: ItemMemory): StreamRenderer {
  const remembers = isRemembered(context);
  const output: object[] = [];
  let id = "";
  let sequence = 0;
  let isOver = false;
  let open: OpenItem | null = null;
  let partKind: "text" | "refusal" | "reasoning" | "tool_call" | null = null;
  let usage: Usage | null = null;
  let opening: Usage | null = null;
  let finish: FinishReason = "stop";
  let hasRefusal = false;
  let chars = 0;

  function frame(type: string, fields: object): string {
    return sseFrame(type, JSON.stringify({ type, sequence_number: sequence++, ...fields }));
  }

  function response(known: Pick<ResponseState, "status"> & Partial<ResponseState>): object {
    return responseObject(
      {
        id,
        createdAtMs: context.nowMs,
        output,
        usage: null,
        incompleteReason: null,
        error: null,
        serviceTier: null,
        ...known,
      },
      context,
    );
  }

  function start(upstreamId: string | null): string {
    if (id !== "") return "";
    id = answerId("resp_", upstreamId, context.requestId);
    const begun = { response: response({ status: "in_progress" }) };
    return frame("response.created", begun) + frame("response.in_progress", begun);
  }

  function added(item: object): string {
    return frame("response.output_item.added", { output_index: output.length, item });
  }

  function done(itemIdentity: string, item: object): string {
    const text = frame("response.output_item.done", { output_index: output.length, item });
    output.push(item);
    if (remembers) memory.remember(itemIdentity, item);
    return text;
  }

  function wholeItem(itemIdentity: string, item: object): string {
    return added(item) + done(itemIdentity, item);
  }

  function messageFields(message: Extract<OpenItem, { kind: "message" }>): object {
    return { item_id: message.id, output_index: output.length, content_index: message.content.length };
  }

  function needsMessage(kind: "text" | "refusal"): string {
    let text = "";
    if (open?.kind !== "message") {
      text += closeItem("completed");
      open = { kind: "message", id: itemId("msg", id, output.length), content: [], part: null };
      text += added(messageItem(open.id, [], "in_progress"));
    }
    if (open.part !== null) return text;
    open.part = { kind, text: "", citations: [], logprobs: [] };
    const part = kind === "text" ? textContent(open.part, []) : refusalContent(open.part);
    return text + frame("response.content_part.added", { ...messageFields(open), part });
  }

  function closePart(): string {
    if (open?.kind !== "message" || open.part === null) return "";
    const { part } = open;
    const fields = messageFields(open);
    const content = part.kind === "text" ? textContent(part, part.logprobs) : refusalContent(part);
    const said =
      part.kind === "text"
        ? frame("response.output_text.done", {
            ...fields,
            text: part.text,
            logprobs: (content as { logprobs: object[] }).logprobs,
          })
        : frame("response.refusal.done", { ...fields, refusal: part.text });
    const text = said + frame("response.content_part.done", { ...fields, part: content });
    open.content.push(content);
    open.part = null;
    return text;
  }

  function closeItem(status: "completed" | "incomplete"): string {
    const item = open;
    if (item === null) return "";
    switch (item.kind) {
      case "message": {
        const text = closePart();
        open = null;
        return text + done(item.id, messageItem(item.id, item.content, status));
      }
      case "call": {
        open = null;
        const argumentsJson = item.argumentsJson || "{}";
        const fields = { item_id: item.id, output_index: output.length, name: item.name, arguments: argumentsJson };
        return (
          frame("response.function_call_arguments.done", fields) +
          done(item.id, callItem(item.id, { id: item.callId, name: item.name, argumentsJson }, status))
        );
      }
      case "reasoning":
        return closeReasoning(null, null);
    }
  }

  function needsReasoning(): string {
    if (open?.kind === "reasoning") return "";
    const closed = closeItem("completed");
    open = { kind: "reasoning", id: itemId("rs", id, output.length), text: "" };
    const empty = reasoningItem(open.id, { text: "", signature: null, redacted: null });
    return (
      closed +
      added(empty) +
      frame("response.reasoning_summary_part.added", { ...summaryFields(open.id), part: summaryPart("") })
    );
  }

  function summaryFields(itemIdentity: string): object {
    return { item_id: itemIdentity, output_index: output.length, summary_index: 0 };
  }

  function closeReasoning(signature: string | null, redacted: string | null): string {
    if (open?.kind !== "reasoning") {
      // Nothing but a proof: an item without a summary.
      if (signature === null && redacted === null) return "";
      const closed = closeItem("completed");
      const identity = itemId("rs", id, output.length);
      return closed + wholeItem(identity, reasoningItem(identity, { text: "", signature, redacted }));
    }
    const { id: identity, text } = open;
    open = null;
    return (
      frame("response.reasoning_summary_text.done", { ...summaryFields(identity), text }) +
      frame("response.reasoning_summary_part.done", { ...summaryFields(identity), part: summaryPart(text) }) +
      done(identity, reasoningItem(identity, { text, signature, redacted }))
    );
  }

  function startPart(event: Extract<ChatEvent, { type: "part_start" }>, proof: string | null): string {
    partKind = event.of.kind;
    if (event.of.kind !== "tool_call") return "";
    let text = closeItem("completed");
    if (proof !== null) {
      const identity = itemId("rs", id, output.length);
      text += wholeItem(identity, callProofItem(identity, proof));
    }
    const { id: callId, name } = event.of;
    open = { kind: "call", id: itemId("fc", id, output.length), callId, name, argumentsJson: "" };
    return text + added(callItem(open.id, { id: callId, name, argumentsJson: "" }, "in_progress"));
  }

  function write(text: string): string {
    if (text === "" || partKind === null) return "";
    chars += text.length;
    if (partKind === "tool_call") {
      if (open?.kind !== "call") return "";
      open.argumentsJson += text;
      const fields = { item_id: open.id, output_index: output.length, delta: text };
      return frame("response.function_call_arguments.delta", fields);
    }
    if (partKind === "reasoning") {
      const head = needsReasoning();
      const item = open as Extract<OpenItem, { kind: "reasoning" }>; // needsReasoning opened it
      item.text += text;
      return head + frame("response.reasoning_summary_text.delta", { ...summaryFields(item.id), delta: text });
    }
    hasRefusal ||= partKind === "refusal";
    const head = needsMessage(partKind);
    const message = open as Extract<OpenItem, { kind: "message" }>; // needsMessage opened it, with a part
    message.part!.text += text;
    const fields = { ...messageFields(message), delta: text };
    return (
      head +
      (partKind === "text"
        ? frame("response.output_text.delta", { ...fields, logprobs: [] })
        : frame("response.refusal.delta", fields))
    );
  }

  function cite(citation: Citation): string {
    if (partKind !== "text") return "";
    const head = needsMessage("text");
    const message = open as Extract<OpenItem, { kind: "message" }>; // needsMessage opened it, with a part
    message.part!.citations.push(citation);
    return (
      head +
      frame("response.output_text.annotation.added", {
        ...messageFields(message),
        annotation_index: message.part!.citations.length - 1,
        annotation: annotation(citation),
      })
    );
  }

  function endPart({ signature, redacted }: Extract<ChatEvent, { type: "part_end" }>): string {
    const kind = partKind;
    partKind = null;
    if (kind === "reasoning") return closeReasoning(signature, redacted);
    return kind === "tool_call" ? closeItem("completed") : closePart();
  }

  function end(): string {
    const reason = incompleteReason(finish, hasRefusal);
    const status = reason === null ? "completed" : "incomplete";
    const closed = closeItem(status);
    isOver = true;
    const estimate = estimatedUsage(context.request, chars);
    const counted = usage ?? (opening === null ? estimate : { ...opening, output: estimate.output });
    const whole = response({ status, usage: counted, incompleteReason: reason });
    return closed + frame(`response.${status}`, { response: whole });
  }

  function fail(fault: DialectFault): string {
    if (isOver) return "";
    const head = start(null);
    isOver = true;
    const error = openAiError(fault);
    const failed = response({
      status: "failed",
      error: { code: error.code ?? "server_error", message: error.message },
      usage,
    });
    return head + frame("error", { error }) + frame("response.failed", { response: failed });
  }

  function one(event: ChatEvent, at: number, events: readonly ChatEvent[]): string {
    if (isOver) return "";
    if (event.type === "error") return fail({ ...event.error, shouldRetry: null });
    // Of several answers the first: the dialect has no place for more.
    if ("choice" in event && event.choice !== 0) return "";
    const head = start(event.type === "start" ? event.id : null);
    switch (event.type) {
      case "start":
        opening = event.usage;
        return head;
      case "part_start":
        return head + startPart(event, callProofAhead(events, at));
      case "delta":
        return head + write(event.text);
      case "citation":
        return head + cite(event.citation);
      case "logprobs":
        if (open?.kind === "message") open.part?.logprobs.push(...event.logprobs);
        return head;
      case "part_end":
        return head + endPart(event);
      case "finish":
        finish = event.finish;
        return head;
      case "usage":
        usage = event.usage;
        return head;
      case "end":
        return head + end();
    }
  }

  return { push: (events) => events.map(one).join(""), fail };
}

function summaryPart(text: string): object {
  return { type: "summary_text", text };
}
