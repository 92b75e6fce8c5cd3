import type { ChatEvent, ChatResult } from "../chat.ts";

/** A whole answer as the events of a stream, for a client that asked for a stream and an upstream that did not send one. */
export function eventsOfResult(result: ChatResult): ChatEvent[] {
  const { id, model, usage, fingerprint } = result;
  const events: ChatEvent[] = [
    { type: "start", id, model, usage, ...(fingerprint === undefined ? {} : { fingerprint }) },
  ];
  for (const [choice, { parts, finish, stopSequence, logprobs }] of result.choices.entries()) {
    for (const [index, part] of parts.entries()) {
      const isCall = part.kind === "tool_call";
      const of = isCall ? { kind: part.kind, id: part.id, name: part.name } : { kind: part.kind };
      events.push({ type: "part_start", choice, part: index, of });
      const text = isCall ? part.argumentsJson : part.text;
      if (text !== "") events.push({ type: "delta", choice, part: index, text });
      if (part.kind === "text") {
        for (const citation of part.citations) events.push({ type: "citation", choice, part: index, citation });
      }
      const signature = part.kind === "refusal" ? null : (part.signature ?? null);
      const redacted = part.kind === "reasoning" ? part.redacted : null;
      events.push({ type: "part_end", choice, part: index, signature, redacted });
    }
    if (logprobs !== null) events.push({ type: "logprobs", choice, logprobs });
    events.push({ type: "finish", choice, finish, stopSequence });
  }
  if (result.usage !== null) events.push({ type: "usage", usage: result.usage });
  events.push({ type: "end", ...(result.unplaced === undefined ? {} : { unplaced: result.unplaced }) });
  return events;
}
