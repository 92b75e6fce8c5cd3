import type { ChatEvent, Usage } from "../../chat.ts";
import type { RenderContext, StreamRenderer } from "../../dialect.ts";
import { sseFrame } from "../../sse.ts";
import { renderOpenAiFault } from "./fault.ts";
import { extraContent, finishReason, renderCitation, renderLogprob, renderUsage } from "./render.ts";

interface ChoiceState {
  /** Kind of each part by its index, and the call's index for tool calls. */
  readonly parts: { readonly kind: string; readonly callIndex: number }[];
  calls: number;
  hasRole: boolean;
}

/**
 * Events to chat completion chunks: the first delta of a choice has the role, a tool call's first delta has id, type
 * and name, one finish_reason a choice, the usage chunk only when asked, then [DONE]. No [DONE] after an error.
 */
export function renderOpenAiStream(context: RenderContext): StreamRenderer {
  const choices = new Map<number, ChoiceState>();
  let id = `chatcmpl-${context.requestId}`;
  let usage: Usage | null = null;
  const created = Math.floor(context.nowMs / 1000);

  function choiceOf(index: number): ChoiceState {
    const known = choices.get(index);
    if (known !== undefined) return known;
    const fresh: ChoiceState = { parts: [], calls: 0, hasRole: false };
    choices.set(index, fresh);
    return fresh;
  }

  function frame(choiceList: readonly object[], extra: object = {}): string {
    const chunk = { id, object: "chat.completion.chunk", created, model: context.model, choices: choiceList, ...extra };
    return sseFrame(null, JSON.stringify(chunk));
  }

  function delta(choice: number, fields: object, finish: string | null = null, logprobs: object | null = null): string {
    const state = choiceOf(choice);
    const role = state.hasRole ? {} : { role: "assistant" };
    state.hasRole = true;
    return frame([{ index: choice, delta: { ...role, ...fields }, logprobs, finish_reason: finish }]);
  }

  function one(event: ChatEvent): string {
    switch (event.type) {
      case "start":
        id = event.id ?? id;
        return "";
      case "part_start": {
        const state = choiceOf(event.choice);
        const isCall = event.of.kind === "tool_call";
        state.parts[event.part] = { kind: event.of.kind, callIndex: isCall ? state.calls++ : -1 };
        if (event.of.kind !== "tool_call")
          return state.hasRole ? "" : delta(event.choice, { content: "", refusal: null });
        const call = {
          index: state.calls - 1,
          id: event.of.id,
          type: "function",
          function: { name: event.of.name, arguments: "" },
        };
        return delta(event.choice, state.hasRole ? { tool_calls: [call] } : { content: null, tool_calls: [call] });
      }
      case "delta": {
        const part = choiceOf(event.choice).parts[event.part];
        if (part?.kind === "tool_call") {
          return delta(event.choice, { tool_calls: [{ index: part.callIndex, function: { arguments: event.text } }] });
        }
        if (part?.kind === "reasoning") return delta(event.choice, { reasoning_content: event.text });
        return delta(event.choice, part?.kind === "refusal" ? { refusal: event.text } : { content: event.text });
      }
      case "citation":
        return delta(event.choice, { annotations: [renderCitation(event.citation)] });
      case "logprobs":
        return delta(event.choice, {}, null, { content: event.logprobs.map(renderLogprob), refusal: null });
      case "part_end": {
        const part = choiceOf(event.choice).parts[event.part];
        if (part?.kind !== "tool_call" || event.signature === null) return "";
        return delta(event.choice, { tool_calls: [{ index: part.callIndex, ...extraContent(event.signature) }] });
      }
      case "finish":
        return delta(event.choice, {}, finishReason(event.finish));
      case "usage":
        usage = event.usage;
        return "";
      case "error":
        return sseFrame(null, JSON.stringify(renderOpenAiFault({ ...event.error, shouldRetry: null }).body));
      case "end": {
        const usageFrame =
          context.request.streamUsage && usage !== null ? frame([], { usage: renderUsage(usage) }) : "";
        return `${usageFrame}${sseFrame(null, "[DONE]")}`;
      }
    }
  }

  return {
    push: (events) => events.map(one).join(""),
    fail: (fault) => sseFrame(null, JSON.stringify(renderOpenAiFault(fault).body)),
  };
}
