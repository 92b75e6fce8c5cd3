import { describe, expect, it } from "vitest";
import type { Candidate } from "../../../engine/schema/candidate.ts";
import type { Asked, UpstreamCall } from "./ask-upstream.ts";
import { familyOf, judge, judgeFor, qualitiesOf, verdictIn } from "./judge.ts";

const answers = { incumbent: "Paris is the capital.", routed: "It is Lyon." };
const task = {
  route: "default",
  judge: "umpire",
  rubric: null,
  question: "user: What is the capital of France?",
  answers,
  signal: new AbortController().signal,
};

/** A judge that says what a function of the prompt tells it. */
function judgeWho(say: (prompt: string, call: number) => string | null) {
  const prompts: string[] = [];
  return {
    prompts,
    deps: {
      timeoutMs: 1_000,
      async ask({ body }: UpstreamCall): Promise<Asked> {
        const prompt = String((JSON.parse(body) as { messages: { content: string }[] }).messages[0]!.content);
        const text = say(prompt, prompts.push(prompt));
        return text === null
          ? { kind: "failed", error: "timeout", costNanoUsd: 1 }
          : { kind: "answer", text, costNanoUsd: 10 };
      },
    },
  };
}

const isFirst = (prompt: string, text: string) => prompt.indexOf(text) < prompt.indexOf("<answer_b>");

describe("judge", () => {
  it("sees both orders, and not who wrote what", async () => {
    const { prompts, deps } = judgeWho(() => '{"better": "tie"}');
    expect(await judge(task, deps)).toEqual({
      kind: "judged",
      by: "umpire",
      incumbentQuality: 1,
      routedQuality: 1,
      costNanoUsd: 20,
    });
    expect(prompts.map((prompt) => isFirst(prompt, answers.incumbent))).toEqual([true, false]);
    expect(prompts.join("")).not.toMatch(/incumbent|routed|gpt|claude/);
  });

  it.each([
    {
      name: "the incumbent in both orders",
      says: (p: string) => (isFirst(p, answers.incumbent) ? "a" : "b"),
      expected: [1, 0],
    },
    {
      name: "the other in both orders",
      says: (p: string) => (isFirst(p, answers.routed) ? "a" : "b"),
      expected: [0, 1],
    },
    { name: "the first place twice", says: () => "a", expected: [1, 1] },
    { name: "the second place twice", says: () => "b", expected: [1, 1] },
    {
      name: "the incumbent once",
      says: (p: string) => (isFirst(p, answers.incumbent) ? "a" : "tie"),
      expected: [1, 0.5],
    },
  ])("who names $name", async ({ says, expected }) => {
    const { deps } = judgeWho((prompt) => `I think so. {"better": "${says(prompt)}"}`);
    const found = await judge(task, deps);
    expect(found).toMatchObject({ incumbentQuality: expected[0], routedQuality: expected[1] });
  });

  it("is asked once more after nonsense or silence, and no further order after that", async () => {
    const once = judgeWho((_, call) => (call === 1 ? "Both have merits." : '{"better": "tie"}'));
    expect(await judge(task, once.deps)).toMatchObject({ kind: "judged", costNanoUsd: 30 });
    const never = judgeWho(() => "Both have merits.");
    expect(await judge(task, never.deps)).toEqual({ kind: "unjudged", reason: "judge_nonsense", costNanoUsd: 20 });
    const silent = judgeWho(() => null);
    expect(await judge(task, silent.deps)).toEqual({ kind: "unjudged", reason: "judge_silent", costNanoUsd: 2 });
    expect(silent.prompts).toHaveLength(2);
  });

  it("takes the last verdict of one that thinks aloud", () => {
    expect(verdictIn('maybe {"better":"a"}, no: ```json\n{ "better" : "B" }\n```')).toBe("b");
    expect(verdictIn("a")).toBeNull();
    expect(verdictIn('{"better": "c"}')).toBeNull();
  });

  it("gives the better answer 1", () => {
    expect([-1, -0.5, 0, 0.5, 1].map((difference) => Object.values(qualitiesOf(difference)))).toEqual([
      [1, 0],
      [1, 0.5],
      [1, 1],
      [0.5, 1],
      [0, 1],
    ]);
  });
});

describe("who judges", () => {
  const model = (candidateId: string, outputMicroUsdPerMTok: number | null): Candidate => ({
    candidateId,
    upstreamId: "u",
    model: candidateId.split("/")[1]!,
    price: outputMicroUsdPerMTok === null ? null : { inputMicroUsdPerMTok: 1, outputMicroUsdPerMTok },
    contextTokens: null,
    maxOutputTokens: null,
    abilities: { tools: true, vision: false, jsonSchema: true, reasoning: false },
    resembles: null,
  });
  const catalogue = [
    model("openai/gpt-4o", 10),
    model("openai/gpt-4o-mini", 1),
    model("anthropic/claude-haiku", 4),
    model("google/gemini-pro", 8),
    model("local/secret", null),
  ];
  const pair = catalogue.slice(0, 2);

  it("is the first configured one of another family, else the first", () => {
    expect(judgeFor(pair, ["openai/gpt-4o", "anthropic/claude-haiku", "google/gemini-pro"], catalogue)).toEqual({
      judge: "anthropic/claude-haiku",
      isOfFamily: false,
    });
    expect(judgeFor(pair, ["openai/gpt-4o"], catalogue)).toEqual({ judge: "openai/gpt-4o", isOfFamily: true });
  });

  it("is, where none is configured, the dearest model of another family, and nobody where there is none", () => {
    expect(judgeFor(pair, [], catalogue).judge).toBe("google/gemini-pro");
    expect(judgeFor(pair, [], pair).judge).toBeNull();
  });

  it("knows a family by the model's name, wherever it is served", () => {
    const families = [
      "claude-3-opus",
      "anthropic.claude-v2",
      "o3-mini",
      "gpt-4o",
      "meta-llama/Llama-3.1-8B",
      "mixtral-8x7b",
    ];
    expect(families.map((name) => familyOf({ model: name }))).toEqual([
      "anthropic",
      "anthropic",
      "openai",
      "openai",
      "meta",
      "mistral",
    ]);
  });
});
