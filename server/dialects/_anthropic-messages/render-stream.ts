import type { ChatEvent, Citation, FinishReason, Usage } from "../../chat.ts";
import type { DialectFault, RenderContext, StreamRenderer } from "../../dialect.ts";
import { sseFrame } from "../../sse.ts";
import { estimatedUsage } from "../_shared/answer-usage.ts";
import { argumentsObject } from "../_shared/arguments-object.ts";
import { callProofAhead } from "../_shared/call-proof-ahead.ts";
import { callProof, showProof } from "../_shared/proof.ts";
import { anthropicError } from "./fault.ts";
import {
  messageHead,
  redactedBlock,
  renderAnthropicCitation,
  renderAnthropicTotals,
  renderAnthropicUsage,
  shownSignature,
  stopDetails,
  stopReason,
  toolUseHead,
} from "./render.ts";

type PartKind = Extract<ChatEvent, { type: "part_start" }>["of"]["kind"];

/**
 * Events to a message stream: message_start with what is known of the input, blocks one after the other, message_delta
 * with the final totals, message_stop. A block begins at its first content, so that none is empty.
 */
export function renderAnthropicStream(context: RenderContext): StreamRenderer {
  let isStarted = false;
  let isOver = false;
  let index = -1;
  /** Block that deltas go to; null between blocks. */
  let open: "text" | "thinking" | "tool_use" | null = null;
  let part: PartKind | null = null;
  let usage: Usage | null = null;
  let finish: FinishReason = "stop";
  let stopSequence: string | null = null;
  let refusal = "";
  let chars = 0;
  /** Arguments held back because they are no object, which is all that an input may be; null while none are. */
  let heldArguments: string | null = null;
  let hasArguments = false;
  /** Whether the upstream counted the answer, not only the input. */
  let isCounted = false;

  function estimate(): Usage {
    return estimatedUsage(context.request, chars);
  }

  function frame(type: string, fields: object = {}): string {
    return sseFrame(type, JSON.stringify({ type, ...fields }));
  }

  function start(id: string | null, known: Usage | null): string {
    if (isStarted) return "";
    isStarted = true;
    usage = known;
    const shown = known ?? estimate();
    const message = {
      ...messageHead(id, context),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      // Nothing is answered yet, whatever the upstream says it has counted.
      usage: renderAnthropicUsage({ ...shown, output: Math.min(shown.output, 1), reasoning: 0 }, null),
    };
    return frame("message_start", { message }) + frame("ping");
  }

  function openBlock(kind: "text" | "thinking" | "tool_use", block: object): string {
    open = kind;
    index++;
    return frame("content_block_start", { index, content_block: block });
  }

  function closeBlock(): string {
    if (open === null) return "";
    open = null;
    return frame("content_block_stop", { index });
  }

  function wholeBlock(block: object): string {
    index++;
    return frame("content_block_start", { index, content_block: block }) + frame("content_block_stop", { index });
  }

  function blockDelta(delta: object): string {
    return frame("content_block_delta", { index, delta });
  }

  function needsText(): string {
    return open === "text" ? "" : openBlock("text", { type: "text", text: "" });
  }

  function needsThinking(): string {
    return open === "thinking" ? "" : openBlock("thinking", { type: "thinking", thinking: "", signature: "" });
  }

  function startPart(event: Extract<ChatEvent, { type: "part_start" }>, proof: string | null): string {
    part = event.of.kind;
    if (event.of.kind !== "tool_call") return "";
    const proved = proof === null ? "" : wholeBlock(redactedBlock(callProof(proof)));
    return proved + openBlock("tool_use", { ...toolUseHead(event.of.id, event.of.name), input: {} });
  }

  function write(text: string): string {
    if (text === "") return "";
    chars += text.length;
    switch (part) {
      case "tool_call":
        return argue(text);
      case "reasoning":
        return needsThinking() + blockDelta({ type: "thinking_delta", thinking: text });
      default:
        if (part === "refusal") refusal += text;
        return needsText() + blockDelta({ type: "text_delta", text });
    }
  }

  function argue(text: string): string {
    if (!hasArguments && heldArguments === null && !/^\s*\{/.test(text)) heldArguments = "";
    if (heldArguments !== null) {
      heldArguments += text;
      // Blanks before the object are no reason to hold it back.
      if (!/^\s*\{/.test(heldArguments)) return "";
      return argueAll(heldArguments);
    }
    return argueAll(text);
  }

  function argueAll(json: string): string {
    heldArguments = null;
    hasArguments = true;
    return blockDelta({ type: "input_json_delta", partial_json: json });
  }

  function cite(citation: Citation): string {
    if (part !== "text") return "";
    return needsText() + blockDelta({ type: "citations_delta", citation: renderAnthropicCitation(citation) });
  }

  function endPart({ signature, redacted }: Extract<ChatEvent, { type: "part_end" }>): string {
    let text = "";
    if (part === "reasoning" && signature !== null) {
      text += needsThinking() + blockDelta({ type: "signature_delta", signature: shownSignature(signature) });
    }
    if (heldArguments !== null && heldArguments.trim() !== "") {
      text += argueAll(JSON.stringify(argumentsObject(heldArguments)));
    }
    heldArguments = null;
    hasArguments = false;
    const isReasoning = part === "reasoning";
    text += closeBlock();
    part = null;
    if (isReasoning && redacted !== null) text += wholeBlock(redactedBlock(showProof("anthropic", redacted)));
    return text;
  }

  function end(): string {
    isOver = true;
    const final = usage !== null && isCounted ? usage : { ...(usage ?? estimate()), output: estimate().output };
    const delta = {
      stop_reason: stopReason(finish),
      stop_sequence: finish === "stop_sequence" ? stopSequence : null,
      stop_details: stopDetails(finish, refusal === "" ? null : refusal),
      container: null,
    };
    return (
      closeBlock() + frame("message_delta", { delta, usage: renderAnthropicTotals(final) }) + frame("message_stop")
    );
  }

  function one(event: ChatEvent, at: number, events: readonly ChatEvent[]): string {
    if (isOver) return "";
    if (event.type === "error") return fail({ ...event.error, shouldRetry: null });
    if (event.type === "start") return start(event.id, event.usage);
    // Of several answers the first: the dialect has no place for more.
    if ("choice" in event && event.choice !== 0) return "";
    const head = start(null, null);
    switch (event.type) {
      case "part_start":
        return head + startPart(event, callProofAhead(events, at));
      case "delta":
        return head + write(event.text);
      case "citation":
        return head + cite(event.citation);
      case "part_end":
        return head + endPart(event);
      case "finish":
        ({ finish, stopSequence } = event);
        return head;
      case "usage":
        usage = event.usage;
        isCounted = true;
        return head;
      case "end":
        return head + end();
      case "logprobs":
        return head;
    }
  }

  function fail(fault: DialectFault): string {
    if (isOver) return "";
    isOver = true;
    return sseFrame("error", JSON.stringify(anthropicError(fault, context.requestId)));
  }

  return { push: (events) => events.map(one).join(""), fail };
}
