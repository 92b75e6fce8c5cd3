import { isDeepStrictEqual } from "node:util";
import { framesOf, type Heard, type Json, jsonOf, must } from "./heard.ts";

/** Fields that OpenAI's own types promise in every response. */
const REQUIRED = [
  "id",
  "created_at",
  "error",
  "incomplete_details",
  "instructions",
  "metadata",
  "model",
  "object",
  "output",
  "parallel_tool_calls",
  "temperature",
  "tool_choice",
  "tools",
  "top_p",
];

export function checkResponse(response: Json): void {
  for (const name of REQUIRED) must(name in response, `a response has ${name}`);
  must(response["object"] === "response", "object is response");
  for (const item of response["output"]!) checkItem(item);
}

function checkItem(item: Json): void {
  must(typeof item["id"] === "string", "an item has an id");
  if (item["type"] === "message") {
    for (const part of item["content"]!) {
      must(part["type"] === "refusal" || Array.isArray(part["annotations"]), "output_text has annotations");
    }
  } else if (item["type"] === "function_call") {
    must(typeof item["call_id"] === "string" && typeof item["arguments"] === "string", "a call has id and arguments");
  } else must(item["type"] === "reasoning" && Array.isArray(item["summary"]), "reasoning has a summary");
}

interface Open {
  readonly item: Json;
  readonly parts: Json[];
  part: Json | null;
  said: string;
}

/** A response stream by the rules of OpenAI's own client and documentation. */
export function hearResponses(text: string): Heard {
  const output: Json[] = [];
  let open: Open | null = null;
  let sequence = 0;
  let created: Json | null = null;
  let final: Json | null = null;
  let error: Json | null = null;
  for (const { event, data } of framesOf(text)) {
    const frame = jsonOf(data);
    must(event === frame["type"], "every frame has an event line that is its type");
    must(frame["sequence_number"] === sequence, "sequence numbers count up from 0");
    must(final === null, "nothing follows the last event");
    if (sequence === 0) must(event === "response.created", "response.created comes first");
    if (sequence === 1) must(event === "response.in_progress", "response.in_progress comes second");
    sequence++;
    if (event !== null && frame["output_index"] !== undefined) {
      must(frame["output_index"] === output.length, "events belong to the open item");
    }
    switch (event) {
      case "response.created":
        created = frame["response"]!;
        checkResponse(created);
        must(created["output"]!.length === 0 && created["status"] === "in_progress", "a response begins empty");
        break;
      case "response.in_progress":
        break;
      case "response.output_item.added":
        must(open === null, "items come one after the other");
        checkItem(frame["item"]!);
        open = { item: frame["item"]!, parts: [], part: null, said: "" };
        break;
      case "response.output_item.done":
        must(open !== null && open.part === null, "an item is done when its parts are");
        checkItem(frame["item"]!);
        must(frame["item"]!["id"] === open.item["id"], "an item keeps its id");
        if (frame["item"]!["type"] === "message") {
          must(isDeepStrictEqual(frame["item"]!["content"], open.parts), "a message is its parts");
        }
        output.push(frame["item"]!);
        open = null;
        break;
      case "error":
        error = frame["error"]!;
        must(typeof error["message"] === "string", "an error has a message");
        break;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        final = frame["response"]!;
        checkResponse(final);
        must(`response.${final["status"]}` === event, "the last event is the status");
        must(final["id"] === created!["id"], "a response keeps its id");
        must(isDeepStrictEqual(final["output"], output), "the response is its items");
        must(event === "response.failed" || open === null, "all items are done");
        must(event === "response.failed" || typeof final["usage"]!["total_tokens"] === "number", "usage is counted");
        break;
      default:
        must(open !== null, `${event} belongs to an item`);
        takePiece(open, event ?? "", frame);
    }
  }
  must(final !== null, "a stream ends with completed, incomplete or failed");
  return { answer: final, error };
}

function takePiece(open: Open, event: string, frame: Json): void {
  must(frame["item_id"] === open.item["id"], "a piece names its item");
  const isMessage = open.item["type"] === "message";
  switch (event) {
    case "response.content_part.added":
      must(isMessage && open.part === null, "content parts come one after the other");
      must(frame["content_index"] === open.parts.length, "content parts count up from 0");
      open.part = frame["part"]!;
      open.said = "";
      return;
    case "response.output_text.delta":
    case "response.refusal.delta":
      must(open.part !== null && frame["content_index"] === open.parts.length, "a delta belongs to the open part");
      must(
        open.part["type"] === (event.includes("refusal") ? "refusal" : "output_text"),
        "a delta is of its part's type",
      );
      open.said += frame["delta"];
      return;
    case "response.output_text.annotation.added":
      must(open.part !== null, "an annotation belongs to the open part");
      return;
    case "response.output_text.done":
      must(frame["text"] === open.said, "the text is its deltas");
      return;
    case "response.refusal.done":
      must(frame["refusal"] === open.said, "the refusal is its deltas");
      return;
    case "response.content_part.done":
      must(open.part !== null, "a part is done once");
      must((frame["part"]!["text"] ?? frame["part"]!["refusal"]) === open.said, "the part is its deltas");
      open.parts.push(frame["part"]!);
      open.part = null;
      return;
    case "response.function_call_arguments.delta":
      must(open.item["type"] === "function_call", "arguments belong to a call");
      open.said += frame["delta"];
      return;
    case "response.function_call_arguments.done":
      must(frame["arguments"] === (open.said || "{}"), "the arguments are their deltas");
      must(typeof frame["name"] === "string", "the call is named");
      return;
    case "response.reasoning_summary_part.added":
      must(open.item["type"] === "reasoning" && frame["summary_index"] === 0, "a summary has one part");
      open.said = "";
      return;
    case "response.reasoning_summary_text.delta":
      open.said += frame["delta"];
      return;
    case "response.reasoning_summary_text.done":
      must(frame["text"] === open.said, "the summary is its deltas");
      return;
    case "response.reasoning_summary_part.done":
      must(frame["part"]!["text"] === open.said, "the summary part is its deltas");
      return;
    default:
      must(false, `${event} is no event of the API`);
  }
}
