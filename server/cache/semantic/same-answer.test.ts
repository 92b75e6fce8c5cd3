import { expect, it } from "vitest";
import type { ChatResult } from "../../chat.ts";
import { isSameAnswer } from "./same-answer.ts";

const saying = (text: string): ChatResult => ({
  id: null,
  model: "m",
  createdAtMs: null,
  choices: [
    {
      parts: [{ kind: "text", text, citations: [], cacheControl: null }],
      finish: "stop",
      stopSequence: null,
      logprobs: null,
    },
  ],
  usage: null,
  serviceTier: null,
});
const LONG = "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen. ".repeat(4);

it.each([
  ["Paris", "The capital of France is Paris.", 0, true],
  ["Paris", "London", 1, false],
  ["It is safe.", "It is unsafe.", 1, false],
  ["It is safe.", "It is not safe.", 1, false],
  ["It costs 10 dollars.", "It costs 12 dollars.", 1, false],
  ["Yes, you can.", "No, you can.", 1, false],
  ['{"a":1}', '{"a":2}', 1, false],
  ["```js\nx < 1\n```", "```js\nx > 1\n```", 1, false],
  [LONG, `${LONG}It happens in leaves.`, 0.9, true],
  [LONG, LONG.replaceAll("sugar", "salt"), 0.7, false],
  [`${LONG} 1 2 3`, `${LONG} 4 5 6`, 0.99, false],
])("takes %j and %j, at a cosine of %d, for the same: %s", async (a, b, cosine, same) => {
  expect(await isSameAnswer(saying(a), saying(b), async () => cosine)).toBe(same);
  expect(await isSameAnswer(saying(b), saying(a), async () => cosine)).toBe(same);
});
