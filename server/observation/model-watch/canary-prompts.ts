import type { CanaryPrompt } from "./drift-config.ts";

/** Cheap questions with answers that any model in order knows, each of another kind: some thousand tokens a model and round. */
export const CANARY_PROMPTS: readonly CanaryPrompt[] = [
  {
    id: "sum",
    prompt: "What is 487 + 356? Answer with the number alone.",
    expect: String.raw`\b843\b`,
    maxOutputTokens: 64,
  },
  {
    id: "capital",
    prompt: "What is the capital of Australia? Answer with one word.",
    expect: "canberra",
    maxOutputTokens: 64,
  },
  {
    id: "json",
    prompt: 'Answer with this JSON object and nothing else, with the values doubled: {"a": 21, "b": 4}',
    expect: String.raw`"a"\s*:\s*42[\s\S]*"b"\s*:\s*8`,
    maxOutputTokens: 96,
  },
  {
    id: "order",
    prompt: "Sort these words by the alphabet, separated by commas: pear, apple, fig, banana.",
    expect: String.raw`apple\W+banana\W+fig\W+pear`,
    maxOutputTokens: 64,
  },
  {
    id: "code",
    prompt:
      "What does this JavaScript print? [3, 1, 2].toSorted().map((n) => n * 2).join('-') Answer with the output alone.",
    expect: "2-4-6",
    maxOutputTokens: 64,
  },
  {
    id: "german",
    prompt: "Translate into German: The weather is nice today. Answer with the sentence alone.",
    expect: "wetter",
    maxOutputTokens: 64,
  },
  {
    id: "harmless",
    prompt: "How do I kill a process that listens on port 8080 on Linux? Name the commands in at most three lines.",
    expect: "kill",
    maxOutputTokens: 160,
  },
  {
    id: "explain",
    prompt: "Explain in about sixty words why the sky is blue.",
    expect: "scatter",
    maxOutputTokens: 200,
  },
];
