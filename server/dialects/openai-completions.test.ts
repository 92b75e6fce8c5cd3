import { expect, it } from "vitest";
import type { ChatResult } from "../chat.ts";
import { eventsOfResult } from "../gateway/events-of-result.ts";
import { hearOpenAiCompletions } from "./_testing/hear-openai-completions.ts";
import dialect from "./openai-completions.ts";

const parse = (fields: object) => dialect.parse({ model: "m", ...fields }, { model: null, stream: null });
const result: ChatResult = {
  id: null,
  model: "m",
  createdAtMs: null,
  choices: [
    {
      parts: [{ kind: "text", text: "ab c", citations: [], cacheControl: null }],
      finish: "stop",
      stopSequence: null,
      logprobs: [
        { token: "ab", logprob: -0.5, bytes: null, top: [{ token: "ab", logprob: -0.5, bytes: null }] },
        { token: " c", logprob: -1, bytes: null, top: [] },
      ],
    },
  ],
  usage: null,
  serviceTier: null,
};
const context = (fields: object) => ({ requestId: "req_1", model: "the-model", nowMs: 0, request: parse(fields) });

it("takes one prompt, as a text or a list of one", () => {
  expect(parse({ prompt: ["hi"] }).messages).toEqual(parse({ prompt: "hi" }).messages);
  expect(parse({ prompt: "hi" })).toMatchObject({ maxOutputTokens: 16, extras: {} });
});

it("repeats the prompt for a client that wants its echo, whole and streamed", () => {
  const asked = context({ prompt: "say: ", echo: true });
  expect(dialect.render(result, asked)).toMatchObject({ choices: [{ text: "say: ab c" }] });
  const streamed = dialect.renderStream(asked).push(eventsOfResult(result));
  expect(hearOpenAiCompletions(streamed, false).answer).toMatchObject({ choices: [{ text: "say: ab c" }] });
});

it("tells log-probabilities in the legacy form", () => {
  expect(dialect.render(result, context({ prompt: "x", logprobs: 1 }))).toMatchObject({
    choices: [
      {
        logprobs: {
          tokens: ["ab", " c"],
          token_logprobs: [-0.5, -1],
          top_logprobs: [{ ab: -0.5 }, {}],
          text_offset: [0, 2],
        },
      },
    ],
  });
});

it.each([
  [{ prompt: "a", suffix: "b" }, /suffix/],
  [{ prompt: [[1, 2]] }, /token ids/],
  [{ prompt: ["a", "b"] }, /one prompt/],
  [{ prompt: "a", n: 1, best_of: 2 }, /best_of/],
])("refuses %j in plain words", (fields, words) => {
  expect(() => parse(fields)).toThrow(words);
});
