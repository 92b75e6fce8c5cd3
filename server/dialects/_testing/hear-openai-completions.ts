import { framesOf, type Heard, type Json, jsonOf, must } from "./heard.ts";

/** A legacy completion stream. */
export function hearOpenAiCompletions(text: string, wantsUsage: boolean): Heard {
  const choices = new Map<number, { text: string; finish: string | null }>();
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
      continue;
    }
    must(chunk["object"] === "text_completion", "object is text_completion");
    head ??= chunk;
    must(chunk["id"] === head["id"], "all chunks have one id");
    must(usage === undefined, "the usage chunk is the last");
    if (!wantsUsage) must(!("usage" in chunk), "usage only when asked");
    else if (chunk["choices"]!.length === 0) usage = chunk["usage"];
    for (const wire of chunk["choices"]!) {
      const choice = choices.get(wire["index"]!) ?? { text: "", finish: null };
      choices.set(wire["index"]!, choice);
      must(choice.finish === null, "nothing follows a choice's finish_reason");
      must(typeof wire["text"] === "string" && "logprobs" in wire, "a choice has text and logprobs");
      choice.text += wire["text"];
      choice.finish = wire["finish_reason"] ?? null;
    }
  }
  must(isDone || error !== null, "a stream ends with [DONE] or an error");
  if (isDone)
    must(
      [...choices.values()].every(({ finish }) => finish !== null),
      "every choice has its finish_reason",
    );
  const answer =
    head === null
      ? null
      : {
          ...head,
          usage,
          choices: [...choices].map(([index, { text: said, finish }]) => ({
            index,
            text: said,
            logprobs: null,
            finish_reason: finish,
          })),
        };
  return { answer, error };
}
