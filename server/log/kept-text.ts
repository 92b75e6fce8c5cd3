import type { LogContent } from "../../engine/schema/log-record.ts";
import type { ChatEvent, ChatMessage, ChatRequest, ChatResult } from "../chat.ts";

/** Longer texts are not kept: the log is no archive of documents. */
const MOST_CHARS = 1_048_576;

/** A request's text as the log keeps it where its route says so, in OpenAI's form; null when it is too long. */
export function keptText(chat: ChatRequest, answer: string | null): LogContent | null {
  const system = chat.system.map(({ text }) => text).join("\n");
  const content: LogContent = {
    messages: chat.messages.map(messageOf),
    ...(system === "" ? {} : { system }),
    ...(chat.tools.length === 0 ? {} : { tools: chat.tools.map(toolOf) }),
    ...(chat.output.kind === "text" ? {} : { response_format: { type: FORMATS[chat.output.kind] } }),
    ...(chat.maxOutputTokens === null || chat.maxOutputTokens < 1 ? {} : { max_output_tokens: chat.maxOutputTokens }),
    ...(answer === null ? {} : { answer }),
  };
  return JSON.stringify(content).length > MOST_CHARS ? null : content;
}

const FORMATS = { json: "json_object", json_schema: "json_schema" } as const;

function messageOf(message: ChatMessage): NonNullable<LogContent["messages"]>[number] {
  const texts: string[] = [];
  const calls: object[] = [];
  for (const part of message.parts) {
    if (part.kind === "text" || part.kind === "refusal") texts.push(part.text);
    else if (part.kind === "tool_call")
      calls.push({ id: part.id, type: "function", function: { name: part.name, arguments: part.argumentsJson } });
    else if (part.kind !== "reasoning") texts.push(`[${part.kind}]`);
  }
  return {
    role: message.role,
    content: texts.join("\n"),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(message.role === "tool" ? { tool_call_id: message.toolCallId } : {}),
  };
}

function toolOf({ name, description, parameters }: ChatRequest["tools"][number]): object {
  return { type: "function", function: { name, ...(description === null ? {} : { description }), parameters } };
}

/** Text of the first answer. */
export function answerText({ choices }: ChatResult): string {
  return (choices[0]?.parts ?? []).map((part) => (part.kind === "text" ? part.text : "")).join("");
}

/** Gathers the text of a stream's first answer as it passes. */
export function createTextGatherer(): { observe(events: readonly ChatEvent[]): void; text(): string } {
  const texts: string[] = [];
  let openPart = -1;
  return {
    observe(events) {
      for (const event of events) {
        if (event.type === "part_start" && event.choice === 0 && event.of.kind === "text") openPart = event.part;
        else if (event.type === "delta" && event.choice === 0 && event.part === openPart) texts.push(event.text);
      }
    },
    text: () => texts.join(""),
  };
}
