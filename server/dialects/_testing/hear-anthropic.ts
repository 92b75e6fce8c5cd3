import { framesOf, type Heard, type Json, jsonOf, must } from "./heard.ts";

interface Block {
  [field: string]: unknown;
  type: string;
}

const DELTAS_OF: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  redacted_thinking: [],
  tool_use: ["input_json_delta"],
};

/** A message stream by the rules of Anthropic's own client and documentation. */
export function hearAnthropic(text: string): Heard {
  let message: Record<string, unknown> | null = null;
  const content: Block[] = [];
  let isOpen = false;
  let json = "";
  let isDelivered = false;
  let isStopped = false;
  let error: Json | null = null;
  for (const { event, data } of framesOf(text)) {
    const frame = jsonOf(data);
    must(event !== null && event === frame["type"], "every frame has an event line that is its type");
    must(!isStopped && error === null, "nothing follows message_stop or an error");
    switch (event) {
      case "ping":
        break;
      case "error":
        must(typeof frame["error"]!["type"] === "string", "an error has its type");
        must(typeof frame["error"]!["message"] === "string", "an error has its message");
        error = frame["error"]!;
        break;
      case "message_start":
        must(message === null, "message_start comes once");
        must(Number.isInteger(frame["message"]!["usage"]!["input_tokens"]), "message_start counts the input");
        must(frame["message"]!["content"]!.length === 0, "message_start has no content");
        must(frame["message"]!["stop_reason"] === null, "message_start has no stop_reason");
        message = { ...frame["message"]! };
        break;
      case "content_block_start":
        must(message !== null && !isOpen && !isDelivered, "blocks come one after the other");
        must(frame["index"] === content.length, "blocks count up from 0");
        content.push({ ...frame["content_block"]! } as unknown as Block);
        if (content.at(-1)!.type === "tool_use") {
          must(JSON.stringify(content.at(-1)!["input"]) === "{}", "a call begins with input {}");
        }
        isOpen = true;
        json = "";
        break;
      case "content_block_delta": {
        must(isOpen && frame["index"] === content.length - 1, "a delta belongs to the open block");
        const block = content.at(-1)!;
        const delta = frame["delta"]!;
        must(DELTAS_OF[block.type]?.includes(delta["type"]!), `a ${block.type} block takes no ${delta["type"]}`);
        if (delta["type"] === "text_delta") block["text"] = `${block["text"]}${delta["text"]}`;
        if (delta["type"] === "thinking_delta") block["thinking"] = `${block["thinking"]}${delta["thinking"]}`;
        if (delta["type"] === "signature_delta") block["signature"] = delta["signature"];
        if (delta["type"] === "citations_delta") {
          block["citations"] = [...((block["citations"] as unknown[] | null) ?? []), delta["citation"]];
        }
        if (delta["type"] === "input_json_delta") json += delta["partial_json"];
        break;
      }
      case "content_block_stop": {
        must(isOpen && frame["index"] === content.length - 1, "a block is closed once");
        isOpen = false;
        const block = content.at(-1)!;
        if (block.type === "tool_use") block["input"] = json === "" ? {} : inputOf(json);
        must(block.type !== "text" || block["text"] !== "" || block["citations"], "no text block is empty");
        break;
      }
      case "message_delta":
        must(message !== null && !isOpen && !isDelivered, "message_delta comes once, behind the blocks");
        must(typeof frame["delta"]!["stop_reason"] === "string", "message_delta has the stop_reason");
        must(
          frame["delta"]!["stop_reason"] === "max_tokens" || content.every(({ input }) => input !== null),
          "only an answer cut short has an input that is no JSON",
        );
        must(Number.isInteger(frame["usage"]!["output_tokens"]), "message_delta counts the output");
        must(Number.isInteger(frame["usage"]!["input_tokens"]), "message_delta counts the input");
        isDelivered = true;
        Object.assign(message, frame["delta"], { usage: { ...(message["usage"] as object), ...frame["usage"]! } });
        break;
      case "message_stop":
        must(isDelivered, "message_stop comes behind message_delta");
        isStopped = true;
        break;
      default:
        must(false, `${event} is no event of the API`);
    }
  }
  must(isStopped || error !== null, "a stream ends with message_stop or an error");
  return { answer: message === null ? null : { ...message, content }, error };
}

/** null for what is no JSON. */
function inputOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
