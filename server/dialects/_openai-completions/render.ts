import type { ChatResult, TokenLogprob } from "../../chat.ts";
import type { RenderContext } from "../../dialect.ts";
import { finishReason, renderUsage } from "../_openai-chat/render.ts";
import { answerId } from "../_shared/answer-id.ts";

/** Neutral result to a completion: the text of each answer, refusals being text too. */
export function renderCompletions(result: ChatResult, context: RenderContext): unknown {
  const echo = echoOf(context);
  return {
    id: answerId("cmpl-", result.id, context.requestId),
    object: "text_completion",
    created: Math.floor((result.createdAtMs ?? context.nowMs) / 1000),
    model: context.model,
    choices: result.choices.map(({ parts, finish, logprobs }, index) => {
      const text = parts.map((part) => (part.kind === "text" || part.kind === "refusal" ? part.text : "")).join("");
      return {
        text: echo + text,
        index,
        logprobs: logprobs === null ? null : renderLegacyLogprobs(logprobs, 0),
        finish_reason: completionFinish(finish, parts),
      };
    }),
    usage: result.usage === null ? undefined : renderUsage(result.usage),
  };
}

/** The prompt, for clients that want it repeated. */
export function echoOf({ request }: RenderContext): string {
  const echo = request.forRender?.["echo"];
  return typeof echo === "string" ? echo : "";
}

/** Legacy completions know no calls. */
export function completionFinish(
  finish: ChatResult["choices"][number]["finish"],
  parts: readonly { readonly kind: string }[],
): string {
  const hasRefusal = parts.some((part) => part.kind === "refusal");
  return finish === "tool_calls" ? "stop" : finishReason(finish, hasRefusal);
}

/** @param from offset in the whole text of the first token, in characters */
export function renderLegacyLogprobs(logprobs: readonly TokenLogprob[], from: number): object {
  let offset = from;
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top }) => Object.fromEntries(top.map(({ token, logprob }) => [token, logprob]))),
    text_offset: logprobs.map(({ token }) => {
      const at = offset;
      offset += token.length;
      return at;
    }),
  };
}
