import { describe, expect, it } from "vitest";
import { matchesPattern, normaliseModelName, resolveModel } from "./aliases.ts";

const trained = (model: string) =>
  ({ model, calibration: { kind: "none" }, trainLabels: 10, meanQuality: 0.5, eligible: true }) as const;

const known = {
  models: ["gpt-4o-2024-05-13", "gpt-4o-2024-08-06", "claude-3-5-sonnet-20240620", "mistralai/mixtral-8x7b-chat"].map(
    trained,
  ),
  aliases: [
    { pattern: "*/o3*", model: "not-trained", because: "gone" },
    { pattern: "*claude-sonnet-4*", model: "claude-3-5-sonnet-20240620", because: "next of its family" },
    { pattern: "*sonnet*", model: "gpt-4o-2024-05-13", because: "never reached by sonnet 4" },
  ],
};

const candidate = (candidateId: string, resembles: string | null = null) => ({
  candidateId,
  model: candidateId.slice(candidateId.indexOf("/") + 1),
  resembles,
});

describe("resolving a candidate to a trained model", () => {
  it.each([
    { id: "openai/gpt-4o-2024-05-13", model: "gpt-4o-2024-05-13", why: "same name" },
    { id: "mistralai/mixtral-8x7b-chat", model: "mistralai/mixtral-8x7b-chat", why: "same name" },
    { id: "anthropic/claude-sonnet-4-5", model: "claude-3-5-sonnet-20240620", why: "next of its family" },
    { id: "openai/gpt-4o", model: "gpt-4o-2024-08-06", why: "same name but for provider or date" },
    { id: "azure/gpt-4o-latest", model: "gpt-4o-2024-08-06", why: "same name but for provider or date" },
    {
      id: "openrouter/mistralai/Mixtral-8x7B-chat:free",
      model: "mistralai/mixtral-8x7b-chat",
      why: "same name but for provider or date",
    },
  ])("$id -> $model", ({ id, model, why }) => {
    expect(resolveModel(candidate(id), known)).toMatchObject({ model, because: why });
  });

  it("takes the catalogue's word first, and knows nothing when that model was not trained", () => {
    expect(resolveModel(candidate("openai/gpt-4o", "mistralai/mixtral-8x7b-chat"), known)?.column).toBe(3);
    expect(resolveModel(candidate("openai/gpt-4o", "unheard-of"), known)).toBeNull();
  });

  it("knows nothing of a model whose alias leads to no trained one, and of a new family", () => {
    expect(resolveModel(candidate("openai/o3-mini"), known)).toBeNull();
    expect(resolveModel(candidate("xai/grok-9"), known)).toBeNull();
  });

  it("does not take gpt-4o-mini for gpt-4o", () => {
    expect(resolveModel(candidate("openai/gpt-4o-mini"), known)).toBeNull();
  });
});

it.each([
  ["openai/gpt-4-1106-preview", "gpt-4"],
  ["anthropic/claude-3.5-sonnet-20241022", "claude-3-5-sonnet"],
  ["gemini-1.5-flash-002", "gemini-1-5-flash-002"],
  ["anthropic.claude-v2:0", "anthropic-claude"],
  ["gpt-4o-2024-08-06", "gpt-4o"],
])("normalises %s to %s", (name, plain) => {
  expect(normaliseModelName(name)).toBe(plain);
});

it.each([
  ["gpt-*-mini", "gpt-4o-mini", true],
  ["gpt-*-mini", "gpt-mini", false],
  ["*", "", true],
  ["a*a", "a", false],
  ["a*b*c", "a-b-b-c", true],
  ["a*b*c", "a-c-b", false],
  ["gpt-4.1", "gpt-4x1", false],
  ["GPT*", "gpt-4", true],
])("pattern %s on %s: %s", (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});
