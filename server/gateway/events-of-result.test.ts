import { expect, it } from "vitest";
import type { AssistantPart, ChatResult } from "../chat.ts";
import { collectResult } from "./collect-result.ts";
import { eventsOfResult } from "./events-of-result.ts";

const PARTS: readonly AssistantPart[] = [
  { kind: "reasoning", text: "hm", signature: "weir.google.a", redacted: null },
  { kind: "reasoning", text: "", signature: null, redacted: "weir.openai.b" },
  { kind: "text", text: "yes", citations: [], cacheControl: null, signature: "weir.google.c" },
  { kind: "text", text: "and", citations: [], cacheControl: null },
  { kind: "refusal", text: "no" },
  { kind: "tool_call", id: "call_1", name: "look", argumentsJson: "{}", signature: "weir.google.d" },
];

it("a whole answer's events collect to the same answer, proofs of every part among them", () => {
  const result: ChatResult = {
    id: "a-1",
    model: "m",
    createdAtMs: 7,
    choices: [{ parts: PARTS, finish: "tool_calls", stopSequence: null, logprobs: null }],
    usage: null,
    serviceTier: null,
  };
  expect(collectResult(eventsOfResult(result), 7)).toEqual(result);
});
