import type { ChatEvent, Usage } from "../../chat.ts";
import type { DialectFault, RenderContext, StreamRenderer } from "../../dialect.ts";
import { sseFrame } from "../../sse.ts";
import { renderOpenAiFault } from "../_openai-chat/fault.ts";
import { renderUsage } from "../_openai-chat/render.ts";
import { answerId } from "../_shared/answer-id.ts";
import { completionFinish, echoOf, renderLegacyLogprobs } from "./render.ts";

interface ChoiceState {
  readonly kinds: { readonly kind: string }[];
  hasEchoed: boolean;
  /** Characters whose log-probabilities were told. */
  told: number;
}

/** Events to completion chunks: text, one finish_reason a choice, the usage chunk when asked, then [DONE]. */
export function renderCompletionsStream(context: RenderContext): StreamRenderer {
  const choices = new Map<number, ChoiceState>();
  const echo = echoOf(context);
  const { streamUsage } = context.request;
  const created = Math.floor(context.nowMs / 1000);
  let id = answerId("cmpl-", null, context.requestId);
  let usage: Usage | null = null;
  let isOver = false;

  function stateOf(index: number): ChoiceState {
    const known = choices.get(index);
    if (known !== undefined) return known;
    const fresh: ChoiceState = { kinds: [], hasEchoed: false, told: 0 };
    choices.set(index, fresh);
    return fresh;
  }

  function frame(list: readonly object[], said: object | null = null): string {
    const counted = streamUsage ? { usage: said } : {};
    return sseFrame(
      null,
      JSON.stringify({ id, object: "text_completion", created, model: context.model, choices: list, ...counted }),
    );
  }

  function say(index: number, text: string, finish: string | null = null, logprobs: object | null = null): string {
    const state = stateOf(index);
    const whole = state.hasEchoed ? text : echo + text;
    state.hasEchoed = true;
    return frame([{ text: whole, index, logprobs, finish_reason: finish }]);
  }

  function one(event: ChatEvent): string {
    if (isOver) return "";
    switch (event.type) {
      case "start":
        id = answerId("cmpl-", event.id, context.requestId);
        return "";
      case "part_start":
        stateOf(event.choice).kinds[event.part] = { kind: event.of.kind };
        return "";
      case "delta": {
        const kind = stateOf(event.choice).kinds[event.part]?.kind;
        return kind === "text" || kind === "refusal" ? say(event.choice, event.text) : "";
      }
      case "logprobs": {
        const state = stateOf(event.choice);
        const logprobs = renderLegacyLogprobs(event.logprobs, state.told);
        for (const { token } of event.logprobs) state.told += token.length;
        return say(event.choice, "", null, logprobs);
      }
      case "finish":
        return say(event.choice, "", completionFinish(event.finish, stateOf(event.choice).kinds.filter(Boolean)));
      case "usage":
        usage = event.usage;
        return "";
      case "error":
        return fail({ ...event.error, shouldRetry: null });
      case "end": {
        isOver = true;
        const usageFrame = streamUsage && usage !== null ? frame([], renderUsage(usage)) : "";
        return usageFrame + sseFrame(null, "[DONE]");
      }
      case "citation":
      case "part_end":
        return "";
    }
  }

  function fail(fault: DialectFault): string {
    if (isOver) return "";
    isOver = true;
    return sseFrame(null, JSON.stringify(renderOpenAiFault(fault).body));
  }

  return { push: (events) => events.map(one).join(""), fail };
}
