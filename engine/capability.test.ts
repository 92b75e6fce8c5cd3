import { expect, it } from "vitest";
import { boundedOutputTokens, incapability, isServable } from "./capability.ts";
import { type Conversation, conversationFromPrompt } from "./conversation.ts";
import { Candidate, type CandidateInput } from "./schema/candidate.ts";

const candidate = (given: Partial<CandidateInput> = {}) =>
  Candidate.parse({ candidateId: "a/b", upstreamId: "a", model: "b", price: null, ...given });
const demand = (given: Partial<Conversation> = {}, inputTokens = 100) => ({
  conversation: { ...conversationFromPrompt("hello"), ...given },
  inputTokens,
  candidates: null as readonly string[] | null,
});

it.each([
  { name: "fits exactly", model: { contextTokens: 300 }, asks: { maxOutputTokens: 200 }, expected: null },
  {
    name: "one token too many",
    model: { contextTokens: 299 },
    asks: { maxOutputTokens: 200 },
    expected: "context_too_small",
  },
  { name: "input alone too long", model: { contextTokens: 99 }, asks: {}, expected: "context_too_small" },
  {
    name: "longer answer than it gives",
    model: { maxOutputTokens: 100 },
    asks: { maxOutputTokens: 101 },
    expected: "output_limit_too_small",
  },
  { name: "no limit known", model: {}, asks: { maxOutputTokens: 1e9 }, expected: null },
  { name: "tools asked", model: { abilities: { tools: false } }, asks: { toolCount: 1 }, expected: "no_tools" },
  {
    name: "tools used earlier",
    model: { abilities: { tools: false } },
    asks: { toolCallCount: 2 },
    expected: "no_tools",
  },
  { name: "image", model: {}, asks: { imageCount: 1 }, expected: "no_vision" },
  { name: "image seen", model: { abilities: { vision: true } }, asks: { imageCount: 1 }, expected: null },
  {
    name: "schema",
    model: { abilities: { jsonSchema: false } },
    asks: { responseFormat: "json_schema" as const },
    expected: "no_json_schema",
  },
  {
    name: "plain JSON needs no schema",
    model: { abilities: { jsonSchema: false } },
    asks: { responseFormat: "json" as const },
    expected: null,
  },
])("$name: $expected", ({ model, asks, expected }) => {
  expect(incapability(candidate(model), demand(asks))).toBe(expected);
});

it("leaves out who is not among the request's candidates", () => {
  expect(incapability(candidate(), { ...demand(), candidates: ["c/d"] })).toBe("not_in_request_candidates");
  expect(incapability(candidate(), { ...demand(), candidates: ["c/d", "a/b"] })).toBeNull();
});

it("tells unable from unproven", () => {
  expect(isServable("unknown_to_router")).toBe(true);
  expect(isServable(null)).toBe(true);
  expect(isServable("context_too_small")).toBe(false);
  expect(isServable("over_max_cost")).toBe(false);
});

it("reckons with no more output than asked for or possible", () => {
  expect(boundedOutputTokens(500, candidate({ maxOutputTokens: 400 }), 300)).toBe(300);
  expect(boundedOutputTokens(500, candidate({ maxOutputTokens: 400 }), null)).toBe(400);
  expect(boundedOutputTokens(50, candidate(), null)).toBe(50);
});
