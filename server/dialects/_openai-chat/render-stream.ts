import type { ChatEvent, Citation, ReasoningPart, Usage } from "../../chat.ts";
import type { DialectFault, RenderContext, StreamRenderer } from "../../dialect.ts";
import { sseFrame } from "../../sse.ts";
import { renderOpenAiFault } from "./fault.ts";
import { reasoningDetails } from "./reasoning-details.ts";
import {
  extraContent,
  finishReason,
  renderCitation,
  renderLogprob,
  renderUsage,
  wantsLegacyFunctions,
} from "./render.ts";

interface ChoiceState {
  /** Kind and text of each part by its index, and the call's index for tool calls. */
  readonly parts: { readonly kind: string; readonly callIndex: number; text: string }[];
  readonly reasoning: ReasoningPart[];
  /** Told together at the end, as OpenAI does: its client keeps the last list only. */
  readonly citations: Citation[];
  calls: number;
  hasRole: boolean;
}

/**
 * Events to chat completion chunks: the first delta of a choice has the role, a tool call's first delta has id, type
 * and name, one finish_reason a choice, the usage chunk only when asked, then [DONE]. No [DONE] after an error.
 */
export function renderOpenAiStream(context: RenderContext): StreamRenderer {
  const choices = new Map<number, ChoiceState>();
  const isLegacy = wantsLegacyFunctions(context);
  const { streamUsage } = context.request;
  let id = `chatcmpl-${context.requestId}`;
  let usage: Usage | null = null;
  let isOver = false;
  const created = Math.floor(context.nowMs / 1000);

  function choiceOf(index: number): ChoiceState {
    const known = choices.get(index);
    if (known !== undefined) return known;
    const fresh: ChoiceState = { parts: [], reasoning: [], citations: [], calls: 0, hasRole: false };
    choices.set(index, fresh);
    return fresh;
  }

  function frame(choiceList: readonly object[], said: object | null = null): string {
    // Who asks for usage finds the field in every chunk, null until the last.
    const counted = streamUsage ? { usage: said } : {};
    const chunk = {
      id,
      object: "chat.completion.chunk",
      created,
      model: context.model,
      choices: choiceList,
      ...counted,
    };
    return sseFrame(null, JSON.stringify(chunk));
  }

  function delta(choice: number, fields: object, finish: string | null = null, logprobs: object | null = null): string {
    const state = choiceOf(choice);
    const role = state.hasRole ? {} : { role: "assistant" };
    state.hasRole = true;
    return frame([{ index: choice, delta: { ...role, ...fields }, logprobs, finish_reason: finish }]);
  }

  function startPart(event: Extract<ChatEvent, { type: "part_start" }>): string {
    const state = choiceOf(event.choice);
    const { of } = event;
    if (of.kind !== "tool_call") {
      state.parts[event.part] = { kind: of.kind, callIndex: -1, text: "" };
      return state.hasRole ? "" : delta(event.choice, { content: "", refusal: null });
    }
    const callIndex = state.calls++;
    state.parts[event.part] = { kind: of.kind, callIndex, text: "" };
    const content = state.hasRole ? {} : { content: null };
    if (isLegacy) {
      if (callIndex > 0) return "";
      return delta(event.choice, { ...content, function_call: { name: of.name, arguments: "" } });
    }
    const call = { index: callIndex, id: of.id, type: "function", function: { name: of.name, arguments: "" } };
    return delta(event.choice, { ...content, tool_calls: [call] });
  }

  function write({ choice, part: index, text }: Extract<ChatEvent, { type: "delta" }>): string {
    const part = choiceOf(choice).parts[index];
    if (part === undefined) return "";
    switch (part.kind) {
      case "tool_call":
        if (!isLegacy) return delta(choice, { tool_calls: [{ index: part.callIndex, function: { arguments: text } }] });
        return part.callIndex > 0 ? "" : delta(choice, { function_call: { arguments: text } });
      case "reasoning":
        part.text += text;
        return delta(choice, { reasoning_content: text });
      case "refusal":
        return delta(choice, { refusal: text });
      default:
        return delta(choice, { content: text });
    }
  }

  function endPart({ choice, part: index, signature, redacted }: Extract<ChatEvent, { type: "part_end" }>): string {
    const state = choiceOf(choice);
    const part = state.parts[index];
    if (part?.kind === "tool_call") {
      if (signature === null || isLegacy) return "";
      // Clients of the format want the function in every piece.
      const proof = { index: part.callIndex, function: { arguments: "" }, ...extraContent(signature) };
      return delta(choice, { tool_calls: [proof] });
    }
    if (part?.kind !== "reasoning") return "";
    state.reasoning.push({ kind: "reasoning", text: part.text, signature, redacted });
    // All so far each time: clients keep the last value of a field that they do not know.
    const details = reasoningDetails(state.reasoning);
    return details === undefined ? "" : delta(choice, { reasoning_details: details });
  }

  function one(event: ChatEvent): string {
    if (isOver) return "";
    switch (event.type) {
      case "start":
        id = event.id ?? id;
        return "";
      case "part_start":
        return startPart(event);
      case "delta":
        return write(event);
      case "citation":
        choiceOf(event.choice).citations.push(event.citation);
        return "";
      case "logprobs":
        return delta(event.choice, {}, null, { content: event.logprobs.map(renderLogprob), refusal: null });
      case "part_end":
        return endPart(event);
      case "finish": {
        const { parts, citations } = choiceOf(event.choice);
        const hasRefusal = parts.some((part) => part?.kind === "refusal");
        const cited = citations.length === 0 ? "" : delta(event.choice, { annotations: citations.map(renderCitation) });
        return cited + delta(event.choice, {}, finishReason(event.finish, hasRefusal, isLegacy));
      }
      case "usage":
        usage = event.usage;
        return "";
      case "error":
        return fail({ ...event.error, shouldRetry: null });
      case "end": {
        isOver = true;
        const usageFrame = streamUsage && usage !== null ? frame([], renderUsage(usage)) : "";
        return `${usageFrame}${sseFrame(null, "[DONE]")}`;
      }
    }
  }

  function fail(fault: DialectFault): string {
    if (isOver) return "";
    isOver = true;
    return sseFrame(null, JSON.stringify(renderOpenAiFault(fault).body));
  }

  return { push: (events) => events.map(one).join(""), fail };
}
