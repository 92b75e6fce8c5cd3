import { framesOf, type Heard, type Json, jsonOf, must } from "./heard.ts";

interface Call {
  id: string;
  type: string;
  function: { name: string; arguments: string };
  extra_content?: unknown;
}

interface Choice {
  content: string | null;
  refusal: string | null;
  reasoning_content: string;
  reasoning_details: unknown;
  function_call: { name: string; arguments: string } | null;
  calls: Call[];
  finish: string | null;
  logprobs: Json[];
}

/** A chat completion stream by the rules of OpenAI's own client and its helpers. */
export function hearOpenAiChat(text: string, wantsUsage: boolean): Heard {
  const choices = new Map<number, Choice>();
  let head: Json | null = null;
  let usage: unknown;
  let isDone = false;
  let error: Json | null = null;
  for (const { event, data } of framesOf(text)) {
    must(event === null, "chunks have no event line");
    must(!isDone && error === null, "nothing follows [DONE] or an error");
    if (data === "[DONE]") {
      isDone = true;
      continue;
    }
    const chunk = jsonOf(data);
    if (chunk["error"] !== undefined) {
      error = chunk["error"];
      must(typeof error["message"] === "string", "an error has a message");
      continue;
    }
    must(chunk["object"] === "chat.completion.chunk", "object is chat.completion.chunk");
    must(Number.isInteger(chunk["created"]) && typeof chunk["model"] === "string", "created and model are there");
    head ??= chunk;
    must(chunk["id"] === head["id"], "all chunks have one id");
    must(usage === undefined, "the usage chunk is the last");
    if (!wantsUsage) must(!("usage" in chunk), "usage only when asked");
    if (wantsUsage && chunk["choices"]!.length === 0) {
      must(
        [...choices.values()].every(({ finish }) => finish !== null),
        "usage comes behind every finish",
      );
      usage = chunk["usage"];
      must(usage !== null, "the usage chunk has usage");
      continue;
    }
    if (wantsUsage) must(chunk["usage"] === null, "usage is null before the last chunk");
    must(chunk["choices"]!.length > 0, "a chunk has a choice");
    for (const choice of chunk["choices"]!) takeChoice(choices, choice);
  }
  must(isDone || error !== null, "a stream ends with [DONE] or an error");
  if (isDone) {
    must(choices.size > 0, "there is a choice");
    must(
      [...choices.values()].every(({ finish }) => finish !== null),
      "every choice has its finish_reason",
    );
  }
  return { answer: head === null ? null : wholeOf(head, choices, usage), error };
}

function takeChoice(choices: Map<number, Choice>, wire: Json): void {
  const delta = wire["delta"]!;
  let choice = choices.get(wire["index"]!);
  if (choice === undefined) {
    must(delta["role"] === "assistant", "the first delta of a choice has the role");
    choice = {
      content: null,
      refusal: null,
      reasoning_content: "",
      reasoning_details: undefined,
      function_call: null,
      calls: [],
      finish: null,
      logprobs: [],
    };
    choices.set(wire["index"]!, choice);
  } else must(!("role" in delta), "later deltas have no role");
  must(choice.finish === null, "nothing follows a choice's finish_reason");
  if (typeof delta["content"] === "string") choice.content = (choice.content ?? "") + delta["content"];
  if (typeof delta["refusal"] === "string") choice.refusal = (choice.refusal ?? "") + delta["refusal"];
  if (typeof delta["reasoning_content"] === "string") choice.reasoning_content += delta["reasoning_content"];
  if (delta["reasoning_details"] !== undefined) choice.reasoning_details = delta["reasoning_details"];
  if (delta["function_call"] !== undefined) {
    choice.function_call ??= { name: delta["function_call"]["name"]!, arguments: "" };
    choice.function_call.arguments += delta["function_call"]["arguments"];
  }
  for (const call of delta["tool_calls"] ?? []) takeCall(choice, call);
  if (wire["logprobs"] !== null) choice.logprobs.push(...wire["logprobs"]!["content"]!);
  choice.finish = wire["finish_reason"] ?? null;
}

function takeCall(choice: Choice, wire: Json): void {
  const index = wire["index"];
  must(Number.isInteger(index), "a tool call's delta has its index");
  const known = choice.calls[index!];
  if (known === undefined) {
    must(index === choice.calls.length, "tool calls begin in order");
    must(typeof wire["id"] === "string" && wire["type"] === "function", "a call's first delta has id and type");
    must(typeof wire["function"]!["name"] === "string", "a call's first delta has the name");
    const { name, arguments: json } = wire["function"]!;
    choice.calls.push({ id: wire["id"], type: "function", function: { name: name!, arguments: json! } });
    return;
  }
  must(!("id" in wire) && !("type" in wire), "later deltas of a call have arguments only");
  if (wire["function"] !== undefined) {
    must(typeof wire["function"]["arguments"] === "string", "arguments come as text");
    known.function.arguments += wire["function"]["arguments"];
  }
  if (wire["extra_content"] !== undefined) known.extra_content = wire["extra_content"];
}

function wholeOf(head: Json, choices: ReadonlyMap<number, Choice>, usage: unknown): unknown {
  return {
    id: head["id"],
    object: "chat.completion",
    created: head["created"],
    model: head["model"],
    usage,
    choices: [...choices].map(([index, choice]) => ({
      index,
      finish_reason: choice.finish,
      logprobs: choice.logprobs.length === 0 ? null : { content: choice.logprobs, refusal: null },
      message: {
        role: "assistant",
        content: choice.content === "" ? null : choice.content,
        refusal: choice.refusal,
        reasoning_content: choice.reasoning_content === "" ? undefined : choice.reasoning_content,
        reasoning_details: choice.reasoning_details,
        function_call: choice.function_call ?? undefined,
        tool_calls: choice.calls.length === 0 ? undefined : choice.calls,
      },
    })),
  };
}
