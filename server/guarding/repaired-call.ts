import type { ChatResult } from "../chat.ts";
import { type ReadCall, readCall } from "../gateway/read-call.ts";

type Json = Record<string, unknown>;

/**
 * The call with its answer and what is wrong with it, so that the model may mend it; in the client's own format. null for
 * a format that has no conversation.
 */
export function repairedCall(call: ReadCall, { choices }: ChatResult, fault: string): ReadCall | null {
  const said = (choices[0]?.parts ?? []).flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("");
  // A body is an object, or its scan would have failed.
  const body = call.json() as Json;
  const more = longer(body, call.dialect.format, said === "" ? "(nothing)" : said, fault);
  return more === null ? null : readCall(Buffer.from(JSON.stringify({ ...body, ...more })), call.dialect, call.path);
}

function longer(body: Json, format: string, said: string, fault: string): Json | null {
  const list = (name: string) => (Array.isArray(body[name]) ? (body[name] as unknown[]) : []);
  switch (format) {
    case "openai-chat":
    case "anthropic-messages":
      return {
        messages: [...list("messages"), { role: "assistant", content: said }, { role: "user", content: fault }],
      };
    case "openai-responses": {
      const input = typeof body["input"] === "string" ? [{ role: "user", content: body["input"] }] : list("input");
      return { input: [...input, { role: "assistant", content: said }, { role: "user", content: fault }] };
    }
    case "gemini":
      return {
        contents: [
          ...list("contents"),
          { role: "model", parts: [{ text: said }] },
          { role: "user", parts: [{ text: fault }] },
        ],
      };
    default:
      return null;
  }
}
