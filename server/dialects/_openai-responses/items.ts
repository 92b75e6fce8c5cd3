import type { Citation, ReasoningPart, RefusalPart, TextPart, TokenLogprob, ToolCallPart } from "../../chat.ts";
import { callProof, openProof, showProof } from "../_shared/proof.ts";

export type ItemStatus = "in_progress" | "completed" | "incomplete";

export function messageItem(id: string, content: readonly object[], status: ItemStatus): object {
  return { id, type: "message", status, role: "assistant", content };
}

export function textContent(part: Pick<TextPart, "text" | "citations">, logprobs: readonly TokenLogprob[]): object {
  return {
    type: "output_text",
    text: part.text,
    annotations: part.citations.map(annotation),
    logprobs: logprobs.map(({ token, logprob, bytes, top }) => ({
      token,
      logprob,
      bytes: bytes ?? [],
      top_logprobs: top.map((other) => ({ ...other, bytes: other.bytes ?? [] })),
    })),
  };
}

export function refusalContent({ text }: Pick<RefusalPart, "text">): object {
  return { type: "refusal", refusal: text };
}

export function annotation({ url, title, start, end }: Citation): object {
  return { type: "url_citation", url: url ?? "", title: title ?? "", start_index: start ?? 0, end_index: end ?? 0 };
}

export function callItem(
  id: string,
  { id: callId, name, argumentsJson }: Pick<ToolCallPart, "id" | "name" | "argumentsJson">,
  status: ItemStatus,
): object {
  return { id, type: "function_call", status, arguments: argumentsJson, call_id: callId, name };
}

export function reasoningItem(id: string, { text, signature, redacted }: Omit<ReasoningPart, "kind">): object {
  const encrypted =
    redacted !== null ? showProof("openai", redacted) : signature !== null ? openProof(signature) : null;
  return {
    id,
    type: "reasoning",
    summary: text === "" ? [] : [{ type: "summary_text", text }],
    ...(encrypted === null ? {} : { encrypted_content: encrypted }),
  };
}

/** A call's own proof, in an item before it: function calls have no field for one. */
export function callProofItem(id: string, signature: string): object {
  return { id, type: "reasoning", summary: [], encrypted_content: callProof(signature) };
}

/** Ids of a response's items: by kind and position, as hard to guess as the response's own. */
export function itemId(kind: "msg" | "fc" | "rs", responseId: string, outputIndex: number): string {
  return `${kind}_${responseId.replace(/^resp_/, "")}_${outputIndex}`;
}
