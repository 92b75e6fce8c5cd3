import type { AssistantPart, ChatChoice, ChatResult, TokenLogprob } from "../../chat.ts";
import type { RenderContext } from "../../dialect.ts";
import { answerId } from "../_shared/answer-id.ts";
import { usageOfResult } from "../_shared/answer-usage.ts";
import { incompleteReason, responseObject } from "./envelope.ts";
import type { ItemMemory } from "./item-memory.ts";
import { callItem, callProofItem, itemId, messageItem, reasoningItem, refusalContent, textContent } from "./items.ts";

/** Neutral result to a response. Of several answers the first: the dialect has no place for more. */
export function renderResponses(result: ChatResult, context: RenderContext, memory: ItemMemory): unknown {
  const id = answerId("resp_", result.id, context.requestId);
  const { parts, finish, logprobs } = result.choices[0] ?? EMPTY;
  const reason = incompleteReason(
    finish,
    parts.some((part) => part.kind === "refusal"),
  );
  const output = itemsOf(id, parts, logprobs ?? [], reason === null ? "completed" : "incomplete");
  if (isRemembered(context)) {
    for (const item of output) memory.remember((item as { id: string }).id, item);
  }
  return responseObject(
    {
      id,
      status: reason === null ? "completed" : "incomplete",
      createdAtMs: result.createdAtMs ?? context.nowMs,
      output,
      usage: usageOfResult(result, context.request),
      incompleteReason: reason,
      error: null,
      serviceTier: result.serviceTier,
    },
    context,
  );
}

const EMPTY: Pick<ChatChoice, "parts" | "finish" | "logprobs"> = { parts: [], finish: "stop", logprobs: null };

/** A client that says `store: false` sends its history whole. */
export function isRemembered({ request }: RenderContext): boolean {
  const echo = request.forRender?.["echo"];
  return typeof echo !== "object" || echo === null || !("store" in echo) || echo.store !== false;
}

/** Texts and refusals that follow each other are one message. */
function itemsOf(
  responseId: string,
  parts: readonly AssistantPart[],
  logprobs: readonly TokenLogprob[],
  lastStatus: "completed" | "incomplete",
): object[] {
  const items: object[] = [];
  let message: object[] | null = null;
  let unplaced = logprobs;
  for (const [index, part] of parts.entries()) {
    const status = index === parts.length - 1 ? lastStatus : "completed";
    if (part.kind === "text" || part.kind === "refusal") {
      if (part.text === "") continue;
      const id = itemId("msg", responseId, message === null ? items.length : items.length - 1);
      if (message === null) items.push({});
      message = [...(message ?? []), part.kind === "text" ? textContent(part, unplaced) : refusalContent(part)];
      items[items.length - 1] = messageItem(id, message, status);
      if (part.kind === "text") unplaced = [];
      continue;
    }
    message = null;
    if (part.kind === "tool_call") {
      if (part.signature !== null) items.push(callProofItem(itemId("rs", responseId, items.length), part.signature));
      items.push(callItem(itemId("fc", responseId, items.length), part, status));
    } else if (part.text !== "" || part.signature !== null || part.redacted !== null) {
      items.push(reasoningItem(itemId("rs", responseId, items.length), part));
    }
  }
  return items;
}
