import type { AssistantPart, ChatResult, Citation, FinishReason, ReasoningPart, Usage } from "../../chat.ts";
import type { RenderContext } from "../../dialect.ts";
import { answerId } from "../_shared/answer-id.ts";
import { usageOfResult } from "../_shared/answer-usage.ts";
import { argumentsObject } from "../_shared/arguments-object.ts";
import { callProof, showProof } from "../_shared/proof.ts";

/** Neutral result to a message. Of several answers the first: the dialect has no place for more. */
export function renderAnthropicMessage(result: ChatResult, context: RenderContext): unknown {
  const { parts, finish, stopSequence } = result.choices[0] ?? EMPTY;
  return {
    ...messageHead(result.id, context),
    content: parts.flatMap(blocksOf),
    stop_reason: stopReason(finish),
    stop_sequence: finish === "stop_sequence" ? stopSequence : null,
    stop_details: stopDetails(finish, refusalOf(parts)),
    usage: renderAnthropicUsage(usageOfResult(result, context.request), result.serviceTier),
  };
}

const EMPTY: Pick<ChatResult["choices"][number], "parts" | "finish" | "stopSequence"> = {
  parts: [],
  finish: "stop",
  stopSequence: null,
};

/** What a message says whether it is whole or only beginning. */
export function messageHead(id: string | null, { model, requestId }: RenderContext): object {
  return {
    id: answerId("msg_", id, requestId),
    type: "message",
    role: "assistant",
    model,
    container: null,
    diagnostics: null,
  };
}

function refusalOf(parts: readonly AssistantPart[]): string | null {
  const text = parts.flatMap((part) => (part.kind === "refusal" ? [part.text] : [])).join("");
  return text === "" ? null : text;
}

/** Anthropic never sends an empty text block, and refuses one that comes back. */
function blocksOf(part: AssistantPart): object[] {
  switch (part.kind) {
    case "text": {
      if (part.text === "") return [];
      // Absent when there are none, as the API has it; not every client takes the null of its documentation.
      const citations = part.citations.length === 0 ? {} : { citations: part.citations.map(renderAnthropicCitation) };
      return [{ type: "text", text: part.text, ...citations }];
    }
    case "refusal":
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    case "reasoning":
      return thinkingBlocks(part);
    case "tool_call": {
      const call = { ...toolUseHead(part.id, part.name), input: argumentsObject(part.argumentsJson) };
      return part.signature === null ? [call] : [redactedBlock(callProof(part.signature)), call];
    }
  }
}

export function toolUseHead(id: string, name: string): object {
  return { type: "tool_use", id, name, caller: { type: "direct" } };
}

/** Open reasoning is a thinking block, secret reasoning a redacted one; with a summary it is both. */
export function thinkingBlocks({ text, signature, redacted }: ReasoningPart): object[] {
  const blocks: object[] = [];
  if (text !== "" || signature !== null) {
    blocks.push({ type: "thinking", thinking: text, signature: shownSignature(signature) });
  }
  if (redacted !== null) blocks.push(redactedBlock(showProof("anthropic", redacted)));
  return blocks;
}

export function shownSignature(signature: string | null): string {
  return signature === null ? "" : showProof("anthropic", signature);
}

export function redactedBlock(data: string): object {
  return { type: "redacted_thinking", data };
}

export function renderAnthropicCitation({ text, url, title }: Citation): object {
  if (url !== null) {
    return { type: "web_search_result_location", cited_text: text, url, title, encrypted_index: "" };
  }
  return {
    type: "char_location",
    cited_text: text,
    document_index: 0,
    document_title: title,
    start_char_index: 0,
    end_char_index: text.length,
    file_id: null,
  };
}

export function stopReason(finish: FinishReason): string {
  switch (finish) {
    case "stop_sequence":
      return "stop_sequence";
    case "length":
      return "max_tokens";
    case "tool_calls":
      return "tool_use";
    case "content_filter":
    case "refusal":
      return "refusal";
    case "pause":
      return "pause_turn";
    default:
      return "end_turn";
  }
}

export function stopDetails(finish: FinishReason, explanation: string | null): object | null {
  return stopReason(finish) === "refusal" ? { type: "refusal", category: null, explanation } : null;
}

const TIERS = new Set(["standard", "priority", "batch"]);

/** `input_tokens` counts neither what was read from a cache nor what was written to one. */
export function renderAnthropicUsage(usage: Usage, serviceTier: string | null): object {
  return {
    ...renderAnthropicTotals(usage),
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    },
    inference_geo: null,
    service_tier: serviceTier !== null && TIERS.has(serviceTier) ? serviceTier : "standard",
    speed: null,
  };
}

/** The running totals that a stream's end says again. */
export function renderAnthropicTotals(usage: Usage): object {
  return {
    input_tokens: usage.inputUncached,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
    output_tokens: usage.output,
    output_tokens_details: { thinking_tokens: usage.reasoning },
    server_tool_use: usage.webSearches === undefined ? null : { web_search_requests: usage.webSearches },
  };
}
